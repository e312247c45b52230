"""What may pass by itself is tried again, at most three times, and no wait outlives the caller's deadline."""

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
def test_a_temporary_failure_waits_when_time_is_left(error: Exception) -> None:
    """The usual wait is taken only when the longest of its kind still fits."""
    assert backoff(error, WAIT_MAX + 0.01) is True
    assert backoff(error, WAIT_MAX) is False
    assert backoff(error, WAIT_MAX - 1) is False


@pytest.mark.parametrize("error", [errors.KeyRefused("a", "b"), errors.NotFound("a", "b"), ValueError()])
def test_a_final_failure_is_not_tried_again(error: Exception) -> None:
    """A refused key stays refused."""
    assert backoff(error, float("inf")) is False


@given(st.floats(0, 10_000), st.floats(0, 10_000))
def test_a_rate_limit_waits_as_told_or_not_at_all(wait: float, remaining: float) -> None:
    """Telnyx's own number of seconds is the wait, unless it does not fit into the time that is left."""
    chosen = backoff(errors.RateLimited("a", "b", wait), remaining)
    assert chosen is False or (chosen == max(wait, WAIT_INITIAL) and wait < remaining)
    assert (chosen is False) == (wait >= remaining)


class Fails:
    """Fails as often as told, then succeeds."""

    def __init__(self, times: int, error: errors.TelnyxError) -> None:
        self.left, self.error, self.calls = times, error, 0

    async def __call__(self) -> str:
        self.calls += 1
        self.left -= 1
        if self.left >= 0:
            raise self.error
        return "answer"


@pytest.mark.parametrize("times", [0, 1, 2])
async def test_up_to_two_failures_are_survived(times: int) -> None:
    """The third try may still succeed."""
    send = Fails(times, errors.RateLimited("a", "b", 0.0))
    assert await with_retries(send) == "answer"
    assert send.calls == times + 1


async def test_the_third_failure_is_told_with_its_count() -> None:
    """The sentence says how often it was tried."""
    send = Fails(3, errors.RateLimited("The limit is used up", "wait", 0.0))
    with pytest.raises(errors.RateLimited, match=r"The limit is used up, tried 3 times: wait\."):
        await with_retries(send)
    assert send.calls == 3


async def test_no_wait_is_begun_that_does_not_fit() -> None:
    """With ten seconds to wait and one left, the answer comes at once and says the seconds."""
    send = Fails(3, errors.RateLimited("The limit is used up", "try again in 10 seconds", 10.0))
    with anyio.fail_after(1), pytest.raises(errors.RateLimited, match=r"used up: try again in 10 seconds\."):
        await with_retries(send)
    assert send.calls == 1
