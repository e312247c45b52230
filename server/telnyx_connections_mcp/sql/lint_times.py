"""Times, numbers and texts that SQLite compares or computes with wrongly."""

import re
from collections.abc import Iterator

from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.sql.comparing_times import alias_forms, form_of
from telnyx_connections_mcp.sql.expressions import is_text
from telnyx_connections_mcp.sql.operands import column_of, literal_of
from telnyx_connections_mcp.sql.rewriting_intervals import interval_at
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import COMPARED, Range, Written

_SUMS = ("AVG", "SUM", "TOTAL")
_TRUNCATED = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
_TURNED = {">": "<", ">=": "<=", "<": ">", "<=": ">="}
_PRINTED = re.compile(r"%(.)")
_PRINTS = frozenset("dfHjJmMsSwWY%")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def numbers(written: Written) -> Iterator[str]:
    """A text is never equal to a number, unless it is a column that holds texts."""
    for comparison in written.comparisons:
        for value in comparison.values:
            token = written.at(value.end - 1)
            if (
                token.kind is TokenKind.NUMBER
                and value.end - value.start <= 2  # perhaps with a sign
                and is_text(written, comparison.left)
            ):
                left = written.text(comparison.left)
                padded = token.text if len(token.text) > 1 else f"0{token.text}"
                shown = padded if "%m" in left or "%d" in left or "%H" in left else token.text
                yield f"{left} is a text, and never equal to a number: write '{shown}' in quotes."
    for place, token in enumerate(written.tokens):
        joined = written.operand_before(place) if token.is_operator(*COMPARED) else None
        number = written.at(place + 1)
        if joined and number.kind is TokenKind.NUMBER and written.at(joined.start - 1).is_operator("||"):
            yield f"|| gives a text, which is never equal to a number: write '{number.text}' in quotes."


def numbers_as_times(written: Written) -> Iterator[str]:
    """Seconds since 1970, years and so on that are compared with times, and days with texts."""
    aliases = alias_forms(written)
    for comparison in written.comparisons:
        for value in comparison.values:
            for one, other in ((comparison.left, value), (value, comparison.left)):
                number, function = written.at(other.start), written.at(one.start)
                if number.kind is TokenKind.NUMBER and form_of(written, one, aliases):
                    yield f"Times are texts: {_as_time(written.text(one), number.text)}."
                text = literal_of(written, other) is not None or form_of(written, other, aliases)
                if function.is_word("JULIANDAY", "UNIXEPOCH") and written.is_call(one.start) and text:
                    name, inner = function.text.lower(), written.text(other)
                    yield f"{name}() gives a number: compare it with {name}({inner}), or the times themselves."


def _as_time(time: str, number: str) -> str:
    """What to compare `time` with instead of `number`."""
    match len(number):
        case 4:
            return f"compare strftime('%Y', {time}) with '{number}'"
        case 8:
            return f"write '{number[:4]}-{number[4:6]}-{number[6:]}' instead of {number}"
        case 13:
            return f"write datetime({number} / 1000, 'unixepoch') instead of {number}"
        case _:
            return f"write datetime({number}, 'unixepoch') instead of {number}, or '2024-05-06'"


def averages(written: Written) -> Iterator[str]:
    """Sums and averages of times, which are those of their years."""
    aliases = alias_forms(written)
    for place, token in enumerate(written.tokens):
        if token.is_word(*_SUMS) and written.is_call(place):
            inside = written.inside(place + 1)
            if form_of(written, inside, aliases):
                yield f"Times are texts: write datetime(avg(julianday({written.text(inside)})))."


def units(written: Written) -> Iterator[str]:
    """What `date_trunc` cannot truncate to."""
    for place, token in enumerate(written.tokens):
        unit = literal_of(written, Range(place + 2, place + 3))
        if token.is_word("DATE_TRUNC") and written.is_call(place) and unit is not None and unit not in _TRUNCATED:
            yield f"date_trunc has no '{unit}' here: write one of {', '.join(map(repr, _TRUNCATED))}."


