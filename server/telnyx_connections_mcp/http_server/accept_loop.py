"""The accept loop: admits connections up to a limit, evicts idle ones to make room, and drains the backlog at shutdown.

asyncio's own server accepts everything in the backlog at once, logs a traceback for each connection that finds no free
file descriptor, and resets whatever is still in the backlog when it is closed.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from telnyx_connections_mcp.mcp_server.messages import RateLimitedLogger

EXTRA_CONNECTIONS = 24
"""Connections accepted beyond the limit, so that health probes are answered and other clients get a 503."""
ACCEPTS_PER_TURN = 32
"""Connections accepted before the event loop serves those already open."""
_FIRST_REQUEST_SECONDS = 1.0
"""Seconds that a new connection has to send a request before it may be evicted."""
_IDLE_SECONDS = 0.25
"""Seconds that a connection must have been idle after a response before it may be evicted."""
RETRY_SECONDS = 0.05
"""Pause before accepting is tried again."""
_ADMISSION_SECONDS = 1.2
"""Longest that a request waits for a free slot: longer than any idle connection may keep one."""
_warn = RateLimitedLogger(__name__)


class HttpConnection(Protocol):
    """What the accept loop needs to know about a connection."""

    def is_idle(self) -> bool:
        """Whether it is between two requests, as far as it has been read."""
        ...

    def is_incomplete(self) -> bool:
        """Whether part of a request has arrived."""
        ...

    def evict(self) -> None:
        """Close it."""
        ...


@dataclass(eq=False, slots=True)
class AcceptedConnection:
    """A connection that the accept loop holds."""

    accept_loop: "AcceptLoop"
    socket: socket.socket
    last_active: float
    """When it was accepted, its last request began, or its last response was sent."""
    answered: bool = False
    """Whether it has had a response."""
    over_limit: bool = False
    """Whether it was accepted beyond the limit."""
    connection: HttpConnection | None = None
    """None until the TLS handshake is done."""


class AcceptLoop:
    """Accepts `limit` connections, and a few more that are told there are too many.

    The TLS handshake and the TLS shutdown of a connection may each take `tls_seconds`.
    """

    def __init__(self, listener: socket.socket, limit: int, tls: ssl.SSLContext | None, tls_seconds: float) -> None:
        self._listener = listener
        self._limit = limit
        self._tls = tls
        self._tls_seconds = tls_seconds
        self._accepted: dict[AcceptedConnection, asyncio.Task[None]] = {}
        """Open connections, each with the task that set it up."""
        self.stopping = False
        """Whether no further connections are accepted."""

    def start(self, protocol_factory: Callable[[AcceptedConnection], asyncio.Protocol]) -> None:
        """Accept connections from now on; `protocol_factory` makes the protocol of each."""
        self._protocol_factory = protocol_factory
        self._loop = asyncio.get_running_loop()
        self._listener.setblocking(False)  # noqa: FBT003  # as in the standard library
        self._loop.add_reader(self._listener, self._accept)

    def stop(self) -> None:
        """Accept what is in the backlog, and nothing after that."""
        self.stopping = True
        self._loop.remove_reader(self._listener)
        with suppress(OSError):  # the backlog is empty, or no file descriptor is left
            while len(self._accepted) < self._limit + EXTRA_CONNECTIONS:
                self._add(self._listener.accept()[0])
        self._listener.close()

    async def wait_closed(self) -> None:
        """Wait until every connection is closed."""
        while self._accepted:  # noqa: ASYNC110  # an event that matters once, at the end, is not worth keeping
            await asyncio.sleep(RETRY_SECONDS)

    def discard(self, accepted: AcceptedConnection) -> None:
        """Forget a connection that has closed."""
        self._accepted.pop(accepted, None)

    async def admit(self, accepted: AcceptedConnection) -> bool:
        """Whether a connection over the limit gets a slot, now or within a moment, evicting idle ones."""
        until = self._loop.time() + _ADMISSION_SECONDS
        while sum(not other.over_limit for other in self._accepted) >= self._limit and not self._make_room():
            idle = any(other.connection and other.connection.is_idle() for other in self._accepted)
            if not idle or self._loop.time() > until:
                return False
            await asyncio.sleep(RETRY_SECONDS)
        accepted.over_limit = False
        return True

    def _accept(self) -> None:
        """Accept some of the connections in the backlog."""
        for _ in range(ACCEPTS_PER_TURN):
            if len(self._accepted) >= self._limit + EXTRA_CONNECTIONS and not self._make_room():
                self._pause()
                return
            try:
                connected, _ = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                _warn(f"Cannot accept a connection ({error.strerror}).")
                self._pause()
                return
            self._add(connected)

    def _pause(self) -> None:
        """Accept nothing for a moment."""
        self._loop.remove_reader(self._listener)
        self._loop.call_later(RETRY_SECONDS, self._resume)

    def _resume(self) -> None:
        if not self.stopping:
            self._loop.add_reader(self._listener, self._accept)

    def _add(self, connected: socket.socket) -> None:
        connected.setblocking(False)  # noqa: FBT003  # see above
        accepted = AcceptedConnection(self, connected, self._loop.time())
        accepted.over_limit = len(self._accepted) >= self._limit and not self._make_room()
        self._accepted[accepted] = self._loop.create_task(self._connect(accepted))

    async def _connect(self, accepted: AcceptedConnection) -> None:
        names = ("ssl_handshake_timeout", "ssl_shutdown_timeout")
        timeouts = dict.fromkeys(names, self._tls_seconds) if self._tls else {}
        try:
            await self._loop.connect_accepted_socket(
                lambda: self._protocol_factory(accepted), accepted.socket, ssl=self._tls, **timeouts
            )
        except (OSError, asyncio.CancelledError):  # not TLS, or not in time; `ssl.SSLError` is an `OSError`
            self.discard(accepted)

    def _make_room(self) -> bool:
        """Evict the connection that has been idle longest; whether there was one."""
        now = self._loop.time()
        for accepted in sorted(self._accepted, key=lambda accepted: accepted.last_active):
            if _may_evict(accepted, now - accepted.last_active):
                if accepted.connection is None:
                    self._accepted[accepted].cancel()
                else:
                    accepted.connection.evict()
                self.discard(accepted)
                return True
        return False


def _may_evict(accepted: AcceptedConnection, inactive: float) -> bool:
    """Whether a connection that was inactive for that many seconds may be closed in favor of another."""
    if accepted.connection is not None and accepted.connection.is_idle():
        return inactive > (_IDLE_SECONDS if accepted.answered else _FIRST_REQUEST_SECONDS) and is_quiet(accepted)
    return inactive > _FIRST_REQUEST_SECONDS and (accepted.connection is None or accepted.connection.is_incomplete())


def is_quiet(accepted: AcceptedConnection) -> bool:
    """Whether nothing is left to answer, not even unread data: closing a socket with unread data resets it."""
    if accepted.connection is None or not accepted.connection.is_idle():
        return False
    try:
        return not accepted.socket.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
