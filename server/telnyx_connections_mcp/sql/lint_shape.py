"""Shapes of statements that SQLite answers in another way than meant: counts, divisions, joins, subqueries."""

from collections.abc import Iterator
from itertools import pairwise

from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.sql.operands import column_of
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import COMPARED, Range, Written

_ENDS_OF_WHERE = ("GROUP", "HAVING", "WINDOW", "ORDER", "LIMIT", "UNION", "INTERSECT", "EXCEPT")
_ENDS_OF_JOIN = ("ON", "USING", "JOIN", "WHERE", "GROUP", "ORDER", "LIMIT", "UNION", "HAVING", "WINDOW")


def null_in_subquery(written: Written) -> Iterator[str]:
    """`NOT IN (SELECT a ...)` holds for no row if any `a` is NULL."""
    for place, token in enumerate(written.tokens):
        select = place + 2 + written.at(place + 3).is_word("DISTINCT")
        if not (
            token.is_word("IN") and written.at(place - 1).is_word("NOT") and written.at(place + 2).is_word("SELECT")
        ):
            continue
        selected = written.operand_after(select + 1)
        column = column_of(written, selected) if selected else None
        if column and column.may_be_null and not _excludes_null(written, written.inside(place + 1), column.name):
            name = column.name
            yield f"NOT IN (SELECT ...) holds for no row if one {name} is NULL: add WHERE {name} IS NOT NULL."


def _excludes_null(written: Written, subquery: Range, column: str) -> bool:
    """Whether a WHERE in it holds only where that column is not NULL."""
    compared = [each for each in written.comparisons if written.at(each.left.end - 1).name == column]
    excluding = {
        each.place for each in compared if each.operator != "IS" or written.at(each.place + 1).is_word("NOT")
    } | {
        place
        for place in range(*subquery)
        if written.at(place).name == column
        and (written.at(place + 1).is_word("NOTNULL") or written.at(place + 2).is_word("NOTNULL", "NULL"))
        and written.at(place + 1).is_word("NOT", "NOTNULL")
    }
    wheres = [place + 1 for place in range(*subquery) if written.at(place).is_word("WHERE")]
    return any(asks_for(written, start, subquery.end, excluding) for start in wheres)


def asks_for(written: Written, start: int, end: int, places: set[int]) -> bool:
    """Whether the condition that begins at `start` holds only if a comparison at one of `places` does."""
    found = False
    place = start
    while place < end and not written.at(place).is_operator(")") and not written.at(place).is_word(*_ENDS_OF_WHERE):
        if written.at(place).is_word("OR", "CASE"):
            return False
        found = found or place in places
        closed = written.pair(place) if written.at(place).is_operator("(") else None
        if closed is None:
            place += 1
            continue
        if written.at(place - 1).is_word("AND", "WHERE") or written.at(place - 1).is_operator("("):
            found = found or asks_for(written, place + 1, closed, places)
        place = closed + 1
    return found


def several_distinct(written: Written) -> Iterator[str]:
    """`count(DISTINCT a, b)`."""
    for place, token in enumerate(written.tokens):
        if token.is_word("COUNT") and written.is_call(place) and written.at(place + 2).is_word("DISTINCT"):
            parts = written.split(written.inside(place + 1))
            if len(parts) > 1:
                texts = " || '|' || ".join(f"ifnull({written.text(part)}, '')" for part in parts)
                yield f"DISTINCT takes one value: write count(DISTINCT {texts.replace('DISTINCT ', '', 1)})."


def counted_conditions(written: Written) -> Iterator[str]:
    """count(a = 1) counts the rows in which it is false as well."""
    for place, token in enumerate(written.tokens):
        if not (token.is_word("COUNT") and written.is_call(place)):
            continue
        inside = written.inside(place + 1)
        words = [written.at(each) for each in range(*inside)]
        compared = any(word.is_operator(*COMPARED) or word.is_word("IS", "LIKE", "IN", "BETWEEN") for word in words)
        null = any(before.is_word("OR") and word.is_word("NULL") for before, word in pairwise(words))
        if compared and not null and not any(word.is_word("CASE", "SELECT", "NULLIF", "IIF") for word in words):
            yield f"count() counts what is false as well: write count(*) FILTER (WHERE {written.text(inside)})."


