"""The server's settings, read once from the environment and the flags."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from os.path import expanduser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from telnyx_connections_mcp.config import settings_table
from telnyx_connections_mcp.config.environment import SettingsError, from_environment, read_fields
from telnyx_connections_mcp.config.key_text import fault_of
from telnyx_connections_mcp.config.settings_table import API_KEY, API_KEY_FILE
from telnyx_connections_mcp.telnyx.address import is_loopback
from telnyx_connections_mcp.text.hosts import is_host
from telnyx_connections_mcp.text.small_files import read_text, why

if TYPE_CHECKING:  # not imported unless it is set
    from telnyx_connections_mcp.config.replica_settings import RedisSettings

_URL = "set it to https://HOST/v2 or leave it out"
_PRINTABLE = re.compile(r"[!-\[\]-~]+")  # no space, nothing invisible, no backslash
_MAX_SHOWN = 4
IN_CLIENT = "in the environment of this server (the `env` of its entry in your MCP client's configuration)"
"""Where to find the settings of a server that an MCP client starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The server's settings; settings_table.py says what those from one variable mean. No repr contains the key."""

    api_key: str = field(default="", repr=False)
    base_url: str = settings_table.BASE_URL.default
    sandbox: bool = from_environment(settings_table.SANDBOX)
    request_timeout: float = from_environment(settings_table.REQUEST_TIMEOUT)
    tool_timeout: float = from_environment(settings_table.TOOL_TIMEOUT)
    snapshot_seconds: float = from_environment(settings_table.SNAPSHOT_SECONDS)
    max_answer_tokens: int = from_environment(settings_table.MAX_ANSWER_TOKENS)
    query: bool = from_environment(settings_table.QUERY)
    """Whether there is `query_account`."""
    app: bool = from_environment(settings_table.APP)
    """Whether hosts may show the page beside an answer."""
    log_level: str = from_environment(settings_table.LOG_LEVEL)
    prompts: Path | None = None
    """A folder of a team's own prompts."""
    log_format: str = from_environment(settings_table.LOG_FORMAT)
    log_arguments: bool = from_environment(settings_table.LOG_ARGUMENTS)
    """Whether log lines include the arguments of calls, which may name customers' connections."""
    redis: "RedisSettings | None" = None
    """The Redis that replicas share; None: nothing is shared."""
    problem: str | None = None
    """Why no request can be answered. The server starts all the same, so that it can tell its client."""


def read_settings(
    environ: Mapping[str, str], *, sandbox: bool = False, needs_key: bool = True, where: str = IN_CLIENT
) -> Settings:
    """The settings in the environment, where flags of the command line appear as their variables.

    Never raises: an error becomes `Settings.problem`. `needs_key` is False if an accounts file names the keys
    (accounts.py). `where` says where a person can correct them.
    """
    folder = settings_table.PROMPTS.read(environ)
    team = Path(expanduser(folder)).absolute() if folder else None  # noqa: PTH111  # Path's own may raise
    try:
        sandbox = sandbox or settings_table.SANDBOX.read(environ)
        return Settings(
            api_key=_api_key(environ, where) if needs_key and not sandbox else "",
            base_url=checked_base_url(settings_table.BASE_URL.variable, settings_table.BASE_URL.read(environ)),
            prompts=team,
            redis=_redis(environ) if settings_table.REDIS_URL.read(environ) else None,
            **{**read_fields(Settings, environ), "sandbox": sandbox},
        )
    except SettingsError as error:
        return Settings(sandbox=sandbox, prompts=team, problem=str(error))


def _api_key(environ: Mapping[str, str], where: str) -> str:
    """The key in its variable, or else in the key file."""
    name, key = API_KEY.variable, API_KEY.read(environ)
    path = API_KEY_FILE.read(environ)
    if not key and path:
        name, key = API_KEY_FILE.variable, read_key_file(API_KEY_FILE.variable, Path(path), where)
        if not key:
            raise SettingsError(f"The file named by {API_KEY_FILE.variable} is empty: put a Telnyx API key there.")
    if not key:
        raise SettingsError(
            f"No Telnyx API key is set: put one in {API_KEY.variable}, or the path of a file that holds it in "
            f"{API_KEY_FILE.variable}, {where}, or use {settings_table.SANDBOX.flag} to try it without a key."
        )
    return checked_key(name, key, where)


def checked_key(name: str, key: str, where: str) -> str:
    """`key`, the setting `name`. Raises `SettingsError` if it is not a key; `where` says where to correct it."""
    if (fault := fault_of(key)) is not None:
        raise SettingsError(f"{name} {fault}, {where}.")
    return key


def shown_end(key: str) -> str:
    """The last characters of `key`, by which a person recognizes it: four, but at most a quarter of it."""
    end = min(_MAX_SHOWN, len(key) // 4)
    return key[-end:] if end else ""


def read_key_file(name: str, path: Path, where: str) -> str:
    """The text of the file that the setting `name` names. Raises `SettingsError`; `where` says where to correct it."""
    try:
        return read_text(path).strip()
    except (OSError, ValueError, RuntimeError) as error:
        raise SettingsError(
            f"The file named by {name} cannot be read ({why(error)}): correct the path {where}."
        ) from None


def checked_base_url(name: str, text: str) -> str:
    """`text`, the setting `name`, without trailing slashes and with its scheme in lower case.

    Raises `SettingsError` unless it is https, or http to this machine, with nothing but host, port and path.
    """
    try:
        url = urlsplit(text)
        host, port = url.hostname or "", url.port
    except ValueError:
        raise SettingsError(f"{name} is not a URL: {_URL}.") from None
    if url.username is not None or url.password is not None or "?" in text or "#" in text:
        raise SettingsError(f"{name} must not contain a user, a query or a fragment: remove them.")
    if not _PRINTABLE.fullmatch(text) or not is_host(host) or port == 0:
        raise SettingsError(f"{name} is not a URL: {_URL}.")
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(host)):
        raise SettingsError(
            f"{name} must begin with https://, because the API key is sent with every request "
            "(http:// is allowed for this machine only, as in http://127.0.0.1:8787/v2)."
        )
    return (url.scheme + text[len(url.scheme) :]).rstrip("/")


def _redis(environ: Mapping[str, str]) -> "RedisSettings":
    from telnyx_connections_mcp.config.replica_settings import read_redis_settings

    try:
        return read_redis_settings(environ)
    except ValueError as error:
        raise SettingsError(str(error)) from None
