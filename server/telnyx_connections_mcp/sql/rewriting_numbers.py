"""Telephone numbers in any usual spelling, as they are stored: `+13125550123`."""

import re
from collections.abc import Iterator

from telnyx_connections_mcp.inventory.kinds.phone_numbers import PHONE_NUMBERS
from telnyx_connections_mcp.sql.edit import Edit
from telnyx_connections_mcp.sql.guard import StatementRefused
from telnyx_connections_mcp.sql.operands import column_of, literal_of
from telnyx_connections_mcp.sql.written import Comparison, Range, Written
from telnyx_connections_mcp.text.telephone_numbers import read_telephone_number

_COLUMN = "phone_number"
_EQUAL = {"=": "LIKE", "==": "LIKE", "<>": "NOT LIKE", "!=": "NOT LIKE"}
_PATTERN = re.compile(r"[0-9+%_\s().,/-]*[0-9][0-9+%_\s().,/-]*")
_BETWEEN = re.compile(r"[\s().,/-]")


def numbers_as_stored(written: Written) -> tuple[list[Edit], list[str]]:
    """What to write instead of numbers that are compared with `phone_number`, and how each was read.

    Raises `StatementRefused` for one that cannot be compared as it is.
    """
    found = [
        (edit, note)
        for comparison in written.comparisons
        if _is_number(written, comparison.left)
        for value in comparison.values
        if (text := literal_of(written, value)) is not None
        for edit, note in _read(written, comparison, value, text)
    ]
    found.sort(key=lambda each: each[0].of)
    return [edit for edit, _ in found], [note for _, note in found]


def _is_number(written: Written, operand: Range) -> bool:
    column = column_of(written, operand)
    return column is not None and (column.table, column.name) == (PHONE_NUMBERS.name, _COLUMN)


def _read(written: Written, comparison: Comparison, value: Range, text: str) -> Iterator[tuple[Edit, str]]:
    if comparison.operator == "LIKE":
        yield from _pattern(value, text)
        return
    number = read_telephone_number(text)
    if number is None or comparison.operator not in (*_EQUAL, "IN", "IS") or number.whole == text:
        return
    if number.whole:
        yield Edit(value, f"'{number.whole}'"), f"'{text}' was read as {number.whole}."
    elif like := _EQUAL.get(comparison.operator):
        whole = Range(min(comparison.left.start, value.start), max(comparison.left.end, value.end))
        edit = Edit(whole, f"{written.text(comparison.left)} {like} '%{number.ending}'")
        yield edit, f"'{text}' has no country code, so it was read as the end of a number."
    else:
        raise StatementRefused(f"Stored numbers have + and the country code: write '{text}' with them.")


def _pattern(value: Range, text: str) -> Iterator[tuple[Edit, str]]:
    """A pattern without what people write between digits."""
    plain = _BETWEEN.sub("", text)
    if not _PATTERN.fullmatch(text):
        return
    if plain[0].isdigit():
        raise StatementRefused(
            f"Stored numbers begin with + and the country code: write LIKE '%{plain}' or LIKE '+{plain}'."
        )
    if plain != text:
        yield Edit(value, f"'{plain}'"), f"'{text}' was read as {plain}."
