"""HTTP/1.1 connections that nobody can hold for ever, and of which there are only so many.

uvicorn limits the time between requests, but not the time that a request, or the taking in of an answer, may need: one
byte a second keeps a connection open without end (CWE-400, "slowloris").
"""

import asyncio
from collections.abc import Callable
from typing import Any

import h11
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from telnyx_connections_mcp.streamable_http.health import ALIVE, READY

CROWDED = "crowded"
"""What stands in the `state` of a request that is on one connection too many."""
_LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


class BoundedConnection(H11Protocol):
    """uvicorn's connection with `seconds` to send a whole request and to take in what it is sent.

    While `most` connections are open, a new one takes the place of one that is between requests; where there is none,
    it is told 503 and closed. Probes of health are answered all the same: a server with much to do is alive.
    """

    def __init__(self, *args: Any, most: int, seconds: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._most = most
        self._sending = _Deadline(self.loop, seconds, self._give_up)
        self._taking = _Deadline(self.loop, seconds, self._drop)

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Make room, and start the clock."""
        super().connection_made(transport)
        self._sending.start()
        if len(self.connections) > self._most:
            idle = next((other for other in self.connections if other is not self and _is_idle(other)), None)
            if idle is not None:
                idle.shutdown()
            else:
                self.app_state = self.app_state | {CROWDED: True}

    def data_received(self, data: bytes) -> None:
        """Take in a part of a request."""
        super().data_received(data)
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._sending.start()
        else:
            self._sending.stop()

    def on_response_complete(self) -> None:
        """Turn to the next request: what has come of it already (pipelining) started no clock yet."""
        super().on_response_complete()
        if self.transport.is_closing():
            return
        coming = self.conn.their_state
        if coming is h11.SEND_BODY or (coming is h11.IDLE and self.conn.trailing_data[0]):
            self._sending.start()
        if not _is_idle(self):
            self._unset_keepalive_if_required()  # uvicorn would end the connection 75 s on, whatever it is doing

    def pause_writing(self) -> None:
        """The client takes in less than it is sent."""
        super().pause_writing()
        self._taking.start()

    def resume_writing(self) -> None:
        """The client has taken in what it was sent."""
        super().resume_writing()
        self._taking.stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        super().connection_lost(exc)
        self._sending.stop()
        self._taking.stop()

    def _give_up(self) -> None:
        """Close; who has not been answered yet is told why."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.write(_LATE)
        self.transport.close()

    def _drop(self) -> None:
        """Close without waiting for the client to take in what is left."""
        self.transport.abort()


def _is_idle(connection: Any) -> bool:
    """Whether no request of this connection is being answered."""
    return not connection.transport.is_closing() and (connection.cycle is None or connection.cycle.response_complete)


class _Deadline:
    """A clock that, once started and not stopped, acts after some seconds."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, act: Callable[[], None]) -> None:
        self._loop = loop
        self._seconds = seconds
        self._act = act
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start, unless it runs."""
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._act)

    def stop(self) -> None:
        """Stop, if it runs."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


class Crowded:
    """Says that there are too many connections, to whom `BoundedConnection` found to be one too many."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is not too much, and probes; anything else gets 503."""
        if not (scope["type"] == "http" and CROWDED in scope["state"]) or scope["path"] in (ALIVE, READY):
            await self._app(scope, receive, send)
            return
        headers = {"Retry-After": "1", "Connection": "close"}
        await PlainTextResponse("Too many connections are open.", 503, headers)(scope, receive, send)
