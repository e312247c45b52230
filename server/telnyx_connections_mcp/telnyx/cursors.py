"""Cursors of lists: opaque texts of the other side, shown clean and short, and sent back exactly as they came.

Where they stand: Telnyx API description, `CursorPaginationMeta` (`cursors.after`, and `next`, the path of a page).
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import unquote

LONGEST_CURSOR = 2048
"""Characters of a cursor as it is shown; one that would be longer is not offered."""
MAX_REMEMBERED = 1000
_CODED = "base64:"
_PLAIN = re.compile(f"(?!{_CODED})[!-~]{{1,{LONGEST_CURSOR}}}")
_REPLACED = "\ufffd"
"""What stands where a character could not be read, so that what came is not known."""
_LONGEST_PATH = 4 * LONGEST_CURSOR


def shown_cursor(cursor: str) -> str | None:
    """`cursor` as it may be shown: what is not plain ASCII is coded in base64. None where it cannot be sent back."""
    if _PLAIN.fullmatch(cursor):
        return cursor
    if not 0 < len(cursor) <= LONGEST_CURSOR or _REPLACED in cursor:
        return None
    try:
        coded = _CODED + urlsafe_b64encode(cursor.encode()).decode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return None
    return coded if len(coded) <= LONGEST_CURSOR else None


def read_cursor(shown: str) -> str:
    """The cursor that `shown_cursor` showed so. Raises `ValueError` for a text that it never gives."""
    cursor = shown
    if shown.startswith(_CODED):
        cursor = urlsafe_b64decode(shown.removeprefix(_CODED).encode()).decode()
    if shown_cursor(cursor) != shown:
        raise ValueError("no cursor is shown like this")
    return cursor


def parameters_of(path: object) -> dict[str, str]:
    """The parameters in the query of `path`, by name; none where it is no path, or one too long to be a link."""
    if not isinstance(path, str) or len(path) > _LONGEST_PATH:
        return {}
    pairs = (pair.partition("=") for pair in path.partition("?")[2].partition("#")[0].split("&"))
    return {unquote(name): unquote(value) for name, _, value in pairs}


class CursorHistory:
    """Behind which cursor each cursor was found, of the last thousand: who follows a circle never comes to an end."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str], str | None] = {}

    def lead_back(self, of: str, asked: str | None, given: str) -> bool:
        """Whether `given`, found behind `asked` in the list `of`, was one of those that led there."""
        step = asked
        while step is not None:
            if step == given:
                return True
            step = self._before.get((of, step))
        self._before.pop((of, given), None)
        self._before[of, given] = asked
        if len(self._before) > MAX_REMEMBERED:
            del self._before[next(iter(self._before))]
        return False
