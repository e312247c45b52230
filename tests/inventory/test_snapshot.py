"""What a snapshot computes once for all callers."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import anyio
import pytest
from anyio import to_thread

from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.snapshot import Coverage, Snapshot
from telnyx_connections_mcp.telnyx.worker_thread import INLINE_ROWS

pytestmark = pytest.mark.anyio


def counted(counts: list[int], may_end: threading.Event) -> Callable[[Database], int]:
    """Work that waits until it may end, and returns how often it was done."""

    def work(_: Database) -> int:
        counts.append(1)
        assert may_end.wait(20)
        return len(counts)

    return work


@pytest.mark.parametrize("callers_leave", [False, True])
async def test_preparation_is_done_once(callers_leave: bool) -> None:  # noqa: FBT001  # both cases
    """Concurrent callers share it, even if some of them leave before it is done."""
    many = INLINE_ROWS + 1  # so that a thread does it
    coverage = Coverage(read=many, of=many, complete=True, as_of=datetime.now(UTC))
    snapshot = Snapshot(Database(CONNECTIONS), coverage)
    counts: list[int] = []
    may_end, answers = threading.Event(), list[int]()
    work = counted(counts, may_end)

    async def ask() -> None:
        answers.append(await snapshot.prepared("something", work))

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(ask)
        while not counts:
            await to_thread.run_sync(may_end.wait, 0.01)
        if callers_leave:
            tasks.cancel_scope.cancel()
        may_end.set()
    assert answers == [1] * (1 if callers_leave else 5)  # a thread is not left behind: its caller waits for it
    assert await snapshot.prepared("something", work) == 1
    assert await snapshot.prepared("something else", work) == 2
