"""Numbers and times in headers, which the other side chose: read in bounds, never raised over.

`x-ratelimit-*`: Telnyx API reference, "Rate limiting". `Retry-After`: RFC 9110, 10.2.3; its dates: 5.6.7.
`retry-after-ms`: what the official SDKs of Telnyx read too.
"""

import re
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_WAIT = 3600.0
"""Seconds. Whoever asks for more waits so long all the same: nobody's header puts an account out of use for a day."""
LONGEST_SAID = 86_400.0
"""Seconds. A time farther away than a day is no time to wait for, but a mistake or another unit."""
HIGHEST_COUNT = 10**9
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{0,15})?|\.[0-9]{1,15}")
_HIGHEST_NUMBER = 10**15
_LONGEST_DATE = 64
_ROUNDING = 1.0
"""Seconds. Epochs and dates are cut to whole seconds: so long ago is now."""
_SECOND, _MILLISECOND = 1.0, 0.001


def number(headers: Mapping[str, str], name: str, highest: float = _HIGHEST_NUMBER) -> float | None:
    """The number from 0 to `highest` that a header holds; None where it is missing or holds anything else."""
    text = headers.get(name, "").strip()
    found = float(text) if _NUMBER.fullmatch(text) else None
    return found if found is not None and found <= highest else None


def count(headers: Mapping[str, str], name: str) -> int | None:
    """The same as a whole number, up to a thousand million."""
    found = number(headers, name, HIGHEST_COUNT)
    return None if found is None else int(found)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait, at most an hour, as `retry-after-ms` or `Retry-After` say.

    None where neither names a time from now to a day ahead.
    """
    now = datetime.now(UTC).timestamp()
    said = _seconds(headers, "retry-after-ms", _MILLISECOND, now)
    said = _seconds(headers, "retry-after", _SECOND, now) if said is None else said
    return None if said is None else min(said, LONGEST_WAIT)


def limited_for(headers: Mapping[str, str]) -> float | None:
    """Seconds, at most an hour, for which a 429 lasts: as it says, or until `x-ratelimit-reset`; None as above."""
    said = retry_after(headers)
    said = reset_after(headers) if said is None else said
    return None if said is None else min(said, LONGEST_WAIT)


def reset_after(headers: Mapping[str, str]) -> float | None:
    """Seconds until the rate limit begins anew; None where no time from now to a day ahead is named."""
    return _seconds(headers, "x-ratelimit-reset", _SECOND, datetime.now(UTC).timestamp())


def _seconds(headers: Mapping[str, str], name: str, unit: float, now: float) -> float | None:
    """The seconds from `now` that a header names: as a number of `unit`, as an epoch (s or ms) or as a date."""
    said = number(headers, name)
    if said is None:
        moment = _date(headers.get(name, ""))
        ahead = [] if moment is None else [moment - now]
    else:
        ahead = [said * unit, said - now, said * _MILLISECOND - now]
    return next((max(0.0, seconds) for seconds in ahead if -_ROUNDING <= seconds <= LONGEST_SAID), None)


def _date(text: str) -> float | None:
    """The epoch of a date in one of the three forms of RFC 9110, or of ISO 8601; None for any other text."""
    if len(text) > _LONGEST_DATE or text.count(",") > 1 or not text.isascii():
        return None
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        with suppress(ValueError, OverflowError, TypeError, LookupError):
            moment = read(text.strip())
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return None
