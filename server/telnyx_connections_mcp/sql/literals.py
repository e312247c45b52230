"""Texts in a statement that no row has in the column they are compared with: probably misspelled.

`record_type = 'fax'` gives no rows, and `record_type <> 'fax'` gives all, which both read like answers. So a text
on no row is reported, with the nearest ones or, if there are few, with all of them, as search_connections does.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from threading import Event
from time import monotonic, thread_time
from typing import TYPE_CHECKING, Any, NamedTuple

from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.query.suggestions import nearest_folded
from telnyx_connections_mcp.redaction.texts import quoted, shown
from telnyx_connections_mcp.sql.operands import columns_of, literal_of
from telnyx_connections_mcp.sql.tables import TABLES, Column, Table
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Comparison, Range, Written
from telnyx_connections_mcp.text.cleaning import fold

if TYPE_CHECKING:  # imported where it is used, to start fast
    from sqlite3 import Connection

SECONDS = 0.05
"""Processor time of a search, which runs in the server: what is not found out by then is left unsaid."""
WALL_SECONDS = 0.25
"""Time of a search on a busy machine."""
_STEPS = 5_000
"""Steps of SQLite between two looks at the clock, which need Python's lock."""
_TOGETHER = 250
"""Texts compared between two looks at the clock."""
_MAX_LITERALS = 50
_MAX_PATTERNS = 10
_MAX_COMPARED = 5_000
"""Most different texts of a column that are compared with an unknown one."""
_MAX_VALUES = 20
_MAX_SAID = 3
_LONGEST = 80
"""Longest text echoed back, in characters."""
_MAX_NEAR = 5
_FEW = 15
"""Most different texts that are all listed if none is similar,"""
_SHORT = 400
"""and most characters of them."""
_COMPARED = (Type.TEXT, Type.ID, Type.URL, Type.LIST)
_EQUAL = ("=", "==", "<>", "!=", "IN", "IS")
_FUNCTIONS = ("FOLD", "LOWER", "UPPER")


class Literal(NamedTuple):
    """A text, and the column that it is compared with."""

    table: str
    column: str
    operator: str
    """`=`, `LIKE` or `GLOB`."""
    text: str
    function: str = ""
    """What is called with the column: `fold`, `lower`, `upper` or nothing."""


def literals_in(written: Written) -> list[Literal]:
    """The texts that the statement compares with columns of texts, each once; at most 50."""
    if _mixes(written):
        return []
    found = dict.fromkeys(literal for comparison in written.comparisons for literal in _literals(written, comparison))
    return list(found)[:_MAX_LITERALS]


def _mixes(written: Written) -> bool:
    """Whether a subquery is a UNION, whose columns may have other values than the first SELECT's names say."""
    depth = 0
    for token in written.tokens:
        depth += token.is_operator("(") - token.is_operator(")")
        if depth and token.is_word("UNION"):
            return True
    return False


def _literals(written: Written, comparison: Comparison) -> Iterator[Literal]:
    pairs = [(comparison.left, value) for value in comparison.values]
    if comparison.operator in ("=", "=="):
        pairs += [(value, comparison.left) for value in comparison.values]
    for operand, value in pairs:
        function, inner = _called(written, operand)
        columns = columns_of(written, inner)
        text = _text(written, value)
        operator = "=" if comparison.operator in _EQUAL else comparison.operator
        if len(columns) != 1 or text is None or written.at(value.end).is_word("ESCAPE", "COLLATE"):
            continue
        (column,) = columns
        if column.type in _COMPARED and not column.shortening and operator in ("=", "LIKE", "GLOB"):
            yield Literal(column.table, column.name, operator, text, function)


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
    return fold(text) if function == "fold" else "".join(_cased(each, function) for each in text)


def _cased(character: str, function: str) -> str:
    """As SQLite's lower() and upper() give it, which change ASCII letters alone."""
    return str(getattr(character, function)()) if character.isascii() else character


Unknown = dict[tuple[str, str], dict[str, Any]]
"""What no row has, by table and column."""


class Search:
    """The bounds of one search: its time, and whether anybody still waits for it."""

    def __init__(self) -> None:
        self.cancelled = Event()
        self._ends: tuple[float, float] | None = None

    def is_over(self) -> bool:
        """Whether to give up; the time runs from the first call, in the thread that searches."""
        processor, wall = thread_time(), monotonic()
        if self._ends is None:
            self._ends = (processor + SECONDS, wall + WALL_SECONDS)
        return self.cancelled.is_set() or processor > self._ends[0] or wall > self._ends[1]


def unknown_literals(handle: "Connection", literals: Sequence[Literal], search: Search) -> Unknown:
    """By table and column: the `values` that no row has, with `near` ones or, if few, all that `there_are`.

    `handle` is one of the snapshot's own that holds these tables. Without rows nothing can be said: empty.
    What `search` has no time for is left out.
    """
    from sqlite3 import OperationalError

    missing: dict[tuple[str, str], list[str]] = {}
    said: Unknown = {}
    with _bounded(handle, search):
        try:
            for literal in _missing(handle, literals):
                missing.setdefault((literal.table, literal.column), []).append(literal.text)
            for name, texts in missing.items():
                said[name] = _values(texts)
                said[name] |= _instead(handle, name, texts, search)
        except OperationalError:  # interrupted
            said = {name: _values(texts) for name, texts in missing.items()} | said
    return said


