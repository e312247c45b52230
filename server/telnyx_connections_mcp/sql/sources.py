"""Which tables a statement reads, and which of them a name belongs to."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import NamedTuple

from telnyx_connections_mcp.sql.tables import TABLES, Column
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Range, Written

_AFTER_FROM = ("SELECT", "WHERE", "GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "UNION", "INTERSECT", "EXCEPT")


class Source(NamedTuple):
    """A table where a statement reads it."""

    place: int
    table: str
    alias: str
    """The name that it has there, in lower case."""
    select: int
    """The parenthesis around the SELECT that reads it; -1 for none."""


class Sources:
    """The tables that a statement reads."""

    def __init__(self, written: Written) -> None:
        self._written = written
        self._around = _parentheses_around(written)
        self.all: Sequence[Source] = list(self._found())

    @cached_property
    def tables(self) -> Sequence[str]:
        """Their names, each once, in the order of `TABLES`."""
        named = {source.table for source in self.all}
        return [table for table in TABLES if table in named]

    def columns(self, operand: Range) -> Sequence[Column]:
        """The columns that the name there may stand for; more than one where the statement leaves it open."""
        name, qualifier = self._named(operand)
        select: int | None = self.select_around(operand.start)
        while select is not None:
            here = [each for each in self.all if each.select == select and qualifier in (None, each.alias)]
            if found := _having(name, [each.table for each in here]):
                return found
            if here and qualifier:
                return []
            select = self.select_around(select) if select >= 0 else None
        return _having(name, self.tables or TABLES)  # through a subquery or CTE, or where no table is named

    def is_qualified(self, operand: Range) -> bool:
        """Whether the name there stands behind that of a table, so that no name that the statement gives is meant."""
        _, qualifier = self._named(operand)
        return operand.end - operand.start > 1 and any(each.alias == qualifier for each in self.all)

    def aliased(self, alias: str) -> Sequence[str]:
        """The tables that are called that somewhere, in lower case."""
        return list(dict.fromkeys(source.table for source in self.all if source.alias == alias))

    def _named(self, operand: Range) -> tuple[str, str | None]:
        last = operand.end - 1
        qualifier = self._written.at(last - 2).name if self._written.at(last - 1).is_operator(".") else None
        return self._written.at(last).name or "", qualifier

    def select_around(self, place: int) -> int:
        """The parenthesis around the SELECT that the token at `place` is in; -1 for none."""
        around = self._around[place]
        while around >= 0 and not self._written.at(around + 1).is_word("SELECT", "WITH", "VALUES"):
            around = self._around[around]
        return around

    def _found(self) -> Iterator[Source]:
        written = self._written
        joining = {-1: False}  # by parenthesis: whether commas join tables
        for place, token in enumerate(written.tokens):
            around = self._around[place]
            before = written.at(place - 1)
            if token.is_operator("("):
                joining[place] = joining[around] and (before.is_operator("(", ",") or before.is_word("FROM", "JOIN"))
            elif token.is_word("FROM") and not before.is_word("DISTINCT"):
                joining[around] = True
            elif token.is_word(*_AFTER_FROM):
                joining[around] = False
            listed = before.is_operator("(", ",") and joining[around]
            read = before.is_word("FROM", "JOIN", "IN") or listed
            if read and token.name and token.name in TABLES and not written.at(place + 1).is_operator("(", "."):
                yield Source(place, token.name, self._alias(place), self.select_around(place))

    def _alias(self, place: int) -> str:
        """The name of the table at `place`."""
        after = place + 1 + self._written.at(place + 1).is_word("AS")
        named = self._written.is_name(after) or self._written.at(after).kind is TokenKind.STRING
        return (self._written.at(after if named else place).name) or ""


def _having(name: str, tables: Sequence[str] | Mapping[str, object]) -> Sequence[Column]:
    return [TABLES[table].by_name[name] for table in dict.fromkeys(tables) if name in TABLES[table].by_name]


def _parentheses_around(written: Written) -> Sequence[int]:
    """For each token the innermost parenthesis that is open there, without its own; -1 for none."""
    around, stack = [], [-1]
    for place, token in enumerate(written.tokens):
        if token.is_operator(")") and len(stack) > 1:
            stack.pop()
        around.append(stack[-1])
        if token.is_operator("("):
            stack.append(place)
    return around
