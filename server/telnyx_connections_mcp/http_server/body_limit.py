"""The limit on the body of a request; its size is a setting, `HTTP_MAX_BODY` in config/settings_table.py."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telnyx_connections_mcp.http_server.request_headers import header


class BodyLimit:
    """Passes a request on once its body has arrived, of at most `max_body` bytes, with the body in one piece.

    The SDK logs a traceback for each client that disconnects before its body is complete.
    """

    def __init__(self, app: ASGIApp, max_body: int) -> None:
        self._app = app
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with 413."""
        announced = int(header(scope, b"content-length") or 0)
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message["body"]
            more = message["more_body"]
            if max(announced, len(body)) > self._max_body:
                text = f"The request body is larger than the {self._max_body} bytes that this server accepts."
                await PlainTextResponse(text, 413)(scope, receive, send)
                return
        await self._app(scope, replaying(bytes(body), receive), send)


def replaying(body: bytes, receive: Receive) -> Receive:
    """A `receive` that gives the whole `body` first."""
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return whole.pop() if whole else await receive()

    return replay
