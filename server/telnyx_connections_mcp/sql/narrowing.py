"""To which values of a column a statement limits a table, such as one that is read for each connection.

Only what every row of the table has to fulfil counts; what cannot be told for certain limits nothing.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.sql.lint_shape import asks_for
from telnyx_connections_mcp.sql.operands import columns_of, literal_of
from telnyx_connections_mcp.sql.sources import Source
from telnyx_connections_mcp.sql.written import Comparison, Range, Written

_CONNECTION = "connection_id"
_COMPOUNDS = ("UNION", "INTERSECT", "EXCEPT")
_ENDS_OF_ON = ("JOIN", "LEFT", "INNER", "CROSS", "NATURAL", "RIGHT", "FULL", "WHERE", "GROUP", "ORDER", "LIMIT")


class Narrowed(NamedTuple):
    """The values that a statement limits a column to."""

    ids: Sequence[str] = ()
    subqueries: Sequence[str] = ()
    """SELECTs that give further ids."""


def narrowed(written: Written, table: str, column: str = _CONNECTION) -> Narrowed | None:
    """The values of `column` to which every use of `table` is limited; None if one is not."""
    ids: dict[str, None] = {}
    subqueries: dict[str, None] = {}
    for source in written.sources.all:
        if source.table == table:
            limits = list(_limits(written, source, column))
            if not limits:
                return None
            ids |= dict.fromkeys(limits[0].ids)
            subqueries |= dict.fromkeys(limits[0].subqueries)
    return Narrowed(list(ids), list(subqueries))


def _limits(written: Written, source: Source, column: str) -> Iterator[Narrowed]:
    """What the SELECT that reads the table there limits the column to."""
    own = _Select(written, source, column)
    for operands, found in own.required:
        if any(own.is_column(operand) for operand in operands):
            yield found


class _Select:
    """The SELECT that reads a table."""

    def __init__(self, written: Written, source: Source, column: str) -> None:
        self._written = written
        self._column = column
        self._source = source
        first = max((place for place in self._level(0, source.place, "SELECT")), default=0)
        last = min((place for place in self._level(source.place, len(written.tokens), *_COMPOUNDS)), default=None)
        closed = written.pair(source.select) if source.select >= 0 else None
        self._range = Range(first, min(filter(None, (last, closed, len(written.tokens)))))

    @property
    def required(self) -> Iterator[tuple[Sequence[Range], Narrowed]]:
        """What each row has to fulfil: operands that are equal to one of these values."""
        written = self._written
        for start in self._level(*self._range, "WHERE"):
            for comparison in written.comparisons:
                texts = [literal_of(written, value) for value in comparison.values]
                known = [text for text in texts if text is not None]
                if self._is_required(comparison, start) and len(known) == len(texts):
                    yield [comparison.left], Narrowed(ids=known)
            for place in self._level(*self._range, "IN"):
                operand, inside = written.operand_before(place), written.inside(place + 1)
                is_subquery = written.at(inside.start).is_word("SELECT")
                if operand and is_subquery and asks_for(written, start + 1, self._range.end, {place}):
                    yield [operand], Narrowed(subqueries=[written.text(inside)])

    def is_column(self, operand: Range, *, also_joined: bool = True) -> bool:
        """Whether `operand` is the column; or, if that is the connection, a column that the table is joined by."""
        for column in columns_of(self._written, operand):
            if column.table == self._source.table and column.name == self._column:
                return True
            key = "id" if column.table == CONNECTIONS.name else _CONNECTION
            if also_joined and self._column == _CONNECTION and column.name == key:
                return any(self._joins(each, operand) for each in self._written.comparisons)
        return False

    def _joins(self, comparison: Comparison, operand: Range) -> bool:
        """Whether rows belong together only if the connection of the table is equal to that operand."""
        written = self._written
        if comparison.operator not in ("=", "==") or len(comparison.values) != 1:
            return False
        sides = (comparison.left, comparison.values[0])
        names = [_name(written, side) for side in sides]
        if _name(written, operand) not in names or not any(self.is_column(s, also_joined=False) for s in sides):
            return False
        starts = [place for place in self._level(*self._range, "ON") if place < comparison.place]
        return bool(starts) and asks_for(written, starts[-1] + 1, self._end_of_on(starts[-1]), {comparison.place})

    def _end_of_on(self, place: int) -> int:
        return min(self._level(place, self._range.end, *_ENDS_OF_ON), default=self._range.end)

    def _is_required(self, comparison: Comparison, where: int) -> bool:
        equal = comparison.operator in ("=", "==", "IN")
        negated = self._written.at(comparison.place - 1).is_word("NOT")
        before = self._written.at(comparison.left.start - 1).is_word("NOT")
        inside = where < comparison.place < self._range.end
        return (
            equal
            and inside
            and not (negated or before)
            and asks_for(self._written, where + 1, self._range.end, {comparison.place})
        )

    def _level(self, start: int, end: int, *words: str) -> list[int]:
        """Where one of these words is, outside of parentheses within the SELECT."""
        written, sources = self._written, self._written.sources
        return [
            place
            for place in range(start, end)
            if written.at(place).is_word(*words) and sources.select_around(place) == self._source.select
        ]


def _name(written: Written, operand: Range) -> tuple[str | None, ...]:
    """The name of an operand, with its table."""
    return tuple(written.at(place).name for place in range(*operand))
