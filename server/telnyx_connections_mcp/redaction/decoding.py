"""Decodes text, so that encoded secrets are found too."""

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import unquote

_ROUNDS = 5
"""Most layers of encodings undone, if they are of several kinds."""
_ESCAPE = re.compile(
    r"\\+(?:u([0-9A-Fa-f]{4})|u\{0{0,8}([0-9A-Fa-f]{1,4})\}|U0000([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-3][0-7]{2})"
    r"|[bfnrt]|([^A-Za-z0-9]))"
)
_OLD_ESCAPE = re.compile("%u([0-9A-Fa-f]{4})")  # of JavaScript: ECMA-262, section B.2.1.1
_PERCENT_AGAIN = re.compile("%(?:25)+(?=[0-9A-Fa-fu])")
_AMPERSAND_AGAIN = re.compile("&(?:amp;)+", re.IGNORECASE)


def unquoted(text: str) -> str:
    """`text` without percent-encoding, even if applied several times. `+` is kept."""
    return _repeated(_unquote, text) if "%" in text else text


def decoded(text: str) -> str:
    """`text` without percent-encoding and without the escapes of JSON, programs and HTML, in any order."""
    return _repeated(_decode, text) if "%" in text or "\\" in text or "&" in text else text


def _repeated(decode: Callable[[str], str], text: str) -> str:
    for _ in range(_ROUNDS):
        before, text = text, decode(text)
        if text == before:
            break
    return text


def _unquote(text: str) -> str:
    if "%" not in text:
        return text
    text = _OLD_ESCAPE.sub(lambda found: chr(int(found[1], 16)), _PERCENT_AGAIN.sub("%", text))
    return unquote(text)


def _decode(text: str) -> str:
    text = _unquote(text)
    if "\\" in text:
        text = _ESCAPE.sub(_unescaped, text)
    return unescape(_AMPERSAND_AGAIN.sub("&", text)) if "&" in text else text


def _unescaped(found: re.Match[str]) -> str:
    *codes, octal, character = found.groups()
    code = next(filter(None, codes), None)
    if code or octal:
        return chr(int(code, 16) if code else int(octal, 8))
    return character or " "
