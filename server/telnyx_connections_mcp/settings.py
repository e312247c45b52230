"""The settings of the server, read once from the environment and the flags."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from telnyx_connections_mcp.telnyx.address import is_loopback

if TYPE_CHECKING:  # not imported unless it is set
    from telnyx_connections_mcp.sharing.settings import RedisSettings

DEFAULT_BASE_URL = "https://api.telnyx.com/v2"
DEFAULT_REQUEST_TIMEOUT = 10.0
DEFAULT_TOOL_TIMEOUT = 25.0
DEFAULT_SNAPSHOT_SECONDS = 30.0
DEFAULT_ANSWER_TOKENS = 10_000
LOG_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
KEY_PLACEHOLDER = "PASTE_YOUR_TELNYX_API_KEY_HERE"
_WHERE = "in the environment of this server (the `env` of its entry in your MCP client's configuration)"


class SettingsError(Exception):
    """A setting that cannot be used; the text is one sentence that says what to set, and where."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the server needs to know. The key is in no repr."""

    api_key: str = field(default="", repr=False)
    base_url: str = DEFAULT_BASE_URL
    sandbox: bool = False
    request_timeout: float = DEFAULT_REQUEST_TIMEOUT
    """Seconds that one request may wait for the network."""
    tool_timeout: float = DEFAULT_TOOL_TIMEOUT
    """Seconds that one tool call may take in all, retries included."""
    snapshot_seconds: float = DEFAULT_SNAPSHOT_SECONDS
    """For how long a fleet that was read answers further questions; 0: not at all."""
    max_answer_tokens: int = DEFAULT_ANSWER_TOKENS
    """About how many tokens an answer may cost."""
    log_level: str = "WARNING"
    redis: "RedisSettings | None" = None
    """Where replicas share the rate limit and the fleets; None: this server shares with nobody."""
    problem: str | None = None
    """Why no call can be answered. The server starts all the same: only then can it say so to its client."""


def read_settings(environ: Mapping[str, str], *, sandbox: bool = False, log_level: str | None = None) -> Settings:
    """The settings that the environment and the flags describe.

    Never raises: what cannot be used becomes `Settings.problem`.
    """
    sandbox = sandbox or environ.get("TELNYX_SANDBOX", "").strip().lower() in ("1", "true", "yes", "on")
    try:
        return Settings(
            api_key="" if sandbox else _api_key(environ),
            base_url=_base_url(environ.get("TELNYX_BASE_URL", "").strip() or DEFAULT_BASE_URL),
            sandbox=sandbox,
            request_timeout=_seconds(environ, "TELNYX_REQUEST_TIMEOUT", DEFAULT_REQUEST_TIMEOUT),
            tool_timeout=_seconds(environ, "TELNYX_TOOL_TIMEOUT", DEFAULT_TOOL_TIMEOUT),
            snapshot_seconds=_number(environ, "TELNYX_SNAPSHOT_SECONDS", DEFAULT_SNAPSHOT_SECONDS, 0, 3600),
            max_answer_tokens=int(_number(environ, "TELNYX_MAX_ANSWER_TOKENS", DEFAULT_ANSWER_TOKENS, 2000, 1_000_000)),
            log_level=_log_level(log_level or environ.get("TELNYX_LOG_LEVEL", "").strip() or "WARNING"),
            redis=_redis(environ) if environ.get("TELNYX_REDIS_URL") else None,
        )
    except SettingsError as error:
        return Settings(sandbox=sandbox, problem=str(error))


def _api_key(environ: Mapping[str, str]) -> str:
    """The key of `TELNYX_API_KEY`, else of the file that `TELNYX_API_KEY_FILE` names."""
    name, key = "TELNYX_API_KEY", environ.get("TELNYX_API_KEY", "").strip()
    path = environ.get("TELNYX_API_KEY_FILE", "").strip()
    if not key and path:
        name, key = "TELNYX_API_KEY_FILE", _read_key_file(path)
    if not key:
        raise SettingsError(
            f"No Telnyx API key is set: put one in TELNYX_API_KEY, or the path of a file that holds it in "
            f"TELNYX_API_KEY_FILE, {_WHERE}, or start the server with --sandbox to try it without a key."
        )
    if key == KEY_PLACEHOLDER or key.startswith(("${", "$(", "<", "%")):
        raise SettingsError(f"{name} holds a placeholder instead of a key: put a Telnyx API key there, {_WHERE}.")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise SettingsError(
            f"{name} holds characters that no API key has (a space, a line break, a control or non-ASCII "
            f"character): copy the key again and set it {_WHERE}."
        )
    return key


def _read_key_file(path: str) -> str:
    try:
        return Path(path).expanduser().read_text(encoding="utf-8-sig").strip()
    except (OSError, ValueError, RuntimeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a readable text file"
        raise SettingsError(
            f"The file of TELNYX_API_KEY_FILE cannot be read ({reason}): correct the path {_WHERE}."
        ) from None


def _base_url(text: str) -> str:
    """`text` without trailing slashes; https, or http to this machine, and nothing but host, port and path."""
    try:
        url = urlsplit(text)
        host, _ = url.hostname, url.port
    except ValueError:
        raise SettingsError("TELNYX_BASE_URL is not a URL: set it to https://HOST/v2 or leave it out.") from None
    if url.username is not None or url.password is not None or "?" in text or "#" in text:
        raise SettingsError("TELNYX_BASE_URL must not hold a user, a query or a fragment: leave those out.")
    if not text.isascii() or not text.isprintable() or " " in text or not host:
        raise SettingsError("TELNYX_BASE_URL is not a URL: set it to https://HOST/v2 or leave it out.")
    if url.scheme != "https" and not (url.scheme == "http" and is_loopback(host)):
        raise SettingsError(
            "TELNYX_BASE_URL must begin with https://, because the API key travels with every request "
            "(http:// is for this machine only, as in http://127.0.0.1:8787/v2)."
        )
    return text.rstrip("/")


def _seconds(environ: Mapping[str, str], name: str, default: float) -> float:
    text = environ.get(name, "").strip()
    try:
        seconds = float(text) if text else default
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise SettingsError(f"{name} must be a number of seconds above 0 and up to 3600.")
    return seconds


def _number(environ: Mapping[str, str], name: str, default: float, low: int, high: int) -> float:
    text = environ.get(name, "").strip()
    try:
        number = float(text) if text else default
    except ValueError:
        number = nan
    if not low <= number <= high:
        raise SettingsError(f"{name} must be a number from {low} to {high}.")
    return number


def _redis(environ: Mapping[str, str]) -> "RedisSettings | None":
    from telnyx_connections_mcp.sharing.settings import read_redis_settings

    try:
        return read_redis_settings(environ)
    except ValueError as error:
        raise SettingsError(str(error)) from None


def _log_level(text: str) -> str:
    if text.upper() not in LOG_LEVELS:
        raise SettingsError(f"TELNYX_LOG_LEVEL must be one of {', '.join(LOG_LEVELS)}.")
    return text.upper()
