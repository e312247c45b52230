"""Which parts of a response are sent together."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
import uvicorn
from starlette.types import Message, Receive, Scope, Send
from uvicorn.server import ServerState

from telnyx_connections_mcp.http_server.accept_loop import AcceptedConnection, AcceptLoop
from telnyx_connections_mcp.http_server.http_connection import BoundedConnection

pytestmark = pytest.mark.anyio
LENGTH = (b"content-length", b"4")
GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


class Packets(asyncio.Transport):
    """A transport that keeps each packet."""

    def __init__(self) -> None:
        super().__init__({"socket": None})
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: Any) -> None:
        self.sent.append(data)

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


async def packets(request: bytes, messages: Sequence[Message]) -> list[tuple[bool, bool]]:
    """For each packet sent in response to `request`, whether it has a head, and whether it has the body `body`."""

    async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)
            if message.get("then_fail"):
                raise ConnectionError

    config = uvicorn.Config(app, lifespan="off", log_config=None)
    config.load()
    accepted = AcceptedConnection(AcceptLoop(None, 1, None, 1), None, 0.0)  # type: ignore[arg-type]  # no socket is used
    connection = BoundedConnection(
        config=config, server_state=ServerState(), app_state={}, accepted=accepted, seconds=9
    )
    transport = Packets()
    connection.connection_made(transport)
    connection.data_received(request)
    while connection.tasks:  # a pipelined request begins when the one before is answered
        await asyncio.gather(*connection.tasks)
    connection.connection_lost(None)
    assert all(transport.sent)  # none is empty
    return [(b"HTTP/1.1 200" in packet, b"body" in packet) for packet in transport.sent]


@pytest.mark.parametrize(
    ("request_bytes", "headers", "bodies", "sent"),
    [
        (GET, [LENGTH], [b"body"], [(True, True)]),
        (GET, [LENGTH], [b"", b"body"], [(True, False), (False, True)]),
        (GET.replace(b"GET", b"HEAD"), [LENGTH], [b"body"], [(True, False)]),
        (GET + GET, [LENGTH], [b"body"], [(True, True), (True, True)]),
        (GET, [], [b"body"], [(True, False), (False, True), (False, False)]),
    ],
    ids=["whole", "body in parts", "head only", "pipelined", "stream"],
)
async def test_a_whole_response_is_one_packet(
    request_bytes: bytes, headers: list[tuple[bytes, bytes]], bodies: list[bytes], sent: list[tuple[bool, bool]]
) -> None:
    """The head waits for the first part of the body if its length is known; the head of a stream is sent at once."""
    start: Message = {"type": "http.response.start", "status": 200, "headers": headers}
    parts: list[Message] = [
        {"type": "http.response.body", "body": body, "more_body": number < len(bodies)}
        for number, body in enumerate(bodies, 1)
    ]
    assert await packets(request_bytes, [start, *parts]) == sent


async def test_a_head_without_its_body_is_sent() -> None:
    """If the body never comes, the client still learns the status before the connection is closed."""
    start: Message = {"type": "http.response.start", "status": 200, "headers": [LENGTH], "then_fail": True}
    assert await packets(GET, [start]) == [(True, False)]
