"""HTTP/1.1 connections that no client can hold open for ever.

uvicorn limits the time between requests, but not the time that sending a request or reading a response may take: one
byte a second keeps a connection open for ever (CWE-400, "slowloris").
"""

import asyncio
from collections.abc import Callable
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

from telnyx_connections_mcp.http_server.accept_loop import AcceptedConnection, is_quiet
from telnyx_connections_mcp.http_server.joined_writes import JoinedWrites

ACCEPTED = "accepted"
"""Key in the `state` of a request for its `AcceptedConnection`."""
_REQUEST_TIMEOUT = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_LINGER_SECONDS = 2.0
_LONGEST_LINGER_SECONDS = 10.0


class BoundedConnection(H11Protocol):
    """uvicorn's connection, on which a client has `seconds` to send a whole request and to read what it is sent.

    During shutdown it is closed after its next response, which says so. If no request comes, it is closed after two
    seconds or after twice the pause before its last request: closing it sooner could lose a request on its way.
    """

    def __init__(self, *args: Any, accepted: AcceptedConnection, seconds: float, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._accepted = accepted
        self._pause = 0.0
        self._receive_deadline = _Deadline(self.loop, seconds, self._time_out)
        self._send_deadline = _Deadline(self.loop, seconds, self._abort)
        self.app_state = self.app_state | {ACCEPTED: accepted}

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        """Start the clock."""
        super().connection_made(JoinedWrites(transport))  # type: ignore[arg-type]  # it has what a transport has
        self._accepted.connection = self
        self._receive_deadline.start()
        if self._accepted.accept_loop.stopping:
            self.shutdown()

    def is_idle(self) -> bool:
        """Whether it is between two requests, as far as it has been read."""
        return _is_unoccupied(self) and self.conn.their_state is h11.IDLE and not self.conn.trailing_data[0]

    def is_incomplete(self) -> bool:
        """Whether part of a request has arrived, and nothing is being answered."""
        return _is_unoccupied(self) and not self.is_idle()

    def evict(self) -> None:
        """Close it; a client that has sent part of a request is told."""
        if self.is_idle():
            self.transport.close()
        else:
            self._time_out()

    def shutdown(self) -> None:
        """Close once no request is to be expected: uvicorn calls this when the server stops."""
        pause = 2 * self._pause
        until = self._accepted.last_active + (pause if pause <= _LONGEST_LINGER_SECONDS else 0)
        closes_at = max(until, self.loop.time() + _LINGER_SECONDS)
        self.loop.call_at(closes_at, self._close_if_quiet, self._accepted.last_active)

    def _close_if_quiet(self, last_active: float) -> None:
        if last_active == self._accepted.last_active and is_quiet(self._accepted):
            self.transport.close()

    def data_received(self, data: bytes) -> None:
        """Read part of a request."""
        if self.is_idle():
            now = self.loop.time()
            self._pause, self._accepted.last_active = now - self._accepted.last_active, now
        super().data_received(data)
        if self.conn.their_state in (h11.IDLE, h11.SEND_BODY):
            self._receive_deadline.start()
        else:
            self._receive_deadline.stop()

    def on_response_complete(self) -> None:
        """Go on to the next request: data that arrived early (pipelining) has started no clock yet."""
        self._accepted.last_active, self._accepted.answered = self.loop.time(), True
        super().on_response_complete()
        if self.transport.is_closing():
            return
        if self._accepted.accept_loop.stopping:
            self.shutdown()
        state = self.conn.their_state
        if state is h11.SEND_BODY or (state is h11.IDLE and self.conn.trailing_data[0]):
            self._receive_deadline.start()
        if not _is_unoccupied(self):
            self._unset_keepalive_if_required()  # uvicorn would close the connection 75 s later, even if it is in use

    def pause_writing(self) -> None:
        """The client reads more slowly than it is sent data."""
        super().pause_writing()
        self._send_deadline.start()

    def resume_writing(self) -> None:
        """The client has caught up."""
        super().resume_writing()
        self._send_deadline.stop()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clocks."""
        super().connection_lost(exc)
        self._accepted.accept_loop.discard(self._accepted)
        self._receive_deadline.stop()
        self._send_deadline.stop()

    def _time_out(self) -> None:
        """Close it; a client that has had no response is told why."""
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.write(_REQUEST_TIMEOUT)
        self.transport.close()

    def _abort(self) -> None:
        """Close it without waiting for the client to read the rest."""
        self.transport.abort()


def _is_unoccupied(connection: Any) -> bool:
    """Whether no request on this connection is being answered."""
    return not connection.transport.is_closing() and (connection.cycle is None or connection.cycle.response_complete)


class _Deadline:
    """A timer that calls `act` unless it is stopped in time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, seconds: float, act: Callable[[], None]) -> None:
        self._loop = loop
        self._seconds = seconds
        self._act = act
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Start it unless it is running."""
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._act)

    def stop(self) -> None:
        """Stop it if it is running."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
