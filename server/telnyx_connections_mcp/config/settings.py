"""The server's settings, read once from the environment and the flags."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from os.path import expanduser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from telnyx_connections_mcp.config.environment import SettingsError, number, switch
from telnyx_connections_mcp.config.key_text import fault_of
from telnyx_connections_mcp.telnyx.address import is_loopback
from telnyx_connections_mcp.text.hosts import is_host
from telnyx_connections_mcp.text.small_files import read_text, why

if TYPE_CHECKING:  # not imported unless it is set
    from telnyx_connections_mcp.config.replica_settings import RedisSettings

DEFAULT_BASE_URL = "https://api.telnyx.com/v2"
DEFAULT_REQUEST_TIMEOUT = 10.0
DEFAULT_TOOL_TIMEOUT = 25.0
DEFAULT_SNAPSHOT_SECONDS = 30.0
DEFAULT_ANSWER_TOKENS = 10_000
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
LOG_FORMATS = ("text", "json")
_URL = "set it to https://HOST/v2 or leave it out"
_PRINTABLE = re.compile(r"[!-\[\]-~]+")  # no space, nothing invisible, no backslash
_MAX_SHOWN = 4
IN_CLIENT = "in the environment of this server (the `env` of its entry in your MCP client's configuration)"
"""Where to find the settings of a server that an MCP client starts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The server's settings. No repr contains the key."""

    api_key: str = field(default="", repr=False)
    base_url: str = DEFAULT_BASE_URL
    sandbox: bool = False
    request_timeout: float = DEFAULT_REQUEST_TIMEOUT
    """Timeout for each wait of a request to Telnyx, in seconds."""
    tool_timeout: float = DEFAULT_TOOL_TIMEOUT
    """Longest that a tool call may take, retries included, in seconds."""
    snapshot_seconds: float = DEFAULT_SNAPSHOT_SECONDS
    """Seconds for which a snapshot answers further questions; 0: not at all."""
    max_answer_tokens: int = DEFAULT_ANSWER_TOKENS
    """Largest answer, in tokens, roughly."""
    log_level: str = "WARNING"
    prompts: Path | None = None
    """A folder of a team's own prompts."""
    log_format: str = "text"
    log_arguments: bool = False
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
    folder = environ.get("TELNYX_PROMPTS", "").strip()
    team = Path(expanduser(folder)).absolute() if folder else None  # noqa: PTH111  # Path's own may raise
    try:
        sandbox = sandbox or switch(environ, "TELNYX_SANDBOX")
        return Settings(
            api_key=_api_key(environ, where) if needs_key and not sandbox else "",
            base_url=checked_base_url(
                "TELNYX_BASE_URL", environ.get("TELNYX_BASE_URL", "").strip() or DEFAULT_BASE_URL
            ),
            sandbox=sandbox,
            request_timeout=_seconds(environ, "TELNYX_REQUEST_TIMEOUT", DEFAULT_REQUEST_TIMEOUT),
            tool_timeout=_seconds(environ, "TELNYX_TOOL_TIMEOUT", DEFAULT_TOOL_TIMEOUT),
            snapshot_seconds=number(
                environ, "TELNYX_SNAPSHOT_SECONDS", DEFAULT_SNAPSHOT_SECONDS, (0, 3600), "a number from 0 to 3600"
            ),
            max_answer_tokens=int(
                number(
                    environ,
                    "TELNYX_MAX_ANSWER_TOKENS",
                    DEFAULT_ANSWER_TOKENS,
                    (2000, 1_000_000),
                    "a number from 2000 to 1000000",
                )
            ),
            log_level=_log_level(environ.get("TELNYX_LOG_LEVEL", "").strip() or "WARNING"),
            prompts=team,
            log_format=_log_format(environ.get("TELNYX_LOG_FORMAT", "").strip() or "text"),
            log_arguments=switch(environ, "TELNYX_LOG_ARGUMENTS"),
            redis=_redis(environ) if environ.get("TELNYX_REDIS_URL") else None,
        )
    except SettingsError as error:
        return Settings(sandbox=sandbox, prompts=team, problem=str(error))


def _api_key(environ: Mapping[str, str], where: str) -> str:
    """The key in `TELNYX_API_KEY`, else in the file named by `TELNYX_API_KEY_FILE`."""
    name, key = "TELNYX_API_KEY", environ.get("TELNYX_API_KEY", "").strip()
    path = environ.get("TELNYX_API_KEY_FILE", "").strip()
    if not key and path:
        name, key = "TELNYX_API_KEY_FILE", read_key_file("TELNYX_API_KEY_FILE", Path(path), where)
        if not key:
            raise SettingsError("The file named by TELNYX_API_KEY_FILE is empty: put a Telnyx API key there.")
    if not key:
        raise SettingsError(
            f"No Telnyx API key is set: put one in TELNYX_API_KEY, or the path of a file that holds it in "
            f"TELNYX_API_KEY_FILE, {where}, or use --sandbox to try it without a key."
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


def _seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    return number(environ, name, default, (0.001, 3600), "a number of seconds above 0 and up to 3600")


def _redis(environ: Mapping[str, str]) -> "RedisSettings | None":
    from telnyx_connections_mcp.config.replica_settings import read_redis_settings

    try:
        return read_redis_settings(environ)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _log_level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise SettingsError(f"TELNYX_LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}.")
    return text.upper()


def _log_format(text: str) -> str:
    if text.lower() not in LOG_FORMATS:
        raise SettingsError(f"TELNYX_LOG_FORMAT must be one of {', '.join(LOG_FORMATS)}.")
    return text.lower()
