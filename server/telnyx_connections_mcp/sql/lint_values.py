"""Comparisons with columns whose values are shortened, numbers, or several in one text."""

import re
from collections.abc import Iterator

from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.shortening import Shortening
from telnyx_connections_mcp.sql.operands import column_of, literal_of
from telnyx_connections_mcp.sql.tables import Column
from telnyx_connections_mcp.sql.written import Range, Written

_NUMBER = re.compile(r"\s*[+-]?[0-9]*\.?[0-9]+\s*")
_ENDING = re.compile(r"%?(?:\*\*\*)?%?[0-9]{1,4}")
"""What may be asked of a number of which the last four digits are known."""
_EQUAL = ("=", "==", "<>", "!=", "IN", "WHEN")


def shortened(written: Written) -> Iterator[str]:
    """What is compared with the beginning of a user name, or with the end of a number."""
    for comparison in written.comparisons:
        if comparison.operator == "IS" and written.text(comparison.values[0]).upper().endswith("NULL"):
            continue
        texts = [literal_of(written, value) for value in comparison.values]
        for operand in (comparison.left, *comparison.values):
            column = _shortened_in(written, operand)
            if column and not (column.shortening is Shortening.NUMBER and all(map(_is_ending, texts))):
                yield _instead(column, texts[0])
    for operand in _joined(written):
        if column := _shortened_in(written, operand):
            yield _instead(column, None)


def _joined(written: Written) -> Iterator[Range]:
    """What is compared with a subquery, what that selects, and what tables are joined by."""
    for place, token in enumerate(written.tokens):
        if token.is_word("USING"):
            yield written.inside(place + 1)
        if token.is_word("IN") and written.at(place + 2).is_word("SELECT"):
            compared = written.operand_before(place - written.at(place - 1).is_word("NOT"))
            yield from filter(None, (compared, *written.items(place + 2)))


def _is_ending(text: str | None) -> bool:
    return text is not None and _ENDING.fullmatch(text) is not None


def _instead(column: Column, text: str | None) -> str:
    if column.shortening is Shortening.LOGIN:
        return (
            f"{column.name} is half of a login, and only its beginning is here: to find who has a user name, use "
            "search_connections with where.user_name."
        )
    digits = re.sub("[^0-9]", "", text or "")[-4:] or "0123"
    return f"Of {column.name} only the last four digits are here: write {column.name} LIKE '%{digits}'."


def _shortened_in(written: Written, of: Range) -> Column | None:
    """The first shortened column in it."""
    columns = (column_of(written, Range(place, place + 1)) for place in range(*of))
    return next((column for column in columns if column and column.shortening), None)


def texts_as_numbers(written: Written) -> Iterator[str]:
    """`daily_spend_limit = '200 USD'`, which holds for no number."""
    for comparison in written.comparisons:
        column = column_of(written, comparison.left)
        if column is None or column.type is not Type.NUMBER or comparison.operator in ("LIKE", "GLOB"):
            continue
        for text in (literal_of(written, value) for value in comparison.values):
            if text is not None and not _NUMBER.fullmatch(text):
                number = re.search(r"[0-9]+(?:\.[0-9]+)?", text)
                yield f"{column.name} is a number: write {number[0] if number else '200'} instead of '{text}'."


def notes_on_values(written: Written) -> Iterator[str]:
    """What a comparison or grouping means, if that may not be what was meant."""
    for comparison in written.comparisons:
        column = column_of(written, comparison.left)
        if column and column.type is Type.LIST and comparison.operator in _EQUAL:
            for text in (literal_of(written, value) for value in comparison.values):
                if text and "," not in text:
                    yield (
                        f"{column.name} holds all its values as one text, and only {text} alone equals '{text}': "
                        f"to find it among others, write {column.name} LIKE '%{text}%'."
                    )
    for place, token in enumerate(written.tokens):
        if (token.is_word("BY") and written.at(place - 1).is_word("GROUP")) or token.is_word("DISTINCT"):
            column = _shortened_in(written, Range(place + 1, min(place + 4, len(written.tokens))))
            if column:
                yield f"{column.name} is shortened, so different ones may look the same."
