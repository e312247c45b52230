"""Reads points in time as people and models write them: ISO 8601 dates and times, or ages such as `90d`."""

import re
from calendar import isleap, monthrange
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

_AGE = re.compile(
    r"([0-9]{1,5})\s*(h|d|w|mo?|y|hours?|days?|weeks?|months?|years?)(?:\s+ago)?", re.IGNORECASE | re.ASCII
)
# Only the extended format of ISO 8601 (RFC 3339, section 5.6, with optional seconds and offset): other formats that
# Python reads, such as 2024-W09-5 or the digits of an epoch, are hardly ever what was meant.
_ISO = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,9})?)?))?"
    r" ?([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_LEAP_DAY = "02-29"
# The days of any year but that one.
_DAY = "(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
_YEAR = "(?!0000)[0-9]{4}"
# Of fractions, those that `kept_time` keeps as they are: milliseconds, and microseconds that are no milliseconds.
_FRACTION = r"\.(?:(?!000)[0-9]{3}|[0-9]{3}(?!000)[0-9]{3})"
_TIME = rf"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:{_FRACTION})?"
_PLAIN_TIME = re.compile(f"{_YEAR}-(?:{_DAY}|{_LEAP_DAY})T{_TIME}Z")
_PLAIN_TIMES = re.compile(rf"{_YEAR}-{_DAY}T{_TIME}Z(?:\n{_YEAR}-{_DAY}T{_TIME}Z)*")
_SECONDS = len("2024-03-01T00:00:00")
LONGEST = 40
"""Longest accepted text, in characters."""
FORMS = (
    'an ISO date such as "2024-03-01", a date-time such as "2024-03-01T09:30:00+02:00", '
    'or an age such as "90d", "6m", "2y"'
)


def read_instant(text: str, now: datetime) -> datetime:
    """The instant named by `text`, in UTC: a date means its first moment, an age counts back from `now`.

    Without an offset a date or a time is in UTC. Ages are in hours `h`, days `d`, weeks `w`, calendar months `m` or
    years `y`. Raises `ValueError`.
    """
    age = _AGE.fullmatch(text.strip())
    try:
        return _before(now, int(age[1]), age[2].lower()) if age is not None else _instant(text.strip())
    except (ValueError, OverflowError):
        raise ValueError(f"must be {FORMS}") from None


def _instant(text: str) -> datetime:
    """The instant of a date or a date-time. Raises `ValueError`, and `OverflowError` before the year 1."""
    found = _ISO.fullmatch(text)
    if found is None:
        raise ValueError
    day, time, offset = found.groups()
    if time and offset == "Z":  # as the API writes them, twice per connection
        return datetime.fromisoformat(text)
    return datetime.fromisoformat(f"{day}T{time or '00:00'}{(offset or 'Z').upper()}").astimezone(UTC)


def _before(now: datetime, count: int, unit: str) -> datetime:
    if unit[0] in "my":
        months = now.year * 12 + now.month - 1 - count * (12 if unit[0] == "y" else 1)
        year, month = months // 12, months % 12 + 1
        return now.replace(year=year, month=month, day=min(now.day, monthrange(year, month)[1]))
    return now - {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}[unit[0]] * count


def instant_of(text: str) -> datetime | None:
    """The instant of a time from the API; None if unreadable."""
    try:
        return _instant(text) if len(text) <= LONGEST else None
    except (ValueError, OverflowError):
        return None


def in_words(instant: datetime) -> str:
    """`2024-03-01T00:00:00Z`."""
    return f"{instant.astimezone(UTC).isoformat()[:_SECONDS]}Z"


def kept_time(instant: datetime) -> str:
    """`2024-03-01 00:00:00`, with `.521` or `.521992` unless it is a whole second: texts sort as times do."""
    text = instant.astimezone(UTC).isoformat(" ").removesuffix("+00:00")
    return text[:-3] if "." in text and text.endswith("000") else text


def plain_time(text: str) -> str | None:
    """The stored form of a time as the API writes it, such as `2024-03-01T00:00:00.521Z`; None for any other text."""
    if _PLAIN_TIME.fullmatch(text) is None or (text[5:10] == _LEAP_DAY and not isleap(int(text[:4]))):
        return None
    return f"{text[:10]} {text[11:-1]}"


def plain_times(texts: Sequence[str]) -> list[str] | None:
    """The same for several; None unless all are such times, and of no leap day. A hot path: it looks at all at once."""
    together = "\n".join(texts)
    if _PLAIN_TIMES.fullmatch(together) is None:
        return None
    kept = together.replace("T", " ").replace("Z", "").split("\n")
    return kept if len(kept) == len(texts) else None


def shown_time(kept: str) -> str:
    """The API's form of the stored time `kept`."""
    return f"{kept[:10]}T{kept[11:]}Z"