@contextmanager
def _bounded(handle: "Connection", search: Search) -> Iterator[None]:
    """While inside, questions to `handle` are interrupted once `search` is over."""
    search.is_over()
    handle.set_progress_handler(search.is_over, _STEPS)
    try:
        yield
    finally:
        handle.set_progress_handler(None, 0)


def _missing(handle: "Connection", literals: Sequence[Literal]) -> Iterator[Literal]:
    """Those that no row has."""
    together: dict[tuple[str, str, str, str], list[Literal]] = {}
    for literal in literals:
        compared = (literal.table, literal.column, literal.operator, literal.function)
        together.setdefault(compared, []).append(literal)
    for (name, of, operator, function), some in together.items():
        table = TABLES[name]
        column = table.by_name[of]
        expression = {"": column.expression, "fold": column.folded}.get(function, f"{function}({column.expression})")
        elsewhere = column.type is Type.ID and table.name != table.kind.name
        if column.closed:
            yield from (each for each in some if operator == "=" and each.text not in column.values)
        elif expression and not elsewhere:  # else each row's text would have to be folded; an id of a connection
            (empty,) = handle.execute(f"SELECT NOT EXISTS (SELECT 1 FROM {table.values})").fetchone()
            found = f"SELECT DISTINCT {expression} FROM {_rows(column, table)} WHERE {expression}"
            if not empty:
                yield from _equal(handle, found, some) if operator == "=" else _alike(handle, found, some)


def _equal(handle: "Connection", sql: str, literals: Sequence[Literal]) -> Iterator[Literal]:
    """Those of the texts compared with one column that no row has; in one go, because a column may be computed."""
    texts = dict.fromkeys(each.text for each in literals)
    rows = handle.execute(f"{sql} IN ({', '.join('?' * len(texts))}) LIMIT {len(texts)}", [*texts])
    known = {text for (text,) in rows}
    return (each for each in literals if each.text not in known)


def _alike(handle: "Connection", sql: str, literals: Sequence[Literal]) -> Iterator[Literal]:
    """Those of the patterns that no row is like."""
    for each in literals[:_MAX_PATTERNS]:
        question = f"{sql} {each.operator} ? LIMIT 1"
        if len(each.text) <= _LONGEST and handle.execute(question, (each.text,)).fetchone() is None:
            yield each


def _rows(column: Column, table: Table) -> str:
    """The rows to look at; different ones alone where computing takes long, which LIMIT keeps from happening before."""
    of = ", ".join(column.computed_of)
    return f"(SELECT DISTINCT {of} FROM {table.values} LIMIT -1)" if of else table.values


def _values(texts: Sequence[str]) -> dict[str, Any]:
    more = len(texts) - _MAX_VALUES
    said: dict[str, Any] = {"values": [shown(text, _LONGEST) for text in texts[:_MAX_VALUES]]}
    return said | ({"more": more} if more > 0 else {})


def _instead(handle: "Connection", name: tuple[str, str], texts: Sequence[str], search: Search) -> dict[str, Any]:
    """What the column has that is similar, or all of it."""
    table = TABLES[name[0]]
    column = table.by_name[name[1]]
    if column.type in (Type.ID, Type.LIST):
        return {}  # ids begin alike, so each is near every other, and lists are long
    there = column.values if column.closed else _distinct(handle, column, _rows(column, table))
    if len(there) > _MAX_COMPARED:
        return {}
    wanted = [text.strip("%*").replace("_", " ") if "%" in text or "*" in text else text for text in texts[:_MAX_NEAR]]
    if near := _near([text for text in wanted if len(text) <= _LONGEST], there, search):
        return {"near": near[: 2 * _MAX_NEAR]}
    few = 0 < len(there) <= _FEW and sum(map(len, there)) <= _SHORT
    return {"there_are": sorted(there)} if few else {}


def _near(wanted: Sequence[str], there: Sequence[str], search: Search) -> list[str]:
    """The texts most similar to each wanted one; none if there is no time to compare all."""
    best: dict[str, dict[str, str]] = {text: {} for text in wanted}
    for first in range(0, len(there), _TOGETHER):
        folded = {text: fold(text) for text in there[first : first + _TOGETHER]}
        for text in wanted:
            if search.is_over():
                return []
            best[text] |= {near: folded[near] for near in nearest_folded(text, folded)}
    return list(dict.fromkeys(near for text, some in best.items() for near in nearest_folded(text, some)))


def _distinct(handle: "Connection", column: Column, source: str) -> list[str]:
    found = handle.execute(
        f"SELECT DISTINCT {column.expression} FROM {source} WHERE {column.expression} IS NOT NULL "
        f"LIMIT {_MAX_COMPARED + 1}"
    )
    return [text for (text,) in found]


def by_name(unknown: Unknown, tables: Collection[str]) -> dict[str, dict[str, Any]]:
    """`unknown` by column, with its table where several of `tables` have a column of that name."""
    having = {column: sum(column in TABLES[table].by_name for table in tables) for _, column in unknown}
    return {f"{table}.{column}" if having[column] > 1 else column: what for (table, column), what in unknown.items()}


def unknown_words(unknown: Mapping[str, Mapping[str, Any]]) -> str:
    """`No row read has record_type "fax". ` and the like; empty if all are known."""
    phrases = [f"{column} {_some(what['values'], what.get('more', 0))}" for column, what in unknown.items()]
    return f"No row read has {', nor '.join(phrases)}. " if phrases else ""


def _some(values: Sequence[str], more: int) -> str:
    rest = len(values) - _MAX_SAID + more
    return " or ".join(map(quoted, values[:_MAX_SAID])) + (f" or {rest} more" if rest > 0 else "")
