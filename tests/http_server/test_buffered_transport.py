"""What is sent together."""

import asyncio
from typing import Any, cast

import pytest

from telnyx_connections_mcp.http_server.buffered_transport import BufferedTransport

pytestmark = pytest.mark.anyio


class Sent:
    """A transport that keeps what it is given."""

    def __init__(self) -> None:
        self.packets: list[bytes] = []

    def write(self, data: bytes) -> None:
        self.packets.append(data)

    def close(self) -> None:
        self.packets.append(b"closed")

    def is_closing(self) -> bool:
        return b"closed" in self.packets


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_what_is_written_in_one_turn_is_sent_at_once() -> None:
    """Head and body are one packet; nobody sees an empty one; what is much does not wait; closing loses nothing."""
    sent = Sent()
    together = BufferedTransport(cast("Any", sent), asyncio.get_running_loop())
    for part in (b"", b"head ", b"body", b""):
        together.write(part)
    assert sent.packets == []
    await asyncio.sleep(0)
    assert sent.packets == [b"head body"]
    together.write(b"x" * 65_536)
    together.write(b"y")
    assert sent.packets[1:] == [b"x" * 65_536 + b"y"]
    together.write(b"last")
    together.close()
    assert together.is_closing()
    assert sent.packets[2:] == [b"last", b"closed"]
