"""Numbers and times in headers are read within bounds: none raises an error or causes a long wait."""

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
    """The first header with a usable value counts, up to an hour."""
    assert limited_for(headers) == seconds


def test_only_a_429_waits_for_the_reset() -> None:
    """The reset header, which every response carries, sets a wait after a 429 only."""
    assert retry_after({"x-ratelimit-reset": "50"}) is None
    assert limited_for({"x-ratelimit-reset": "7200"}) == LONGEST_WAIT


@pytest.mark.parametrize("name", ["retry-after", "x-ratelimit-reset", "retry-after-ms"])
@pytest.mark.parametrize("form", ["{:.0f}", "{:.3f}", "{ms:.0f}"])
def test_unix_times(name: str, form: str) -> None:
    """Any of the headers may hold a Unix time in seconds or milliseconds."""
    moment = ahead(90).timestamp()
    assert limited_for({name: form.format(moment, ms=moment * 1000)}) == pytest.approx(90, abs=2)


@pytest.mark.parametrize(
    "form", ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %d %H:%M:%S %Y", "%Y-%m-%dT%H:%M:%SZ"]
)
def test_dates(form: str) -> None:
    """All three date formats of RFC 9110 are read as GMT, and RFC 3339, which other APIs send, is read too."""
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
def test_unusable_values_are_ignored(text: str) -> None:
    """Negative, past, distant, duplicated, empty, too long or non-ASCII values count as missing."""
    for name in ("retry-after", "retry-after-ms", "x-ratelimit-reset"):
        assert limited_for({name: text, "x-ratelimit-limit": "7"}) is None
    assert reset_after({"x-ratelimit-reset": text}) is None


def test_two_dates_in_one_header_are_ignored() -> None:
    """Two dates in one header are ignored, because nothing says which one is meant."""
    date = format_datetime(ahead(90), usegmt=True)
    assert retry_after({"retry-after": date}) is not None
    assert retry_after({"retry-after": f"{date}, {date}"}) is None


def test_a_reset_may_be_more_than_an_hour_away() -> None:
    """The time until the reset is not limited to an hour as waits are."""
    assert reset_after({"x-ratelimit-reset": "50000"}) == 50_000


NOW = 1_800_000_000


@pytest.fixture
def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock at `NOW`."""

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
    """A reset may be up to a second ago, which means now, or a day ahead; dates without an offset are UTC."""
    assert reset_after({"x-ratelimit-reset": text}) == seconds


@pytest.mark.parametrize(
    ("text", "whole"), [("0", 0), ("7", 7), ("7.9", 7), ("1000000000", 10**9), ("1000000001", None), ("", None)]
)
def test_a_count_is_whole_and_at_most_a_billion(text: str, whole: int | None) -> None:
    """A count is rounded down, and ignored above a billion."""
    assert count({"left": text}, "left") == whole
    assert count({}, "left") is None


def test_a_number_may_equal_its_maximum() -> None:
    """A number may equal its maximum but not exceed it."""
    assert number({"left": "5"}, "left", 5) == 5
    assert number({"left": "5.1"}, "left", 5) is None
    assert number({"left": "1" + "0" * 14 + ".5"}, "left") == 10**14 + 0.5


TEXTS = st.text() | st.integers().map(str) | st.floats().map(str) | st.from_regex(r"[0-9.,+:A-Za-z -]{0,40}")


@given(TEXTS)
@example("Sun, 06 Nov 1994 08:49:37 GMT" * 1000)
def test_any_text_is_read_within_bounds(text: str) -> None:
    """No text in a header raises an error or gives a value out of bounds."""
    for name in ("retry-after", "retry-after-ms", "x-ratelimit-reset"):
        wait = limited_for({name: text})
        assert wait is None or 0 <= wait <= LONGEST_WAIT
    reset = reset_after({"x-ratelimit-reset": text})
    assert reset is None or 0 <= reset <= LONGEST_SAID
    left = count({"left": text}, "left")
    assert left is None or 0 <= left <= 10**9
    some = number({"left": text}, "left", 5)
    assert some is None or 0 <= some <= 5
