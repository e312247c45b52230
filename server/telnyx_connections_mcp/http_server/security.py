"""Who may reach the server: the `Host` and `Origin` headers it takes, compared as parsed, never as text."""

from dataclasses import dataclass

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from telnyx_connections_mcp.config.http_settings import PATH, HttpSettings
from telnyx_connections_mcp.http_server.headers import values_of
from telnyx_connections_mcp.http_server.health import ALIVE, READY
from telnyx_connections_mcp.telnyx.address import is_loopback
from telnyx_connections_mcp.text.authority import (
    DEFAULT_PORTS,
    Authority,
    in_url,
    normal_origin,
    read_authority,
)

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  # compared with, not listened on


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """What `Host` and `Origin` may be."""

    hosts: frozenset[Authority]
    """Hosts as they must be, with their port or without one."""
    names: frozenset[str]
    """Hosts that may have any port, or none."""
    origins: frozenset[str]
    """Origins in the form of `normal_origin`."""

    def takes_host(self, given: list[str]) -> bool:
        """Whether these `Host` headers are one that names this server."""
        found = read_authority(given[0]) if len(given) == 1 else None
        return found is not None and (found in self.hosts or found[0] in self.names)

    def takes_origin(self, given: list[str]) -> bool:
        """Whether these `Origin` headers are none, as where no browser asks, or one that may call."""
        return not given or (len(given) == 1 and normal_origin(given[0]) in self.origins)


def reach_of(settings: HttpSettings, address: str, port: int) -> HostPolicy:
    """What a server that listens on `address` and `port` is called by.

    A page of another site may reach it through a name that its owner points here (DNS rebinding), but its browser then
    sends that name as `Host`. Names of this machine's own loopback are taken with any port, because a tunnel or a
    container may map it; they cannot be rebound.
    """
    own = {name for name in (settings.host.lower(), address) if name not in _EVERY_ADDRESS}
    hosts: set[Authority] = set()
    names: set[str] = set()
    if is_loopback(address) or not own:
        own |= {*_LOOPBACK}
        names |= own
    else:
        hosts |= {(name, port) for name in own}
        hosts |= {(name, None) for name in own if port in DEFAULT_PORTS.values()}
    for host, named in filter(None, map(read_authority, settings.allowed_hosts)):
        if named is None:
            names.add(host)
        else:
            hosts.add((host, named))
    same = {normal_origin(f"{scheme}://{in_url(name)}:{port}") for scheme in DEFAULT_PORTS for name in own}
    return HostPolicy(frozenset(hosts), frozenset(names), frozenset(filter(None, {*same, *settings.allowed_origins})))


class HostValidation:
    """Lets through what is addressed to this server, whatever path and method; probes of health come by any name.

    An `OPTIONS` request with a foreign `Origin` goes on to be refused as any other that is no POST: browsers ask so
    before a page may call, and read from an answer without CORS that it may not.
    """

    def __init__(self, app: ASGIApp, reach: HostPolicy) -> None:
        self._app = app
        self._reach = reach

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with 421 or 403."""
        if scope["type"] != "http" or scope["path"] in (ALIVE, READY):
            await self._app(scope, receive, send)
            return
        if not self._reach.takes_host(values_of(scope, b"host")):
            refusal = PlainTextResponse("Invalid Host header: not listed in TELNYX_HTTP_ALLOWED_HOSTS.", 421)
            await refusal(scope, receive, send)
        elif scope["method"] != "OPTIONS" and not self._reach.takes_origin(values_of(scope, b"origin")):
            refusal = PlainTextResponse("Invalid Origin header: not listed in TELNYX_HTTP_ALLOWED_ORIGINS.", 403)
            await refusal(scope, receive, send)
        else:
            if scope["path"] == f"{PATH}/":  # the framework would redirect to what `Host` says
                scope = {**scope, "path": PATH}
            await self._app(scope, receive, send)


class CorsMiddleware(CORSMiddleware):
    """CORS for origins that are compared as `HostValidation` does."""

    def is_allowed_origin(self, origin: str) -> bool:
        """Whether a page of `origin` may call."""
        return normal_origin(origin) in self.allow_origins
