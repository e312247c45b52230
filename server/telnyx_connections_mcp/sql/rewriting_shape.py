"""Shapes of a SELECT that SQLite writes in another way: pages of rows, parentheses, names of derived columns."""

from telnyx_connections_mcp.sql.edit import Edit
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Range, Written

_COMPOUND = ("UNION", "INTERSECT", "EXCEPT")


def rewritten_page(written: Written, place: int) -> Edit | None:
    """`OFFSET m ROWS FETCH FIRST n ROWS ONLY` and its parts, and `OFFSET m LIMIT n`."""
    if written.at(place).is_word("FETCH") and written.at(place + 1).is_word("FIRST", "NEXT"):
        number = written.at(place + 2)
        if number.kind is TokenKind.NUMBER and written.at(place + 4).is_word("ONLY"):
            start, offset = place, ""
            if written.at(place - 1).is_word("ROWS", "ROW") and written.at(place - 3).is_word("OFFSET"):
                start, offset = place - 3, f" OFFSET {written.at(place - 2).text}"
            return Edit(Range(start, place + 5), f"LIMIT {number.text}{offset}")
    return _offset(written, place) if written.at(place).is_word("OFFSET") else None


def _offset(written: Written, place: int) -> Edit | None:
    """`OFFSET m LIMIT n`, and without a limit, which SQLite writes as -1."""
    number, before = written.at(place + 1), written.operand_before(place)
    limited = before and any(written.at(before.start - back).is_word("LIMIT") for back in (1, 2))
    end = place + 2 + written.at(place + 2).is_word("ROW", "ROWS")
    if limited or number.kind is not TokenKind.NUMBER:
        return None
    if written.at(end).is_word("LIMIT") and written.at(end + 1).kind is TokenKind.NUMBER:
        return Edit(Range(place, end + 2), f"LIMIT {written.at(end + 1).text} OFFSET {number.text}")
    ends = end == len(written.tokens) or written.at(end).is_operator(")", ";")
    return Edit(Range(place, end), f"LIMIT -1 OFFSET {number.text}") if ends else None


def rewritten_parentheses(written: Written, place: int) -> Edit | None:
    """`(SELECT ...) UNION (SELECT ...)`, and `(SELECT ...) AS d(a, b)`."""
    if not written.at(place).is_operator("("):
        return None
    closed = written.pair(place)
    if closed is None or not written.at(place + 1).is_word("SELECT", "VALUES", "WITH"):
        nested = written.at(place + 1).is_operator("(") and closed is not None
        return Edit(Range(place, place + 1), "SELECT * FROM (") if nested and place == 0 else None
    before, after = written.at(place - 1), written.at(closed + 1)
    joined = before.is_word(*_COMPOUND) or (before.is_word("ALL") and written.at(place - 2).is_word("UNION"))
    first = place == 0 or (before.is_operator("(") and after.is_word(*_COMPOUND))
    if joined or first:
        return Edit(Range(place, place + 1), "SELECT * FROM (")
    return _derived(written, Range(place, closed + 1))


def _derived(written: Written, of: Range) -> Edit | None:
    """A subquery in FROM whose columns get names."""
    name = of.end + written.at(of.end).is_word("AS")
    listed = written.pair(name + 1)
    from_ = written.at(of.start - 1).is_word("FROM", "JOIN") or written.at(of.start - 1).is_operator(",")
    if not (from_ and written.is_name(name) and written.at(name + 1).is_operator("(") and listed):
        return None
    if not all(written.is_name(each) or written.at(each).is_operator(",") for each in range(name + 2, listed)):
        return None
    called, columns = written.at(name).text, written.text(Range(name, listed + 1))
    select = f"(WITH {columns} AS {written.text(of)} SELECT * FROM {called}) AS {called}"
    return Edit(Range(of.start, listed + 1), select)
