"""Points in time as people and models write them: ISO 8601 dates and times, or an age such as `90d`."""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from functools import lru_cache

_AGE = re.compile(r"([0-9]{1,5})\s*(h|d|w|m|mo|y)(?:\s+ago)?", re.IGNORECASE)
MOST_REMEMBERED = 250_000
"""Every question looks at the same times again: two of each connection, of the largest account that this suits."""
FORMS = 'an ISO date such as "2024-03-01", a date-time, or an age such as "90d", "6m", "2y"'


def read_instant(text: str, now: datetime) -> datetime:
    """The instant that `text` names, in UTC: a date is its first moment, an age counts back from `now`.

    Ages are in hours `h`, days `d`, weeks `w`, calendar months `m` or years `y`. Raises `ValueError`.
    """
    age = _AGE.fullmatch(text.strip())
    try:
        if age is not None:
            return _before(now, int(age[1]), age[2].lower())
        instant = datetime.fromisoformat(text.strip())
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(f"must be {FORMS}") from None


def _before(now: datetime, count: int, unit: str) -> datetime:
    if unit in ("m", "mo", "y"):
        months = now.year * 12 + now.month - 1 - count * (12 if unit == "y" else 1)
        year, month = months // 12, months % 12 + 1
        return now.replace(year=year, month=month, day=min(now.day, monthrange(year, month)[1]))
    return now - {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[unit] * count


@lru_cache(maxsize=MOST_REMEMBERED)
def instant_of(text: str | None) -> datetime | None:
    """When a time of the API is; None where there is none to read."""
    try:
        instant = datetime.fromisoformat(text) if text else None
    except ValueError:
        return None
    return instant.replace(tzinfo=UTC) if instant is not None and instant.tzinfo is None else instant


def in_words(instant: datetime) -> str:
    """`2024-03-01T00:00:00Z`."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
