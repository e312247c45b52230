"""What reaches the protocol: POST requests with a complete body, within the limit, that is a message."""

import json
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telnyx_connections_mcp.http_server.content_negotiation import JSON
from telnyx_connections_mcp.http_server.headers import header
from telnyx_connections_mcp.mcp_server.messages import BATCHES, IncomingMessages, read
from telnyx_connections_mcp.observability.request_record import REFUSAL_REASON


class BodyLimit:
    """Passes on the messages of POST requests once the body has arrived, of at most `max_body` bytes.

    The SDK would answer a GET with a stream that stays silent for ever, because a stateless server has nothing to send
    on it; the protocol's answer for a server without that stream is 405 (MCP 2025-11-25, "Listening for Messages from
    the Server"). And it logs a traceback for each client that disconnects before its body is complete.
    """

    def __init__(self, app: ASGIApp, max_body: int) -> None:
        self._app = app
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it with 405, 413 or 400."""
        if scope["method"] != "POST":
            answer = PlainTextResponse("Only POST is allowed here.", 405, headers={"Allow": "POST"})
            await answer(scope, receive, send)
            return
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
        await self._dispatch(bytes(body), scope, receive, send)

    async def _dispatch(self, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        # Without the header it is the last version that had none (MCP 2025-11-25, "Protocol Version Header").
        version = header(scope, b"mcp-protocol-version")
        received = read(body, BATCHES if version is None else version)
        if received.batch:
            answers = await self._answer_batch(received, scope, receive)
            await (JSONResponse(answers) if answers else Response(status_code=202))(scope, receive, send)
        elif received.refused:
            refused = received.refused[0]
            scope["state"][REFUSAL_REASON] = str(refused)
            await JSONResponse(refused.answer(), 400)(scope, receive, send)
        elif received.messages:
            await self._app(scope, _replaying(body, receive), send)
        else:
            await Response(status_code=202)(scope, receive, send)

    async def _answer_batch(self, received: IncomingMessages, scope: Scope, receive: Receive) -> list[dict[str, Any]]:
        """The responses to a batch, whose messages are passed on one by one."""
        answers = [refused.answer() for refused in received.refused]
        headers = MutableHeaders(raw=list(scope["headers"]))
        headers["accept"] = JSON
        for message in received.messages:
            response = bytearray()

            async def collect(part: Message, response: bytearray = response) -> None:
                response.extend(part.get("body", b""))

            forwarded = {**scope, "headers": headers.raw}
            await self._app(forwarded, _replaying(json.dumps(message).encode(), receive), collect)
            answers += [json.loads(response)] if response else []
        return answers


def _replaying(body: bytes, receive: Receive) -> Receive:
    whole: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return whole.pop() if whole else await receive()

    return replay
