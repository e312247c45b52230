"""Reading the body of an answer: decompressed, bounded, and never many large ones at once."""

import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx

from telnyx_connections_mcp.telnyx.errors import UnusableAnswer

MAX_BODY = 16 * 1024 * 1024
MAX_ERROR = 64 * 1024
LARGE = 256 * 1024
"""Bytes; a page of 250 connections has less than half of that. What is larger waits until no other such is in memory,
because parsed it may take thirty times as much."""
MAX_MEMBERS = 1000
"""Of a gzip body. Compressors that work in parallel write one for every 64 KiB, or fewer."""
_STEP = 64 * 1024
_MEMBER = b"\x1f"
"""How a member begins: its first byte, since the second may come with the next chunk."""


async def read_body(response: httpx.Response, turn: Callable[[], Awaitable[Any]]) -> bytes:
    """The body, decompressed, of at most 16 MiB; of an error only the beginning. One of over 256 KiB awaits its `turn`.

    Raises `UnusableAnswer` as soon as there is more, before it is in memory, or when it cannot be decompressed.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower().removeprefix("x-")  # RFC 9110, 8.4.1.3
    if response.status_code != 200:
        return await _beginning(response, encoding)
    if encoding not in ("", "identity", "gzip"):
        raise UnusableAnswer("Telnyx sent a response in an encoding that was not requested", "try again")
    body, large = bytearray(), False
    try:
        async for piece in _pieces(response, encoding):
            body += piece
            if len(body) > MAX_BODY:
                raise UnusableAnswer(
                    "Telnyx sent a response of more than 16 MiB, which was rejected", "ask for a smaller page"
                )
            if len(body) > LARGE and not large:
                await turn()
                large = True
    except zlib.error:
        raise UnusableAnswer("Telnyx sent a response that cannot be decompressed", "try again") from None
    return bytes(body)


async def _beginning(response: httpx.Response, encoding: str) -> bytes:
    """The first 64 KiB of an error's body. Whatever it is, the status is known, so nothing is raised over it."""
    body = bytearray()
    with suppress(zlib.error):
        async for piece in _pieces(response, encoding):
            body += piece[: MAX_ERROR - len(body)]
            if len(body) == MAX_ERROR:
                break
    return bytes(body)


async def _pieces(response: httpx.Response, encoding: str) -> AsyncIterator[bytes]:
    """The body in pieces as they come, decompressed in small steps: 16 KiB may unpack to 16 MiB.

    Of gzip every member is read (RFC 1952, 2.2), up to `MAX_MEMBERS`; what follows them and is none is ignored, as
    gzip itself does. Raises `zlib.error` for what is no gzip, or is longer packed than it may be unpacked.
    """
    if encoding != "gzip":
        async for chunk in response.aiter_raw():
            yield chunk
        return
    gunzip, members, packed_size = _member(), 1, 0
    async for packed in response.aiter_raw():
        packed_size += len(packed)
        if packed_size > MAX_BODY:
            raise zlib.error("too long")
        rest = packed
        while rest:
            if gunzip.eof:
                if not rest.startswith(_MEMBER):
                    return
                gunzip, members = _member(), members + 1
                if members > MAX_MEMBERS:
                    raise zlib.error("too many members")
            yield gunzip.decompress(rest, _STEP)
            rest = gunzip.unused_data if gunzip.eof else gunzip.unconsumed_tail


def _member() -> "zlib._Decompress":
    return zlib.decompressobj(wbits=31)
