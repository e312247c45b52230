"""The messages in the bodies of requests: one, or a batch; what is no message is refused."""

import json
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telnyx_connections_mcp.http_server.body_limit import replaying
from telnyx_connections_mcp.http_server.content_negotiation import JSON
from telnyx_connections_mcp.http_server.request_headers import header
from telnyx_connections_mcp.mcp_server.messages import BATCHES, IncomingMessages, read
from telnyx_connections_mcp.observability.request_record import REFUSAL_REASON

MESSAGE = "message"
"""Key for the message in the `state` of the request's ASGI scope."""


class MessageBodies:
    """Passes on the message of each request, and those of a batch one by one."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, answer it, or refuse it with 400."""
        body = (await receive())["body"]  # the whole of it, from `BodyLimit`
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
            scope["state"][MESSAGE] = received.messages[0]
            await self._app(scope, replaying(body, receive), send)
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
            await self._app(forwarded, replaying(json.dumps(message).encode(), receive), collect)
            answers += [json.loads(response)] if response else []
        return answers
