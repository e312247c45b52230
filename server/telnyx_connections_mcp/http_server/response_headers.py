"""The headers that every response gets, whatever answers the request."""

from collections.abc import Iterable

_ALWAYS = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
_KEEP_ALIVE = (b"connection", b"keep-alive")
"""The default in HTTP/1.1; during shutdown it is "close"."""


def with_our_headers(headers: Iterable[tuple[bytes, bytes]], request_id: str) -> list[tuple[bytes, bytes]]:
    """The headers of a response, which are lower case in ASGI, with ours added unless they are set."""
    present = dict(headers)
    kept = [(name, value) for name, value in headers if (name, value) != _KEEP_ALIVE]
    added = [(name, value) for name, value in _ALWAYS if name not in present]
    return [*kept, *added, (b"x-request-id", request_id.encode())]
