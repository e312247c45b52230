"""Temporary failures are retried twice at most, and no wait outlives the caller's deadline."""

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_connections_mcp.telnyx import errors
from telnyx_connections_mcp.telnyx._retry import WAIT_INITIAL, WAIT_MAX, backoff, with_retries

pytestmark = pytest.mark.anyio

TEMPORARY = [
    errors.Unavailable("a", "b"),
    errors.TimedOut("a", "b"),
    errors.Unreachable("a", "b"),
    errors.RateLimited("a", "b"),
]


@pytest.mark.parametrize("error", TEMPORARY)
def test_a_temporary_failure_is_retried_if_time_is_left(error: Exception) -> None:
    """A temporary failure is retried only if the longest possible wait fits into the time left."""
    assert backoff(error, WAIT_MAX + 0.01) is True
    assert backoff(error, WAIT_MAX) is False
    assert backoff(error, WAIT_MAX - 1) is False


@pytest.mark.parametrize("error", [errors.KeyRefused("a", "b"), errors.NotFound("a", "b"), ValueError()])
def test_a_permanent_failure_is_not_retried(error: Exception) -> None:
    """A failure that a retry cannot cure, such as a refused key, is not retried."""
    assert backoff(error, float("inf")) is False


@given(st.floats(0, 10_000), st.floats(0, 10_000))
def test_a_rate_limit_waits_as_long_as_telnyx_says(wait: float, remaining: float) -> None:
    """After a 429 the wait is what Telnyx asked for, or none if that exceeds the time left."""
    chosen = backoff(errors.RateLimited("a", "b", wait), remaining)
    assert chosen is False or (chosen == max(wait, WAIT_INITIAL) and wait < remaining)
    assert (chosen is False) == (wait >= remaining)


class Fails:
    """Fails `times` times, then succeeds."""

    def __init__(self, times: int, error: errors.TelnyxError) -> None:
        self.left, self.error, self.calls = times, error, 0

    async def __call__(self) -> str:
        self.calls += 1
        self.left -= 1
        if self.left >= 0:
            raise self.error
        return "answer"


@pytest.mark.parametrize("times", [0, 1, 2])
async def test_two_failures_are_retried(times: int) -> None:
    """The third attempt may still succeed."""
    send = Fails(times, errors.RateLimited("a", "b", 0.0))
    assert await with_retries(send) == "answer"
    assert send.calls == times + 1


async def test_the_third_failure_says_how_often_it_was_tried() -> None:
    """The error after the third attempt says how many were made."""
    send = Fails(3, errors.RateLimited("The limit is used up", "wait", 0.0))
    with pytest.raises(errors.RateLimited, match=r"The limit is used up, tried 3 times: wait\."):
        await with_retries(send)
    assert send.calls == 3


async def test_a_wait_beyond_the_deadline_is_not_started() -> None:
    """If the wait exceeds the time left, the error comes at once and says how long to wait."""
    send = Fails(3, errors.RateLimited("The limit is used up", "try again in 10 seconds", 10.0))
    with anyio.fail_after(1), pytest.raises(errors.RateLimited, match=r"used up: try again in 10 seconds\."):
        await with_retries(send)
    assert send.calls == 1
