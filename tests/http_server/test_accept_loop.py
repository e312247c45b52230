"""The accept loop when no file descriptor is left, which no client can bring about."""

import asyncio
import errno
import logging
import os
import socket

import pytest

from telnyx_connections_mcp.http_server.accept_loop import (
    EXTRA_CONNECTIONS,
    RETRY_SECONDS,
    AcceptedConnection,
    AcceptLoop,
    is_quiet,
)

pytestmark = pytest.mark.anyio


class Exhausted(socket.socket):
    """A listener of a process that may open no more files."""

    def accept(self) -> tuple[socket.socket, object]:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The accept loop's lines; servers of other tests in this process may log beside it."""
    return [record.message for record in caplog.records if record.name == AcceptLoop.__module__]


async def test_without_a_descriptor_it_waits_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    """Neither a stack nor a line for each try, and the end is not kept up."""
    listener = Exhausted(socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(("127.0.0.1", 0))
    listener.listen()
    accept_loop = AcceptLoop(listener, 1, None, 1)
    with caplog.at_level(logging.WARNING), socket.create_connection(listener.getsockname()):
        accept_loop.start(lambda _: asyncio.Protocol())
        while not said(caplog):  # noqa: ASYNC110  # the log has no event
            await asyncio.sleep(0.01)
        accept_loop.stop()
        again = asyncio.Event()
        asyncio.get_running_loop().call_later(RETRY_SECONDS, again.set)  # after the retry that the accept loop put off
        await again.wait()
        await accept_loop.wait_closed()
    assert said(caplog) == ["Cannot accept a connection (Too many open files)."]


async def test_who_cannot_be_looked_at_is_not_sent_away() -> None:
    """A connection that ends at that moment leaves by itself, and one whose handshake is not done is not quiet."""

    class Idle:
        def is_idle(self) -> bool:
            return True

        def is_incomplete(self) -> bool:
            return False

        def evict(self) -> None:
            raise AssertionError

    closed = socket.socket()
    closed.close()
    accept_loop = AcceptLoop(closed, 1, None, 1)
    assert not is_quiet(AcceptedConnection(accept_loop, closed, 0.0))
    assert not is_quiet(AcceptedConnection(accept_loop, closed, 0.0, connection=Idle()))


async def test_at_the_end_no_more_come_in_than_have_a_place() -> None:
    """Who waits when the listener closes is let in, but a backlog without end is not."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    accept_loop = AcceptLoop(listener, 1, None, 1)
    came: list[AcceptedConnection] = []

    class Leaving(asyncio.Protocol):
        def __init__(self, accepted: AcceptedConnection) -> None:
            self.accepted = accepted

        def connection_lost(self, _: Exception | None) -> None:
            accept_loop.discard(self.accepted)

    def make(accepted: AcceptedConnection) -> Leaving:
        came.append(accepted)
        return Leaving(accepted)

    callers = [socket.create_connection(listener.getsockname()) for _ in range(1 + EXTRA_CONNECTIONS + 5)]
    accept_loop.start(make)
    accept_loop.stop()
    for caller in callers:
        caller.close()
    await accept_loop.wait_closed()
    assert len(came) == 1 + EXTRA_CONNECTIONS
