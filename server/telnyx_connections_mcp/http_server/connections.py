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

from telnyx_connections_mcp.http_server.accept_loop import AcceptedConnection, is_quiet
from telnyx_connections_mcp.http_server.health import ALIVE, READY
from telnyx_connections_mcp.http_server.sending import BufferedTransport

GUEST = "guest"
"""Where the `state` of a request holds whose connection it is on."""
_LATE = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_LINGER = 2.0
_LONGEST_LINGER = 10.0


class BoundedConnection(H11Protocol):
    """uvicorn's connection with `seconds` to send a whole request and to take in what it is sent.

    Once the server stops it is closed after its next answer, which says so, and where no request comes, after two
    seconds or twice the pause that it made before its last one: to close it under a request would be to lose that.
    """

    def __init__(self, *args: Any, guest: AcceptedConnection, seconds: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._guest = guest
        self._pause = 0.0
        self._sending = _Deadline(self.loop, seconds, self._give_up)
        self._taking = _Deadline(self.loop, seconds, self._drop)
        self.app_state = self.app_state | {GUEST: guest}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start the clock."""
        self._together = BufferedTransport(transport, self.loop)
        super().connection_made(self._together)  # type: ignore[arg-type]  # a transport, too
        self._guest.connection = self
        self._sending.start()
        if self._guest.door.closing:
            self.shutdown()

    def rests(self) -> bool:
        """Whether it is between two requests, as far as it has been read."""
        return _is_idle(self) and self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]

    def begins(self) -> bool:
        """Whether a request has come in part, and is not being answered."""
        return _is_idle(self) and not self.rests()

    def leave(self) -> None:
        """Close; whose request has come in part is told."""
        if self.rests():
            self.transport.close()
        else:
            self._give_up()

    def shutdown(self) -> None:
        """Close once nothing more is to be expected: uvicorn calls it when the server stops."""
        pause = 2 * self._pause
        until = self._guest.since + (pause if pause <= _LONGEST_LINGER else 0)
        self.loop.call_at(max(until, self.loop.time() + _LINGER), self._leave_if_quiet, self._guest.since)

    def _leave_if_quiet(self, since: float) -> None:
        if since == self._guest.since and is_quiet(self._guest):
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Take in a part of a request."""
        if self.rests():
            now = self.loop.time()
            self._pause, self._guest.since = now - self._guest.since, now
        super().data_received(data)
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._sending.start()
        else:
            self._sending.stop()

    def on_response_complete(self) -> None:
        """Turn to the next request: what has come of it already (pipelining) started no clock yet."""
        self._together.flush()
        self._guest.since, self._guest.answered = self.loop.time(), True
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if self._guest.door.closing:
            self.shutdown()
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
        self._guest.door.forget(self._guest)
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


class ConnectionLimit:
    """Says that there are too many connections, to whom the door has no place for; probes of health need none."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is not too much, and probes; anything else gets 503."""
        guest: AcceptedConnection | None = scope["state"].get(GUEST) if scope["type"] == "http" else None
        if guest is None or not guest.standing or scope["path"] in (ALIVE, READY) or await guest.door.seat(guest):
            await self._app(scope, receive, send)
            return
        while (await receive()).get("more_body"):  # what is left unread at the end would reset the answer
            pass
        headers = {"Retry-After": "1", "Connection": "close"}
        await PlainTextResponse("Too many connections are open.", 503, headers)(scope, receive, send)
