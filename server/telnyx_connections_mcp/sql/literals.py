"""Texts in a statement that no row has in the column they are compared with: probably misspelled.

`record_type = 'fax'` gives no rows, and `record_type <> 'fax'` gives all, which both read like answers. So a text
on no row is reported, with the nearest ones or, if there are few, with all of them, as search_connections does.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.query.suggestions import nearest_texts
from telnyx_connections_mcp.redaction.texts import quoted, shown
from telnyx_connections_mcp.sql.operands import column_of, literal_of
from telnyx_connections_mcp.sql.tables import TABLES, Column, Table
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Comparison, Range, Written
from telnyx_connections_mcp.text.cleaning import fold

if TYPE_CHECKING:  # imported where it is used, to start fast
    from sqlite3 import Connection

_MAX_LITERALS = 50
_MAX_VALUES = 20
_MAX_SAID = 3
_LONGEST = 80
"""Longest text echoed back, in characters."""
_MAX_NEAR = 5
_FEW = 15
"""Most different texts that are all listed if none is similar,"""
_SHORT = 400
"""and most characters of them."""
_EQUAL = ("=", "==", "<>", "!=", "IN", "IS")
_FUNCTIONS = ("FOLD", "LOWER", "UPPER")


class Literal(NamedTuple):
    """A text, and the column that it is compared with."""

    column: str
    operator: str
    """`=`, `LIKE` or `GLOB`."""
    text: str
    function: str = ""
    """What is called with the column: `fold`, `lower`, `upper` or nothing."""


def literals_in(written: Written) -> list[Literal]:
    """The texts that the statement compares with columns of texts, each once; at most 50."""
    found = dict.fromkeys(literal for comparison in written.comparisons for literal in _literals(written, comparison))
    return list(found)[:_MAX_LITERALS]


def _literals(written: Written, comparison: Comparison) -> Iterator[Literal]:
    pairs = [(comparison.left, value) for value in comparison.values]
    if comparison.operator in ("=", "=="):
        pairs += [(value, comparison.left) for value in comparison.values]
    for operand, value in pairs:
        function, inner = _called(written, operand)
        column = column_of(written, inner)
        text = _text(written, value)
        operator = "=" if comparison.operator in _EQUAL else comparison.operator
        compared = column is not None and column.type in (Type.TEXT, Type.ID, Type.URL)
        escaped = written.at(value.end).is_word("ESCAPE")
        if column and text is not None and compared and not escaped and operator in ("=", "LIKE", "GLOB"):
            yield Literal(column.name, operator, text, function)


def _called(written: Written, operand: Range) -> tuple[str, Range]:
    """The function that is called with the operand, and its argument; nothing, and the operand, without one."""
    if written.at(operand.start).is_word(*_FUNCTIONS) and written.at(operand.start + 1).is_operator("("):
        return written.at(operand.start).text.lower(), Range(operand.start + 2, operand.end - 1)
    return "", operand


def _text(written: Written, value: Range) -> str | None:
    """The text of a string, a number or `fold('text')`."""
    function, inner = _called(written, value)
    token = written.at(inner.start)
    if token.kind is TokenKind.NUMBER and inner.end - inner.start == 1:
        return token.text
    text = literal_of(written, inner)
    if text is None or not function:
        return text
    return fold(text) if function == "fold" else str(getattr(text, function)())


def unknown_literals(handle: "Connection", literals: Sequence[Literal]) -> dict[str, dict[str, Any]]:
    """By column: the `values` that no row has, with `near` ones or, if few, all that `there_are`.

    `handle` is one of the snapshot's own. Without rows nothing can be said: empty.
    """
    missing: dict[str, list[str]] = {}
    for literal in literals:
        if not _is_known(handle, literal):
            missing.setdefault(literal.column, []).append(literal.text)
    return {column: _said(handle, column, texts) for column, texts in missing.items()}


def _is_known(handle: "Connection", literal: Literal) -> bool:
    column, table = _stored(literal.column)
    if column.closed:
        return literal.operator != "=" or literal.text in column.values
    elsewhere = column.type is Type.ID and table.name != table.kind.name
    if elsewhere or (literal.function == "fold" and column.folded is None):
        return True  # an id of a connection; a text that would have to be folded in each row
    expression = {"": column.expression, "fold": column.folded}.get(
        literal.function, f"{literal.function}({column.expression})"
    )
    rows = f"SELECT 1 FROM {table.values}"
    (found,) = handle.execute(
        f"SELECT EXISTS ({rows} WHERE {expression} {literal.operator} ?) OR NOT EXISTS ({rows})", (literal.text,)
    ).fetchone()
    return bool(found)


def _stored(name: str) -> tuple[Column, Table]:
    table = next(table for table in TABLES.values() if name in table.by_name)
    return table.by_name[name], table


def _said(handle: "Connection", name: str, texts: Sequence[str]) -> dict[str, Any]:
    column, table = _stored(name)
    more = len(texts) - _MAX_VALUES
    said: dict[str, Any] = {"values": [shown(text, _LONGEST) for text in texts[:_MAX_VALUES]]}
    if more > 0:
        said["more"] = more
    if column.type is Type.ID:
        return said  # all begin alike, so every id is near every other
    there = column.values if column.closed else _distinct(handle, column, table.values)
    wanted = [text.strip("%*").replace("_", " ") if "%" in text or "*" in text else text for text in texts[:_MAX_NEAR]]
    near = list(dict.fromkeys(each for text in wanted for each in nearest_texts(text, there)))
    if near:
        return said | {"near": near[: 2 * _MAX_NEAR]}
    few = 0 < len(there) <= _FEW and sum(map(len, there)) <= _SHORT
    return said | ({"there_are": sorted(there)} if few else {})


def _distinct(handle: "Connection", column: Column, source: str) -> list[str]:
    found = handle.execute(f"SELECT DISTINCT {column.expression} FROM {source} WHERE {column.expression} IS NOT NULL")
    return [text for (text,) in found]


def unknown_words(unknown: Mapping[str, Mapping[str, Any]]) -> str:
    """`No row read has record_type "fax". ` and the like; empty if all are known."""
    phrases = [f"{column} {_some(what['values'], what.get('more', 0))}" for column, what in unknown.items()]
    return f"No row read has {', nor '.join(phrases)}. " if phrases else ""


def _some(values: Sequence[str], more: int) -> str:
    rest = len(values) - _MAX_SAID + more
    return " or ".join(map(quoted, values[:_MAX_SAID])) + (f" or {rest} more" if rest > 0 else "")
