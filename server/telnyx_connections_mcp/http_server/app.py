"""The server as an ASGI application: the SDK's, wrapped in our middleware."""

from collections.abc import Awaitable, Callable, Mapping

from mcp.server import MCPServer
from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from telnyx_connections_mcp.auth.challenge import ChallengeMiddleware
from telnyx_connections_mcp.config.http_settings import PATH, HttpSettings
from telnyx_connections_mcp.http_server.access_log import AccessLogMiddleware
from telnyx_connections_mcp.http_server.body_limit import BodyLimit
from telnyx_connections_mcp.http_server.concurrency_limit import ConcurrencyLimit
from telnyx_connections_mcp.http_server.connection_limit import ConnectionLimit
from telnyx_connections_mcp.http_server.content_negotiation import AcceptMiddleware
from telnyx_connections_mcp.http_server.encoded_results import EncodedResults, encode_result
from telnyx_connections_mcp.http_server.host_and_origin import HostPolicy, guard_host_and_origin
from telnyx_connections_mcp.http_server.message_bodies import MessageBodies
from telnyx_connections_mcp.http_server.plain_responses import PlainResponses
from telnyx_connections_mcp.http_server.post_only import PostOnly
from telnyx_connections_mcp.mcp_server.context import AccountContexts
from telnyx_connections_mcp.mcp_server.tool_answers import ToolAnswers

Page = Callable[[Request], Awaitable[Response]]
"""Answers GET."""


def create_app(
    server: MCPServer[AccountContexts],
    settings: HttpSettings,
    policy: HostPolicy,
    limit: ConcurrencyLimit,
    pages: Mapping[str, Page],
) -> ASGIApp:
    """`server` over stateless Streamable HTTP at `/mcp`, and `pages` by path.

    From the outside in: response headers and access log, `Host` and `Origin`, CORS for allowed origins, the connection
    limit, authentication (if the server has a token verifier), the method, the body limit, messages, content
    negotiation, encoded results, plain responses, the protocol, and the concurrency limit.
    """
    answers = next(place for place, each in enumerate(server.middleware) if isinstance(each, ToolAnswers))
    server.middleware.insert(answers, limit)
    server.middleware.insert(0, encode_result)
    sdk = server.streamable_http_app(
        streamable_http_path=PATH,
        stateless_http=True,
        json_response=False,  # see `PlainResponses`
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # see `HostValidation`
    )
    sdk.router.redirect_slashes = False  # the framework would redirect to whatever `Host` says, without TLS
    for path, page in pages.items():
        sdk.add_route(path, page, methods=["GET"])
    sessions = server.session_manager
    protocol = sessions.asgi_app.app  # without the SDK's body limit, which would read the body a second time
    responses = AcceptMiddleware(EncodedResults(PlainResponses(sessions, protocol)))
    posts = PostOnly(BodyLimit(MessageBodies(responses), settings.max_body))
    sessions.asgi_app = posts  # type: ignore[assignment]  # an ASGI app too
    # None of our schemas asks for a header (`x-mcp-header`), and the SDK would search the whole schema on every call.
    sessions.app.get_tool_input_schema = lambda _: None
    app = _bypass_router(sdk)
    if server.settings.auth is not None:
        app = ChallengeMiddleware(app, server.settings.auth)
    return AccessLogMiddleware(guard_host_and_origin(ConnectionLimit(app), policy))


def _bypass_router(app: Starlette) -> ASGIApp:
    """`app`, except that requests for `PATH` skip its router and error pages, which the protocol does not need."""
    protocol: ASGIApp = next(route.app for route in app.routes if isinstance(route, Route) and route.path == PATH)
    for layer, args, kwargs in reversed(app.user_middleware):
        protocol = layer(protocol, *args, **kwargs)

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        is_protocol = scope["type"] == "http" and scope["path"] == PATH
        await (protocol if is_protocol else app)(scope, receive, send)

    return route
