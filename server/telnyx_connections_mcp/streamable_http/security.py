"""Who may reach the server: the addresses it may listen on, and the `Host` and `Origin` headers it takes."""

from mcp.server.transport_security import TransportSecuritySettings

from telnyx_connections_mcp.streamable_http.settings import HttpSettings
from telnyx_connections_mcp.telnyx.address import is_loopback

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  # compared with, not listened on

_DEFAULT_PORTS = {"http": 80, "https": 443}
"""Ports that clients leave out of `Host` and `Origin` (RFC 9110, section 4.2)."""


def transport_security(settings: HttpSettings, address: str, port: int) -> TransportSecuritySettings:
    """The checks of `Host` and `Origin` for a server that listens on `address` and `port`.

    They are always on. A page of another site may reach this server through a name that its owner points here (DNS
    rebinding), but its browser then sends that name as `Host`. Names of this machine's own loopback are taken with any
    port, because a tunnel or a container may map it; they cannot be rebound.
    """
    own = [in_url(name) for name in dict.fromkeys((settings.host.lower(), address)) if name not in _EVERY_ADDRESS]
    if is_loopback(address) or not own:
        own = [*dict.fromkeys((*_LOOPBACK, *own))]
        hosts = [*own, *(f"{name}:*" for name in own)]
    else:
        hosts = [f"{name}:{port}" for name in own]
        hosts += own if port in _DEFAULT_PORTS.values() else []
    for name in settings.allowed_hosts:
        hosts += [name] if _has_port(name) else [name, f"{name}:*"]
    same = [
        f"{scheme}://{name}" if port == default else f"{scheme}://{name}:{port}"
        for scheme, default in _DEFAULT_PORTS.items()
        for name in own
    ]
    return TransportSecuritySettings(
        enable_dns_rebinding_protection=True,
        allowed_hosts=hosts,
        allowed_origins=[*same, *settings.allowed_origins],
    )


def in_url(host: str) -> str:
    """`host` as it stands in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host


def _has_port(name: str) -> bool:
    return name.rpartition(":")[2].isdigit()
