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
