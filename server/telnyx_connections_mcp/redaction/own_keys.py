"""This server's own keys, in whatever writing they come back: looked for in what is shown, at the last door."""

import re
from base64 import b64encode
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import unescape
from typing import Any
from unicodedata import normalize
from urllib.parse import unquote

from telnyx_connections_mcp.redaction.rows import distinct
from telnyx_connections_mcp.text.cleaning import CUT_MARK

MARK = "[the API key]"
SHORTEST = 8
"""Characters; what is shorter is no key, and would be found in words. Of a key that was cut so many must be left."""
_ROUNDS = 5
_LONGEST = 65_536
_REMEMBERED = 256
_LONGEST_REMEMBERED = 16_384
"""Characters of a text whose verdict is remembered, of the last 256: they take 4 MiB at most, or 16 beyond ASCII."""
_ESCAPE = re.compile(
    r"\\+(?:u([0-9A-Fa-f]{4})|u\{0{0,8}([0-9A-Fa-f]{1,4})\}|U0000([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|([0-3][0-7]{2})"
    r"|[bfnrt]|([^A-Za-z0-9]))"
)
_OLD_ESCAPE = re.compile("%u([0-9A-Fa-f]{4})")  # of JavaScript: ECMA-262, section B.2.1.1
_OVER_AND_OVER = re.compile("(?<=%)(?:25)+(?=[0-9A-Fa-fu])|(?<=&)(?:amp;)+", re.IGNORECASE)
_HALF_AN_ESCAPE = re.compile(rb"(?:%[0-9a-f]?|%u[0-9a-f]{0,3}|\\+(?:u\{?|x)?[0-9a-f]{0,7}|&#?[a-z0-9]{0,8})\Z")
_CUT = normalize("NFKD", CUT_MARK).encode("ascii")
_GAPS = bytes(range(0x21)) + b"\x7f"


class OwnSecrets:
    """Finds secrets of this server in texts, and takes them out. They are in no repr."""

    def __init__(self, secrets: Iterable[str], mark: str = MARK, shortest: int = SHORTEST) -> None:
        found = sorted({secret for secret in secrets if len(secret) >= shortest}, key=len, reverse=True)
        self._mark = mark
        self._forms = tuple(dict.fromkeys(form for secret in found for form in _forms(secret)))
        self._as_they_are = re.compile("|".join(map(re.escape, found)) or "(?!)", re.IGNORECASE)
        self._lately = lru_cache(_REMEMBERED)(self._search)

    def held_in(self, text: str) -> bool:
        """Whether one of them stands in `text`: as it is, or in any case, escaped, encoded, with gaps, or cut.

        This is a hot path: every answer passes it once, and often it is the one that was given before.
        """
        return self._lately(text) if len(text) <= _LONGEST_REMEMBERED else self._search(text)

    def _search(self, text: str) -> bool:
        if not self._forms:
            return False
        plain = _squeezed(text)
        decoded = _decoded(text)
        return self._stands_in(plain) or (decoded != text and self._stands_in(_squeezed(decoded)))

    def blot(self, text: str) -> str:
        """`text` with a mark for each of them; for the whole text where it is long or holds several in odd writings."""
        if not self.held_in(text):
            return text
        shown = self._as_they_are.sub(lambda _: self._mark, text)
        for _ in range(_ROUNDS if len(shown) <= _LONGEST else 0):
            if not self.held_in(shown):
                return shown
            end = bisect_left(range(len(shown)), 1, key=lambda end: int(self._search(shown[:end])))
            start = bisect_left(range(end), 0, key=lambda start: -int(self._search(shown[start:end]))) - 1
            shown = shown[:start] + self._mark + shown[end:]
        return self._mark if self.held_in(shown) else shown

    def blotted(self, data: Any) -> Any:
        """`data` with a mark for each of them, in names and texts of any depth."""
        if isinstance(data, str):
            return self.blot(data)
        if isinstance(data, Mapping):
            return dict(zip(distinct(map(self.blot, data)), map(self.blotted, data.values()), strict=True))
        return list(map(self.blotted, data)) if isinstance(data, list | tuple) else data

    def _stands_in(self, plain: bytes) -> bool:
        for form in self._forms:
            if form in plain:
                return True
        return _CUT in plain and self._is_cut(plain)

    def _is_cut(self, plain: bytes) -> bool:
        """Whether the beginning of one of them stands before a place where a text was cut."""
        longest = max(map(len, self._forms))
        for before in plain.split(_CUT)[:-1]:
            end = _HALF_AN_ESCAPE.sub(b"", before[-4 * longest :])
            for form in self._forms:
                at = end.rfind(form[:SHORTEST])
                if at >= 0 and form.startswith(end[at:]):
                    return True
        return False


def _forms(secret: str) -> Iterable[bytes]:
    """`secret` as `_squeezed` leaves it: itself, its bytes in hexadecimal, and in base64 behind anything."""
    data = secret.encode()
    yield _squeezed(secret)
    yield data.hex().encode()
    for before, lost in ((0, 0), (1, 2), (2, 3)):  # of the first characters another byte decides a part
        coded = b64encode(b"\0" * before + data)[lost : (before + len(data)) * 8 // 6].lower()
        yield coded
        yield coded.translate(bytes.maketrans(b"+/", b"-_"))


def _decoded(text: str) -> str:
    """`text` as readers would decode it: without the escapes of JSON, programs and HTML, and without percent signs."""
    for _ in range(_ROUNDS):
        before = text
        if "%" in text or "&" in text:
            text = _OVER_AND_OVER.sub("", text)
        if "%" in text:
            text = unquote(_OLD_ESCAPE.sub(lambda found: chr(int(found[1], 16)), text))
        if "\\" in text:
            text = _ESCAPE.sub(_unescaped, text)
        if "&" in text:
            text = unescape(text)
        if text == before:
            break
    return text


def _squeezed(text: str) -> bytes:
    """`text` in lower case without accents, spaces and whatever is no ASCII.

    A key is ASCII: what stands between its characters or resembles them is no part of it.
    """
    if not text.isascii():
        text = normalize("NFKD", text)
    return text.encode("ascii", "ignore").lower().translate(None, _GAPS)


def _unescaped(found: re.Match[str]) -> str:
    *codes, octal, character = found.groups()
    code = next(filter(None, codes), None)
    if code or octal:
        return chr(int(code, 16) if code else int(octal, 8))
    return character or " "
