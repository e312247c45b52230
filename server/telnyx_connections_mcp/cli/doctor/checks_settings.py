"""The settings: where the key comes from, what else is set, and what looks like a misspelling."""

import os
import stat
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit

from telnyx_connections_mcp.cli.doctor.check_result import (
    CheckResult,
    combined,
    counted,
    failed,
    not_needed,
    ok,
    warning,
)
from telnyx_connections_mcp.cli.doctor.subject import KEY_VARIABLES, Subject, accounts_of, settings_of
from telnyx_connections_mcp.config.settings import shown_end
from telnyx_connections_mcp.config.settings_table import ACCOUNTS, API_KEY, API_KEY_FILE, BASE_URL, VARIABLES
from telnyx_connections_mcp.mcp_server.prompts.prompt_file import read_folder
from telnyx_connections_mcp.redaction.urls import mask_url
from telnyx_connections_mcp.telnyx.address import is_loopback

_PREFIX = "TELNYX_"
_ALIKE = 0.72
"""Just above TELNYX_PUBLIC_KEY, a variable of Telnyx's own SDKs, which is no misspelling of TELNYX_API_KEY."""


async def check_key(subject: Subject) -> CheckResult:
    """Where the key comes from and whether it looks valid; of the key itself, only its length and last characters."""
    if subject.sandbox:
        return not_needed("The sandbox needs no key.")
    key_variables = {name for name in KEY_VARIABLES if subject.environ.get(name, "").strip()}
    if ACCOUNTS.read(subject.environ):
        return _from_accounts(subject)
    if not key_variables:
        for name in sorted(subject.environ):
            if meant := next((key for key in KEY_VARIABLES if key in nearest_variables(name)), None):
                return failed(f"{name} is set, but nothing reads it", f"rename it to {meant}")
        return failed(
            "Neither TELNYX_API_KEY nor TELNYX_API_KEY_FILE is set in this terminal",
            "put a key into a file, set TELNYX_API_KEY_FILE to its path and run this again, or add --sandbox "
            "(of a client's configuration, the terminal only sees the key file that install creates)",
        )
    settings = settings_of(subject.environ, *KEY_VARIABLES)
    if settings.problem is not None and subject.own_key_file is not None:
        return failed(f"The key file {subject.own_key_file}, created by install, holds no API key", "put one into it")
    if settings.problem is not None:
        return _unusable(settings.problem)
    key = describe_key(settings.api_key)
    if API_KEY.variable in key_variables:
        unread = "; TELNYX_API_KEY_FILE is also set, but not read" if len(key_variables) > 1 else ""
        return ok(f"From TELNYX_API_KEY: {key}{unread}")
    if subject.own_key_file is not None:
        return _from_file(subject.own_key_file, "created by install", key)
    return _from_file(Path(API_KEY_FILE.read(subject.environ)), "the file named by TELNYX_API_KEY_FILE", key)


def _from_accounts(subject: Subject) -> CheckResult:
    accounts = accounts_of(subject.environ)
    if accounts.settings.problem is not None:
        return _unusable(accounts.settings.problem)
    keys = (f"{name}: {describe_key(settings.api_key)}" for name, settings in accounts.by_name.items())
    return ok(f"From the file named by TELNYX_ACCOUNTS only: {'; '.join(keys)}")


def _from_file(path: Path, which: str, key: str) -> CheckResult:
    path = path.expanduser()
    where = f"From {path}, {which}: {key}"
    if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & (stat.S_IRGRP | stat.S_IROTH):
        return warning(f"{where}; others on this machine can read it", f"restrict it to yourself: chmod 600 {path}")
    return ok(where)


def describe_key(key: str) -> str:
    """Its length and its last characters."""
    end = shown_end(key)
    return counted(len(key), "character") + (f", ends in {end}" if end else "")


async def check_settings(subject: Subject) -> CheckResult:
    """Every variable that is set: whether it and what it refers to are usable, and whether its name is known."""
    ours = (API_KEY_FILE.variable,) if subject.own_key_file else ()
    known = [name for name in VARIABLES if name not in ours and subject.environ.get(name, "").strip()]
    others = [name for name in known if name not in (*KEY_VARIABLES, BASE_URL.variable)]
    problems = [problem for name in others if (problem := settings_of(subject.environ, name).problem)]
    if problems:
        return _unusable(" ".join(problems))
    meant = {name: nearest for name in sorted(subject.environ) if (nearest := nearest_variables(name))}
    if meant:
        unread = ", ".join(f"{name} (did you mean {' or '.join(nearest)}?)" for name, nearest in meant.items())
        return warning(f"Set, but not read: {unread}", "correct the spelling, or remove it")
    unusable = read_folder(subject.settings.prompts)[1] if subject.settings.prompts else []
    if unusable:
        more = f" ({len(unusable) - 1} more)" if len(unusable) > 1 else ""
        return warning(f"TELNYX_PROMPTS: {unusable[0].rstrip('.')}{more}", "correct it; the startup log names them all")
    return ok(f"Set: {', '.join(known)}" if known else "None is set; the defaults apply.")


def nearest_variables(name: str) -> list[str]:
    """The variables that `name` is probably a misspelling of, if any.

    Names that begin like ours are compared by the rest, so that other Telnyx programs' variables are ignored.
    """
    folded = name.upper().replace("-", "_")
    if name in VARIABLES or not folded.startswith("TEL"):
        return []
    if folded in VARIABLES:
        return [folded]
    whole = not folded.startswith(_PREFIX)
    candidates = {variable if whole else variable.removeprefix(_PREFIX): variable for variable in VARIABLES}
    rest = folded.removeprefix(_PREFIX)
    near = get_close_matches(rest, candidates, n=1, cutoff=0.9 if whole else _ALIKE)
    # TELNYX_TIMEOUT is as much the end of one variable as of another, which is longer and so less alike.
    return [
        variable for short, variable in candidates.items() if short in near or (near and short.endswith(f"_{rest}"))
    ]


async def check_base_url(subject: Subject) -> CheckResult:
    """Where requests, and with them the key, are sent."""
    if subject.sandbox:
        return not_needed("The built-in sandbox needs no network.")
    problem = settings_of(subject.environ, BASE_URL.variable).problem
    if problem is not None:
        return _unusable(problem)
    if subject.settings.problem is not None:
        return _place(subject, subject.base_url)
    return combined({name: _place(subject, settings.base_url) for name, settings in subject.accounts.items()})


def _place(subject: Subject, base_url: str) -> CheckResult:
    if base_url == BASE_URL.default:
        return ok(f"{BASE_URL.default}, the default")
    named = base_url == settings_of(subject.environ, BASE_URL.variable).base_url
    shown, source = mask_url(base_url), "TELNYX_BASE_URL" if named else "the file named by TELNYX_ACCOUNTS"
    host = (urlsplit(base_url).hostname or "").rstrip(".")
    if is_loopback(host):
        return ok(f"{shown} on this machine, from {source}")
    if host.endswith(".telnyx.com"):
        return ok(f"{shown}, from {source}")
    return warning(
        f"{shown}, from {source}: your key goes there, not to Telnyx",
        f"if that is not intended, remove {'TELNYX_BASE_URL' if named else f'it from {source}'}",
    )


def _unusable(problem: str) -> CheckResult:
    """A problem of the settings, split into detail and advice."""
    what, _, advice = problem.partition(": ")
    return failed(what, advice.rstrip(".") or "correct it, or remove it to use the default")
