"""Where many connections are looked at."""

import threading

import anyio
import pytest

from telnyx_connections_mcp.telnyx.worker_thread import INLINE_ROWS, THREADS, in_worker_thread

pytestmark = pytest.mark.anyio


async def test_others_are_served_while_many_connections_are_looked_at() -> None:
    """However many ask at once: those who wait for a thread wait for nobody else's sake."""
    go = threading.Event()
    answers: list[bool] = []

    async def ask() -> None:
        answers.append(await in_worker_thread(lambda: go.wait(20), INLINE_ROWS + 1))

    async with anyio.create_task_group() as tasks:
        for _ in range(2 * THREADS):
            tasks.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        assert await in_worker_thread(lambda: 5, INLINE_ROWS) == 5
        go.set()
    assert answers == [True] * 2 * THREADS


async def test_what_goes_wrong_is_raised() -> None:
    """As if it had not happened in a thread."""
    with pytest.raises(ZeroDivisionError):
        await in_worker_thread(lambda: 1 // 0, INLINE_ROWS + 1)
