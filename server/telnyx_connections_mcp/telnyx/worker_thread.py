"""Looking at many connections, out of the way of whoever else is served."""

from collections.abc import Callable
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

AT_ONCE = 500
"""So many connections are looked at in a few milliseconds: a thread would cost more than it spares others."""
THREADS = 4
"""More would not be faster, because one runs at a time, and each would make whoever else is served wait longer."""
T = TypeVar("T")
_limiter: RunVar[CapacityLimiter] = RunVar("threads that look at fleets")


async def apart(work: Callable[[], T], count: int) -> T:
    """What `work` gives, which looks at `count` connections: in a thread where that takes long.

    The thread goes on when the caller has left, so that who asks and hangs up has no more of them than who waits.
    """
    if count <= AT_ONCE:
        return work()
    limiter = _limiter.get(None)
    if limiter is None:
        limiter = CapacityLimiter(THREADS)
        _limiter.set(limiter)
    return await to_thread.run_sync(work, limiter=limiter)
