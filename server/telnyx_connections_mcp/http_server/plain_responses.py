"""Answers a request in its own task with plain JSON; for an event stream, the SDK starts two more tasks each time."""

import asyncio
from collections.abc import Callable

import anyio
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from telnyx_connections_mcp.http_server.message_bodies import MESSAGE
from telnyx_connections_mcp.http_server.request_headers import header

PING_SECONDS = 15.0
"""As in the SDK; proxies usually wait for 60 seconds."""
_STREAM: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"text/event-stream"),
        (b"cache-control", b"no-cache, no-transform"),
        (b"x-accel-buffering", b"no"),
    ],
}
_PING: Message = {"type": "http.response.body", "body": b": ping\r\n\r\n", "more_body": True}


class PlainResponses:
    """Runs `protocol`, the application of `sessions`, without a stream for requests of 2026 that want no progress.

    A request that is not answered at once has what the SDK's stream would give it: a client that disconnects cancels
    it, and pings keep its connection in use, every `ping_seconds`.
    """

    def __init__(
        self, sessions: StreamableHTTPSessionManager, protocol: ASGIApp, ping_seconds: float = PING_SECONDS
    ) -> None:
        self._sessions = sessions
        self._protocol = protocol
        self._ping_seconds = ping_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        plain = _is_modern(scope) and not _wants_progress(scope)
        self._sessions.json_response = plain  # the SDK reads it before it waits for anything
        if not plain:
            await self._protocol(scope, receive, send)
            return
        with anyio.CancelScope() as running:
            response = _Response(receive, send, running.cancel, self._ping_seconds)
            starting = asyncio.get_running_loop().call_soon(response.watch)
            try:
                await self._protocol(scope, receive, response.send)
            finally:
                starting.cancel()
                response.unwatch()


class _Response:
    """The response to a request, watched while it is being made."""

    def __init__(self, receive: Receive, send: Send, cancel: Callable[[], None], ping_seconds: float) -> None:
        self._receive = receive
        self._send = send
        self._cancel = cancel
        self._ping_seconds = ping_seconds
        self._watching: asyncio.Task[None] | None = None
        self._streams = False

    def watch(self) -> None:
        """Watch for a disconnect, and send pings."""
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    def unwatch(self) -> None:
        """Stop that."""
        if self._watching is not None:
            self._watching.cancel()

    async def send(self, message: Message) -> None:
        """Send a part of the response, which becomes an event if pings have been sent."""
        self.unwatch()
        if not self._streams:
            await self._send(message)
        elif message["type"] == "http.response.body":
            message["body"] = b"event: message\r\ndata: %b\r\n\r\n" % message["body"]
            await self._send(message)

    async def _watch(self) -> None:
        while True:
            with anyio.move_on_after(self._ping_seconds):
                await self._receive()  # the body has been read, so this is the disconnect
                self._cancel()
                return
            if not self._streams:
                await self._send({**_STREAM, "headers": list(_STREAM["headers"])})  # what is outside adds to them
                self._streams = True
            await self._send(dict(_PING))


def _is_modern(scope: Scope) -> bool:
    """Whether the SDK takes the request for one without sessions."""
    version = header(scope, b"mcp-protocol-version")
    return version is not None and version not in HANDSHAKE_PROTOCOL_VERSIONS


def _wants_progress(scope: Scope) -> bool:
    meta = (scope["state"][MESSAGE].get("params") or {}).get("_meta")
    return isinstance(meta, dict) and "progressToken" in meta
