"""The door: who is let in while the process may open files, who makes room, and who still comes in at the end.

asyncio's own server accepts all that wait at once, with a stack in the log for each that finds no free descriptor, and
resets whoever waits when it is closed.
"""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from telnyx_connections_mcp.mcp_server.messages import RateLimitedLogger

STANDING = 24
"""Connections beyond the limit that are let in to be answered: probes of health, and who is told 503."""
AT_ONCE = 32
"""So many are accepted before those that are in get their turn."""
_NEW = 1.0
"""A connection that was let in has so many seconds to ask for something before it makes room for others."""
_QUIET = 0.25
"""The same for one that was answered, and may ask again."""
RETRY = 0.05
"""So many seconds later it is tried again."""
_PATIENCE = 1.2
"""So many seconds a request waits for a place: longer than those who rest may stay."""
_seldom = RateLimitedLogger(__name__)


class HttpConnection(Protocol):
    """What the door must know of a connection."""

    def rests(self) -> bool:
        """Whether it is between two requests, as far as it has been read."""
        ...

    def begins(self) -> bool:
        """Whether a request has come in part."""
        ...

    def leave(self) -> None:
        """Close it."""
        ...


@dataclass(eq=False, slots=True)
class AcceptedConnection:
    """Who was let in."""

    door: "AcceptLoop"
    socket: socket.socket
    since: float
    """When it was let in, its last request began, or its last answer was sent."""
    answered: bool = False
    """Whether it was answered yet."""
    standing: bool = False
    """Whether it is one too many."""
    connection: HttpConnection | None = None
    """None before the handshake is done."""


class AcceptLoop:
    """Lets `most` connections in, and a few more that are told so.

    `make` makes the protocol of a guest, who has `seconds` for each end of TLS.
    """

    def __init__(self, listener: socket.socket, most: int, tls: ssl.SSLContext | None, seconds: float) -> None:
        self._listener = listener
        self._most = most
        self._tls = tls
        self._seconds = seconds
        self._guests: dict[AcceptedConnection, asyncio.Task[None]] = {}
        """Who is in, with the task that let him in."""
        self.closing = False
        """Whether nobody new is let in."""

    def open(self, make: Callable[[AcceptedConnection], asyncio.Protocol]) -> None:
        """Let guests in from now on."""
        self._make = make
        self._loop = asyncio.get_running_loop()
        self._listener.setblocking(False)  # noqa: FBT003  # as in the standard library
        self._loop.add_reader(self._listener, self._accept)

    def close(self) -> None:
        """Let in who waits, and nobody more."""
        self.closing = True
        self._loop.remove_reader(self._listener)
        with suppress(OSError):  # nobody waits any more, or no descriptor is left
            while len(self._guests) < self._most + STANDING:
                self._let_in(self._listener.accept()[0])
        self._listener.close()

    async def empty(self) -> None:
        """Wait until everybody has left."""
        while self._guests:  # noqa: ASYNC110  # an event for one moment at the end would be more to keep
            await asyncio.sleep(RETRY)

    def forget(self, guest: AcceptedConnection) -> None:
        """Take a guest who has left off the list."""
        self._guests.pop(guest, None)

    async def seat(self, guest: AcceptedConnection) -> bool:
        """Whether there is a place for a guest who stands, or will be in a moment: where others rest, some leave."""
        until = self._loop.time() + _PATIENCE
        while sum(not other.standing for other in self._guests) >= self._most and not self._make_room():
            rests = any(other.connection and other.connection.rests() for other in self._guests)
            if not rests or self._loop.time() > until:
                return False
            await asyncio.sleep(RETRY)
        guest.standing = False
        return True

    def _accept(self) -> None:
        """Let in some of those who wait."""
        for _ in range(AT_ONCE):
            if len(self._guests) >= self._most + STANDING and not self._make_room():
                self._rest()
                return
            try:
                connected, _ = self._listener.accept()
            except BlockingIOError:
                return
            except OSError as error:
                _seldom(f"Cannot accept a connection ({error.strerror}).")
                self._rest()
                return
            self._let_in(connected)

    def _rest(self) -> None:
        """Accept nobody for a moment."""
        self._loop.remove_reader(self._listener)
        self._loop.call_later(RETRY, self._go_on)

    def _go_on(self) -> None:
        if not self.closing:
            self._loop.add_reader(self._listener, self._accept)

    def _let_in(self, connected: socket.socket) -> None:
        connected.setblocking(False)  # noqa: FBT003  # see above
        guest = AcceptedConnection(self, connected, self._loop.time())
        guest.standing = len(self._guests) >= self._most and not self._make_room()
        self._guests[guest] = self._loop.create_task(self._connect(guest))

    async def _connect(self, guest: AcceptedConnection) -> None:
        limits = dict.fromkeys(("ssl_handshake_timeout", "ssl_shutdown_timeout"), self._seconds) if self._tls else {}
        try:
            await self._loop.connect_accepted_socket(lambda: self._make(guest), guest.socket, ssl=self._tls, **limits)
        except (OSError, asyncio.CancelledError):  # no TLS, or not in time; an `ssl.SSLError` is an `OSError`
            self.forget(guest)

    def _make_room(self) -> bool:
        """Close the connection that was of no use for longest; whether there was one."""
        now = self._loop.time()
        for guest in sorted(self._guests, key=lambda guest: guest.since):
            if _may_go(guest, now - guest.since):
                if guest.connection is None:
                    self._guests[guest].cancel()
                else:
                    guest.connection.leave()
                self.forget(guest)
                return True
        return False


def _may_go(guest: AcceptedConnection, quiet: float) -> bool:
    """Whether a guest who did nothing for so many seconds may be sent away for another's sake."""
    if guest.connection is not None and guest.connection.rests():
        return quiet > (_QUIET if guest.answered else _NEW) and is_quiet(guest)
    return quiet > _NEW and (guest.connection is None or guest.connection.begins())


def is_quiet(guest: AcceptedConnection) -> bool:
    """Whether nothing came from a guest that was not answered: not even unread, for to close then is to reset."""
    if guest.connection is None or not guest.connection.rests():
        return False
    try:
        return not guest.socket.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    except OSError:
        return False