def division(written: Written) -> Iterator[str]:
    """Counts divided by counts, or other whole numbers, which loses the fraction."""
    counts = {
        written.at(end + written.at(end).is_word("AS")).name
        for place, token in enumerate(written.tokens)
        if token.is_word("COUNT") and written.is_call(place)
        for end in [written.inside(place + 1).end + 1]
        if written.is_name(end + written.at(end).is_word("AS"))
    }
    for place, token in enumerate(written.tokens):
        right = written.operand_after(place + 1) if token.is_operator("/") else None
        left = written.operand_before(place)
        if right is None or left is None:
            continue
        around = _item_around(written, place)
        words = [written.at(each) for each in range(*around)]
        exact = any(word.kind is TokenKind.NUMBER and "." in word.text for word in words) or any(
            word.is_word("REAL", "AVG", "TOTAL", "JULIANDAY", "INTEGER", "MEDIAN", "PERCENTILE") for word in words
        )
        numbers = any((column := column_of(written, each)) and column.type is Type.NUMBER for each in (left, right))
        if not exact and (numbers or _is_count(written, right, counts)):
            left = _product(written, left)
            yield (
                f"Whole numbers lose the fraction: write 1.0 * {written.text(left)} / {written.text(right)}, "
                "or 100.0 * for percent."
            )


def _is_count(written: Written, operand: Range, counts: set[str | None]) -> bool:
    """Whether it is a count or a sum, or the name that the statement gives to one."""
    named = written.at(operand.end - 1).name in counts and written.is_name(operand.end - 1)
    return named or any(written.at(each).is_word("COUNT", "SUM") for each in range(*operand))


def _product(written: Written, last: Range) -> Range:
    """The product whose last factor that is."""
    factor: Range | None = last
    start = last.start
    while factor and written.at(start - 1).is_operator("*"):
        factor = written.operand_before(start - 1)
        start = factor.start if factor else start
    return Range(start, last.end)


def _item_around(written: Written, place: int) -> Range:
    """The selected or compared term with `place` in it, as far as commas and clauses tell."""
    ends = ("SELECT", "FROM", "WHERE", "AND", "OR", "BY", "HAVING", "LIMIT", "DISTINCT")
    start = end = place
    depth = 0
    while start > 0 and not (
        depth == 0 and (written.at(start - 1).is_operator(",") or written.at(start - 1).is_word(*ends))
    ):
        start -= 1
        depth += written.at(start).is_operator(")") - written.at(start).is_operator("(")
        depth = max(depth, 0)
    depth = 0
    while end < len(written.tokens) and not (
        depth == 0 and (written.at(end).is_operator(",") or written.at(end).is_word(*ends))
    ):
        depth = max(0, depth + written.at(end).is_operator("(") - written.at(end).is_operator(")"))
        end += 1
    return Range(start, end)


def either(written: Written) -> Iterator[str]:
    """`a = 1 || b = 2`, as MySQL reads it."""
    for place, token in enumerate(written.tokens):
        if token.is_operator("||"):
            left, right = written.operand_before(place), written.operand_after(place + 1)
            if (
                left
                and right
                and all(written.at(each).is_operator("=", "<>", "!=", "<", ">") for each in (left.start - 1, right.end))
            ):
                yield "|| joins texts: write OR between conditions."


def unjoined(written: Written) -> Iterator[str]:
    """Every row beside every other, because nothing says which belong together."""
    operands = [(each.left, each.values[0]) for each in written.comparisons if each.operator in ("=", "==")]
    if any(written.is_name(left.end - 1) and written.is_name(value.end - 1) for left, value in operands):
        return  # WHERE may say it
    for place, token in enumerate(written.tokens):
        if not token.is_word("JOIN") or written.at(place - 1).is_word("CROSS", "NATURAL"):
            continue
        each = place + 1
        while not written.at(each).is_word(*_ENDS_OF_JOIN) and not written.at(each).is_operator(")", ";", ",", " "):
            each = (written.pair(each) or each) + 1 if written.at(each).is_operator("(") else each + 1
        if not written.at(each).is_word("ON", "USING"):
            yield "JOIN without ON pairs every row with every other: write ON t.connection_id = c.id."


def top(written: Written) -> Iterator[str]:
    """`SELECT TOP 10`, in which SQLite may take 10 for an alias."""
    for place, token in enumerate(written.tokens):
        if token.is_word("TOP") and written.at(place - 1).is_word("SELECT", "DISTINCT"):
            number = written.at(place + 1 + written.at(place + 1).is_operator("("))
            if number.kind is TokenKind.NUMBER:
                yield f"SQLite has no TOP: write LIMIT {number.text} at the end, after ORDER BY."
