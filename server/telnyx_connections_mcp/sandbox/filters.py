"""How the API filters lists: which values a filter takes, and which rows it lets through."""

import json
import re
from collections.abc import Callable, Container
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from telnyx_connections_mcp.sandbox.fleet import Row
from telnyx_connections_mcp.sandbox.queries import LARGEST_INT64
from telnyx_connections_mcp.sandbox.surroundings.account import Surroundings

Value = Callable[[Surroundings, Row], Any]
"""What of a row is compared or sorted by."""


def at(path: str) -> Value:
    """The value that stands at `path` in a row, such as `metadata.from`; None if there is none."""
    first, *others = path.split(".")

    def value(_: Surroundings, row: Row) -> Any:
        found = row.get(first)
        for name in others:
            found = found.get(name) if isinstance(found, dict) else None
        return found

    return value


def anything(_: str) -> str:
    """Any text is a valid value."""
    return ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: `of` a row, compared by `holds` with the value given."""

    of: Value
    holds: Callable[[Any, str], bool]
    why_not: Callable[[str], str] = anything
    """Why a value is malformed; empty if it is not."""
    needs: str = ""
    """A parameter that has to be `true` beside this filter."""


def equals(of: Value, why_not: Callable[[str], str] = anything) -> Filter:
    """Rows whose value, as text, is the one given."""
    return Filter(of, lambda found, text: found is not None and str(found) == text, why_not)


def one_of(of: Value, *allowed: str, of_text: Callable[[Any], str] = str) -> Filter:
    """As `equals`, of values that are listed."""
    return Filter(of, lambda found, text: found is not None and of_text(found) == text, listed(*allowed))


def compared(of: Value, holds: Callable[[str, str], bool]) -> Filter:
    """Rows whose text compares with the value given, of at least three characters; case counts."""
    return Filter(of, lambda found, text: found is not None and holds(found, text), at_least(3))


def in_json(of: Value) -> Filter:
    """Rows with the value given anywhere in this part of them."""
    return Filter(of, lambda found, text: text in json.dumps(found, ensure_ascii=False))


def in_words(found: object) -> str:
    """A boolean as it is written in a query."""
    return str(found).lower()


def includes(of: Value) -> Filter:
    """Rows that have the value given among theirs."""

    def holds(found: Container[str] | None, text: str) -> bool:
        return found is not None and text in found

    return Filter(of, holds)


def contains(of: Value, shortest: int = 3, needs: str = "") -> Filter:
    """Rows with the value given somewhere in their text, in any case."""
    return Filter(of, lambda found, text: text.lower() in str(found or "").lower(), at_least(shortest), needs)


def earlier(of: Value, *, same: bool) -> Filter:
    """Rows of a time before the one given, or the same."""
    return _by_time(of, lambda found, moment: found < moment or (same and found == moment))


def later(of: Value, *, same: bool) -> Filter:
    """Rows of a time after the one given, or the same."""
    return _by_time(of, lambda found, moment: found > moment or (same and found == moment))


def at_time(of: Value) -> Filter:
    """Rows of exactly the time given."""
    return _by_time(of, lambda found, moment: found == moment)


def _by_time(of: Value, compare: Callable[[datetime, datetime], bool]) -> Filter:
    def holds(found: str, text: str) -> bool:
        return compare(datetime.fromisoformat(found), datetime.fromisoformat(text))

    return Filter(of, holds, a_time)


def a_time(text: str) -> str:
    """Why `text` is no time of ISO 8601 with an offset."""
    try:
        return "" if datetime.fromisoformat(text).tzinfo else "must have an offset, such as Z"
    except ValueError:
        return "must be an ISO 8601 time"


def a_date(text: str) -> str:
    """Why `text` is no date."""
    return "" if re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) else "must be a date as in 2026-12-31"


def an_int64(text: str) -> str:
    """Why `text` is no int64."""
    return "" if re.fullmatch("[0-9]+", text) and int(text) <= LARGEST_INT64 else "must be an int64"


def an_integer(text: str) -> str:
    """Why `text` is no integer."""
    return "" if re.fullmatch("-?[0-9]{1,19}", text) else "must be an integer"


def a_uuid(text: str) -> str:
    """Why `text` is no UUID."""
    return "" if re.fullmatch("[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text) else "must be a UUID"


def at_least(length: int) -> Callable[[str], str]:
    """Why a text is shorter than `length`."""
    return lambda text: "" if len(text) >= length else f"must have at least {length} characters"


def listed(*allowed: str) -> Callable[[str], str]:
    """Why a text is not among those `allowed`."""
    return lambda text: "" if text in allowed else f"must be one of {', '.join(allowed)}"
