"""What statements may call: functions of SQLite that cannot do harm, and a few of ours that people expect of SQL.

Python's functions are called row by row under its lock, so each looks at `LONGEST` characters at most.
"""

import math
import sqlite3
from calendar import monthrange
from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta

from telnyx_connections_mcp.sql.aggregates import Value, rank, register_aggregates
from telnyx_connections_mcp.text.cleaning import fold

LONGEST = 1_000
"""Characters of an argument that our functions look at."""
_KEPT = "%Y-%m-%d %H:%M:%S"
_SHORTER = {"hour": "%Y-%m-%d %H:00:00", "minute": "%Y-%m-%d %H:%M:00", "second": _KEPT}
_MONTHS: Mapping[object, int] = {"month": 1, "year": 12}
_DAY = len("2024-05-06")
_UNITS = {"d": 1, "w": 7, "m": 30, "y": 365}

_BUILT_IN = """
    avg count group_concat max min string_agg sum total
    cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number
    concat concat_ws glob instr length like lower ltrim octet_length replace rtrim substr substring trim unicode upper
    abs ceil ceiling exp floor ln log log10 log2 mod pow power random round sign sqrt trunc
    current_date current_time current_timestamp date datetime julianday strftime time timediff unixepoch
    coalesce if ifnull iif likelihood likely nullif typeof unlikely
"""
BUILT_IN = frozenset(_BUILT_IN.split())
"""Those of SQLite. Left out: what reads or writes elsewhere, and what makes long texts of short ones."""


def register(handle: sqlite3.Connection) -> frozenset[str]:
    """Add our functions to `handle`; the names of all that may be called."""
    handle.create_function("fold", 1, _fold, deterministic=True)
    handle.create_function("now", 0, _now)
    handle.create_function("age", 1, _age)
    handle.create_function("split_part", 3, _split_part, deterministic=True)
    handle.create_function("moved", -1, _moved, deterministic=True)
    handle.create_function("date_trunc", 2, _date_trunc, deterministic=True)
    handle.create_function("mod", 2, _mod, deterministic=True)
    handle.create_function("rounded", 1, _rounded, deterministic=True)
    handle.create_function("greatest", -1, _greatest, deterministic=True)
    handle.create_function("least", -1, _least, deterministic=True)
    handle.create_aggregate("bool_or", 1, _BoolOr)  # type: ignore[arg-type]  # finalize may give NULL
    handle.create_aggregate("bool_and", 1, _BoolAnd)  # type: ignore[arg-type]  # the same
    return (
        BUILT_IN
        | {"fold", "now", "age", "split_part", "date_trunc", "moved", "bool_or", "bool_and"}
        | {"rounded", "greatest", "least"}
        | register_aggregates(handle)
    )


def _text(value: object) -> str | None:
    return None if value is None else str(value)[:LONGEST]


def _fold(value: object) -> str | None:
    """The text without case and accents, as the columns `..._folded`; NULL if nothing is left."""
    text = _text(value)
    return (fold(text) or None) if text else None


def _now() -> str:
    return datetime.now(UTC).strftime(_KEPT)


def _age(value: object) -> str | None:
    """The time that long ago: `age('90d')`, in days, weeks, months of 30 days or years of 365."""
    text = (_text(value) or "").strip().lower()
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not (number.isascii() and number.isdigit() and len(number) <= 5):
        raise ValueError("age")
    try:
        return (datetime.now(UTC) - timedelta(days=int(number) * _UNITS[unit])).strftime(_KEPT)
    except OverflowError:
        return None


def _split_part(value: object, separator: object, number: object) -> str | None:
    """The part of a text between separators, counted from 1, or from the end if negative; '' if there is none."""
    text, by = _text(value), _text(separator)
    if text is None or by is None or not isinstance(number, int):
        return None
    parts = text.split(by) if by else [text]
    place = number - 1 if number > 0 else number
    return parts[place] if number and -len(parts) <= place < len(parts) else ""


