"""The settings for HTTP, read once from the flags and the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from telnyx_connections_mcp.config.environment import SettingsError, number
from telnyx_connections_mcp.text.authority import normal_origin, read_authority

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
PATH = "/mcp"
_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]*))(?::([0-9]{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """The settings for HTTP."""

    host: str = DEFAULT_HOST
    """Name or address to listen on."""
    port: int = DEFAULT_PORT
    """Port to listen on; 0: any free one."""
    tls_cert: str | None = None
    """File of the certificate and its chain, PEM."""
    tls_key: str | None = None
    """File of the certificate's private key, PEM; None if the certificate's file contains it."""
    allowed_hosts: tuple[str, ...] = ()
    """Names, or NAME:PORT, accepted in `Host` headers besides the address listened on."""
    allowed_origins: tuple[str, ...] = ()
    """Origins of web pages that may send requests, such as `https://app.example.com`; only these get CORS headers."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses or networks whose `X-Forwarded-For` and `X-Forwarded-Proto` are trusted."""
    max_body: int = 256 * 1024
    """Largest request body, in bytes. The largest sensible request is a few KiB."""
    max_connections: int = 900
    """Most open connections. Processes are often limited to 1024 open files, so more than this needs `ulimit -n`."""
    max_requests: int = 64
    """Tool calls and resource reads that run at once."""
    max_requests_per_caller: int = 16
    """The same per caller."""
    queue_seconds: float = 5.0
    """Longest that a request waits in the queue before it is told that the server is busy."""
    receive_seconds: float = 10.0
    """Longest that a client may take to send a request, headers and body, or to read what it is sent."""
    shutdown_seconds: float = 30.0
    """Longest that running requests may go on after the signal to stop."""
    ready_seconds: float = 10.0
    """Age at which `/readyz` no longer trusts the last request to Telnyx and sends one itself."""


_NUMBERS: dict[str, tuple[str, float, float]] = {
    "max_body": ("TELNYX_HTTP_MAX_BODY", 1024, 64 * 1024 * 1024),
    "max_connections": ("TELNYX_HTTP_MAX_CONNECTIONS", 1, 1_000_000),
    "max_requests": ("TELNYX_HTTP_MAX_CALLS", 1, 100_000),
    "max_requests_per_caller": ("TELNYX_HTTP_MAX_CALLS_PER_CALLER", 1, 100_000),
    "queue_seconds": ("TELNYX_HTTP_QUEUE_SECONDS", 0, 3600),
    "receive_seconds": ("TELNYX_HTTP_RECEIVE_SECONDS", 0.1, 3600),
    "shutdown_seconds": ("TELNYX_HTTP_SHUTDOWN_SECONDS", 0, 3600),
    "ready_seconds": ("TELNYX_HTTP_READY_SECONDS", 1, 3600),
}
_DEFAULTS = HttpSettings()


def read_http_settings(
    environ: Mapping[str, str], address: str, *, tls_cert: str | None = None, tls_key: str | None = None
) -> HttpSettings:
    """The settings in the flags and the environment; `address` is HOST:PORT, HOST or PORT.

    Raises `SettingsError` for an unusable one.
    """
    host, port = read_address(address)
    if tls_key and not tls_cert:
        raise SettingsError("--tls-key requires --tls-cert, the file with the certificate for that key.")
    numbers = {field: _number(environ, field, *how) for field, how in _NUMBERS.items()}
    return HttpSettings(
        host=host,
        port=port,
        tls_cert=tls_cert,
        tls_key=tls_key,
        allowed_hosts=tuple(_host(text) for text in _listed(environ, "TELNYX_HTTP_ALLOWED_HOSTS")),
        allowed_origins=tuple(_origin(text) for text in _listed(environ, "TELNYX_HTTP_ALLOWED_ORIGINS")),
        trusted_proxies=tuple(_network(text) for text in _listed(environ, "TELNYX_HTTP_TRUSTED_PROXIES")),
        **numbers,  # type: ignore[arg-type]  # `_number` gives an int for the fields that are one
    )


def read_address(text: str) -> tuple[str, int]:
    """Host and port of HOST:PORT, HOST, :PORT or PORT; an IPv6 address with a port is in brackets.

    Raises `SettingsError` for anything else.
    """
    text = text.strip()
    if _is_address(text):
        return text, DEFAULT_PORT
    found = _ADDRESS.fullmatch(f":{text}" if text.isdigit() else text)
    six, name, port = found.groups(default="") if found else ("", "", "-")
    if not found or (six and not _is_address(six)) or int(port or 0) > 65535:
        raise SettingsError(
            f"--http takes HOST:PORT, as in {DEFAULT_HOST}:{DEFAULT_PORT} or [::1]:{DEFAULT_PORT}, not {text[:80]!r}."
        )
    return six or name or DEFAULT_HOST, int(port or DEFAULT_PORT)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _listed(environ: Mapping[str, str], name: str) -> list[str]:
    return [part.strip() for part in environ.get(name, "").split(",") if part.strip()]


def _host(text: str) -> str:
    if read_authority(text) is None:
        raise SettingsError(
            "TELNYX_HTTP_ALLOWED_HOSTS takes names with or without a port, separated by commas, as in "
            f"mcp.example.com,10.0.0.5:8000 or [fd00::5], not {text[:80]!r}."
        )
    return text.lower()


def _origin(text: str) -> str:
    origin = normal_origin(text)
    if origin is None:
        raise SettingsError(
            "TELNYX_HTTP_ALLOWED_ORIGINS takes origins without a path, separated by commas, as in "
            f"https://app.example.com, not {text[:80]!r}."
        )
    return origin


def _network(text: str) -> str:
    try:
        ip_network(text)
    except ValueError:
        raise SettingsError(
            "TELNYX_HTTP_TRUSTED_PROXIES takes addresses or networks, separated by commas, as in "
            f"10.0.0.2,192.168.0.0/24, not {text[:80]!r}."
        ) from None
    return text


def _number(environ: Mapping[str, str], field: str, name: str, low: float, high: float) -> float:
    default: float = getattr(_DEFAULTS, field)
    kind = "whole number" if isinstance(default, int) else "number"
    return number(environ, name, default, (low, high), f"a {kind} from {low:g} to {high:,}")
