"""A statement as somebody wrote it: its tokens, and which of them belong together.

Rewriting, lint and the search for unknown values read it. It is no parser: what it cannot tell for certain it leaves
alone, and SQLite has the last word.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from telnyx_connections_mcp.sql.guard import KEYWORDS
from telnyx_connections_mcp.sql.tokens import Token, TokenKind, tokens

if TYPE_CHECKING:
    from telnyx_connections_mcp.sql.sources import Sources

_NOTHING = Token(TokenKind.OPERATOR, " ", 0)
_CONSTANTS = ("NULL", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP", "TRUE", "FALSE")
_CALLED = ("CAST", "LEFT", "RIGHT", "EXISTS")
"""Keywords that stand before parentheses as functions do."""
_JOINED = ("+", "-", "*", "/", "%", "||", "&", "|", "<<", ">>", "->", "->>", "::")
COMPARED = ("=", "==", "<>", "!=", "<", "<=", ">", ">=")
"""The operators that compare."""
_TURNED = {each: each for each in ("=", "==", "<>", "!=", "IS")} | {
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
    "IN": "=",
}
"""What an operator becomes if its operands change places."""
_ENDS_OF_ITEMS = ("FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "UNION", "INTERSECT", "EXCEPT", "WINDOW")


class Range(NamedTuple):
    """Tokens from `start` up to, and without, `end`."""

    start: int
    end: int


class Comparison(NamedTuple):
    """An operand, compared with others."""

    place: int
    """The position of the operator."""
    operator: str
    """In upper case, without NOT: `=`, `<`, `IS`, `IN`, `LIKE`, `BETWEEN`, `WHEN` and so on."""
    left: Range
    values: tuple[Range, ...]


class Written:
    """The tokens of `sql`; ranges are positions in `tokens`."""

    def __init__(self, sql: str) -> None:
        self.sql = sql
        self.tokens = tokens(sql)
        self.answers: dict[tuple[str, Range], bool] = {}
        """What was found out about ranges, by question."""
        self._other: dict[int, int] = {}
        stack: list[int] = []
        for place, token in enumerate(self.tokens):
            if token.is_operator("("):
                stack.append(place)
            elif token.is_operator(")") and stack:
                self._other[place] = stack.pop()
                self._other[self._other[place]] = place

    def at(self, place: int) -> Token:
        """The token at `place`; an operator that means nothing beyond either end."""
        return self.tokens[place] if 0 <= place < len(self.tokens) else _NOTHING

    def text(self, of: Range) -> str:
        """What is written there."""
        return self.sql[self.tokens[of.start].start : self.tokens[of.end - 1].end] if of.start < of.end else ""

    def pair(self, place: int) -> int | None:
        """The parenthesis that belongs to the one at `place`; None if there is none."""
        return self._other.get(place)

    def inside(self, place: int) -> Range:
        """What is between the parenthesis at `place` and the one that belongs to it."""
        end = self._other.get(place)
        return Range(place + 1, len(self.tokens) if end is None else end)

    def is_name(self, place: int) -> bool:
        """Whether a bare or quoted name is there, and no keyword."""
        token = self.at(place)
        if token.kind is TokenKind.WORD:
            return token.text.upper() not in KEYWORDS
        return token.kind is TokenKind.NAME

    def is_call(self, place: int) -> bool:
        """Whether a function is called there; `name (columns) AS (` defines a CTE."""
        if self.at(place).kind is not TokenKind.WORD or not self.at(place + 1).is_operator("("):
            return False
        closed = self._other.get(place + 1)
        if closed is None or self.at(place - 1).is_operator("."):
            return False
        return not (self.at(closed + 1).is_word("AS") and self.at(closed + 2).is_operator("("))

    def split(self, of: Range) -> list[Range]:
        """The parts of a list between its commas, without those in parentheses; none of an empty one."""
        parts: list[Range] = []
        start = place = of.start
        while place < of.end:
            if self.at(place).is_operator(","):
                parts.append(Range(start, place))
                start = place + 1
            place = self._other.get(place, place) + 1 if self.at(place).is_operator("(") else place + 1
        return [*parts, Range(start, of.end)] if of.start < of.end else []

    def operand_before(self, place: int) -> Range | None:
        """The name, constant or call that ends before `place`."""
        last = place - 1
        if self.at(last).is_operator(")"):
            return self._call_before(last)
        if self.at(last).is_word("END"):
            return self._case_before(last)
        if self.at(last - 1).is_word("OVER") and self.is_name(last):
            called = self.operand_before(last - 1)
            return called and Range(called.start, place)
        if not self._is_simple(last):
            return None
        while self.at(last - 1).is_operator(".") and self.is_name(last - 2):
            last -= 2
        return Range(last, place)

    def _call_before(self, closed: int) -> Range | None:
        """The call, with its FILTER and OVER, or the parentheses, that end with the one at `closed`."""
        start = self._other.get(closed)
        if start is None:
            return None
        head = self.at(start - 1)
        within = head.is_word("GROUP") and self.at(start - 2).is_word("WITHIN")
        if within or head.is_word("FILTER", "OVER"):
            called = self.operand_before(start - 1 - within)
            return called and Range(called.start, closed + 1)
        is_call = head.kind is TokenKind.WORD and (head.text.upper() not in KEYWORDS or head.is_word(*_CALLED))
        return Range(start - is_call, closed + 1)

    def _case_before(self, end: int) -> Range | None:
        """The CASE that ends at `end`."""
        depth = 0
        for place in range(end, -1, -1):
            depth += self.at(place).is_word("END") - self.at(place).is_word("CASE")
            if depth == 0:
                return Range(place, end + 1)
        return None

    def operand_after(self, place: int) -> Range | None:
        """The name, constant or call that begins at `place`."""
        end = place + 1 if self.at(place).is_operator("-", "+") else place
        if self.at(end).is_operator("(") or self.is_call(end):
            opened = end if self.at(end).is_operator("(") else end + 1
            closed = self._other.get(opened)
            return None if closed is None else Range(place, closed + 1)
        if not self._is_simple(end):
            return None
        while self.at(end + 1).is_operator(".") and self.is_name(end + 2):
            end += 2
        return Range(place, end + 1)

    def is_whole(self, of: Range) -> bool:
        """Whether it is no part of a longer term."""
        return not (self.at(of.start - 1).is_operator(*_JOINED) or self.at(of.end).is_operator(*_JOINED))

    def _is_simple(self, place: int) -> bool:
        token = self.at(place)
        literal = token.kind in (TokenKind.STRING, TokenKind.NUMBER, TokenKind.BLOB)
        return literal or self.is_name(place) or token.is_word(*_CONSTANTS)

    @cached_property
    def sources(self) -> "Sources":
        """The tables that it reads."""
        from telnyx_connections_mcp.sql.sources import Sources

        return Sources(self)

    @cached_property
    def comparisons(self) -> list[Comparison]:
        """Every comparison whose operands are simple."""
        return list(self._comparisons())

    def _comparisons(self) -> Iterator[Comparison]:
        for place, token in enumerate(self.tokens):
            if not token.is_operator(*COMPARED) and not token.is_word("IS", "IN", "LIKE", "GLOB", "BETWEEN"):
                continue
            negated = self.at(place - 1).is_word("NOT")
            left = self.operand_before(place - negated)
            values = self._values(place)
            if left and values and self.is_whole(left) and all(map(self.is_whole, values)):
                yield from self._turned(Comparison(place, token.text.upper(), left, tuple(values)))
        yield from self._cases()

    def _turned(self, found: Comparison) -> Iterator[Comparison]:
        """The comparison with its constant on the right: `'a' = b` as `b = 'a'`, `'a' IN (b, c)` for each column."""
        if not self._is_constant(found.left) or found.operator not in _TURNED:
            yield found
        for value in found.values if found.operator in _TURNED and self._is_constant(found.left) else ():
            if not self._is_constant(value):
                yield Comparison(found.place, _TURNED[found.operator], value, (found.left,))

    def _cases(self) -> Iterator[Comparison]:
        """`CASE a WHEN b`, which compares the two; the operator is WHEN."""
        bases: list[Range | None] = []
        for place, token in enumerate(self.tokens):
            if token.is_word("CASE"):
                base = None if self.at(place + 1).is_word("WHEN") else self.operand_after(place + 1)
                bases.append(base if base and self.at(base.end).is_word("WHEN") else None)
            elif token.is_word("END") and bases:
                bases.pop()
            elif token.is_word("WHEN") and bases and (base := bases[-1]):
                value = self.operand_after(place + 1)
                if value and self.at(value.end).is_word("THEN"):
                    yield Comparison(place, "WHEN", base, (value,))

    def _is_constant(self, of: Range) -> bool:
        """Whether it is a text, a number or NULL."""
        last = self.at(of.end - 1)
        return last.kind in (TokenKind.STRING, TokenKind.NUMBER) or last.is_word("NULL")

    def _values(self, place: int) -> list[Range]:
        """What the operator at `place` compares with."""
        if self.at(place).is_word("IN"):
            inside = self.inside(place + 1)
            if not self.at(place + 1).is_operator("(") or self.at(inside.start).is_word("SELECT", "VALUES", "WITH"):
                return []
            return self.split(inside)
        if self.at(place).is_word("BETWEEN"):
            low = self.operand_after(place + 1)
            high = self.operand_after(low.end + 1) if low and self.at(low.end).is_word("AND") else None
            return [low, high] if low and high else []
        negated = self.at(place).is_word("IS") and self.at(place + 1).is_word("NOT")
        value = self.operand_after(place + 1 + negated)
        return [value] if value else []

    @cached_property
    def definitions(self) -> Mapping[str, Sequence[Range]]:
        """What is selected under each name that the statement gives, in lower case."""
        found: dict[str, list[Range]] = {}
        for place, token in enumerate(self.tokens):
            if not token.is_word("SELECT"):
                continue
            for number, item in enumerate(self.items(place)):
                expression, name = self.named(item)
                for each in (name, self._listed(place, number)):
                    if each:
                        found.setdefault(each, []).append(expression)
        return found

    def items(self, select: int) -> list[Range]:
        """What the SELECT at `select` selects."""
        start = select + 1 + self.at(select + 1).is_word("DISTINCT", "ALL")
        end = start
        while end < len(self.tokens) and not (
            self.at(end).is_word(*_ENDS_OF_ITEMS) or self.at(end).is_operator(")", ";")
        ):
            end = self._other.get(end, end) + 1 if self.at(end).is_operator("(") else end + 1
        return self.split(Range(start, end))

    def named(self, item: Range) -> tuple[Range, str | None]:
        """What is selected, and the name that it gets; None without an alias."""
        before, name = self.at(item.end - 2), self.at(item.end - 1).name
        if item.end - item.start > 2 and before.is_word("AS"):
            return Range(item.start, item.end - 2), name
        ended = before.is_operator(")") or before.is_word("END") or self._is_simple(item.end - 2)
        if item.end - item.start > 1 and ended and self.is_name(item.end - 1):
            return Range(item.start, item.end - 1), name
        return item, None

    def _listed(self, select: int, number: int) -> str | None:
        """The name of a column in `name (columns) AS (SELECT ...`."""
        if not (self.at(select - 1).is_operator("(") and self.at(select - 2).is_word("AS")):
            return None
        opened = self._other.get(select - 3)
        columns = [] if opened is None else self.split(self.inside(opened))
        return self.at(columns[number].start).name if number < len(columns) else None

    @cached_property
    def aliases(self) -> frozenset[str]:
        """The names that the statement gives to columns and tables, in lower case."""
        return frozenset(self._aliases())

    def _aliases(self) -> Iterator[str]:
        for place, token in enumerate(self.tokens):
            before = self.at(place - 1)
            if token.name is None or (token.kind is TokenKind.WORD and token.text.upper() in KEYWORDS):
                continue
            if before.is_word("AS", "END") or before.is_operator(")") or self._is_simple(place - 1):
                yield token.name
            elif self.at(place + 1).is_word("AS") and self.at(place + 2).is_operator("("):
                yield token.name  # a CTE
            elif before.is_operator("(", ",") and self._names_columns(place):
                yield token.name

    def _names_columns(self, place: int) -> bool:
        """Whether it is in the list of columns of a CTE: `name (a, b) AS (`."""
        while self.is_name(place) or self.at(place).is_operator(","):
            place += 1
        defined = self.at(place + 2).text == "(" or self.at(place + 2).is_word("MATERIALIZED", "NOT")
        return self.at(place).is_operator(")") and self.at(place + 1).is_word("AS") and defined
