"""Makes what a statement gives safe to show: other people's text, and numbers that JSON has no word for."""

from collections.abc import Sequence
from math import inf

from telnyx_connections_mcp.text.cleaning import clean, cut

LONGEST_CELL = 1_000
"""In characters, unless an answer may be large."""
_SHARE = 40
"""A cell may take this part of a large answer."""
LONGEST_NAME = 64
"""Of a column, in characters."""
_EXACT = 2**53
_SIZE_OF_NUMBER = 8

Cell = str | int | float | None


def longest_cell(characters: int) -> int:
    """The longest cell of an answer that may have so many characters."""
    return max(LONGEST_CELL, characters // _SHARE)


def shown(row: Sequence[str | int | float | bytes | None], longest: int) -> tuple[list[Cell], int]:
    """The cells of `row`, and how many of them were cut to the `longest`, in characters.

    Texts are cleaned. Integers that JSON readers would round, infinity and the size of binary data are texts.
    """
    cells: list[Cell] = []
    shortened = 0
    for value in row:
        if isinstance(value, str):
            text = value if value.isascii() and value.isprintable() else clean(value)  # most are, and this is faster
            if len(text) > longest:
                text = cut(text, longest)
                shortened += 1
            cells.append(text)
        else:
            cells.append(value if value is None else _shown(value))
    return cells, shortened


def shown_size(cells: Sequence[Cell]) -> int:
    """The characters that `cells` take in an answer, about."""
    return sum(len(cell) if isinstance(cell, str) else _SIZE_OF_NUMBER for cell in cells)


def column_name(name: str) -> str:
    """`name` as an answer may hold it."""
    return cut(clean(name), LONGEST_NAME)


def _shown(value: int | float | bytes) -> Cell:
    if isinstance(value, bytes):
        return f"[{len(value)} bytes]"
    if value in (inf, -inf):
        return "Infinity" if value == inf else "-Infinity"
    if isinstance(value, int) and abs(value) > _EXACT:
        return str(value)
    return value
