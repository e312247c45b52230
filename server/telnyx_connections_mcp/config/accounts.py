"""The Telnyx accounts of a server: the one in its settings, or those in a TOML file.

    [accounts.berlin]
    key_file = "keys/berlin"        # beside this file, or an absolute path
    default = true                  # for callers that name none

    [accounts.paris]
    key_env = "PARIS_TELNYX_KEY"
    base_url = "https://api.telnyx.com/v2"

Keys are kept in files or variables of their own, so that this file may be shown and versioned.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.config.settings import (
    IN_CLIENT,
    Settings,
    checked_base_url,
    checked_key,
    read_key_file,
    read_settings,
)
from telnyx_connections_mcp.config.settings_table import ACCOUNTS
from telnyx_connections_mcp.redaction.own_keys import OwnSecrets
from telnyx_connections_mcp.text.small_files import read_text, why

ONLY = "default"
"""The name of the account if there is no accounts file."""
ACCOUNT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_TAKES = {"key_file": str, "key_env": str, "base_url": str, "default": bool}
_MAX_BYTES = 1024 * 1024
_IN_FILE = "in the accounts file"


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Settings by account; `settings` are common to all, `default` is used if a caller names none."""

    settings: Settings
    by_name: Mapping[str, Settings]
    default: str | None


def one_account(settings: Settings) -> Accounts:
    """The only account, with these settings."""
    return Accounts(settings=settings, by_name={ONLY: settings}, default=ONLY)


def own_secrets(accounts: Accounts) -> OwnSecrets:
    """The secrets that must never be shown: the keys of all accounts and Redis's password."""
    every = (accounts.settings, *accounts.by_name.values())
    return OwnSecrets(
        secret
        for settings in every
        for secret in (settings.api_key, settings.redis.password if settings.redis else None)
        if secret
    )


def read_accounts(environ: Mapping[str, str], *, sandbox: bool = False, where: str = IN_CLIENT) -> Accounts:
    """The accounts in the file named by `TELNYX_ACCOUNTS`, or else the one in the environment.

    Never raises: an error becomes the `Settings.problem` of every account. The sandbox is always a single account.
    `where` as in `read_settings`.
    """
    name = ACCOUNTS.read(environ)
    settings = read_settings(environ, sandbox=sandbox, needs_key=not name, where=where)
    if not name or settings.sandbox or settings.problem is not None:
        return one_account(settings)
    try:
        return _accounts(_read_toml(Path(name)), settings, environ, Path(name).parent)
    except SettingsError as error:
        return one_account(replace(settings, problem=str(error)))


def _read_toml(path: Path) -> dict[str, Any]:
    import tomllib

    try:
        return tomllib.loads(read_text(path, _MAX_BYTES))
    except tomllib.TOMLDecodeError as error:  # its words may quote the file
        place = re.search(r"\(at (line \d+, column \d+|end of document)\)", str(error))
        position = f" at {place[1]}" if place else ""
        raise SettingsError(f"The accounts file is not valid TOML{position}: correct it.") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise SettingsError(
            f"The accounts file cannot be read ({why(error)}): "
            f"correct the path in {ACCOUNTS.flag} or {ACCOUNTS.variable}."
        ) from None


def _accounts(document: dict[str, Any], settings: Settings, environ: Mapping[str, str], beside: Path) -> Accounts:
    tables = document.pop("accounts", None)
    if document or not isinstance(tables, dict) or not tables:
        raise SettingsError("An accounts file must contain one or more [accounts.NAME] tables and nothing else.")
    by_name = {name: _account(name, table, settings, environ, beside) for name, table in tables.items()}
    defaults = [name for name, table in tables.items() if table.get("default")]
    if len(defaults) > 1:
        raise SettingsError(f"[accounts.{defaults[1]}] is a second default: keep only one `default = true` {_IN_FILE}.")
    only = next(iter(by_name)) if len(by_name) == 1 else None
    return Accounts(settings=settings, by_name=by_name, default=defaults[0] if defaults else only)


def _account(name: str, table: Any, settings: Settings, environ: Mapping[str, str], beside: Path) -> Settings:
    if ACCOUNT_NAME.fullmatch(name) is None:
        raise SettingsError(
            f"An account name {_IN_FILE} must be 1 to 64 letters, digits, - or _, starting with a letter or digit."
        )
    called = f"[accounts.{name}]"
    if not isinstance(table, dict):
        raise SettingsError(f"{called} {_IN_FILE} must be a table.")
    if {"key", "api_key"} & set(table):
        raise SettingsError(
            f"{called} contains a key: put the key in a file or a variable and name that in key_file or key_env."
        )
    if unknown := [key for key in table if key not in _TAKES]:
        setting = unknown[0] if ACCOUNT_NAME.fullmatch(unknown[0]) else "a setting"
        raise SettingsError(
            f"{called} contains {setting}, which is unknown; the known settings are {', '.join(_TAKES)}."
        )
    for key, value in table.items():
        if not isinstance(value, _TAKES[key]) or value == "":
            raise SettingsError(f"{key} in {called} must be {'true or false' if key == 'default' else 'text'}.")
    api_key = _key(called, table, environ, beside)
    base_url = table.get("base_url")
    if base_url is None:
        return replace(settings, api_key=api_key)
    return replace(settings, api_key=api_key, base_url=checked_base_url(f"base_url in {called}", base_url))


def _key(called: str, table: Mapping[str, str], environ: Mapping[str, str], beside: Path) -> str:
    """The key that a table refers to."""
    if ("key_file" in table) == ("key_env" in table):
        raise SettingsError(f"{called} must name its key with either key_file or key_env.")
    if "key_file" in table:
        path = Path(table["key_file"]) if table["key_file"].startswith("~") else beside / table["key_file"]
        name, key = f"key_file in {called}", read_key_file(f"key_file in {called}", path, _IN_FILE)
    else:
        name, key = f"key_env in {called}", environ.get(table["key_env"], "").strip()
    if not key:
        raise SettingsError(f"The source named by {name} holds no key: put the account's Telnyx API key there.")
    return checked_key(f"The source named by {name}", key, "there")
