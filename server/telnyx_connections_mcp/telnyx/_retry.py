"""When to send a request again, and after how long.

Only what may pass by itself is sent again (`TemporaryError`), at most three times in all, with exponential
backoff and jitter. A 429 waits as long as Telnyx says. A wait that would not end before the caller's deadline
(anyio's, set by whoever called) is not begun.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import stamina

from telnyx_connections_mcp.telnyx.errors import RateLimited, TelnyxError, TemporaryError

TRIES = 3
WAIT_INITIAL = 0.25
WAIT_MAX = 2.0

T = TypeVar("T")


def backoff(error: Exception, remaining: float) -> bool | float:
    """Whether to try again after `error` with `remaining` seconds left: a number is the wait in seconds.

    True means the usual exponential wait.
    """
    if not isinstance(error, TemporaryError):
        return False
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return max(error.retry_after, WAIT_INITIAL) if error.retry_after < remaining else False
    return remaining > WAIT_MAX


async def with_retries(send: Callable[[], Awaitable[T]]) -> T:
    """What `send` returns, tried up to three times.

    Raises the last `TelnyxError`, which then knows how often it was tried.
    """
    tries = 0
    try:
        async for attempt in stamina.retry_context(
            on=lambda error: backoff(error, anyio.current_effective_deadline() - anyio.current_time()),
            attempts=TRIES,
            timeout=None,
            wait_initial=WAIT_INITIAL,
            wait_max=WAIT_MAX,
            wait_jitter=WAIT_INITIAL,
        ):
            with attempt:
                tries = attempt.num
                return await send()
    except TelnyxError as error:
        error.tries = tries
        raise
    raise AssertionError("stamina ends with a result or an error")
