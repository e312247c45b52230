"""Work on many rows, in worker threads so that other requests are not held up."""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

INLINE_ROWS = 500
"""Rows that are worked on at once: they take a few milliseconds, and a thread would cost more than it saves."""
THREADS = 4
"""More would not be faster, because only one runs at a time, and would slow down other requests."""
T = TypeVar("T")
_limiter: RunVar[CapacityLimiter] = RunVar("worker threads")


async def in_worker_thread(work: Callable[[], T], count: int, *, abandon: bool = False) -> T:
    """The result of `work`, which handles `count` rows, in a worker thread if there are many.

    The thread finishes its work even if the caller is cancelled, so that clients that disconnect cannot occupy more
    threads than those that wait. With `abandon` it is not waited for: then `work` must end soon by itself.
    """
    if count <= INLINE_ROWS:
        return work()
    limiter = _limiter.get(None)
    if limiter is None:
        limiter = CapacityLimiter(THREADS)
        _limiter.set(limiter)
    return await to_thread.run_sync(work, limiter=limiter, abandon_on_cancel=abandon)
