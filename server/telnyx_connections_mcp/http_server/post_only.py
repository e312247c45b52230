"""The 405 for every method but POST."""

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send


class PostOnly:
    """Passes on POST requests.

    The SDK would answer a GET with a stream that stays silent for ever, because a stateless server has nothing to send
    on it; the protocol's answer for a server without that stream is 405 (MCP 2025-11-25, "Listening for Messages from
    the Server").
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with 405."""
        if scope["method"] == "POST":
            await self._app(scope, receive, send)
            return
        answer = PlainTextResponse("Only POST is allowed here.", 405, headers={"Allow": "POST"})
        await answer(scope, receive, send)
