"""Times and intervals of other databases, in SQLite's words: it keeps times as texts, and moves them by modifiers."""

import re
from collections.abc import Mapping

from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Edit, Range, Written

_UNITS: Mapping[str, tuple[str, int]] = {
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
_NOT_IN_SQLITE = ("week", "weeks", "w", "quarter", "quarters", "d", "h", "hrs", "mon", "mons", "y", "yr", "yrs")
_LENGTHS = re.compile(r"\s*([+-]?)\s*([0-9]{1,6})\s*([A-Za-z]+)\s*,?")
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
_ALONE = ("YEAR", "MONTH", "DAY", "DAYOFMONTH", "HOUR", "MINUTE", "SECOND", "DAYOFYEAR", "QUARTER", "DAYOFWEEK")
_TODAY = ("CURRENT_DATE", "CURDATE", "TODAY")
_NOW = (
    *("NOW", "CURRENT_TIMESTAMP", "CURRENT_DATETIME", "GETDATE", "GETUTCDATE", "SYSDATE", "SYSDATETIME"),
    *("SYSUTCDATETIME", "UTC_TIMESTAMP", "LOCALTIMESTAMP", "CLOCK_TIMESTAMP", "STATEMENT_TIMESTAMP", "SYSTIMESTAMP"),
)
_BARE = ("SYSDATE", "LOCALTIMESTAMP", "SYSTIMESTAMP")
_MOVES = {"ADD": "+", "SUB": "-"}
_TYPES = {
    "DATE": "date",
    "DATETIME": "datetime",
    "DATETIME2": "datetime",
    "SMALLDATETIME": "datetime",
    "TIMESTAMP": "datetime",
    "TIMESTAMPTZ": "datetime",
}
_TO_CHAR = re.compile(r"YYYY|MM|DD|HH24|MI|SS|[-/. :_T]|\"[^\"%]*\"")
_OF_TO_CHAR = {"YYYY": "%Y", "MM": "%m", "DD": "%d", "HH24": "%H", "MI": "%M", "SS": "%S"}
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9:.]{5,12}| [0-9:.]{5,12}(?=[Z+-]))(?:Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_PERCENT = re.compile(r"%.|[^%]")
_OF_PERCENT = {"%i": "%M", "%s": "%S", "%T": "%H:%M:%S", "%F": "%Y-%m-%d", "%k": "%H"}
_SQLITE = frozenset({"%d", "%H", "%j", "%m", "%M", "%S", "%w", "%W", "%Y", "%%"})


def times_type(type_: str) -> str | None:
    """The function that makes a value of this type of times; None if it is another type."""
    return _TYPES.get(type_.upper())


def rewritten_interval(written: Written, place: int) -> Edit | None:
    """`a - INTERVAL '90 days'`, `a + INTERVAL 3 MONTH`, and constants such as `DATE '2024-03-01'`."""
    token, after = written.at(place), written.at(place + 1)
    if token.is_word("DATE", "TIMESTAMP", "DATETIME") and after.kind is TokenKind.STRING:
        return None if written.at(place - 1).is_word("AS") else Edit(Range(place, place + 1), "")
    if token.is_word("AT") and [written.at(place + more).text.upper() for more in (1, 2)] == ["TIME", "ZONE"]:
        utc = written.at(place + 3).value.upper() in ("UTC", "GMT", "ETC/UTC", "Z")
        return Edit(Range(place, place + 4), "") if utc else None
    if token.kind is TokenKind.STRING and _MOMENT.fullmatch(token.value):
        compared = written.at(place - 1).is_operator("=", "==", "<>", "!=", "<", "<=", ">", ">=")
        compared = compared or written.at(place - 1).is_word("BETWEEN", "AND")
        return Edit(Range(place, place + 1), f"datetime({token.text})") if compared else None
    sign = written.at(place)
    if not (sign.is_operator("-", "+") and after.is_word("INTERVAL")):
        return None
    of, found = written.operand_before(place), _interval(written, place + 1, sign.text)
    return None if of is None or found is None else _moved(written.text(of), found[1], Range(of.start, found[0]))


def _interval(written: Written, place: int, sign: str) -> tuple[int, list[str]] | None:
    """Where the interval at `place` ends, and SQLite's modifiers for it."""
    unit, length = written.at(place + 2), written.at(place + 1)
    if unit.kind is TokenKind.WORD and unit.text.lower() in _UNITS and length.kind is not TokenKind.WORD:
        number = length.value.strip()
        if number.lstrip("+-").isdigit():
            found = _modifiers(f"{number} {unit.text}", sign)
            return (place + 3, found) if found else None
    if length.kind is TokenKind.STRING and (found := _modifiers(length.value, sign)):
        return place + 2, found
    value = written.operand_after(place + 1)
    if value and (unit := written.at(value.end)).text.lower() in _UNITS:
        return value.end + 1, [_computed(sign, written.text(value), unit.text)]
    return None


def _modifiers(text: str, sign: str) -> list[str]:
    """`'-1 year', '-2 months'` for `1 year 2 months`; empty if it is something else."""
    found, place = [], 0
    while part := _LENGTHS.match(text, place):
        own, number, unit = part.groups()
        if unit.lower() not in _UNITS:
            return []
        name, times = _UNITS[unit.lower()]
        direction = sign if own != "-" else {"-": "+", "+": "-"}[sign]
        found.append(f"'{direction}{int(number) * times} {name}'")
        place = part.end()
    return found if not text[place:].strip() else []


def _computed(sign: str, value: str, unit: str) -> str:
    """The modifier for a length that is computed."""
    name, times = _UNITS[unit.lower()]
    return f"({sign if sign == '-' else ''}({value}) * {times}) || ' {name}'"


def _moved(value: str, modifiers: list[str], of: Range) -> Edit:
    return Edit(of, f"datetime({value}, {', '.join(modifiers)})")


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
    text = _part(name, texts) or _truncated(name, texts) or _printed(name, texts) or _read(name, texts)
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
    """`DATE_TRUNC(a, MONTH)`, as BigQuery writes it, and T-SQL's name for it."""
    if name == "LAST_DAY" and len(texts) == 1:
        return f"date({texts[0]}, 'start of month', '+1 month', '-1 day')"
    if len(texts) != 2:
        return None
    if name == "TRUNC" and (unit := _UNITS.get(texts[1].strip("'").lower())):
        return f"date_trunc('{unit[0]}', {texts[0]})"
    if name == "DATETRUNC" and texts[0].lower() in _UNITS:
        return f"date_trunc('{texts[0].lower()}', {texts[1]})"
    if name in ("DATE_TRUNC", "TIMESTAMP_TRUNC", "DATETIME_TRUNC") and texts[1].lower() in _UNITS:
        return f"date_trunc('{texts[1].lower()}', {texts[0]})"
    return None


def _printed(name: str, texts: list[str]) -> str | None:
    """A time as a text, in a form that SQLite can print."""
    if len(texts) != 2:
        return None
    form, value = texts[1], texts[0]
    if name in ("FORMAT_DATE", "FORMAT_TIMESTAMP", "FORMAT_DATETIME"):
        form, value = value, form
    elif name == "STRFTIME" and "%" in form and not value.startswith("'"):
        pass  # the arguments are swapped
    elif name not in ("TO_CHAR", "DATE_FORMAT"):
        return None
    if not (form.startswith("'") and form.endswith("'")):
        return None
    inner = form[1:-1]
    if name == "TO_CHAR":
        pieces = _TO_CHAR.findall(inner)
        if "".join(pieces) != inner:
            return None
        return f"strftime('{''.join(_OF_TO_CHAR.get(piece, piece.strip(chr(34))) for piece in pieces)}', {value})"
    pieces = [_OF_PERCENT.get(piece, piece) for piece in _PERCENT.findall(inner)]
    known = all(piece in _SQLITE or not piece.startswith("%") or len(piece) > 2 for piece in pieces)
    return f"strftime('{''.join(pieces)}', {value})" if known else None


def _read(name: str, texts: list[str]) -> str | None:
    """A text as a time, if SQLite reads its form."""
    if name in ("TO_DATE", "STR_TO_DATE", "TO_TIMESTAMP") and 1 <= len(texts) <= 2:
        value, form = texts[0], texts[-1] if len(texts) == 2 else "'YYYY-MM-DD"
    elif name in ("PARSE_DATE", "PARSE_TIMESTAMP") and len(texts) == 2:
        form, value = texts
    else:
        return None
    known = form.upper().startswith(("'YYYY-MM-DD", "'%Y-%M-%D", "'%F"))
    return f"{'date' if 'DATE' in name else 'datetime'}({value})" if known else None


def _shifted(written: Written, name: str, arguments: list[Range]) -> str | None:
    """`DATE_SUB(a, INTERVAL 90 DAY)`, `DATEADD(day, -90, a)`."""
    texts = [written.text(argument) for argument in arguments]
    if name == "DATEADD" and len(texts) == 3 and (unit := texts[0].strip("'").lower()) in _UNITS:
        return f"datetime({texts[2]}, {_computed('+', texts[1], unit)})"
    kind, _, direction = name.rpartition("_")
    if kind not in ("DATE", "TIMESTAMP", "DATETIME") or direction not in _MOVES or len(arguments) != 2:
        return None
    found = _interval(written, arguments[1].start, _MOVES[direction])
    return f"datetime({texts[0]}, {', '.join(found[1])})" if found and found[0] == arguments[1].end else None


def _moved_by(name: str, texts: list[str]) -> str | None:
    """`date('now', '-2 weeks')`, whose unit SQLite lacks."""
    if name not in ("DATE", "DATETIME", "JULIANDAY", "STRFTIME"):
        return None
    moved = []
    for text in texts:
        length = _LENGTHS.fullmatch(text.strip("'")) if text.startswith("'") else None
        found = _modifiers(length[0], "+") if length and length[3].lower() in _NOT_IN_SQLITE else None
        moved.append(found[0].replace("+-", "-").replace("++", "+") if found else text)
    return f"{name}({', '.join(moved)})" if moved != texts else None


def _between(name: str, texts: list[str]) -> str | None:
    """The days or hours between two times."""
    unit = "day"
    if name == "DATEDIFF" and len(texts) == 3:
        unit, low, high = texts
    elif name in ("DATE_DIFF", "TIMESTAMP_DIFF", "DATETIME_DIFF") and len(texts) == 3:
        high, low, unit = texts if texts[2].strip("'").lower() in _UNITS else reversed(texts)
    elif name == "TIMESTAMPDIFF" and len(texts) == 3:
        unit, low, high = texts
    elif name == "DATEDIFF" and len(texts) == 2:
        high, low = texts
    else:
        return None
    match _UNITS.get(unit.strip("'").lower()):
        case ("day", times):
            days = f"CAST(julianday(date({high})) - julianday(date({low})) AS INTEGER)"
            return days if times == 1 else f"({days} / {times})"
        case ("hour", _):
            return f"CAST((julianday({high}) - julianday({low})) * 24 AS INTEGER)"
        case ("month", 1) if name in ("DATEDIFF", "DATE_DIFF"):
            month = "(strftime('%Y', {0}) * 12 + strftime('%m', {0}))"
            return f"({month.format(high)} - {month.format(low)})"
        case ("year", _) if name in ("DATEDIFF", "DATE_DIFF"):
            return f"(strftime('%Y', {high}) - strftime('%Y', {low}))"
        case _:
            return None
