"""Validation of the `Host` and `Origin` headers, and CORS; both headers are parsed and never compared as text."""

from dataclasses import dataclass

from starlette.middleware.cors import CORSMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from telnyx_connections_mcp.config.http_settings import PATH, HttpSettings
from telnyx_connections_mcp.http_server.health import ALIVE, READY
from telnyx_connections_mcp.http_server.request_headers import all_headers
from telnyx_connections_mcp.telnyx.address import is_loopback
from telnyx_connections_mcp.text.authority import (
    DEFAULT_PORTS,
    Authority,
    in_url,
    normal_origin,
    read_authority,
)

_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_EVERY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104  # compared with, not bound to
_CORS_REQUEST_HEADERS = (
    "Authorization",
    "Content-Type",
    "Mcp-Protocol-Version",
    "Mcp-Method",
    "Mcp-Name",
    "Mcp-Session-Id",
)
_CORS_RESPONSE_HEADERS = ("Mcp-Session-Id", "WWW-Authenticate", "Retry-After", "X-Request-ID")
_PREFLIGHT_SECONDS = 600
"""For how long browsers may remember what is allowed."""


@dataclass(frozen=True, slots=True)
class HostPolicy:
    """The allowed values of `Host` and `Origin`."""

    hosts: frozenset[Authority]
    """Hosts that must match including the port, or its absence."""
    names: frozenset[str]
    """Hosts allowed with any port, or none."""
    origins: frozenset[str]
    """Origins, as `normal_origin` writes them."""
    cors_origins: frozenset[str]
    """Those of pages from elsewhere, which alone get CORS headers."""

    def accepts_host(self, headers: list[str]) -> bool:
        """Whether there is exactly one `Host` header and it names this server."""
        found = read_authority(headers[0]) if len(headers) == 1 else None
        return found is not None and (found in self.hosts or found[0] in self.names)

    def accepts_origin(self, headers: list[str]) -> bool:
        """Whether there is no `Origin` header, as from anything but a browser, or exactly one that is allowed."""
        return not headers or (len(headers) == 1 and normal_origin(headers[0]) in self.origins)


def host_policy(settings: HttpSettings, address: str, port: int) -> HostPolicy:
    """The allowed hosts and origins of a server that listens on `address` and `port`.

    A page of another site may reach it through a name that its owner points here (DNS rebinding), but its browser then
    sends that name as `Host`. Loopback names are allowed with any port, because a tunnel or a container may map it;
    they cannot be rebound.
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
    return HostPolicy(
        hosts=frozenset(hosts),
        names=frozenset(names),
        origins=frozenset(filter(None, {*same, *settings.allowed_origins})),
        cors_origins=frozenset(settings.allowed_origins),
    )


def guard_host_and_origin(app: ASGIApp, policy: HostPolicy) -> ASGIApp:
    """`app` for requests that `policy` accepts, with CORS headers for pages from elsewhere, if any are allowed."""
    return HostValidation(_CorsMiddleware(app, policy) if policy.cors_origins else app, policy)


class HostValidation:
    """Refuses requests that are not addressed to this server, for any path and method except the health probes.

    An `OPTIONS` request from a foreign `Origin` is passed on, and refused as any other that is not a POST: it is a
    browser's preflight, and a response without CORS headers tells the browser that the page may not go on.
    """

    def __init__(self, app: ASGIApp, policy: HostPolicy) -> None:
        self._app = app
        self._policy = policy

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with 421 or 403."""
        if scope["type"] != "http" or scope["path"] in (ALIVE, READY):
            await self._app(scope, receive, send)
            return
        if not self._policy.accepts_host(all_headers(scope, b"host")):
            refusal = PlainTextResponse("Invalid Host header: not listed in TELNYX_HTTP_ALLOWED_HOSTS.", 421)
            await refusal(scope, receive, send)
        elif scope["method"] != "OPTIONS" and not self._policy.accepts_origin(all_headers(scope, b"origin")):
            refusal = PlainTextResponse("Invalid Origin header: not listed in TELNYX_HTTP_ALLOWED_ORIGINS.", 403)
            await refusal(scope, receive, send)
        else:
            if scope["path"] == f"{PATH}/":  # the framework would redirect to what `Host` says
                scope = {**scope, "path": PATH}
            await self._app(scope, receive, send)


class _CorsMiddleware(CORSMiddleware):
    """CORS that compares origins as `HostValidation` does."""

    def __init__(self, app: ASGIApp, policy: HostPolicy) -> None:
        super().__init__(
            app,
            allow_origins=list(policy.cors_origins),
            allow_methods=["POST"],
            allow_headers=_CORS_REQUEST_HEADERS,
            expose_headers=_CORS_RESPONSE_HEADERS,
            max_age=_PREFLIGHT_SECONDS,
        )

    def is_allowed_origin(self, origin: str) -> bool:
        """Whether a page of `origin` may send requests."""
        return normal_origin(origin) in self.allow_origins
