"""When to send a request again, and after how long.

Only what may pass by itself is sent again (`TemporaryError`), at most three times in all, with exponential
backoff and jitter, or after as long as the answer said. A wait that would not end before the caller's deadline
(anyio's, set by whoever called) is not begun.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import stamina

from telnyx_connections_mcp.telnyx.errors import TelnyxError, TemporaryError

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
    if error.retry_after is not None:
        return max(error.retry_after, WAIT_INITIAL) if error.retry_after < remaining else False
    return remaining > WAIT_MAX


async def with_retries(send: Callable[[], Awaitable[T]]) -> T:
    """What `send` returns, tried up to three times.

    Raises the last `TelnyxError`, which then knows how often it was tried.
    """
    tries = 0

    async def once() -> T:
        nonlocal tries
        tries += 1
        return await send()

    try:
        return await _CALLER(_on, once)
    except TelnyxError as error:
        error.tries = tries
        raise


def _on(error: Exception) -> bool | float:
    return backoff(error, anyio.current_effective_deadline() - anyio.current_time())


_CALLER = stamina.AsyncRetryingCaller(
    attempts=TRIES, timeout=None, wait_initial=WAIT_INITIAL, wait_max=WAIT_MAX, wait_jitter=WAIT_INITIAL
)
