"""Responses in the format that the client accepts: an event stream or plain JSON."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telnyx_connections_mcp.http_server.request_headers import all_headers

JSON = "application/json"
EVENTS = "text/event-stream"
BOTH = f"{JSON}, {EVENTS}"
"""What MCP clients send, and the SDK requires."""


class AcceptMiddleware:
    """Turns the SDK's event stream into JSON for a client that accepts JSON alone.

    The protocol asks clients to accept both (MCP 2025-11-25, "Sending Messages to the Server"), and the SDK refuses
    those that do not. A client that does not name event streams (`application/json`, `*/*`, no `Accept` at all) may not
    be able to read one, so it gets the response without progress. A disconnect cancels the request all the
    same: see `PlainResponses`, and the stream of the SDK.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; 406 if the client does not accept JSON."""
        accept = ",".join(all_headers(scope, b"accept")) or "*/*"
        if accept == BOTH:
            await self._app(scope, receive, send)
            return
        if not accepts(accept, JSON):
            text = f"This server responds with {JSON}, or with {EVENTS} if both are accepted."
            await PlainTextResponse(text, 406)(scope, receive, send)
            return
        streams = accepts(accept.replace("*/*", ""), EVENTS)
        headers = MutableHeaders(raw=list(scope["headers"]))
        headers["accept"] = BOTH
        forwarded = {**scope, "headers": headers.raw}
        await self._app(forwarded, receive, send if streams else _collect_events(scope, receive, send))


def accepts(accept: str, wanted: str) -> bool:
    """Whether the header `Accept: {accept}` allows the media type `wanted` (RFC 9110, section 12.5.1)."""
    kind = wanted.partition("/")[0]
    weights: dict[str, float] = {}
    for part in accept.lower().split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        weights[media] = next(map(_weight, filter(lambda one: one.startswith("q="), parameters)), 1.0)
    return next((weights[media] for media in (wanted, f"{kind}/*", "*/*") if media in weights), 0.0) > 0


def _weight(parameter: str) -> float:
    try:
        return float(parameter.removeprefix("q="))
    except ValueError:
        return 1.0


def _collect_events(scope: Scope, receive: Receive, send: Send) -> Send:
    """A `send` that passes on other responses, and of an event stream the last event, which is the response."""
    start: Message | None = None
    stream = bytearray()

    async def collect(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            streams = Headers(raw=message["headers"]).get("content-type", "").startswith(EVENTS)
            start = message if streams else None
            if start is None:
                await send(message)
        elif start is None:
            await send(message)
        else:
            stream.extend(message.get("body", b""))
            if not message.get("more_body", False):
                answer = bytes(stream).rpartition(b"\ndata: ")[2].partition(b"\r")[0]
                await Response(answer, start["status"], media_type=JSON)(scope, receive, send)

    return collect
