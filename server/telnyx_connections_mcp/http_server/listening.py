"""The listening socket and the TLS certificate; a problem with either is reported in one sentence."""

import logging
import os
import socket
import ssl
from pathlib import Path

from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.config.http_settings import HttpSettings
from telnyx_connections_mcp.http_server.accept_loop import EXTRA_CONNECTIONS
from telnyx_connections_mcp.text.small_files import open_file

_BACKLOG = 2048
_OTHER_FILES = 100
"""Files that the process opens besides client connections: connections to Telnyx and Redis, libraries, logs."""
_log = logging.getLogger(__name__)


def listen(settings: HttpSettings) -> socket.socket:
    """A socket that listens on the configured address. Raises `SettingsError` if that fails."""
    try:
        found = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, address = found[0][0], found[0][4]
        both = address[0] == "::" and socket.has_dualstack_ipv6()
        listener = socket.create_server(
            (str(address[0]), settings.port), family=family, backlog=_BACKLOG, dualstack_ipv6=both
        )
    except (OSError, UnicodeError) as error:
        code = error.errno if isinstance(error, OSError) and not isinstance(error, socket.gaierror) else None
        reason = os.strerror(code) if code else "no such name"
        raise SettingsError(
            f"Cannot listen on {settings.host} port {settings.port} ({reason[0].lower()}{reason[1:]}): "
            "choose another address with --http HOST:PORT."
        ) from None
    # Inherited by what it accepts; asyncio does this only for sockets of a named protocol (see sandbox/server.py).
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def most_connections(wanted: int) -> int:
    """How many of the `wanted` connections the limit of open files allows, after raising it as far as permitted."""
    try:
        import resource
    except ImportError:  # Windows
        return wanted
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = wanted + EXTRA_CONNECTIONS + _OTHER_FILES
    if 0 <= soft < needed and (hard < 0 or hard > soft):
        soft = needed if hard < 0 else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    if not 0 <= soft < needed:
        return wanted
    most = max(1, soft - EXTRA_CONNECTIONS - _OTHER_FILES)
    _log.warning(
        "TELNYX_HTTP_MAX_CONNECTIONS is %d, but of the %d files that this process may open, %d are left for them, "
        "which is now the limit: raise `ulimit -n` or LimitNOFILE.",
        wanted,
        soft,
        most,
    )
    return most


def tls_context(settings: HttpSettings) -> ssl.SSLContext | None:
    """TLS 1.2 or newer with the configured certificate; None if there is none.

    Raises `SettingsError` for unusable files.
    """
    if settings.tls_cert is None:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        for name in filter(None, (settings.tls_cert, settings.tls_key)):
            open_file(Path(name)).close()  # OpenSSL would wait for a pipe
        context.load_cert_chain(settings.tls_cert, settings.tls_key, password=_no_password)
    except (OSError, ValueError, RuntimeError) as error:  # ssl.SSLError is an OSError
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error)
        raise SettingsError(
            f"The certificate and key for TLS cannot be used ({reason.replace('_', ' ').lower()}): give the PEM files "
            "of a certificate and of its own key, without a password, with --tls-cert and --tls-key."
        ) from None
    return context


def _no_password() -> str:
    """Keep OpenSSL from prompting on the terminal."""
    raise ValueError("the key is locked with a password")
