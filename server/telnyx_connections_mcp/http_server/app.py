"""The server as an ASGI application: the SDK's, with our bounds within and our headers around."""

from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from telnyx_connections_mcp.auth.challenge import ChallengeMiddleware
from telnyx_connections_mcp.config.http_settings import PATH, HttpSettings
from telnyx_connections_mcp.http_server.accepting import AcceptMiddleware
from telnyx_connections_mcp.http_server.answers import AccessLogMiddleware
from telnyx_connections_mcp.http_server.bodies import BodyLimit
from telnyx_connections_mcp.http_server.concurrency_limit import ConcurrencyLimit
from telnyx_connections_mcp.http_server.connection_limit import ConnectionLimit
from telnyx_connections_mcp.http_server.health import ALIVE, READY, Readiness, alive
from telnyx_connections_mcp.http_server.security import CorsMiddleware, HostPolicy, HostValidation
from telnyx_connections_mcp.mcp_server.context import AccountContexts

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


def create_app(
    server: MCPServer[AccountContexts],
    settings: HttpSettings,
    reach: HostPolicy,
    limit: ConcurrencyLimit,
    readiness: Readiness,
) -> ASGIApp:
    """`server` over Streamable HTTP at `/mcp`, without sessions, and the two probes of health.

    From the outside in: headers and log, `Host` and `Origin`, CORS for the named origins, the number of connections,
    authentication (where the server has a token verifier), method and body, what the client accepts, the protocol, and
    the limit of calls.
    """
    server.middleware.insert(-1, limit)  # the last answers calls itself
    sdk = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        json_response=False,  # a JSON response carries no progress, and ignores a disconnect
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # see `HostValidation`
    )
    sdk.router.redirect_slashes = False  # the framework would lead to whatever `Host` says, without TLS
    sdk.add_route(ALIVE, alive, methods=["GET"])
    sdk.add_route(READY, readiness.answer, methods=["GET"])
    sessions = server.session_manager
    protocol = sessions.asgi_app.app  # without the SDK's limit of a body, which would collect it once more
    sessions.asgi_app = BodyLimit(AcceptMiddleware(protocol), settings.max_body)  # type: ignore[assignment]  # an ASGI app too
    # No schema of ours asks for a header (`x-mcp-header`), and the SDK would look through the whole of it at each call.
    sessions.app.get_tool_input_schema = lambda _: None
    app = _straight(sdk)
    if server.settings.auth is not None:
        app = ChallengeMiddleware(app, server.settings.auth)
    app = ConnectionLimit(app)
    if settings.allowed_origins:
        app = CorsMiddleware(
            app,
            allow_origins=settings.allowed_origins,
            allow_methods=["POST"],
            allow_headers=_CORS_REQUEST_HEADERS,
            expose_headers=_CORS_RESPONSE_HEADERS,
            max_age=_PREFLIGHT_SECONDS,
        )
    return AccessLogMiddleware(HostValidation(app, reach))


def _straight(app: Starlette) -> ASGIApp:
    """`app`, but for its router and its pages for errors on the way to `PATH`: there the protocol has its own."""
    protocol: ASGIApp = next(route.app for route in app.routes if isinstance(route, Route) and route.path == PATH)
    for layer, args, kwargs in reversed(app.user_middleware):
        protocol = layer(protocol, *args, **kwargs)

    async def lead(scope: Scope, receive: Receive, send: Send) -> None:
        there = scope["type"] == "http" and scope["path"] == PATH
        await (protocol if there else app)(scope, receive, send)

    return lead
