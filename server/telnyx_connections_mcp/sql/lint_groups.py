"""Columns beside an aggregate that are not grouped by: SQLite gives those of any row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.sql.aggregates import NAMES
from telnyx_connections_mcp.sql.operands import column_of
from telnyx_connections_mcp.sql.tables import TABLES, Column
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Range, Written

_ENDS_OF_GROUP = (
    "HAVING",
    "WINDOW",
    "ORDER",
    "LIMIT",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "WHERE",
    "FROM",
    "OFFSET",
    "WITH",
)
_NOT_IN_SQLITE = ("ROLLUP", "CUBE", "GROUPING", "ALL")
_AGGREGATES = ("COUNT", "SUM", "AVG", "TOTAL", "GROUP_CONCAT", "BOOL_OR", "BOOL_AND", *map(str.upper, NAMES))
_ONE_TO_A_CONNECTION = ("connections", "connection_settings", "sip_registrations", "outbound_voice_profiles")
"""The tables with at most one row for a connection, if they are joined by it."""


@dataclass
class _Grouped:
    """What a SELECT groups by: nothing without GROUP BY."""

    terms: set[tuple[str, ...]] = field(default_factory=set)
    """The words of each term."""
    tables: set[str] = field(default_factory=set)
    """The tables with one row in each group, if what belongs together is joined."""

    def length_at(self, words: Sequence[tuple[str, int]], place: int) -> int:
        """How many words from `place` are one of the terms; 0 if none begins there."""
        begun = (term for term in self.terms if term[0] == words[place][0])
        found = (term for term in begun if term == tuple(text for text, _ in words[place : place + len(term)]))
        return max(map(len, found), default=0)

    def determines(self, column: Column) -> bool:
        """Whether every row of a group has the same value in it."""
        if column.name == "severity" and ("findings.finding",) in self.terms:
            return True  # each check has one
        if column.name == "connection_id" and CONNECTIONS.name in self.tables:
            return True
        return (_full_name(column),) in self.terms or column.table in self.tables


def ungrouped(written: Written) -> Iterator[str]:
    """A column beside an aggregate, without GROUP BY or not in it."""
    for place, token in enumerate(written.tokens):
        clauses = _clauses(written, place) if token.is_word("SELECT") else {}
        if "FROM" not in clauses or written.at(clauses.get("GROUP", place) + 2).is_word(*_NOT_IN_SQLITE):
            continue
        items = [written.named(item)[0] for item in written.items(place)]
        chosen = sum(_choosing(written, item) for item in items)  # SQLite takes the row that a single min or max is of
        if not (any(_aggregates(written, item) for item in items) or chosen > 1 or ("GROUP" in clauses and not chosen)):
            continue
        grouped = _grouped(written, clauses["GROUP"], place) if "GROUP" in clauses else _Grouped()
        stored = written.at(clauses["FROM"] + 1).name in TABLES
        for item in items:
            if stored and not grouped.tables and written.at(item.end - 1).is_operator("*"):
                yield "* beside an aggregate or GROUP BY is any row: name the columns, and group by them."
            if name := next(_bare(written, item, grouped), None):
                if "GROUP" in clauses:
                    yield f"{name} is that of any row of its group: add it to GROUP BY, or write min({name})."
                yield _ungrouped(written, item, name)


def _ungrouped(written: Written, item: Range, name: str) -> str:
    while written.at(item.start).is_operator("(") and written.pair(item.start) == item.end - 1:
        item = Range(item.start + 1, item.end - 1)
    by = name if _aggregates(written, item) else written.text(item)
    return f"Without GROUP BY, {name} beside an aggregate is that of any row: add GROUP BY {by}."


def _bare(written: Written, item: Range, grouped: _Grouped) -> Iterator[str]:
    """The columns in it that are neither grouped by nor in an aggregate."""
    words = _words(written, item)
    each = 0
    while each < len(words):
        word, place = words[each]
        length = grouped.length_at(words, each)
        end = place + 1
        if length:
            end = words[each + length - 1][1] + 1
        elif written.is_call(place) and (call := _grouping_call(written, place)):
            end = call
        elif word == "(" and written.at(place + 1).is_word("SELECT"):
            end = written.inside(place).end + 1
        elif (column := column_of(written, Range(place, place + 1))) and not grouped.determines(column):
            qualified = written.at(place - 1).is_operator(".")
            yield written.text(Range(place - 2 * qualified, place + 1))
        while each < len(words) and words[each][1] < end:
            each += 1


def _grouping_call(written: Written, place: int) -> int | None:
    """Where the aggregate or window function ends that is called there; None for any other function."""
    end = written.inside(place + 1).end + 1
    found = written.at(place).is_word(*_AGGREGATES) or _is_choice(written, place)
    while written.at(end).is_word("FILTER", "OVER"):
        found = True
        end = written.inside(end + 1).end + 1 if written.at(end + 1).is_operator("(") else end + 2
    return end if found else None


def _words(written: Written, of: Range) -> list[tuple[str, int]]:
    """Its words and signs in upper case with their places, and its columns by their full names."""
    return [
        (_word(written, place), place)
        for place in range(*of)
        if not written.at(place).is_operator(".")
        and not (written.at(place + 1).is_operator(".") and written.is_name(place))
    ]


def _word(written: Written, place: int) -> str:
    token = written.at(place)
    if token.kind is TokenKind.STRING:
        return token.text
    column = None if written.is_call(place) else column_of(written, Range(place, place + 1))
    return _full_name(column) if column else token.text.upper()


def _full_name(column: Column) -> str:
    return f"{column.table}.{column.name}"


def _grouped(written: Written, place: int, select: int) -> _Grouped:
    """What the GROUP BY at `place` of the SELECT at `select` groups by."""
    items = written.items(select)
    named = {name: expression for expression, name in map(written.named, items) if name}
    end = place + 2
    while end < len(written.tokens) and not (
        written.at(end).is_word(*_ENDS_OF_GROUP) or written.at(end).is_operator(")", ";")
    ):
        end = (written.pair(end) or end) + 1 if written.at(end).is_operator("(") else end + 1
    grouped = _Grouped()
    for term in written.split(Range(place + 2, end)):
        first = written.at(term.start)
        if first.kind is TokenKind.NUMBER and first.text.isdigit() and 0 < int(first.text) <= len(items):
            meant = [written.named(items[int(first.text) - 1])[0]]
        else:
            collated = 2 if written.at(term.end - 2).is_word("COLLATE") else 0
            alone = Range(term.start, term.end - collated)
            name = first.name if alone.end - alone.start == 1 else None
            meant = [alone, *([named[name]] if name in named else written.definitions.get(name or "", ()))]
        words = [tuple(word for word, _ in _words(written, each)) for each in meant]
        grouped.terms |= set(filter(None, words))
        grouped.tables |= {table for each in meant for table in _determined(column_of(written, each))}
    return grouped


def _determined(column: Column | None) -> Iterator[str]:
    """The tables of which `column` determines the row."""
    if column is None:
        return
    kind = TABLES[column.table].kind
    of_connection = column.name == "connection_id" or (kind is CONNECTIONS and column.name == kind.key)
    if column.name == kind.key:
        yield column.table
    if of_connection or (column.name == kind.key and "connection_id" in kind.by_name):
        yield from _ONE_TO_A_CONNECTION
    if column.name == "outbound_voice_profile_id":
        yield "outbound_voice_profiles"


def _clauses(written: Written, place: int) -> dict[str, int]:
    """Where the clauses of the SELECT at `place` begin."""
    found: dict[str, int] = {}
    each = place + 1
    while each < len(written.tokens) and not written.at(each).is_operator(")", ";"):
        token = written.at(each)
        if token.is_word("UNION", "INTERSECT", "EXCEPT"):
            break
        if token.is_word("FROM", "GROUP", "WHERE") and not written.at(each - 1).is_word("DISTINCT"):
            found.setdefault(token.text.upper(), each)
        each = (written.pair(each) or each) + 1 if token.is_operator("(") else each + 1
    return found


def _is_choice(written: Written, place: int) -> bool:
    """Whether min or max is called there as an aggregate."""
    called = written.is_call(place) and written.at(place).is_word("MIN", "MAX")
    return called and len(written.split(written.inside(place + 1))) == 1


def _choosing(written: Written, item: Range) -> int:
    """How many min and max there are in it, which are no window functions."""
    return sum(
        _is_choice(written, place) and not written.at(written.inside(place + 1).end + 1).is_word("OVER")
        for place in range(*item)
    )


def _aggregates(written: Written, item: Range) -> bool:
    """Whether there is an aggregate that does not choose one row, as min and max do."""
    each = item.start
    while each < item.end:
        if written.is_call(each) and written.at(each).is_word(*_AGGREGATES):
            closed = written.inside(each + 1).end
            if written.at(closed + 1).is_word("FILTER"):
                closed = written.pair(closed + 2) or closed
            if not written.at(closed + 1).is_word("OVER"):
                return True
        if written.at(each).is_operator("(") and written.at(each + 1).is_word("SELECT"):
            each = written.inside(each).end
        each += 1
    return False
