"""Times and intervals of other databases, in SQLite's words: it keeps times as texts, and moves them by modifiers."""

import re
from collections.abc import Mapping

from telnyx_connections_mcp.sql.edit import Edit
from telnyx_connections_mcp.sql.printing_times import printed
from telnyx_connections_mcp.sql.rewriting_intervals import UNITS, Interval, interval_at, move, moved
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import COMPARED, Range, Written

_NOT_IN_SQLITE = ("week", "weeks", "w", "quarter", "quarters", "d", "h", "hrs", "mon", "mons", "y", "yr", "yrs")
_MODIFIER = re.compile(r"\s*([+-]?)\s*([0-9]{1,6})\s*([A-Za-z]+)\s*")
_PARTS: Mapping[str, str] = {
    "YEAR": "%Y",
    "MONTH": "%m",
    "DAY": "%d",
    "DAYOFMONTH": "%d",
    "HOUR": "%H",
    "MINUTE": "%M",
    "SECOND": "%S",
    "DOY": "%j",
    "DAYOFYEAR": "%j",
    "DOW": "%w",
    "EPOCH": "%s",
}
_OF_SEVERAL = {("day", 7): "week", ("month", 3): "quarter"}
_ALONE = ("YEAR", "MONTH", "DAY", "DAYOFMONTH", "HOUR", "MINUTE", "SECOND", "DAYOFYEAR", "QUARTER", "DAYOFWEEK")
_TODAY = ("CURRENT_DATE", "CURDATE", "TODAY")
_NOW = (
    *("NOW", "CURRENT_TIMESTAMP", "CURRENT_DATETIME", "GETDATE", "GETUTCDATE", "SYSDATE", "SYSDATETIME"),
    *("SYSUTCDATETIME", "UTC_TIMESTAMP", "LOCALTIMESTAMP", "CLOCK_TIMESTAMP", "STATEMENT_TIMESTAMP", "SYSTIMESTAMP"),
)
_BARE = ("SYSDATE", "LOCALTIMESTAMP", "SYSTIMESTAMP")
_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
_COUNT_BOUNDARIES = ("DATEDIFF", "DATE_DIFF", "DATETIME_DIFF")
_MOVES = {"ADD": "+", "SUB": "-"}
_TYPES = {
    "DATE": "date",
    "DATETIME": "datetime",
    "DATETIME2": "datetime",
    "SMALLDATETIME": "datetime",
    "TIMESTAMP": "datetime",
    "TIMESTAMPTZ": "datetime",
}


def times_type(type_: str) -> str | None:
    """The function that makes a value of this type of times; None if it is another type."""
    return _TYPES.get(type_.upper())


def rewritten_constant(written: Written, place: int) -> Edit | None:
    """Constants such as `DATE '2024-03-01'`, and `AT TIME ZONE 'UTC'`."""
    token, after = written.at(place), written.at(place + 1)
    if token.is_word("DATE", "TIMESTAMP", "DATETIME") and after.kind is TokenKind.STRING:
        before, end = written.at(place - 1), written.at(place + 2)
        compared = before.is_operator(*COMPARED) or before.is_word("BETWEEN", "AND")
        if compared and not end.is_operator("-", "+", "::"):
            return Edit(Range(place, place + 1), "")
        return Edit(Range(place, place + 2), f"{_TYPES[token.text.upper()]}({after.text})")
    if token.is_word("AT") and [written.at(place + more).text.upper() for more in (1, 2)] == ["TIME", "ZONE"]:
        utc = written.at(place + 3).value.upper() in ("UTC", "GMT", "ETC/UTC", "Z")
        return Edit(Range(place, place + 4), "") if utc else None
    return None


def rewritten_time(written: Written, place: int) -> Edit | None:
    """What to write instead of a function of times, or of a word for now; None if it can stay."""
    name = written.at(place).text.upper()
    if not written.is_call(place):
        bare = written.at(place).is_word(*_BARE) and not written.at(place - 1).is_word("AS", ".")
        return Edit(Range(place, place + 1), "CURRENT_TIMESTAMP") if bare else None
    inside = written.inside(place + 1)
    whole, arguments = Range(place, inside.end + 1), written.split(inside)
    texts = [written.text(argument) for argument in arguments]
    if name in (*_TODAY, *_NOW) and (not texts or texts == ["'UTC'"]):
        return Edit(whole, "CURRENT_DATE" if name in _TODAY else "CURRENT_TIMESTAMP")
    if name == "EXTRACT" and written.at(inside.start + 1).is_word("FROM"):
        texts = [written.at(inside.start).text, written.text(Range(inside.start + 2, inside.end))]
    text = _part(name, texts) or _truncated(name, texts) or printed(name, texts) or _read(name, texts)
    text = text or _shifted(written, name, arguments) or _between(name, texts) or _moved_by(name, texts)
    return Edit(whole, text) if text else None


def _part(name: str, texts: list[str]) -> str | None:
    """A part of a time as a number."""
    if name in _ALONE and len(texts) == 1:
        part, value = name, texts[0]
    elif name in ("EXTRACT", "DATE_PART", "DATEPART") and len(texts) == 2:
        part, value = texts[0].strip("'\"").upper(), texts[1]
    else:
        return None
    if part == "QUARTER":
        return f"((CAST(strftime('%m', {value}) AS INTEGER) + 2) / 3)"
    if part == "DAYOFWEEK":
        return f"(strftime('%w', {value}) + 1)"
    if part == "ISODOW":
        return f"((strftime('%w', {value}) + 6) % 7 + 1)"
    form = _PARTS.get(part)
    return f"CAST(strftime('{form}', {value}) AS INTEGER)" if form else None


