"""Requests stay within the account's rate limit."""

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


async def test_plenty_of_budget_means_no_wait() -> None:
    """Eight requests leave at once while plenty of the limit is left."""
    limiter = RateLimiter()
    limiter.update(200, {"x-ratelimit-remaining": "500", "x-ratelimit-reset": "60"})
    limiter.update(200, {"x-ratelimit-remaining": "many", "x-ratelimit-reset": "60"})
    limiter.update(200, {})
    assert await seconds_of_turns(limiter, 8) < 0.1


async def test_the_remaining_budget_is_spread_until_the_reset() -> None:
    """With nine requests left in a second, four take about 0.4 seconds."""
    limiter = RateLimiter()
    limiter.update(200, {"x-ratelimit-remaining": "9", "x-ratelimit-reset": "1"})
    assert 0.35 <= await seconds_of_turns(limiter, 4) < 0.9


async def test_a_429_pauses_all_requests() -> None:
    """After a 429, all requests wait as long as Telnyx says."""
    limiter = RateLimiter()
    limiter.update(429, {"retry-after": "0.3"})
    assert 0.29 <= await seconds_of_turns(limiter, 8) < 0.6


async def test_a_wait_beyond_the_deadline_is_refused_at_once() -> None:
    """A request whose deadline is too near for the wait fails at once and says how long to wait."""
    limiter = RateLimiter()
    limiter.update(429, {})
    with anyio.fail_after(0.5), pytest.raises(RateLimited, match=r"try again in 1 second\."):
        await limiter.acquire()
    limiter.update(429, {"x-ratelimit-reset": "30"})
    with anyio.fail_after(0.5), pytest.raises(RateLimited, match="try again in 30 seconds"):
        await limiter.acquire()


async def test_the_budget_is_what_telnyx_last_reported() -> None:
    """Any response, even a 429, updates the budget; one without rate limit headers leaves it alone."""
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
async def test_an_absurd_pause_counts_as_missing(headers: dict[str, str]) -> None:
    """A 429 with an absurd wait pauses for one second, as one without a wait does."""
    limiter = RateLimiter()
    limiter.update(429, headers)
    assert 0.9 <= await seconds_of_turns(limiter, 3) < 2


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> "list[float]":
    """A clock that the test sets, with deadlines 25 seconds ahead."""
    now = [1000.0]
    monkeypatch.setattr(_rate_limiter.anyio, "current_time", lambda: now[0])
    monkeypatch.setattr(_rate_limiter.anyio, "current_effective_deadline", lambda: now[0] + 25)
    return now


@pytest.fixture
def slept(clock: list[float], monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits of the limiter in seconds, none of which takes real time."""
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
async def test_requests_are_evenly_spaced(
    slept: list[float], sharers: int, remaining: str, reset: str, waits: list[float]
) -> None:
    """Requests are spaced out if fewer than 20 per sharer are left, until the reset at the latest."""
    limiter = RateLimiter()
    limiter.sharers = sharers
    limiter.update(200, {"x-ratelimit-remaining": remaining, "x-ratelimit-reset": reset})
    await limiter.acquire()
    await limiter.acquire()
    assert slept == waits


async def test_a_late_response_does_not_bring_the_next_request_forward(slept: list[float]) -> None:
    """The next request keeps the later of two times, and those after it the spacing of the latest response."""
    limiter = RateLimiter()
    limiter.update(200, {"x-ratelimit-remaining": "1", "x-ratelimit-reset": "20"})
    limiter.update(200, {"x-ratelimit-remaining": "4", "x-ratelimit-reset": "20"})
    await limiter.acquire()
    await limiter.acquire()
    assert slept == [10, 4]


async def test_plenty_of_budget_ends_the_spacing(slept: list[float]) -> None:
    """A response with plenty left ends the spacing at once, because a new window has begun."""
    limiter = RateLimiter()
    limiter.update(200, {"x-ratelimit-remaining": "1", "x-ratelimit-reset": "20"})
    limiter.update(200, {"x-ratelimit-remaining": "500", "x-ratelimit-reset": "60"})
    await limiter.acquire()
    await limiter.acquire()
    assert slept == []


async def test_a_wait_may_last_until_the_deadline(slept: list[float]) -> None:
    """A wait of exactly the 25 seconds left is taken, and a longer one refused."""
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


async def test_the_longer_of_two_pauses_counts(slept: list[float]) -> None:
    """A shorter pause does not end a longer one."""
    limiter = RateLimiter()
    limiter.update(429, {})
    await limiter.acquire()
    limiter.update(429, {"retry-after": "20"})
    limiter.update(429, {"retry-after": "5"})
    await limiter.acquire()
    assert slept == [1, 20]


async def test_a_success_after_a_pause_does_not_end_the_next_pause(slept: list[float]) -> None:
    """A request that waited out a pause does not count as a probe of the next one."""
    limiter = RateLimiter()
    limiter.update(429, {"retry-after": "5"})
    await limiter.acquire()
    limiter.update(429, {"retry-after": "20"})
    limiter.update(200, {})
    await limiter.acquire()
    assert slept == [5, 20]


async def test_a_long_pause_is_probed_once_a_minute(clock: list[float]) -> None:
    """During a long pause one request a minute is let through, and the others are told the whole remaining wait."""
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


async def test_a_probe_ends_only_its_own_pause(clock: list[float]) -> None:
    """A successful probe does not end a pause that began after it."""
    limiter = RateLimiter()
    limiter.update(429, {"retry-after": "3600"})
    clock[0] += PROBE
    await limiter.acquire()
    limiter.update(200, {})
    limiter.update(429, {"retry-after": "90"})
    limiter.update(200, {})
    with pytest.raises(RateLimited, match="try again in 90 seconds"):
        await limiter.acquire()


async def test_a_success_from_before_the_pause_does_not_end_it(clock: list[float]) -> None:
    """Only a request sent after the pause began can show that it is over."""
    limiter = RateLimiter()
    limiter.update(429, {"retry-after": "90"})
    limiter.update(200, {})
    clock[0] += 30
    with pytest.raises(RateLimited, match="try again in 60 seconds"):
        await limiter.acquire()


@pytest.mark.parametrize("sharers", [1, 2, 10**6])
async def test_at_least_one_request_a_minute_is_let_through(clock: list[float], sharers: int) -> None:
    """However little is left and however many share it, a request is let through every minute."""
    limiter = RateLimiter()
    limiter.sharers = sharers
    limiter.update(200, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "86400"})
    with pytest.raises(RateLimited, match="try again in 60 seconds"):
        await limiter.acquire()
    clock[0] += PROBE
    await limiter.acquire()


@pytest.mark.parametrize("text", ["many", "-1", "1e3", "", "9" * 400])
async def test_impossible_budget_values_are_dropped(text: str) -> None:
    """A budget value that cannot be true is dropped, and the others are kept."""
    limiter = RateLimiter()
    limiter.update(200, {"x-ratelimit-limit": text, "x-ratelimit-remaining": "7"})
    assert limiter.budget is not None
    assert (limiter.budget.limit, limiter.budget.remaining, limiter.budget.reset_seconds) == (None, 7, None)
