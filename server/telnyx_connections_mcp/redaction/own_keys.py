"""Finds this server's own keys, in any encoding, in whatever is about to be shown."""

import re
from base64 import b64encode
from bisect import bisect_left
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any
from unicodedata import normalize

from telnyx_connections_mcp.redaction.decoding import decoded
from telnyx_connections_mcp.redaction.values import distinct
from telnyx_connections_mcp.text.cleaning import CUT_MARK

MARK = "[the API key]"
SHORTEST = 8
"""Shortest key, in characters: anything shorter would be found in words. Also the least left of a truncated key."""
_ROUNDS = 5
_LONGEST = 65_536
_MAX_CACHED = 256
_LONGEST_CACHED = 16_384
"""Longest text whose verdict is cached, in characters; 256 of them take at most 4 MiB, or 16 beyond ASCII."""
_HALF_AN_ESCAPE = re.compile(rb"(?:%[0-9a-f]?|%u[0-9a-f]{0,3}|\\+(?:u\{?|x)?[0-9a-f]{0,7}|&#?[a-z0-9]{0,8})\Z")
_CUT = normalize("NFKD", CUT_MARK).encode("ascii")
_GAPS = bytes(range(0x21)) + b"\x7f"


class OwnSecrets:
    """Finds this server's secrets in texts, and redacts them. No repr contains them."""

    def __init__(self, secrets: Iterable[str], mark: str = MARK, shortest: int = SHORTEST) -> None:
        found = sorted({secret for secret in secrets if len(secret) >= shortest}, key=len, reverse=True)
        self._mark = mark
        self._forms = tuple(dict.fromkeys(form for secret in found for form in _forms(secret)))
        self._as_they_are = re.compile("|".join(map(re.escape, found)) or "(?!)", re.IGNORECASE)
        self._cache = lru_cache(_MAX_CACHED)(self.found_in)

    def found_in_cached(self, text: str) -> bool:
        """As `found_in`, with a cache for texts that are repeated, as answers are."""
        return self._cache(text) if len(text) <= _LONGEST_CACHED else self.found_in(text)

    def found_in(self, text: str) -> bool:
        """Whether `text` contains one of them, in any case, escaped, encoded, with gaps, or cut off."""
        if not self._forms:
            return False
        plain = _squeezed(text)
        read = decoded(text)
        return self._stands_in(plain) or (read != text and self._stands_in(_squeezed(read)))

    def redact(self, text: str) -> str:
        """`text` with each of them replaced; all of it, if it is long or contains several in odd encodings."""
        if not self.found_in(text):
            return text
        shown = self._as_they_are.sub(lambda _: self._mark, text)
        for _ in range(_ROUNDS if len(shown) <= _LONGEST else 0):
            if not self.found_in(shown):
                return shown
            end = bisect_left(range(len(shown)), 1, key=lambda end: int(self.found_in(shown[:end])))
            start = bisect_left(range(end), 0, key=lambda start: -int(self.found_in(shown[start:end]))) - 1
            shown = shown[:start] + self._mark + shown[end:]
        return self._mark if self.found_in(shown) else shown

    def redacted(self, data: Any) -> Any:
        """`data` with a mark for each of them, in names and texts of any depth."""
        if isinstance(data, str):
            return self.redact(data)
        if isinstance(data, Mapping):
            return dict(zip(distinct(map(self.redact, data)), map(self.redacted, data.values()), strict=True))
        return list(map(self.redacted, data)) if isinstance(data, list | tuple) else data

    def _stands_in(self, plain: bytes) -> bool:
        for form in self._forms:
            if form in plain:
                return True
        return _CUT in plain and self._is_cut(plain)

    def _is_cut(self, plain: bytes) -> bool:
        """Whether the beginning of one of them precedes a point where the text was cut."""
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


def _squeezed(text: str) -> bytes:
    """`text` in lower case without accents, spaces and whatever is no ASCII.

    A key is ASCII: anything between its characters, or resembling them, is ignored.
    """
    if not text.isascii():
        text = normalize("NFKD", text)
    return text.encode("ascii", "ignore").lower().translate(None, _GAPS)