def _truncated(name: str, texts: list[str]) -> str | None:
    """`DATE_TRUNC(a, MONTH)`, as BigQuery writes it, and the names of T-SQL and Oracle for it."""
    if name == "LAST_DAY" and len(texts) == 1:
        return f"date({texts[0]}, 'start of month', '+1 month', '-1 day')"
    if len(texts) != 2 or name not in ("TRUNC", "DATETRUNC", "DATE_TRUNC", "TIMESTAMP_TRUNC", "DATETIME_TRUNC"):
        return None
    plain = [text.strip("'").lower() for text in texts]
    place = next((place for place in (0, 1) if plain[place] in UNITS), None)
    if place is None:
        return None
    unit = _OF_SEVERAL.get(UNITS[plain[place]]) or UNITS[plain[place]][0]
    text = f"date_trunc('{unit}', {texts[1 - place]})"
    return text if texts[place] != f"'{unit}'" or place or name != "DATE_TRUNC" else None


def _read(name: str, texts: list[str]) -> str | None:
    """A text or the seconds since 1970 as a time, if SQLite reads its form."""
    number = len(texts) == 1 and texts[0].replace(".", "", 1).isdigit()
    if number and name in ("TO_TIMESTAMP", "FROM_UNIXTIME", "TIMESTAMP_SECONDS"):
        return f"datetime({texts[0]}, 'unixepoch')"
    if name in ("TO_DATE", "STR_TO_DATE", "TO_TIMESTAMP") and 1 <= len(texts) <= 2:
        value, form = texts[0], texts[-1] if len(texts) == 2 else "'YYYY-MM-DD"
    elif name in ("PARSE_DATE", "PARSE_TIMESTAMP") and len(texts) == 2:
        form, value = texts
    else:
        return None
    known = form.upper().startswith(("'YYYY-MM-DD", "'%Y-%M-%D", "'%F"))
    return f"{'date' if 'DATE' in name else 'datetime'}({value})" if known else None


def _shifted(written: Written, name: str, arguments: list[Range]) -> str | None:
    """`DATE_SUB(a, INTERVAL 90 DAY)`, `DATEADD(day, -90, a)`, `ADD_MONTHS(a, -3)`."""
    texts = [written.text(argument) for argument in arguments]
    unit, number = {"DATEADD": 3, "ADD_MONTHS": 2}.get(name), len(arguments)
    if unit == number:
        moves = move(texts[1], texts[0].strip("'") if name == "DATEADD" else "month")
        return moved(texts[2 if name == "DATEADD" else 0], Interval(0, moves)) if moves else None
    kind, _, direction = name.rpartition("_")
    if kind not in ("DATE", "TIMESTAMP", "DATETIME") or direction not in _MOVES or number != 2:
        return None
    found = interval_at(written, arguments[1].start)
    return moved(texts[0], found, _MOVES[direction]) if found and found.end == arguments[1].end else None


def _moved_by(name: str, texts: list[str]) -> str | None:
    """`date('now', '-2 weeks')`, whose unit SQLite lacks."""
    if name not in ("DATE", "DATETIME", "JULIANDAY", "STRFTIME"):
        return None
    changed = []
    for text in texts:
        length = _MODIFIER.fullmatch(text.strip("'")) if text.startswith("'") else None
        if length and length[3].lower() in _NOT_IN_SQLITE:
            unit, times = UNITS[length[3].lower()]
            text = f"'{length[1] or '+'}{int(length[2]) * times} {unit}'"  # noqa: PLW2901
        changed.append(text)
    return f"{name}({', '.join(changed)})" if changed != texts else None


def _between(name: str, texts: list[str]) -> str | None:
    """How often a day, an hour and so on began between two times."""
    unit = "day"
    if name == "DATEDIFF" and len(texts) == 3:
        unit, low, high = texts
    elif name in ("DATE_DIFF", "TIMESTAMP_DIFF", "DATETIME_DIFF") and len(texts) == 3:
        high, low, unit = texts if texts[2].strip("'").lower() in UNITS else reversed(texts)
    elif name == "TIMESTAMPDIFF" and len(texts) == 3:
        unit, low, high = texts
    elif name == "DATEDIFF" and len(texts) == 2:
        high, low = texts
    else:
        return None
    found = UNITS.get(unit.strip("'").lower())
    seconds = "strftime('%s', {0})"
    month = "(strftime('%Y', {0}) * 12 + strftime('%m', {0}))"
    if found and (size := _SECONDS.get(found[0])):
        size *= found[1]
        if name in ("TIMESTAMPDIFF", "TIMESTAMP_DIFF"):  # whole ones between the two
            return f"(({seconds.format(high)} - {seconds.format(low)}) / {size})"
        shift = " + 345600" if found == ("day", 7) else ""  # 1970 began on a Thursday, weeks begin on Sundays
        return " - ".join(f"({seconds.format(each)}{shift}) / {size}" for each in (high, low)).join("()")
    if found == ("month", 1) and name in _COUNT_BOUNDARIES:
        return f"({month.format(high)} - {month.format(low)})"
    if found == ("year", 1) and name in _COUNT_BOUNDARIES:
        return f"(strftime('%Y', {high}) - strftime('%Y', {low}))"
    return None
