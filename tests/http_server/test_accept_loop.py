"""The accept loop without file descriptors left, a state that no client can cause."""

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
    """A listener in a process that may open no more files."""

    def accept(self) -> tuple[socket.socket, object]:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The log lines of the accept loop only, because other servers of this process may log too."""
    return [record.message for record in caplog.records if record.name == AcceptLoop.__module__]


async def test_without_a_descriptor_it_waits_and_says_so_once(caplog: pytest.LogCaptureFixture) -> None:
    """It logs one line without a traceback, and can still be stopped."""
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


async def test_a_connection_that_cannot_be_inspected_is_not_closed() -> None:
    """A connection that is just ending, or whose handshake is not done, does not count as idle."""

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


async def test_on_stopping_only_so_many_are_accepted() -> None:
    """Connections that wait when the listener closes are accepted, up to the limit."""
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
