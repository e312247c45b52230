"""When to retry a request, and after how long.

Only temporary failures (`TemporaryError`) are retried, up to three tries in all, with exponential backoff and jitter or
after the time that the response names. There is no retry if the wait would end after the caller's deadline (anyio's).
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import stamina

from telnyx_connections_mcp.telnyx.errors import TelnyxError, TemporaryError

TRIES = 3
WAIT_INITIAL = 0.25
WAIT_MAX = 2.0
_PERMANENT = frozenset({501, 505, 506, 508, 510, 511})
"""Statuses from 500 that are permanent (IANA, HTTP status codes)."""

T = TypeVar("T")


def is_temporary(status: int) -> bool:
    """Whether a request that got this HTTP status may succeed later; 429 has rules of its own."""
    return status == 408 or (500 <= status < 600 and status not in _PERMANENT)


def backoff(error: Exception, remaining: float) -> bool | float:
    """Whether to retry after `error` with `remaining` seconds left; a number is the wait in seconds.

    True means the usual exponential wait.
    """
    if not isinstance(error, TemporaryError):
        return False
    if error.retry_after is not None:
        return max(error.retry_after, WAIT_INITIAL) if error.retry_after < remaining else False
    return remaining > WAIT_MAX


async def with_retries(send: Callable[[], Awaitable[T]]) -> T:
    """The result of `send`, tried up to three times.

    Raises the last `TelnyxError`, with the number of tries.
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