def dates(written: Written) -> Iterator[str]:
    """Arithmetic of times, which SQLite does with their years."""
    aliases = alias_forms(written)
    for place, token in enumerate(written.tokens):
        if not token.is_operator("-", "+"):
            continue
        left, right = written.operand_before(place), written.operand_after(place + 1)
        if left is None or right is None or written.at(right.start).is_word("INTERVAL"):
            continue
        number = written.at(right.start)
        if any(written.at(each).is_word("INTERVAL", "MAKE_INTERVAL") for each in range(*right)):
            yield f"That is no interval known here: write datetime({written.text(left)}, '{token.text}90 days')."
        compared = written.at(right.end)
        if token.text == "-" and compared.is_operator(*_TURNED) and written.at(right.end + 1).is_word("INTERVAL"):
            length = _length(written, right.end + 1)
            turned = f"{written.text(right)} {_TURNED[compared.text]} {written.text(left)} - {length}"
            yield f"Times are texts, so compare with the time that long ago: write {turned}."
        times = [form_of(written, each, aliases) for each in (left, right)]
        if times[0] and number.kind is TokenKind.NUMBER:
            yield f"Times are texts: write datetime({written.text(left)}, '{token.text}{number.text} days')."
        if times[0] and (text := literal_of(written, right)) and not text[:4].isdigit():
            yield f"Times are texts: write datetime({written.text(left)}, '{token.text}{text}')."
        if token.text == "-" and any(times):
            days = [f"julianday({written.text(each)})" for each in (left, right)]
            yield f"Times are texts: write {days[0]} - {days[1]}, which is days."
        if token.text == "-" and _is_unquoted_day(written, left, right):
            yield f"{written.text(Range(left.start, right.end))} is a subtraction: write dates in quotes, '2024-03-01'."


def _length(written: Written, place: int) -> str:
    """The interval there, or another one if it cannot be read."""
    found = interval_at(written, place)
    return written.text(Range(place, found.end)) if found else "INTERVAL '90 days'"


def _is_unquoted_day(written: Written, left: Range, right: Range) -> bool:
    year, month = written.at(left.start), written.at(right.start)
    numbers = year.kind is month.kind is TokenKind.NUMBER
    return numbers and len(year.text) == 4 and year.text[:2] in ("19", "20") and len(month.text) == 2


def parts(written: Written) -> Iterator[str]:
    """Parts of a time that are left because they differ between databases."""
    for place, token in enumerate(written.tokens):
        if token.is_word("EXTRACT") and written.is_call(place):
            time = written.text(Range(place + 4, written.inside(place + 1).end))
            yield (
                "EXTRACT gives YEAR, QUARTER, MONTH, DAY, DOW, DOY, HOUR, MINUTE, SECOND or EPOCH here: for weeks, "
                f"write strftime('%W', {time})."
            )


def last_days(written: Written) -> Iterator[str]:
    """What `a <= '2024-12-31'` leaves out, which is no mistake in SQL, but hardly ever meant."""
    for comparison in written.comparisons:
        column = column_of(written, comparison.left)
        text = literal_of(written, comparison.values[-1])
        is_day = column and column.type is Type.TIME and text and _DAY.fullmatch(text)
        if is_day and comparison.operator in ("<=", "BETWEEN"):
            name = written.text(comparison.left)
            yield f"Times on {text} itself are left out: to include that day, compare date({name})."


def ages(written: Written) -> Iterator[str]:
    """`age()` of a time, which is another function in PostgreSQL."""
    for place, token in enumerate(written.tokens):
        if token.is_word("AGE") and written.is_call(place) and written.at(place + 2).kind is not TokenKind.STRING:
            inside = written.inside(place + 1)
            times = [written.text(each) for each in reversed(written.split(inside))] or ["created_at"]
            low, high = [*times, "now()"][:2]
            instead = f"julianday({high}) - julianday({low}), which is days"
            compared = written.at(inside.end + 1)
            if compared.is_operator(*_TURNED) and written.at(inside.end + 2).is_word("INTERVAL"):
                length = _length(written, inside.end + 2)
                instead = f"{low} {_TURNED[compared.text]} {high} - {length}"
            yield f"age() takes a length, such as age('90d') for that time: write {instead}."


def times(written: Written) -> Iterator[str]:
    """A day that a time is said to be equal to."""
    for comparison in written.comparisons:
        column = column_of(written, comparison.left)
        if column is None or column.type is not Type.TIME:
            continue
        for value in comparison.values:
            text = literal_of(written, value)
            if text and _DAY.fullmatch(text) and comparison.operator in ("=", "==", "IS", "IN", "WHEN", "<>", "!="):
                yield f"{column.name} has a time of day: write date({column.name}) = '{text}'."


def printing(written: Written) -> Iterator[str]:
    """Formats of strftime that SQLite answers with NULL."""
    for place, token in enumerate(written.tokens):
        form = written.at(place + 2)
        if token.is_word("STRFTIME") and written.is_call(place) and form.kind is TokenKind.STRING:
            unknown = [each for each in _PRINTED.findall(form.value) if each not in _PRINTS]
            if unknown:
                yield f"strftime has no %{unknown[0]} here: it has %Y, %m, %d, %H, %M, %S, %j, %w (0: Sunday) and %W."
