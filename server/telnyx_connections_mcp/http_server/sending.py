"""Head and body of an answer sent together: each sending by itself costs as much as all that an answer is made of."""

import asyncio
from typing import Any

_MOST = 65_536
"""Bytes that wait: what is more is sent at once, so that a client who takes in nothing is noticed."""


class BufferedTransport:
    """A transport that sends what is written in one turn of the loop at its end, or before, with `flush`."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._waiting = bytearray()

    def __getattr__(self, name: str) -> Any:
        """Whatever else a transport has."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Send `data`, soon."""
        if data and not self._waiting:
            self._loop.call_soon(self.flush)
        self._waiting += data
        if len(self._waiting) > _MOST:
            self.flush()

    def flush(self) -> None:
        """Send what waits now."""
        if self._waiting:
            self._transport.write(bytes(self._waiting))
            self._waiting.clear()

    def close(self) -> None:
        """Close behind what waits."""
        self.flush()
        self._transport.close()
