"""Sends the head and body of a response together: each write by itself costs as much as making the response."""

import asyncio
from typing import Any

_MAX_BUFFERED = 65_536
"""Most bytes buffered. Anything beyond is written at once, so that a client that does not read is noticed."""


class BufferedTransport:
    """A transport that buffers writes until the end of this turn of the event loop, or until `flush`."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport = transport
        self._loop = loop
        self._buffer = bytearray()

    def __getattr__(self, name: str) -> Any:
        """Everything else is the transport's."""
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Write `data` soon."""
        if data and not self._buffer:
            self._loop.call_soon(self.flush)
        self._buffer += data
        if len(self._buffer) > _MAX_BUFFERED:
            self.flush()

    def flush(self) -> None:
        """Write what is buffered now."""
        if self._buffer:
            self._transport.write(bytes(self._buffer))
            self._buffer.clear()

    def close(self) -> None:
        """Close after writing what is buffered."""
        self.flush()
        self._transport.close()
