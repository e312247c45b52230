"""Work on many rows runs in a worker thread."""

import threading

import anyio
import pytest

from telnyx_connections_mcp.telnyx.worker_thread import INLINE_ROWS, THREADS, in_worker_thread

pytestmark = pytest.mark.anyio


async def test_small_work_does_not_wait_for_threads() -> None:
    """Work on few rows runs at once even if all threads are busy and more work is queued."""
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


async def test_an_error_in_a_thread_is_raised() -> None:
    """An error in a worker thread reaches the caller."""
    with pytest.raises(ZeroDivisionError):
        await in_worker_thread(lambda: 1 // 0, INLINE_ROWS + 1)
