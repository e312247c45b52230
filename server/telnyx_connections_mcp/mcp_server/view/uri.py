"""The page's URI, which changes with the page because hosts cache it by its URI."""

import re
from functools import cache
from hashlib import sha256
from pathlib import Path

_PREFIX = "ui://connections/"
# Digits, three to a token: every tool that shows the page repeats its URI in `tools/list`.
_DIGITS = 9
_ANY = re.compile(rf"{_PREFIX}[0-9]{{{_DIGITS}}}")
RECORDED = Path(__file__).with_name("digits.txt")
"""Holds the digits of the current page, so that a server, and its greeting, need not read the page to start."""


@cache
def view_uri() -> str:
    """The URI of the current page."""
    return f"{_PREFIX}{RECORDED.read_text(encoding='utf-8').strip()}"


def is_view(uri: object) -> bool:
    """Whether it is the URI of the page, as it is now or was in another version of this server."""
    return isinstance(uri, str) and _ANY.fullmatch(uri) is not None


def digits_of(document: str) -> str:
    """The digits of a page's URI."""
    return f"{int.from_bytes(sha256(document.encode()).digest()) % 10**_DIGITS:0{_DIGITS}}"
