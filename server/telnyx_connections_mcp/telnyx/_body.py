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
_STEP = 64 * 1024


async def read_body(response: httpx.Response, turn: Callable[[], Awaitable[Any]]) -> bytes:
    """The body, decompressed, of at most 16 MiB; of an error only the beginning. One of over 256 KiB awaits its `turn`.

    Raises `UnusableAnswer` as soon as there is more, before it is in memory, or when it cannot be decompressed.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower().removeprefix("x-")  # RFC 9110, 8.4.1.3
    if response.status_code != 200:
        return await _beginning(response, encoding)
    if encoding not in ("", "identity", "gzip"):
        raise UnusableAnswer("Telnyx sent an answer in an encoding that was not asked for", "try again")
    body, large = bytearray(), False
    try:
        async for piece in _pieces(response, encoding):
            body += piece
            if len(body) > MAX_BODY:
                raise UnusableAnswer(
                    "Telnyx sent an answer of more than 16 MiB, which was refused", "ask for a smaller page"
                )
            if len(body) > LARGE and not large:
                await turn()
                large = True
    except zlib.error:
        raise UnusableAnswer("Telnyx sent an answer that cannot be decompressed", "try again") from None
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
    """The body in pieces as they come, decompressed in small steps: 16 KiB may unpack to 16 MiB."""
    gunzip = zlib.decompressobj(wbits=31) if encoding == "gzip" else None
    async for chunk in response.aiter_raw():
        if gunzip is None:
            yield chunk
            continue
        packed = chunk
        while packed:
            yield gunzip.decompress(packed, _STEP)
            packed = gunzip.unconsumed_tail
