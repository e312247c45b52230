"""Intervals of other databases: `moved(time, number, unit, ...)` moves a time by them (`functions.py`)."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from telnyx_connections_mcp.sql.edit import Edit
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Range, Written

UNITS: Mapping[str, tuple[str, int]] = {
    spelling: (unit, times)
    for unit, times, spellings in (
        ("second", 1, "second seconds sec secs s ss"),
        ("minute", 1, "minute minutes min mins mi n"),
        ("hour", 1, "hour hours hr hrs h hh"),
        ("day", 1, "day days d dd"),
        ("day", 7, "week weeks w wk ww"),
        ("month", 1, "month months mon mons mm m"),
        ("month", 3, "quarter quarters qq q"),
        ("year", 1, "year years yr yrs y yy yyyy"),
    )
    for spelling in spellings.split()
}
"""By spelling: one of the units that `moved` takes, and how many of it."""
_LENGTH = re.compile(r"\s*([+-]?)\s*([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*([A-Za-z]+)\s*,?")
_OF_MAKE_INTERVAL = ("years", "months", "weeks", "days", "hours", "mins", "secs")
_DEEPEST = 4
"""Most factors and parentheses around an interval."""


class Interval(NamedTuple):
    """What a time is moved by."""

    end: int
    """The position after its last token."""
    moves: tuple[tuple[str, str], ...]
    """Numbers, as SQL, and their units."""

    def scaled(self, form: str, value: str, end: int) -> "Interval":
        """The interval times, or divided by, `value`."""
        return Interval(end, tuple((form.format(number, value), unit) for number, unit in self.moves))


def moved(value: str, interval: Interval, sign: str = "+") -> str:
    """The SQL of `value` plus or minus `interval`."""
    minus = "-" if sign == "-" else ""
    return f"moved({value}, {', '.join(f'{minus}({number}), {unit!r}' for number, unit in interval.moves)})"


def move(number: str, unit: str) -> tuple[tuple[str, str], ...]:
    """So many of a unit in any spelling; empty if there is no such unit."""
    if unit.lower() not in UNITS:
        return ()
    name, times = UNITS[unit.lower()]
    return ((number if times == 1 else f"({number}) * {times}", name),)


def rewritten_interval(written: Written, place: int) -> Edit | None:
    """`a - INTERVAL '1 day' * 90 + ...`, and `INTERVAL '1 day' + a`."""
    sign = written.at(place)
    if sign.is_word("INTERVAL"):
        return _interval_first(written, place)
    of = written.operand_before(place) if sign.is_operator("-", "+") else None
    if of is None or _is_of_interval(written, of):
        return None
    text, end = written.text(of), place
    while written.at(end).is_operator("-", "+") and (found := interval_at(written, end + 1)):
        text, end = moved(text, found, written.at(end).text), found.end
    return Edit(Range(of.start, end), text) if end > place else None


def _interval_first(written: Written, place: int) -> Edit | None:
    found, before = interval_at(written, place), written.at(place - 1)
    if found is None or not written.at(found.end).is_operator("+") or before.is_operator("+", "-", "*", "/"):
        return None
    of = written.operand_after(found.end + 1)
    after = written.at(of.end) if of else before
    if of is None or after.kind is TokenKind.STRING or after.is_operator("::"):  # DATE '...', a::date: they come first
        return None
    return Edit(Range(place, of.end), moved(written.text(of), found))


def _is_of_interval(written: Written, of: Range) -> bool:
    """Whether it is an interval or the end of one, a factor or a type."""
    before = written.at(of.start - 1)
    follows = before.kind in (TokenKind.NUMBER, TokenKind.STRING) or before.is_operator(")", "*", "/", "::")
    return follows or written.is_name(of.start - 1) or interval_at(written, of.start) is not None


def interval_at(written: Written, place: int, depth: int = 0) -> Interval | None:
    """The interval that begins at `place`, with what it is multiplied by."""
    if depth > _DEEPEST:
        return None
    found = _one(written, place, depth)
    if found is None:
        value = written.operand_after(place)
        rest = interval_at(written, value.end + 1, depth + 1) if value and written.at(value.end).text == "*" else None
        return rest.scaled("({0}) * ({1})", written.text(value), rest.end) if value and rest else None
    while written.at(found.end).is_operator("*", "/") and (value := written.operand_after(found.end + 1)):
        form = "({0}) * ({1})" if written.at(found.end).text == "*" else "1.0 * ({0}) / ({1})"
        found = found.scaled(form, written.text(value), value.end)
    return found


def _one(written: Written, place: int, depth: int) -> Interval | None:
    token = written.at(place)
    if token.is_word("INTERVAL"):
        return _length(written, place)
    if token.is_word("MAKE_INTERVAL") and written.is_call(place):
        inside = written.inside(place + 1)
        moves = _made(written, inside)
        return Interval(inside.end + 1, moves) if moves else None
    if token.is_operator("("):
        found, closed = interval_at(written, place + 1, depth + 1), written.pair(place)
        return Interval(closed + 1, found.moves) if found and found.end == closed else None
    return None


def _made(written: Written, inside: Range) -> tuple[tuple[str, str], ...]:
    """The arguments of `make_interval(days => 90)`, or of `make_interval(0, 3)`; empty if one is something else."""
    found: list[tuple[str, str]] = []
    for unit, of in zip(_OF_MAKE_INTERVAL, written.split(inside), strict=False):
        named = written.at(of.start + 1).is_operator("=") and written.at(of.start + 2).is_operator(">")
        value = written.text(Range(of.start + 3, of.end) if named else of)
        moves = move(value, written.at(of.start).text if named else unit)
        if not moves:
            return ()
        found += moves
    return tuple(found)


def _length(written: Written, place: int) -> Interval | None:
    """`INTERVAL '1 year 2 months'`, `INTERVAL '1' DAY` or `INTERVAL (2 + 1) DAY`."""
    length = written.at(place + 1)
    if length.kind is TokenKind.STRING and (moves := _read(length.value)):
        return Interval(place + 2, moves)
    value = written.operand_after(place + 1)
    if value is None:
        return None
    number = length.value.strip() if length.kind is TokenKind.STRING else written.text(value)
    known = length.kind is not TokenKind.STRING or re.fullmatch(r"[+-]?[0-9]+(?:\.[0-9]+)?", number)
    moves = move(number, written.at(value.end).text) if known else ()
    return Interval(value.end + 1, moves) if moves else None


def _read(text: str) -> tuple[tuple[str, str], ...]:
    """The numbers and units of `1 year 2 months`; empty if it is something else."""
    found: list[tuple[str, str]] = []
    place = 0
    while part := _LENGTH.match(text, place):
        sign, number, unit = part.groups()
        found += move(f"{sign}{number}", unit) or [("", "")]
        place = part.end()
    return () if text[place:].strip() or ("", "") in found else tuple(found)
