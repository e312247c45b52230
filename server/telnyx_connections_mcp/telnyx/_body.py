"""Reads response bodies: decompressed, bounded, and only one large one at a time."""

import zlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any

import httpx

from telnyx_connections_mcp.telnyx.errors import UnusableAnswer

MAX_BODY = 16 * 1024 * 1024
MAX_ERROR = 64 * 1024
LARGE = 256 * 1024
"""Bytes; twice the size of a page of 250 connections. Larger bodies are read one at a time, because parsed they may
take thirty times as much memory."""
MAX_MEMBERS = 1000
"""Most members of a gzip body. Parallel compressors write one for every 64 KiB or less."""
_STEP = 64 * 1024
_MEMBER = b"\x1f"
"""First byte of a member; the second may come with the next chunk."""


async def read_body(response: httpx.Response, acquire_large: Callable[[], Awaitable[Any]]) -> bytes:
    """The body, decompressed, of at most 16 MiB; for errors only the beginning.

    A body of more than 256 KiB awaits `acquire_large`. Raises `UnusableAnswer` for a body that is too large, before it
    is in memory, or cannot be decompressed.
    """
    encoding = response.headers.get("content-encoding", "").strip().lower().removeprefix("x-")  # RFC 9110, 8.4.1.3
    if response.status_code != 200:
        return await _read_error_body(response, encoding)
    if encoding not in ("", "identity", "gzip"):
        raise UnusableAnswer("Telnyx sent a response in an encoding that was not requested", "try again")
    body, large = bytearray(), False
    try:
        async for piece in _decompressed_chunks(response, encoding):
            body += piece
            if len(body) > MAX_BODY:
                body.clear()  # the traceback would hold it
                raise UnusableAnswer(
                    "Telnyx sent a response of more than 16 MiB, which was rejected", "ask for a smaller page"
                )
            if len(body) > LARGE and not large:
                await acquire_large()
                large = True
    except zlib.error:
        raise UnusableAnswer("Telnyx sent a response that cannot be decompressed", "try again") from None
    return bytes(body)


async def _read_error_body(response: httpx.Response, encoding: str) -> bytes:
    """The first 64 KiB of an error's body. Nothing is raised over it: the status is known."""
    body = bytearray()
    with suppress(zlib.error):
        async for piece in _decompressed_chunks(response, encoding):
            body += piece[: MAX_ERROR - len(body)]
            if len(body) == MAX_ERROR:
                break
    return bytes(body)


async def _decompressed_chunks(response: httpx.Response, encoding: str) -> AsyncIterator[bytes]:
    """The body in chunks, decompressed in small steps: 16 KiB may expand to 16 MiB.

    Every gzip member is read (RFC 1952, 2.2), up to `MAX_MEMBERS`; trailing garbage is ignored, as gzip itself does.
    Raises `zlib.error` for anything but gzip, or a compressed body longer than the limit.
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
