"""JSON as it really arrives: read at once where it is right, repaired where only a part of it cannot be read.

One name with half of a surrogate pair, a byte of Latin-1, a raw control character or a wrong escape, a number of
thousands of digits or a thousand levels of nesting is no reason to lose the other connections of a page.
"""

import re

from pydantic_core import from_json

from telnyx_connections_mcp.telnyx.errors import UnusableAnswer

MAX_VALUES = 500_000
"""Of an answer: parsed, a value takes up to twenty times the bytes that it had."""
MAX_REPAIRED = 2 * 1024 * 1024
"""Bytes; a larger answer is right as it is, or it is refused."""
DEEPEST = 64
"""Levels of nesting that are parsed in an answer that needs repair; a row may hold fewer."""
_DIGITS = [b"%d" % digit for digit in range(10)]
_REPLACED = rb"\ufffd"
_TOO_DEEP = b'"(nested too deeply)"'

# A string that is not closed ends with the text: so no text takes more than one pass. No group is repeated possessively
# here: Python before 3.11.5 misreads that (https://github.com/python/cpython/issues/106052).
_TOKEN = re.compile(
    rb'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[{]|[\]}]|(?<![0-9.])-?[0-9]{4000,}+(?:\.[0-9]*)?(?:[eE][+-]?[0-9]*)?',
    re.DOTALL,
)
_ODD = re.compile(rb'[\x00-\x1f]|\\(?:u(?:[dD][89a-fA-F]|(?![0-9a-fA-F]{4}))|[^"\\/bfnrtu])')
# A control character as it stands is no JSON; which one it was does not matter, since none is shown.
_CONTROL = bytes.maketrans(bytes(range(32)), b"\x7f" * 9 + b" " * 5 + b"\x7f" * 18)
# What can be read, as much as there is of it; or an escape that cannot (RFC 8259, 7), half of a pair too.
_READABLE_OR_NOT = re.compile(
    rb"""((?:[^\\]+|\\["\\/bfnrt]|\\u(?![dD][89a-fA-F])[0-9a-fA-F]{4}
    |\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})+)|\\u[0-9a-fA-F]{4}|\\""",
    re.VERBOSE,
)
_OTHER_ENCODINGS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
_GZIP = b"\x1f\x8b"


def read_json(body: bytes) -> object:
    """What `body` says; a character that cannot be read becomes U+FFFD.

    Raises `UnusableAnswer`, which names what the body is, where it is no JSON or holds too many values.
    """
    may_be_too_many = len(body) > 2 * MAX_VALUES  # a value takes two bytes at least
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
    """What an error says, also where it is cut off; None where it is no JSON."""
    try:
        return from_json(_repaired(body), allow_partial="trailing-strings" if cut_off else False)
    except ValueError:
        return None


def _repaired(body: bytes) -> bytes:
    """`body` with a text in place of what is nested too deeply, and with numbers and strings that can be read."""
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
        done = len(text) if opens else token.end()  # what is too deep ends where it is closed, if it is
    return b"".join([*kept, text[done:]])


def _scalar(text: bytes) -> bytes:
    """A string, a number or a bracket, as JSON that can be read."""
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
    """What a body is that is no JSON for that reason of the parser."""
    if not body[:256].strip():
        return "an empty response"
    if body.startswith(_GZIP):
        return "a compressed response without saying so"
    if body.startswith(_OTHER_ENCODINGS) or 0 in body[:2]:
        return "a response in UTF-16 or UTF-32, although JSON uses UTF-8"
    return "a response that is incomplete JSON" if why.startswith("EOF") else "a response that is not JSON"
