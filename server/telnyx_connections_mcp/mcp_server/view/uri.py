"""The page's URI, which changes with the page because hosts cache it by its URI."""

import re
from functools import cache
from hashlib import sha256

from telnyx_connections_mcp.mcp_server.view.page import page

_PREFIX = "ui://connections/"
# Digits, three to a token: every tool that shows the page repeats its URI in `tools/list`.
_DIGITS = 9
_ANY = re.compile(rf"{_PREFIX}[0-9]{{{_DIGITS}}}")


@cache
def view_uri() -> str:
    """The URI of the current page."""
    number = int.from_bytes(sha256(page().encode()).digest()) % 10**_DIGITS
    return f"{_PREFIX}{number:0{_DIGITS}}"


def is_view(uri: object) -> bool:
    """Whether it is the URI of the page, as it is now or was in another version of this server."""
    return isinstance(uri, str) and _ANY.fullmatch(uri) is not None
