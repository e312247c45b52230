"""What is let through to the protocol: POST requests whose body is whole, and within its limit."""

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class WholePosts:
    """Passes POST requests on once their body is there, of at most `max_body` bytes.

    The SDK would answer a GET with a stream that stays silent for ever, because a stateless server has nothing to
    send on it; the protocol's answer for a server without that stream is 405 (MCP 2025-11-25, "Listening for
    Messages from the Server"). And it logs a stack for each client that hangs up before its body is complete.
    """

    def __init__(self, app: ASGIApp, max_body: int) -> None:
        self._app = app
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with 405 or 413."""
        if scope["method"] != "POST":
            answer = PlainTextResponse("Only POST is allowed here.", 405, headers={"Allow": "POST"})
            await answer(scope, receive, send)
            return
        announced = int(Headers(scope=scope).get("content-length", "0"))
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body += message["body"]
            more = message["more_body"]
            if max(announced, len(body)) > self._max_body:
                text = f"The request's body is larger than the {self._max_body} bytes that this server takes."
                await PlainTextResponse(text, 413)(scope, receive, send)
                return
        whole: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def replay() -> Message:
            return whole.pop() if whole else await receive()

        await self._app(scope, replay, send)
