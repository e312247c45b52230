"""The 503 for connections beyond the limit, which `accept_loop` counts; it is a setting, `HTTP_MAX_CONNECTIONS`."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from telnyx_connections_mcp.http_server.accept_loop import AcceptedConnection
from telnyx_connections_mcp.http_server.health import ALIVE, READY
from telnyx_connections_mcp.http_server.http_connection import ACCEPTED


class ConnectionLimit:
    """Answers 503 on a connection over the limit if the accept loop finds no slot for it; health probes need none."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with 503."""
        if scope["type"] != "http" or scope["path"] in (ALIVE, READY) or await _has_slot(scope["state"].get(ACCEPTED)):
            await self._app(scope, receive, send)
            return
        while (await receive()).get("more_body"):  # closing with unread data would reset the response
            pass
        headers = {"Retry-After": "1", "Connection": "close"}
        await PlainTextResponse("Too many connections are open.", 503, headers)(scope, receive, send)


async def _has_slot(accepted: AcceptedConnection | None) -> bool:
    return accepted is None or not accepted.over_limit or await accepted.accept_loop.admit(accepted)
