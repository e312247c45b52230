"""Requests keep within the account's rate limit."""

import time
from datetime import UTC, datetime

import anyio
import pytest

from telnyx_connections_mcp.telnyx import _rate_limiter
from telnyx_connections_mcp.telnyx._rate_limiter import PROBE, RateLimiter
from telnyx_connections_mcp.telnyx.errors import RateLimited
from telnyx_connections_mcp.telnyx.models import RateBudget

pytestmark = pytest.mark.anyio


async def seconds_of_turns(limiter: RateLimiter, count: int) -> float:
    begun = time.monotonic()
    async with anyio.create_task_group() as tasks:
        for _ in range(count):
            tasks.start_soon(limiter.acquire)
    return time.monotonic() - begun


async def test_with_plenty_left_nobody_waits() -> None:
    """Eight requests leave at once."""
    limiter = RateLimiter()
    limiter.update(200, {"x-ratelimit-remaining": "500", "x-ratelimit-reset": "60"})
    limiter.update(200, {"x-ratelimit-remaining": "many", "x-ratelimit-reset": "60"})
    limiter.update(200, {})
    assert await seconds_of_turns(limiter, 8) < 0.1


async def test_what_is_left_is_spread_over_the_time_until_the_reset() -> None:
    """Four turns of nine in a second take about four tenths."""
    limiter = RateLimiter()
    limiter.update(200, {"x-ratelimit-remaining": "9", "x-ratelimit-reset": "1"})
    assert 0.35 <= await seconds_of_turns(limiter, 4) < 0.9


async def test_a_429_pauses_everybody() -> None:
    """As long as Telnyx says."""
    limiter = RateLimiter()
    limiter.update(429, {"retry-after": "0.3"})
    assert 0.29 <= await seconds_of_turns(limiter, 8) < 0.6


async def test_a_pause_that_does_not_fit_is_not_begun() -> None:
    """The error says how long to wait; a 429 without a time pauses a second."""
    limiter = RateLimiter()
    limiter.update(429, {})
    with anyio.fail_after(0.5), pytest.raises(RateLimited, match=r"try again in 1 second\."):
        await limiter.acquire()
    limiter.update(429, {"x-ratelimit-reset": "30"})
    with anyio.fail_after(0.5), pytest.raises(RateLimited, match="try again in 30 seconds"):
        await limiter.acquire()


async def test_the_budget_is_what_telnyx_last_said() -> None:
    """Of any answer, a 429 too; one that says nothing leaves it as it was."""
    limiter = RateLimiter()
    limiter.update(200, {})
    assert limiter.budget is None
    begun = datetime.now(UTC)
    said = {"x-ratelimit-limit": "500", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "1.5"}
    limiter.update(429, said)
    limiter.update(502, {})
    assert limiter.budget is not None
    assert begun <= limiter.budget.as_of <= datetime.now(UTC)
    assert limiter.budget == RateBudget(limit=500, remaining=0, reset_seconds=1.5, as_of=limiter.budget.as_of)


@pytest.mark.parametrize(
    "headers",
    [
        {"retry-after": "99999999999"},
        {"retry-after": "9" * 400},
        {"retry-after": "-5"},
        {"x-ratelimit-reset": "9" * 5000},
    ],
)
async def test_an_absurd_pause_is_none(headers: dict[str, str]) -> None:
    """It pauses as a 429 without a time does."""
    limiter = RateLimiter()
    limiter.update(429, headers)
    assert 0.9 <= await seconds_of_turns(limiter, 3) < 2


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> "list[float]":
    """The clock of the rate limiter, set by the test: a minute is too long to wait for."""
    now = [1000.0]
    monkeypatch.setattr(_rate_limiter.anyio, "current_time", lambda: now[0])
    monkeypatch.setattr(_rate_limiter.anyio, "current_effective_deadline", lambda: now[0] + 25)
    return now


