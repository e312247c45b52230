"""How long a client may stop reading, on one connection in memory: the buffers of a socket are unpredictable."""

import asyncio
import socket

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from telnyx_connections_mcp.http_server.accept_loop import AcceptedConnection, AcceptLoop
from telnyx_connections_mcp.http_server.http_connection import BoundedConnection

pytestmark = pytest.mark.anyio
SECONDS = 0.05


async def long_answer(_scope: Scope, _receive: Receive, _send: Send) -> None:
    await asyncio.Event().wait()


async def test_a_client_that_resumes_reading_is_not_cut_off() -> None:
    """A short pause ends nothing, and one that lasts too long ends the connection."""
    loop = asyncio.get_running_loop()
    config = uvicorn.Config(long_answer, lifespan="off", log_config=None)
    config.load()
    ours, theirs = socket.socketpair()
    with theirs:
        accepted = AcceptedConnection(AcceptLoop(ours, 1, None, 1), ours, 0.0)
        connection = BoundedConnection(
            config=config, server_state=ServerState(), app_state={}, accepted=accepted, seconds=SECONDS
        )
        transport, _ = await loop.create_connection(lambda: connection, sock=ours)
        theirs.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
        while connection.is_idle():  # noqa: ASYNC110  # the request is read by the loop
            await asyncio.sleep(0)
        connection.pause_writing()
        connection.resume_writing()
        over = asyncio.Event()
        loop.call_later(2 * SECONDS, over.set)
        await over.wait()
        assert not transport.is_closing()
        connection.pause_writing()
        theirs.settimeout(0)
        assert await asyncio.wait_for(loop.sock_recv(theirs, 1), 10) == b""
        for task in connection.tasks:
            task.cancel()
