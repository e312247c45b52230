"""The settings for HTTP, read once from the flags and the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from telnyx_connections_mcp.config import settings_table
from telnyx_connections_mcp.config.environment import SettingsError, from_environment, read_fields

DEFAULT_HOST = "127.0.0.1"
DEFAULT_PORT = 8000
PATH = "/mcp"
_ADDRESS = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([\w.-]*))(?::([0-9]{1,5}))?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpSettings:
    """The settings for HTTP; settings_table.py says what those from a variable mean."""

    host: str = DEFAULT_HOST
    """Name or address to listen on."""
    port: int = DEFAULT_PORT
    """Port to listen on; 0: any free one."""
    tls_cert: str | None = None
    """File of the certificate and its chain, PEM."""
    tls_key: str | None = None
    """File of the certificate's private key, PEM; None if the certificate's file contains it."""
    allowed_hosts: tuple[str, ...] = from_environment(settings_table.HTTP_ALLOWED_HOSTS)
    allowed_origins: tuple[str, ...] = from_environment(settings_table.HTTP_ALLOWED_ORIGINS)
    """Origins of web pages that may send requests, such as `https://app.example.com`; only these get CORS headers."""
    trusted_proxies: tuple[str, ...] = from_environment(settings_table.HTTP_TRUSTED_PROXIES)
    max_body: int = from_environment(settings_table.HTTP_MAX_BODY)
    """Largest request body, in bytes. The largest sensible request is a few KiB."""
    max_connections: int = from_environment(settings_table.HTTP_MAX_CONNECTIONS)
    """Most open connections. Processes are often limited to 1024 open files, so more than this needs `ulimit -n`."""
    max_requests: int = from_environment(settings_table.HTTP_MAX_CALLS)
    max_requests_per_caller: int = from_environment(settings_table.HTTP_MAX_CALLS_PER_CALLER)
    queue_seconds: float = from_environment(settings_table.HTTP_QUEUE_SECONDS)
    receive_seconds: float = from_environment(settings_table.HTTP_RECEIVE_SECONDS)
    """Longest that a client may take to send a request, headers and body, or to read what it is sent."""
    shutdown_seconds: float = from_environment(settings_table.HTTP_SHUTDOWN_SECONDS)
    ready_seconds: float = from_environment(settings_table.HTTP_READY_SECONDS)
    """Age at which `/readyz` no longer trusts the last request to Telnyx and sends one itself."""


def read_http_settings(
    environ: Mapping[str, str], address: str, *, tls_cert: str | None = None, tls_key: str | None = None
) -> HttpSettings:
    """The settings in the flags and the environment; `address` is HOST:PORT, HOST or PORT.

    Raises `SettingsError` for an unusable one.
    """
    host, port = read_address(address)
    if tls_key and not tls_cert:
        raise SettingsError("--tls-key requires --tls-cert, the file with the certificate for that key.")
    return HttpSettings(host=host, port=port, tls_cert=tls_cert, tls_key=tls_key, **read_fields(HttpSettings, environ))


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
