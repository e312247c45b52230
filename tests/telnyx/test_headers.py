"""Numbers and times of headers are read in bounds: nothing that stands there raises, or makes anybody wait for long."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telnyx_connections_mcp.telnyx._headers import (
    LONGEST_SAID,
    LONGEST_WAIT,
    count,
    limited_for,
    number,
    reset_after,
    retry_after,
)


def ahead(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"x-ratelimit-reset": "12"}, 12.0),
        ({"retry-after": "3", "x-ratelimit-reset": "12"}, 3.0),
        ({"retry-after": " 3 "}, 3.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": ".5"}, 0.5),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after-ms": "soon", "retry-after": "9"}, 9.0),
        ({"retry-after": "7200"}, LONGEST_WAIT),
        ({"retry-after": "86400"}, LONGEST_WAIT),
        ({"retry-after-ms": "86400000"}, LONGEST_WAIT),
    ],
)
def test_seconds_and_milliseconds(headers: dict[str, str], seconds: float | None) -> None:
    """The first header that says something sensible counts; an hour is the most."""
    assert limited_for(headers) == seconds


def test_only_a_429_waits_for_the_reset() -> None:
    """Every answer tells it, and a 503 has nothing to do with it."""
    assert retry_after({"x-ratelimit-reset": "50"}) is None
    assert limited_for({"x-ratelimit-reset": "7200"}) == LONGEST_WAIT


@pytest.mark.parametrize("name", ["retry-after", "x-ratelimit-reset", "retry-after-ms"])
@pytest.mark.parametrize("form", ["{:.0f}", "{:.3f}", "{ms:.0f}"])
def test_epochs(name: str, form: str) -> None:
    """Of seconds or milliseconds, in any of the headers."""
    moment = ahead(90).timestamp()
    assert limited_for({name: form.format(moment, ms=moment * 1000)}) == pytest.approx(90, abs=2)


@pytest.mark.parametrize(
    "form", ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y", "%Y-%m-%dT%H:%M:%SZ"]
)
def test_dates(form: str) -> None:
    """The three forms of RFC 9110, always in GMT, and that of RFC 3339, which other APIs use."""
    assert retry_after({"retry-after": ahead(90).strftime(form)}) == pytest.approx(90, abs=2)
    assert retry_after({"retry-after": ahead(50_000).strftime(form)}) == LONGEST_WAIT


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "-1",
        "-0",
        "+5",
        "5 seconds",
        "3, 7",
        "3;w=60",
        "1e3",
        "1e400",
        "inf",
        "-inf",
        "nan",
        "0x10",
        "1_000",
        "\u0661",
        "\uff15",
        "\u00b2",
        ".",
        "5.5.5",
        "99999999999",
        "9" * 400,
        "9" * 5000,
        "0." + "9" * 5000,
        "1700000000",
        "1700000000000",
        "9999999999",
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 2095 08:49:37 GMT",
        "Sun, 31 Feb 2027 99:99:99 GMT",
        "Sun, 06 Nov 99999999999999999999 08:49:37 GMT",
        "1 Jan 0001 00:00:00 +9999",
    ],
)
def test_nothing_sensible(text: str) -> None:
    """Negative, past, far away, doubled, empty, in other digits or too long: as if it were not there."""
    for name in ("retry-after", "retry-after-ms", "x-ratelimit-reset"):
        assert limited_for({name: text, "x-ratelimit-limit": "7"}) is None
    assert reset_after({"x-ratelimit-reset": text}) is None


def test_two_dates_are_none() -> None:
    """As two numbers are: which one is meant, nobody knows."""
    date = format_datetime(ahead(90), usegmt=True)
    assert retry_after({"retry-after": date}) is not None
    assert retry_after({"retry-after": f"{date}, {date}"}) is None


def test_a_reset_is_told_as_far_as_a_day_ahead() -> None:
    """The budget says when it begins anew; only waits are cut to an hour."""
    assert reset_after({"x-ratelimit-reset": "50000"}) == 50_000


TEXTS = st.text() | st.integers().map(str) | st.floats().map(str) | st.from_regex(r"[0-9.,+:A-Za-z -]{0,40}")


@given(TEXTS)
@example("Sun, 06 Nov 1994 08:49:37 GMT" * 1000)
def test_whatever_stands_there_is_read_in_bounds(text: str) -> None:
    """No text raises anything."""
    for name in ("retry-after", "retry-after-ms", "x-ratelimit-reset"):
        wait = limited_for({name: text})
        assert wait is None or 0 <= wait <= LONGEST_WAIT
    reset = reset_after({"x-ratelimit-reset": text})
    assert reset is None or 0 <= reset <= LONGEST_SAID
    left = count({"left": text}, "left")
    assert left is None or 0 <= left <= 10**9
    some = number({"left": text}, "left", 5)
    assert some is None or 0 <= some <= 5
