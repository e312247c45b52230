"""Shapes of statements that SQLite answers in another way than meant: counts, groups, divisions, subqueries."""

from collections.abc import Iterator, Sequence

from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.sql.operands import column_of
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Range, Written

_ENDS_OF_GROUP = ("HAVING", "WINDOW", "ORDER", "LIMIT", "UNION", "INTERSECT", "EXCEPT")
_ENDS_OF_JOIN = ("ON", "USING", "JOIN", "WHERE", "GROUP", "ORDER", "LIMIT", "UNION", "HAVING", "WINDOW")
_OF_ONE_TEXT = ("LOWER", "UPPER", "FOLD", "TRIM", "SUBSTR", "DATE", "STRFTIME", "IFNULL", "COALESCE", "LENGTH")
_AGGREGATES = ("COUNT", "SUM", "AVG", "TOTAL", "GROUP_CONCAT", "MEDIAN", "PERCENTILE", "STDDEV", "VARIANCE")


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
        inside = written.inside(place + 1)
        words = written.text(inside).upper()
        if column and column.may_be_null and "IS NOT NULL" not in words:
            name = column.name
            yield f"NOT IN (SELECT ...) holds for no row if one {name} is NULL: add WHERE {name} IS NOT NULL."


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
        compared = any(
            word.is_operator("=", "==", "<>", "!=", "<", ">") or word.is_word("IS", "LIKE") for word in words
        )
        if compared and not any(word.is_word("CASE", "SELECT", "NULL", "NULLIF", "IIF") for word in words):
            yield f"count() counts what is false as well: write count(*) FILTER (WHERE {written.text(inside)})."


def ungrouped(written: Written) -> Iterator[str]:
    """A column beside an aggregate, without GROUP BY: SQLite gives that of any row."""
    for place, token in enumerate(written.tokens):
        if not token.is_word("SELECT"):
            continue
        clauses = _clauses(written, place)
        if "FROM" not in clauses:
            continue
        items = written.split(Range(place + 1, clauses["FROM"]))
        grouped = _grouped(written, clauses["GROUP"], items) if "GROUP" in clauses else frozenset()
        chosen = any(written.at(each).is_word("MIN", "MAX") for each in range(place, clauses["FROM"]))
        aggregated = any(_aggregates(written, item) for item in items) or ("GROUP" in clauses and not chosen)
        if grouped is None or not aggregated:
            continue
        for item in items:
            column = _bare_column(written, item)
            found = column_of(written, column) if column else None
            if column and found and found.name not in grouped:
                name = written.text(column)
                if grouped:
                    yield f"{name} is that of any row of its group: add it to GROUP BY, or write min({name})."
                yield f"Without GROUP BY, {name} beside an aggregate is that of any row: add GROUP BY {name}."


def _bare_column(written: Written, item: Range) -> Range | None:
    """The column that is selected as it is, or in parentheses, or the argument of a function that is no aggregate."""
    start = item.start + written.at(item.start).is_word("DISTINCT", "ALL")
    called = written.is_call(start) and written.at(start).is_word(*_OF_ONE_TEXT)
    if written.at(start).is_operator("(") or called:
        parts = written.split(written.inside(start + called))
        return next((part for part in parts if column_of(written, part)), None)
    column = written.operand_after(start)
    return column if column and column.end <= item.end and written.is_whole(column) else None


def _grouped(written: Written, place: int, items: Sequence[Range]) -> frozenset[str] | None:
    """The columns in the GROUP BY at `place`; None if it groups by an id, or by what is no column."""
    found = set()
    start = place + 2
    while (term := written.operand_after(start)) is not None:
        first = written.at(term.start)
        if first.kind is TokenKind.NUMBER and first.text.isdigit() and 0 < int(first.text) <= len(items):
            item = items[int(first.text) - 1]
            term_column = column_of(written, written.operand_after(item.start) or item)
        else:
            term_column = column_of(written, term)
        if term_column is None or term_column.type is Type.ID:
            return None
        found.add(term_column.name)
        after = written.at(term.end)
        if after.is_word(*_ENDS_OF_GROUP) or after.is_operator(")", ";", " "):
            return frozenset(found)
        if not after.is_operator(","):
            return None
        start = term.end + 1
    return None


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


def division(written: Written) -> Iterator[str]:
    """Counts divided by counts, which loses the fraction."""
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
        if not exact and _is_count(written, right, counts):
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
