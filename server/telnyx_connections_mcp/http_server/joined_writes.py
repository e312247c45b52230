"""Sends the head of a response together with its body: a packet of its own costs a twentieth of a short request."""

import asyncio
from typing import Any

_HEAD = b"HTTP/1.1 "
_LENGTH = b"\r\ncontent-length: "


class JoinedWrites:
    """A transport that holds back the head of a response until the next write.

    It does so only if the head announces a length: then the body follows at once. The first part of a stream may take a
    while, and its client should know meanwhile that the request was accepted.
    """

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        """Whatever else a transport has."""
        return getattr(self._transport, name)

    def is_closing(self) -> bool:
        """Whether it is closing; asked several times per request."""
        return self._transport.is_closing()

    def write(self, data: bytes) -> None:
        """Send `data`, or hold it back."""
        if self._head:
            data, self._head = self._head + data, b""
        elif data.startswith(_HEAD) and _LENGTH in data:
            self._head = data
            return
        if data:
            self._transport.write(data)

    def close(self) -> None:
        """Close, after sending what was held back."""
        if self._head:
            self.write(b"")
        self._transport.close()
