"""Reads telephone numbers as people write them."""

import re
from typing import NamedTuple
from unicodedata import normalize

from telnyx_connections_mcp.text.cleaning import clean

_AROUND = re.compile(r"(?:tel:|sips?:|callto:)?\s*([^;@?]*)(?:[;@?].*)?", re.IGNORECASE | re.DOTALL)
"""The number in a URI (RFC 3966, RFC 3261)."""
_TRUNK = re.compile(r"(?<=[0-9])\s*\(0\)")
"""The digit that is only dialled within a country, as in +44 (0)20 7946 0000."""
_BETWEEN = re.compile(r"[\s().,/\u2010-\u2015\u2212-]")
_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_DIGITS = re.compile(r"\+?[0-9]+")
_LONGEST = 15
"""Most digits of a number (ITU-T E.164)."""
_SHORTEST = 6
"""Fewest digits of a number without its country code that are looked for."""
_DIALLED = "011"
"""What is dialled before a country code in North America; elsewhere it may begin an area code."""


class TelephoneNumber(NamedTuple):
    """What a number may be in E.164."""

    whole: str | None
    """The number, if it has its country code."""
    ending: str | None
    """Its last digits, if it may lack its country code."""


def read_telephone_number(text: str) -> TelephoneNumber | None:
    """The number that `text` consists of; None if it is anything else, or too short or long for a number."""
    text = clean(normalize("NFKC", text)).strip()
    found = None if _IPV4.fullmatch(text) else _AROUND.fullmatch(text)
    plain = _BETWEEN.sub("", _TRUNK.sub("", found[1] if found else ""))
    if _DIGITS.fullmatch(plain) is None:
        return None
    digits = plain.removeprefix("+")
    if plain != digits or digits.startswith("00"):
        whole = digits.removeprefix("00") if plain == digits else digits
        return TelephoneNumber(f"+{whole}", None) if _is_whole(whole) else None
    dialled = digits.removeprefix(_DIALLED)
    ending = digits.lstrip("0")
    if len(ending) < _SHORTEST or len(dialled) > _LONGEST:
        return None
    return TelephoneNumber(f"+{dialled}" if dialled != digits and _is_whole(dialled) else None, ending)


def _is_whole(digits: str) -> bool:
    return _SHORTEST <= len(digits) <= _LONGEST and not digits.startswith("0")
