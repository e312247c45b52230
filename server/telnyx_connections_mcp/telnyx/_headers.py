"""Numbers and times in response headers, which may hold anything: read within bounds, without raising.

`x-ratelimit-*`: Telnyx API reference, "Rate limiting". `Retry-After`: RFC 9110, 10.2.3; its dates: 5.6.7.
`retry-after-ms`: what the official SDKs of Telnyx read too.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 3600.0
"""Longest wait, in seconds, whatever a header says: no header may put an account out of use for a day."""
LONGEST_SAID = 86_400.0
"""Largest believable wait, in seconds. Anything beyond a day is a mistake or another unit."""
HIGHEST_COUNT = 10**9
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{0,15})?|\.[0-9]{1,15}")
_HIGHEST_NUMBER = 10**15
_LONGEST_DATE = 64
_ROUNDING = 1.0
"""Seconds. Epochs and dates are truncated to whole seconds, so one this far in the past means now."""
_SECOND, _MILLISECOND = 1.0, 0.001


def number(headers: Mapping[str, str], name: str, highest: float = _HIGHEST_NUMBER) -> float | None:
    """The number from 0 to `highest` in a header; None if it is missing or anything else."""
    text = headers.get(name, "").strip()
    found = float(text) if _NUMBER.fullmatch(text) else None
    return found if found is not None and found <= highest else None


def count(headers: Mapping[str, str], name: str) -> int | None:
    """The same, truncated, up to a billion."""
    found = number(headers, name, HIGHEST_COUNT)
    return None if found is None else int(found)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, at most an hour, according to `retry-after-ms` or `Retry-After`.

    None if neither names a time within the next day.
    """
    now = datetime.now(UTC).timestamp()
    wait = _seconds(headers, "retry-after-ms", _MILLISECOND, now)
    wait = _seconds(headers, "retry-after", _SECOND, now) if wait is None else wait
    return None if wait is None else min(wait, LONGEST_WAIT)


def limited_for(headers: Mapping[str, str]) -> float | None:
    """Seconds, at most an hour, until requests are allowed again after a 429; None as above."""
    wait = retry_after(headers)
    wait = reset_after(headers) if wait is None else wait
    return None if wait is None else min(wait, LONGEST_WAIT)


def reset_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until the rate limit resets; None unless a time within the next day is named."""
    return _seconds(headers, "x-ratelimit-reset", _SECOND, datetime.now(UTC).timestamp())


def sent_at(headers: Mapping[str, str]) -> float | None:
    """When a response was sent, as the epoch of its `Date` (RFC 9110, 6.6.1); None if it does not say."""
    return _date(headers.get("date", ""))


def _seconds(headers: Mapping[str, str], name: str, unit: float, now: float) -> float | None:
    """Seconds from `now` until the time in a header: a number of `unit`, an epoch (s or ms) or a date."""
    value = number(headers, name)
    if value is None:
        moment = _date(headers.get(name, ""))
        ahead = [] if moment is None else [moment - now]
    else:
        ahead = [value * unit, value - now, value * _MILLISECOND - now]
    return next((max(0.0, seconds) for seconds in ahead if -_ROUNDING <= seconds <= LONGEST_SAID), None)


def _date(text: str) -> float | None:
    """The epoch of a date in one of the three formats of RFC 9110, or in ISO 8601; None for any other text."""
    if len(text) > _LONGEST_DATE or text.count(",") > 1 or not text.isascii():
        return None
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        with suppress(ValueError, OverflowError, TypeError, LookupError):
            moment = read(text.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return None