@pytest.fixture
def slept(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits that the limiter took, in seconds; none takes real time."""
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock[0] += seconds

    monkeypatch.setattr(_rate_limiter.anyio, "sleep", sleep)
    return waits


@pytest.mark.parametrize(
    ("sharers", "remaining", "reset", "waits"),
    [
        (1, "0", "10", [10, 10]),
        (1, "1", "10", [5, 5]),
        (1, "9", "20", [2, 2]),
        (1, "20", "21", [1, 1]),
        (1, "21", "22", []),
        (2, "40", "41", [2, 2]),
        (2, "41", "42", []),
        (2, "0", "10", [10, 10]),
        (9, "2", "10", [10, 10]),
        (1, "0", "0", []),
        (1, "1", "0", []),
    ],
)
async def test_requests_keep_the_same_distance(
    slept: list[float], sharers: int, remaining: str, reset: str, waits: list[float]
) -> None:
    """From 20 left for each sharer; at most until the reset, and not at all once it has come."""
    limiter = RateLimiter()
    limiter.sharers = sharers
    limiter.update(200, {"x-ratelimit-remaining": remaining, "x-ratelimit-reset": reset})
    await limiter.acquire()
    await limiter.acquire()
    assert slept == waits


async def test_responses_under_way_do_not_bring_the_next_request_forward(slept: list[float]) -> None:
    """The later of two times holds for it; the distance is that of the latest response."""
    limiter = RateLimiter()
    limiter.update(200, {"x-ratelimit-remaining": "1", "x-ratelimit-reset": "20"})
    limiter.update(200, {"x-ratelimit-remaining": "4", "x-ratelimit-reset": "20"})
    await limiter.acquire()
    await limiter.acquire()
    assert slept == [10, 4]


async def test_plenty_left_ends_the_distance(slept: list[float]) -> None:
    """At once: a new window has begun."""
    limiter = RateLimiter()
    limiter.update(200, {"x-ratelimit-remaining": "1", "x-ratelimit-reset": "20"})
    limiter.update(200, {"x-ratelimit-remaining": "500", "x-ratelimit-reset": "60"})
    await limiter.acquire()
    await limiter.acquire()
    assert slept == []


async def test_a_wait_may_end_with_the_deadline(slept: list[float]) -> None:
    """25 seconds of 25 are waited for; anything longer is refused."""
    limiter = RateLimiter()
    limiter.update(429, {"retry-after": "25"})
    await limiter.acquire()
    assert slept == [25]
    limiter.update(429, {"retry-after": "25.5"})
    with pytest.raises(RateLimited) as refused:
        await limiter.acquire()
    assert str(refused.value) == "The rate limit is used up, so no request was sent: try again in 26 seconds."
    assert refused.value.retry_after == 25.5
    assert slept == [25]


async def test_of_two_pauses_the_longer_holds(slept: list[float]) -> None:
    """A shorter one that overtakes it ends nothing, and one without a time is a second."""
    limiter = RateLimiter()
    limiter.update(429, {})
    await limiter.acquire()
    limiter.update(429, {"retry-after": "20"})
    limiter.update(429, {"retry-after": "5"})
    await limiter.acquire()
    assert slept == [1, 20]


async def test_a_response_after_the_pause_is_over_leaves_the_next_pause_alone(slept: list[float]) -> None:
    """A request that waited for the end of a pause is no probe."""
    limiter = RateLimiter()
    limiter.update(429, {"retry-after": "5"})
    await limiter.acquire()
    limiter.update(429, {"retry-after": "20"})
    limiter.update(200, {})
    await limiter.acquire()
    assert slept == [5, 20]


async def test_a_long_pause_is_tried_once_a_minute(clock: list[float]) -> None:
    """One request finds out whether it is still meant; the others are told of the whole of it."""
    limiter = RateLimiter()
    limiter.update(429, {"retry-after": "3600"})
    with pytest.raises(RateLimited, match="try again in 3600 seconds"):
        await limiter.acquire()
    clock[0] += PROBE
    await limiter.acquire()
    with pytest.raises(RateLimited, match="try again in 3540 seconds"):
        await limiter.acquire()
    limiter.update(429, {"retry-after": "300"})
    with pytest.raises(RateLimited, match="try again in 300 seconds"):
        await limiter.acquire()
    clock[0] += PROBE
    await limiter.acquire()
    limiter.update(200, {})
    await limiter.acquire()


async def test_one_probe_ends_one_pause(clock: list[float]) -> None:
    """Not the next as well."""
    limiter = RateLimiter()
    limiter.update(429, {"retry-after": "3600"})
    clock[0] += PROBE
    await limiter.acquire()
    limiter.update(200, {})
    limiter.update(429, {"retry-after": "90"})
    limiter.update(200, {})
    with pytest.raises(RateLimited, match="try again in 90 seconds"):
        await limiter.acquire()


async def test_an_answer_under_way_ends_no_pause(clock: list[float]) -> None:
    """Only what was asked after the pause began says that it is over."""
    limiter = RateLimiter()
    limiter.update(429, {"retry-after": "90"})
    limiter.update(200, {})
    clock[0] += 30
    with pytest.raises(RateLimited, match="try again in 60 seconds"):
        await limiter.acquire()


@pytest.mark.parametrize("sharers", [1, 2, 10**6])
async def test_the_slowest_is_one_request_a_minute(clock: list[float], sharers: int) -> None:
    """However little is left, for however long and for however many."""
    limiter = RateLimiter()
    limiter.sharers = sharers
    limiter.update(200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "86400"})
    with pytest.raises(RateLimited, match="try again in 60 seconds"):
        await limiter.acquire()
    clock[0] += PROBE
    await limiter.acquire()


@pytest.mark.parametrize("text", ["many", "-1", "1e3", "", "9" * 400])
async def test_an_unbelievable_budget_is_none(text: str) -> None:
    """What is no count, or no possible one, is not passed on; the rest is."""
    limiter = RateLimiter()
    limiter.update(200, {"x-ratelimit-limit": text, "x-ratelimit-remaining": "7"})
    assert limiter.budget is not None
    assert (limiter.budget.limit, limiter.budget.remaining, limiter.budget.reset_seconds) == (None, 7, None)