def _mod(value: Value, by: Value) -> float | None:
    """What is left of a division, with the sign of `value`, a whole number of whole numbers; NULL for 0."""
    if value is None or by is None:
        return None
    one, two = (each if isinstance(each, int) else float(each) for each in (value, by))
    if two == 0:
        return None
    if isinstance(one, int) and isinstance(two, int):
        return abs(one) % abs(two) * (-1 if one < 0 else 1)
    return math.fmod(one, two)


def _rounded(value: Value) -> Value:
    """A number without its fraction, to the nearest, and away from 0 between two; anything else as it is."""
    if not isinstance(value, float) or not math.isfinite(value):
        return value
    return math.trunc(value + math.copysign(0.5, value))


def _greatest(*values: Value) -> Value:
    """As PostgreSQL has it: NULL is left out, and given only if there is nothing else."""
    return max((value for value in values if value is not None), key=rank, default=None)


def _least(*values: Value) -> Value:
    return min((value for value in values if value is not None), key=rank, default=None)


def _time(value: object) -> datetime | None:
    """A time in UTC; None if the value is none."""
    text = _text(value)
    try:
        time = datetime.fromisoformat(text) if text else None
    except ValueError:
        return datetime.now(UTC).replace(tzinfo=None) if text == "now" else None
    return time.astimezone(UTC).replace(tzinfo=None) if time and time.tzinfo else time


def _date_trunc(unit: object, value: object) -> str | None:
    """When the year, quarter, month, week, day ... of a time began: a day, as `date()` gives it, or a time of day."""
    time = _time(value)
    if time is None:
        return None
    match (_text(unit) or "").lower():
        case "year":
            time = time.replace(month=1, day=1)
        case "quarter":
            time = time.replace(month=time.month - (time.month - 1) % 3, day=1)
        case "month":
            time = time.replace(day=1)
        case "week":
            time -= timedelta(days=time.weekday())
        case "day":
            pass
        case "hour" | "minute" | "second" as shorter:
            return time.strftime(_SHORTER[shorter])
        case _:
            raise ValueError("date_trunc")
    return time.strftime("%Y-%m-%d")


def _moved(value: object, *moves: object) -> str | None:
    """A time plus numbers of units, `moved(time, 1, 'month', -2, 'day')`; a day stays a day until it has a time of day.

    Where a month is too short its last day counts, as in PostgreSQL and MySQL. Part of a month is of 30 days.
    """
    time = _time(value)
    if time is None or None in moves:
        return None
    months, rest = 0, timedelta()
    try:
        for number, unit in zip(map(float, moves[::2]), moves[1::2], strict=True):  # type: ignore[arg-type]  # raises
            if unit in _MONTHS:
                part, whole = math.modf(number * _MONTHS[unit])
                months += int(whole)
                rest += timedelta(days=part * 30)
            else:
                rest += timedelta(**{f"{unit}s": number})
        year, month = divmod(time.year * 12 + time.month - 1 + months, 12)
        if not MINYEAR <= year <= MAXYEAR:
            return None
        time = time.replace(year=year, month=month + 1, day=min(time.day, monthrange(year, month + 1)[1])) + rest
    except OverflowError:
        return None
    day = len(str(value)) == _DAY and time.hour == time.minute == time.second == 0
    return time.date().isoformat() if day else time.isoformat(" ", "seconds")


class _BoolOr:
    """Whether any value is true; NULL if all are NULL."""

    def __init__(self) -> None:
        self._found: int | None = None

    def step(self, value: object) -> None:
        if value is not None:
            self._found = int(bool(value) or bool(self._found))

    def finalize(self) -> int | None:
        return self._found


class _BoolAnd(_BoolOr):
    """Whether every value is true; NULL if all are NULL."""

    def step(self, value: object) -> None:
        if value is not None:
            self._found = int(bool(value) and self._found != 0)
