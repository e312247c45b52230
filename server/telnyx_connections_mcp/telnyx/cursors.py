"""Pagination cursors: opaque text from Telnyx, shown clean and short, and sent back exactly as it came.

Source: Telnyx API description, `CursorPaginationMeta` (`cursors.after`, and `next`, the path of a page).
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from urllib.parse import unquote

LONGEST_CURSOR = 2048
"""Longest cursor shown, in characters; a longer one is not offered."""
MAX_REMEMBERED = 1000
_CODED = "base64:"
_PLAIN = re.compile(f"(?!{_CODED})[!-~]{{1,{LONGEST_CURSOR}}}")
_REPLACED = "\ufffd"
"""Replaces an unreadable character, so a cursor that contains it cannot be sent back."""
_LONGEST_PATH = 4 * LONGEST_CURSOR


def shown_cursor(cursor: str) -> str | None:
    """`cursor` as it is shown: in base64 unless plain ASCII. None if it cannot be sent back."""
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
    """The cursor that `shown_cursor` shows as `shown`. Raises `ValueError` if there is none."""
    cursor = shown
    if shown.startswith(_CODED):
        cursor = urlsafe_b64decode(shown.removeprefix(_CODED).encode()).decode()
    if shown_cursor(cursor) != shown:
        raise ValueError("no cursor is shown like this")
    return cursor


def parameters_of(path: object) -> dict[str, str]:
    """The query parameters of `path`, by name; none if it is not a path, or too long for a link."""
    if not isinstance(path, str) or len(path) > _LONGEST_PATH:
        return {}
    pairs = (pair.partition("=") for pair in path.partition("?")[2].partition("#")[0].split("&"))
    return {unquote(name): unquote(value) for name, _, value in pairs}


class CursorHistory:
    """Which cursor led to which, for the last thousand: following a cycle of cursors would never end."""

    def __init__(self) -> None:
        self._before: dict[tuple[str, str], str | None] = {}

    def is_cycle(self, of: str, previous: str | None, cursor: str) -> bool:
        """Whether `cursor`, found after the cursor `previous` in the list `of`, leads back to an earlier one."""
        step = previous
        while step is not None:
            if step == cursor:
                return True
            step = self._before.get((of, step))
        self._before.pop((of, cursor), None)
        self._before[of, cursor] = previous
        if len(self._before) > MAX_REMEMBERED:
            del self._before[next(iter(self._before))]
        return False
