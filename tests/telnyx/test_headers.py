"""Numbers and times of headers are read in bounds: nothing that stands there raises, or makes anybody wait for long."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from telnyx_connections_mcp.telnyx import _headers
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


NOW = 1_800_000_000


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The time is `NOW`, to the microsecond."""

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> "Stopped":
            return cls.fromtimestamp(NOW, tz)

    monkeypatch.setattr(_headers, "datetime", Stopped)


@pytest.mark.usefixtures("stopped")
@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        (f"{NOW - 1.001:.3f}", None),
        (f"{NOW - 1}", 0.0),
        (f"{NOW}", 0.0),
        (f"{NOW + 1}", 1.0),
        (f"{NOW + 86_400}", 86_400.0),
        (f"{NOW + 86_401}", None),
        (f"{NOW * 1000}", 0.0),
        (f"{(NOW + 7) * 1000}", 7.0),
        ("0", 0.0),
        ("86400", 86_400.0),
        ("86400.1", None),
        ("Fri, 15 Jan 2027 07:59:58 GMT", None),
        ("Fri, 15 Jan 2027 07:59:59 GMT", 0.0),
        ("Fri, 15 Jan 2027 08:00:00 GMT", 0.0),
        ("Fri, 15 Jan 2027 10:00:05 +0200", 5.0),
        ("2027-01-15T10:00:05+02:00", 5.0),
        ("2027-01-15T08:00:05", 5.0),
        ("Fri, 15 Jan 2027 08:00:05 GMT".ljust(64), 5.0),
        ("Fri, 15 Jan 2027 08:00:05 GMT".ljust(65), None),
    ],
)
def test_a_reset_is_from_a_second_ago_to_a_day_ahead(text: str, seconds: float | None) -> None:
    """Whole seconds may lie up to one back, which means now; dates have an offset, or are UTC."""
    assert reset_after({"x-ratelimit-reset": text}) == seconds


@pytest.mark.parametrize(
    ("text", "whole"), [("0", 0), ("7", 7), ("7.9", 7), ("1000000000", 10**9), ("1000000001", None), ("", None)]
)
def test_a_count_is_whole_and_at_most_a_billion(text: str, whole: int | None) -> None:
    """What is more is not believed."""
    assert count({"left": text}, "left") == whole
    assert count({}, "left") is None


def test_a_number_may_be_the_highest() -> None:
    """And nothing beyond."""
    assert number({"left": "5"}, "left", 5) == 5
    assert number({"left": "5.1"}, "left", 5) is None
    assert number({"left": "1" + "0" * 14 + ".5"}, "left") == 10**14 + 0.5


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
