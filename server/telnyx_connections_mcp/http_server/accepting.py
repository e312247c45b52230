"""Answers in the form that the client takes: a stream of events, or plain JSON."""

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telnyx_connections_mcp.http_server.headers import values_of

JSON = "application/json"
EVENTS = "text/event-stream"
BOTH = f"{JSON}, {EVENTS}"
"""What clients of the protocol send, and the SDK asks for."""


class AcceptMiddleware:
    """Collects the stream of events that the SDK answers with, for a client that takes JSON alone.

    The protocol asks clients to accept both (MCP 2025-11-25, "Sending Messages to the Server"), and the SDK refuses
    whoever does not. A client that names no stream (`application/json`, `*/*`, no `Accept` at all) is not known to read
    one: it gets the answer without its progress. The SDK still streams, so a client that hangs up ends its call.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; 406 where the client takes no JSON."""
        given = ",".join(values_of(scope, b"accept")) or "*/*"
        if given == BOTH:
            await self._app(scope, receive, send)
            return
        if not accepts(given, JSON):
            said = f"This server responds with {JSON}, or with {EVENTS} if both are accepted."
            await PlainTextResponse(said, 406)(scope, receive, send)
            return
        streams = accepts(given.replace("*/*", ""), EVENTS)
        headers = MutableHeaders(raw=list(scope["headers"]))
        headers["accept"] = BOTH
        told = {**scope, "headers": headers.raw}
        await self._app(told, receive, send if streams else _collecting(scope, receive, send))


def accepts(given: str, wanted: str) -> bool:
    """Whether an `Accept` of `given` takes the media type `wanted` (RFC 9110, section 12.5.1)."""
    kind = wanted.partition("/")[0]
    weights: dict[str, float] = {}
    for part in given.lower().split(","):
        media, *parameters = (piece.strip() for piece in part.split(";"))
        weights[media] = next(map(_weight, filter(lambda one: one.startswith("q="), parameters)), 1.0)
    return next((weights[media] for media in (wanted, f"{kind}/*", "*/*") if media in weights), 0.0) > 0


def _weight(parameter: str) -> float:
    try:
        return float(parameter.removeprefix("q="))
    except ValueError:
        return 1.0


def _collecting(scope: Scope, receive: Receive, send: Send) -> Send:
    """A `send` that passes on what is no stream, and of a stream the last event, which is the answer."""
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
