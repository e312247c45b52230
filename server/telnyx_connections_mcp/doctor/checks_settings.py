"""The settings: where the key comes from, what else is set, and what looks like a misspelling."""

import os
import stat
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from telnyx_connections_mcp.doctor.finding import Finding, counted, failed, not_needed, ok, together, warning
from telnyx_connections_mcp.doctor.subject import KEY_VARIABLES, Subject, accounts_of, settings_of
from telnyx_connections_mcp.prompts.files import read_folder
from telnyx_connections_mcp.settings import DEFAULT_BASE_URL
from telnyx_connections_mcp.telnyx.address import is_loopback
from telnyx_connections_mcp.text import mask_url
from telnyx_connections_mcp.variables import VARIABLES

_PREFIX = "TELNYX_"
_ALIKE = 0.72
"""Just above TELNYX_PUBLIC_KEY, a variable of Telnyx's own SDKs, which is no misspelling of TELNYX_API_KEY."""
_MOST_SHOWN = 4


async def check_key(subject: Subject) -> Finding:
    """Where the key comes from and whether it can be one; of the key itself its length and at most its end."""
    if subject.sandbox:
        return not_needed("The sandbox needs no key.")
    given = {name for name in KEY_VARIABLES if subject.environ.get(name, "").strip()}
    if subject.environ.get("TELNYX_ACCOUNTS", "").strip():
        return _from_accounts(subject)
    if not given:
        return failed(
            "Neither TELNYX_API_KEY nor TELNYX_API_KEY_FILE is set in this terminal",
            "put a key into a file, name the file in TELNYX_API_KEY_FILE and run this again, or add --sandbox "
            "(a key that stands only in your client's configuration is not known to a terminal)",
        )
    settings = settings_of(subject.environ, *KEY_VARIABLES)
    if settings.problem is not None:
        return _unusable(settings.problem)
    key = describe_key(settings.api_key)
    if "TELNYX_API_KEY" in given:
        unread = "; TELNYX_API_KEY_FILE is set too and not read" if len(given) > 1 else ""
        return ok(f"From TELNYX_API_KEY: {key}{unread}")
    return _from_file(Path(subject.environ["TELNYX_API_KEY_FILE"].strip()), key)


def _from_accounts(subject: Subject) -> Finding:
    accounts = accounts_of(subject.environ)
    if accounts.settings.problem is not None:
        return _unusable(accounts.settings.problem)
    keys = (f"{name}: {describe_key(settings.api_key)}" for name, settings in accounts.by_name.items())
    return ok(f"From the file of TELNYX_ACCOUNTS, alone: {'; '.join(keys)}")


def _from_file(path: Path, key: str) -> Finding:
    path = path.expanduser()
    where = f"From {path}, the file of TELNYX_API_KEY_FILE: {key}"
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & (stat.S_IRGRP | stat.S_IROTH):
        return warning(f"{where}; others on this machine can read it", f"make it yours alone: chmod 600 {path}")
    return ok(where)


def describe_key(key: str) -> str:
    """Its length and its last characters: four, but never more than a quarter of it."""
    end = min(_MOST_SHOWN, len(key) // 4)
    return counted(len(key), "character") + (f", ends in {key[-end:]}" if end else "")


async def check_settings(subject: Subject) -> Finding:
    """Each variable that is set: whether it and what it names can be used, and whether its name is one that is read."""
    known = [name for name in VARIABLES if subject.environ.get(name, "").strip()]
    others = [name for name in known if name not in (*KEY_VARIABLES, "TELNYX_BASE_URL")]
    problems = [problem for name in others if (problem := settings_of(subject.environ, name).problem)]
    if problems:
        return _unusable(" ".join(problems))
    meant = {name: nearest for name in sorted(subject.environ) if (nearest := nearest_variable(name))}
    if meant:
        unread = ", ".join(f"{name} (did you mean {nearest}?)" for name, nearest in meant.items())
        return warning(f"Set, but not read: {unread}", "correct the spelling, or remove it")
    unusable = read_folder(subject.settings.prompts)[1] if subject.settings.prompts else []
    if unusable:
        more = f" ({len(unusable) - 1} more)" if len(unusable) > 1 else ""
        return warning(f"TELNYX_PROMPTS: {unusable[0].rstrip('.')}{more}", "correct that; the log of a start names all")
    return ok(f"Set: {', '.join(known)}" if known else "None is set: the defaults hold.")


def nearest_variable(name: str) -> str | None:
    """The variable that `name` is likely meant to be; None where it is one, or is like none.

    Names that begin as ours do are compared by the rest, so that those of other Telnyx programs are left in peace.
    """
    folded = name.upper().replace("-", "_")
    if name in VARIABLES or not folded.startswith("TEL"):
        return None
    if folded in VARIABLES:
        return folded
    whole = not folded.startswith(_PREFIX)
    candidates = {variable if whole else variable.removeprefix(_PREFIX): variable for variable in VARIABLES}
    near = get_close_matches(folded.removeprefix(_PREFIX), candidates, n=1, cutoff=0.9 if whole else _ALIKE)
    return candidates[near[0]] if near else None


async def check_base_url(subject: Subject) -> Finding:
    """Where requests go, and with them the key."""
    if subject.sandbox:
        return not_needed("The embedded sandbox needs no network.")
    problem = settings_of(subject.environ, "TELNYX_BASE_URL").problem
    if problem is not None:
        return _unusable(problem)
    if subject.settings.problem is not None:
        return _place(subject, subject.base_url)
    return together({name: _place(subject, settings.base_url) for name, settings in subject.accounts.items()})


def _place(subject: Subject, base_url: str) -> Finding:
    if base_url == DEFAULT_BASE_URL:
        return ok(f"{DEFAULT_BASE_URL}, the default")
    named = base_url == settings_of(subject.environ, "TELNYX_BASE_URL").base_url
    shown, source = mask_url(base_url), "TELNYX_BASE_URL" if named else "the file of TELNYX_ACCOUNTS"
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    if is_loopback(host):
        return ok(f"{shown} on this machine, from {source}")
    if host.endswith(".telnyx.com"):
        return ok(f"{shown}, from {source}")
    return warning(
        f"{shown}, from {source}: your key goes there instead of to Telnyx",
        f"if you did not mean that, remove {'TELNYX_BASE_URL' if named else f'it from {source}'}",
    )


def _unusable(problem: str) -> Finding:
    """A problem of the settings, its advice apart where it holds one."""
    what, _, advice = problem.partition(": ")
    return failed(what, advice.rstrip(".") or "correct it, or remove it for the default")
