"""The server as an ASGI application: the SDK's, with our bounds within and our headers around."""

from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette

from telnyx_connections_mcp.auth.challenge import ChallengeMiddleware
from telnyx_connections_mcp.config.http_settings import PATH, HttpSettings
from telnyx_connections_mcp.http_server.accepting import AcceptMiddleware
from telnyx_connections_mcp.http_server.answers import AccessLogMiddleware
from telnyx_connections_mcp.http_server.bodies import BodyLimit
from telnyx_connections_mcp.http_server.connections import ConnectionLimit
from telnyx_connections_mcp.http_server.health import ALIVE, READY, Readiness, alive
from telnyx_connections_mcp.http_server.limits import ConcurrencyLimit
from telnyx_connections_mcp.http_server.security import CorsMiddleware, HostPolicy, HostValidation
from telnyx_connections_mcp.mcp_server.context import AccountContexts

_ASKED_BY_PAGES = ("Authorization", "Content-Type", "Mcp-Protocol-Version", "Mcp-Method", "Mcp-Name", "Mcp-Session-Id")
_SHOWN_TO_PAGES = ("Mcp-Session-Id", "WWW-Authenticate", "Retry-After", "X-Request-ID")
_PREFLIGHT_SECONDS = 600


def create_app(
    server: MCPServer[AccountContexts],
    settings: HttpSettings,
    reach: HostPolicy,
    limit: ConcurrencyLimit,
    readiness: Readiness,
) -> Starlette:
    """`server` over Streamable HTTP at `/mcp`, without sessions, and the two probes of health.

    From the outside in: headers and log, `Host` and `Origin`, CORS for the named origins, the number of connections,
    authentication (where the server has a token verifier), method and body, what the client accepts, the protocol, and
    the limit of calls.
    """
    server.middleware.insert(-1, limit)  # the last answers calls itself
    app = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        json_response=False,  # a JSON answer carries no progress, and does not notice a client that hangs up
        max_request_body_size=settings.max_body,
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # see `HostValidation`
    )
    app.router.redirect_slashes = False  # the framework would lead to whatever `Host` says, without TLS
    sessions = server.session_manager
    sessions.asgi_app = BodyLimit(AcceptMiddleware(sessions.asgi_app), settings.max_body)  # type: ignore[assignment]  # an ASGI app too
    # No schema of ours asks for a header (`x-mcp-header`), and the SDK would look through the whole of it at each call.
    sessions.app.get_tool_input_schema = lambda _: None
    app.add_route(ALIVE, alive, methods=["GET"])
    app.add_route(READY, readiness.answer, methods=["GET"])
    if server.settings.auth is not None:
        app.add_middleware(ChallengeMiddleware, auth=server.settings.auth)
    app.add_middleware(ConnectionLimit)
    if settings.allowed_origins:
        app.add_middleware(
            CorsMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["POST"],
            allow_headers=_ASKED_BY_PAGES,
            expose_headers=_SHOWN_TO_PAGES,
            max_age=_PREFLIGHT_SECONDS,
        )
    app.add_middleware(HostValidation, reach=reach)
    app.add_middleware(AccessLogMiddleware)
    return app
