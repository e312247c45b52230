"""Aggregates in an order, in words of our own: SQLite orders them only since 3.44, and knows no WITHIN GROUP."""

from typing import NamedTuple

from telnyx_connections_mcp.sql.edit import Edit
from telnyx_connections_mcp.sql.written import Range, Written

_JOINS_TEXTS = ("STRING_AGG", "GROUP_CONCAT", "LISTAGG", "ARRAY_AGG")
_ORDERED_SETS = {"PERCENTILE_CONT": "percentile", "PERCENTILE_DISC": "percentile_disc", "MODE": "mode"}
_WITHIN = ["WITHIN", "GROUP", "(", "ORDER", "BY"]
_MAX_TERMS = 12
"""SQLite takes 16 arguments, of which four are others."""


class _Term(NamedTuple):
    """One term of an ORDER BY."""

    value: str
    descending: bool
    nulls: str
    """`FIRST` or `LAST`."""


def rewritten_aggregate(written: Written, whole: Range) -> Edit | None:
    """What to write instead of the call `whole`; None if it can stay."""
    name = written.at(whole.start).text.upper()
    if name in _JOINS_TEXTS:
        return _joined(written, whole)
    if name in _ORDERED_SETS:
        return _ordered(written, name, whole)
    return None


def _joined(written: Written, whole: Range) -> Edit | None:
    """A list of texts in an order, or of distinct ones with a separator of its own."""
    arguments = inside = written.inside(whole.start + 1)
    order, end = _within(written, whole.end)
    separator = "','"
    for place in range(inside.end - 1, inside.start, -1):
        if written.at(place).is_word("SEPARATOR"):
            separator = written.text(Range(place + 1, inside.end))
            arguments = Range(inside.start, place)
        ordered = written.at(place).is_word("ORDER") and written.at(place + 1).is_word("BY")
        if ordered and _is_own(written, whole, place):
            order = Range(place + 2, arguments.end)
            arguments = Range(inside.start, place)
    parts = written.split(arguments)
    if len(parts) == 2:
        separator = written.text(parts[1])
    distinct = written.at(inside.start).is_word("DISTINCT")
    plain = order is None and not (distinct and len(parts) == 2) and arguments == inside
    if plain or len(parts) not in (1, 2):
        return None
    text = written.text(Range(parts[0].start + distinct, parts[0].end))
    terms = _terms(written, order) if order else [_Term(text, descending=False, nulls="FIRST")]
    if terms is None:
        return None
    how = " ".join(f"{'DESC' if term.descending else 'ASC'} {term.nulls}" for term in terms)
    keys = ", ".join(term.value for term in terms)
    return Edit(Range(whole.start, end), f"joined({text}, {separator}, {int(distinct)}, '{how}', {keys})")


def _ordered(written: Written, name: str, whole: Range) -> Edit | None:
    """`PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY a)`, `MODE() WITHIN GROUP (ORDER BY a)`."""
    order, end = _within(written, whole.end)
    terms = _terms(written, order) if order else None
    if terms is None or len(terms) != 1 or written.at(whole.start + 2).is_word("ARRAY"):
        return None
    ((value, descending, _),) = terms
    share = "" if name == "MODE" else f"{written.text(written.inside(whole.start + 1))}, "
    return Edit(Range(whole.start, end), f"{_ORDERED_SETS[name]}({value}, {share}{int(descending)})")


def _within(written: Written, place: int) -> tuple[Range | None, int]:
    """What `WITHIN GROUP (ORDER BY ...)` at `place` orders by, if it is there, and where it ends."""
    if [written.at(place + more).text.upper() for more in range(5)] != _WITHIN:
        return None, place
    within = written.inside(place + 2)
    return Range(within.start + 2, within.end), within.end + 1


def _is_own(written: Written, whole: Range, place: int) -> bool:
    """Whether `place` is in the parentheses of the call, and in no others within them."""
    each = whole.start + 2
    while each < place:
        each = (written.pair(each) or each) + 1 if written.at(each).is_operator("(") else each + 1
    return each == place


def _terms(written: Written, order: Range) -> list[_Term] | None:
    """The terms of an ORDER BY; None if they are too many, or none."""
    terms = [_term(written, part) for part in written.split(order)]
    return terms if 0 < len(terms) <= _MAX_TERMS else None


def _term(written: Written, part: Range) -> _Term:
    """`a COLLATE NOCASE DESC NULLS LAST`. SQLite takes NULL for the smallest value."""
    end, nulls = part.end, ""
    if written.at(end - 2).is_word("NULLS") and written.at(end - 1).is_word("FIRST", "LAST"):
        nulls, end = written.at(end - 1).text.upper(), end - 2
    descending = written.at(end - 1).is_word("DESC")
    end -= written.at(end - 1).is_word("ASC", "DESC")
    collation = _COLLATIONS.get(written.at(end - 1).value.upper()) if written.at(end - 2).is_word("COLLATE") else None
    value = collation.format(written.text(Range(part.start, end - 2))) if collation else None
    return _Term(
        value or written.text(Range(part.start, end)),
        descending=descending,
        nulls=nulls or ("LAST" if descending else "FIRST"),
    )


_COLLATIONS = {"BINARY": "{0}", "C": "{0}", "NOCASE": "lower({0})", "RTRIM": "rtrim({0}, ' ')"}
