"""Work on many rows, in worker threads so that other requests are not held up."""

from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

INLINE_ROWS = 500
"""Rows that are worked on at once: they take a few milliseconds, and a thread would cost more than it saves."""
THREADS = 4
"""More would not be faster, because only one runs at a time, and would slow down other requests."""
T = TypeVar("T")
_ARENA_MAX = -8
"""`M_ARENA_MAX` of glibc's mallopt(3)."""
_limiter: RunVar[CapacityLimiter] = RunVar("worker threads")


async def in_worker_thread(work: Callable[[], T], count: int) -> T:
    """The result of `work`, which handles `count` rows, in a worker thread if there are many.

    The thread finishes its work even if the caller is cancelled, so that clients that disconnect cannot occupy more
    threads than those that wait.
    """
    if count <= INLINE_ROWS:
        return work()
    limiter = _limiter.get(None)
    if limiter is None:
        limiter = CapacityLimiter(THREADS)
        _limiter.set(limiter)
        _share_memory()
    return await to_thread.run_sync(work, limiter=limiter)


def _share_memory() -> None:
    """Make threads to come use the main thread's memory.

    glibc gives each thread an arena, and what one thread has freed is of no use to others: large pages took twice as
    much memory. Only one thread runs at a time, so they do not wait for each other.
    """
    from ctypes import CDLL

    with suppress(AttributeError, OSError, TypeError):  # another C library
        CDLL(None).mallopt(_ARENA_MAX, 1)
