"""Parses JSON, and repairs it if only a part is invalid.

A lone surrogate, a Latin-1 byte, a raw control character or an invalid escape in one name, a number of thousands of
digits or a thousand levels of nesting is no reason to lose the other connections on the page.
"""

import re

from pydantic_core import from_json

from telnyx_connections_mcp.telnyx.errors import UnusableAnswer

MAX_VALUES = 500_000
"""Most values in a response: parsed, a value takes up to twenty times its bytes."""
MAX_REPAIRED = 2 * 1024 * 1024
"""Bytes; a larger response is not repaired."""
DEEPEST = 64
"""Levels of nesting kept in a repaired response; rows have a lower limit."""
_DIGITS = [b"%d" % digit for digit in range(10)]
_REPLACED = rb"\ufffd"
_TOO_DEEP = b'"(nested too deeply)"'

# An unclosed string ends with the text, so that one pass is enough. No group is repeated possessively: Python before
# 3.11.5 misreads that (https://github.com/python/cpython/issues/106052).
_TOKEN = re.compile(
    rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]|(?<![0-9.])-?[0-9]{4000,}+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?',
    re.DOTALL,
)
_ODD = re.compile(rb'[\x00-\x1f]|\\(?:u(?:[dD][89a-fA-F]|(?![0-9a-fA-F]{4}))|[^"\\/bfnrtu])')
# A raw control character is not valid JSON; which one it was does not matter, since none is shown.
_CONTROL = bytes.maketrans(bytes(range(32)), b"\x7f" * 9 + b" " * 5 + b"\x7f" * 18)
# A run of valid characters, or an invalid escape (RFC 8259, 7), including a lone surrogate.
_READABLE_OR_NOT = re.compile(
    rb"""((?:[^\\]+|\\["\\/bfnrt]|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4}
    |\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})+)|\\u[0-9a-fA-F]{4}|\\""",
    re.VERBOSE,
)
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_GZIP = b"\x1f\x8b"


def read_json(body: bytes) -> object:
    """The value of `body`; an unreadable character becomes U+FFFD.

    Raises `UnusableAnswer`, which says what the body is, if it is not JSON or has too many values.
    """
    may_be_too_many = len(body) > 2 * MAX_VALUES  # a value takes at least two bytes
    if may_be_too_many and body.count(b",") + body.count(b"[") + body.count(b"{") > MAX_VALUES:
        raise UnusableAnswer(
            f"Telnyx sent a response with more than {MAX_VALUES} values, which was rejected", "ask for a smaller page"
        )
    try:
        return from_json(body)
    except ValueError as error:
        why = error
    try:
        if len(body) <= MAX_REPAIRED:
            return from_json(_repaired(body))
    except ValueError as error:
        why = error
    raise UnusableAnswer(
        f"Telnyx, or a proxy in front of it, sent {_named(body, str(why))}",
        "try again; if this persists, check TELNYX_BASE_URL",
    )


def read_error(body: bytes, *, cut_off: bool) -> object:
    """The value of an error's body, which may be cut off; None if it is not JSON."""
    try:
        return from_json(_repaired(body), allow_partial="trailing-strings" if cut_off else False)
    except ValueError:
        return None


def _repaired(body: bytes) -> bytes:
    """`body` with valid numbers and strings, and with text in place of what is nested too deeply."""
    text = body.decode("utf-8-sig", "replace").encode()
    kept: list[bytes] = []
    done = depth = 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in (b"]", b"}"):
            done = token.end() if depth == DEEPEST + 1 else done
            depth -= 1
            continue
        opens = mark in (b"[", b"{")
        depth += opens
        if (new := _TOO_DEEP if opens and depth > DEEPEST else _scalar(mark)) == mark or depth > DEEPEST + opens:
            continue
        kept += [text[done : token.start()], new]
        done = len(text) if opens else token.end()  # what is too deep ends where it is closed, if anywhere
    return b"".join([*kept, text[done:]])


def _scalar(text: bytes) -> bytes:
    """A string, number or bracket, as valid JSON."""
    if text[:1] != b'"':
        digits = sum(map(text.count, _DIGITS))
        return b'"(a number of %d digits)"' % digits if digits else text
    if _ODD.search(text) is None:
        return text
    whole = bytearray()
    for found in _READABLE_OR_NOT.finditer(text):
        whole += found[1] or _REPLACED
    return bytes(whole.translate(_CONTROL))


def _named(body: bytes, why: str) -> str:
    """What a body is that is not JSON, given the parser's reason."""
    if not body[:256].strip():
        return "an empty response"
    if body.startswith(_GZIP):
        return "a compressed response without saying so"
    if body.startswith(_OTHER_ENCODINGS) or 0 in body[:2]:
        return "a response in UTF-16 or UTF-32, although JSON uses UTF-8"
    return "a response that is incomplete JSON" if why.startswith("EOF") else "a response that is not JSON"
