"""What a statement costs in the query process, compared with bare sqlite3; how late the event loop is meanwhile.

`python benchmarks/query.py [CONNECTIONS ...]`, by default 10,000 and 100,000; on Linux. Each statement runs alternately
in the query process and on a handle of this process that holds the same image, without limits and without our indexes.
Limit: 3 ms more of processor time, both processes together, the least of 15 runs. Then four callers send statements
that would run for minutes, while the event loop wakes every millisecond: late by at most 20 ms in 99 % of wakeups.
"""

import sqlite3
import statistics
import sys
import time
from itertools import cycle
from pathlib import Path

import anyio
import httpx

from telnyx_connections_mcp.config.accounts import one_account
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.mcp_server.context import open_accounts
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.sql.guard import StatementRefused
from telnyx_connections_mcp.sql.query_process import QueryProcess
from telnyx_connections_mcp.sql.statement import read_statement
from telnyx_connections_mcp.sql.tables import TABLES

RUNS = 15
LIMIT = 100
STATEMENTS = {
    "count by type": "SELECT record_type, count(*) FROM connections GROUP BY 1 ORDER BY 2 DESC",
    "text inside names": "SELECT count(*) FROM connections WHERE connection_name LIKE '%acme%'",
    "20 oldest without webhook": (
        "SELECT id, connection_name FROM connections WHERE webhook_event_url IS NULL ORDER BY created_at LIMIT 20"
    ),
    "month by month": "SELECT substr(created_at, 1, 7) AS month, count(*) FROM connections GROUP BY 1 ORDER BY 1",
    "by tag": "SELECT tag, count(*) FROM connection_tags GROUP BY 1 ORDER BY 2 DESC",
    "tagged, by host": (
        "SELECT c.webhook_host, count(*) FROM connections AS c JOIN connection_tags AS t ON t.connection_id = c.id "
        "WHERE t.tag = 'eu' GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10"
    ),
    "100 whole rows": "SELECT * FROM connections ORDER BY id LIMIT 100",
    "one by id": "SELECT connection_name FROM connections WHERE id = '1293384263677478266'",
}
HOSTILE = [
    "SELECT count(*) FROM connections AS a, connections AS b, connections AS c",
    "SELECT a.id || b.id FROM connections AS a, connections AS b ORDER BY 1",
    "SELECT max(a.connection_name || b.connection_name) FROM connections AS a, connections AS b, connections AS c",
]


async def snapshot_of(size: int) -> Snapshot:
    async def silent(*_: object) -> None:
        pass

    network = httpx.ASGITransport(create_app(size=size, seed=0, fault=None))
    settings = Settings(api_key=SANDBOX_KEY, base_url="http://localhost/v2", tool_timeout=600)
    async with open_accounts(one_account(settings), lambda: network) as contexts:
        (context,) = contexts.by_name.values()
        return await context.snapshots.get(CONNECTIONS, None, silent)


def bare(snapshot: Snapshot) -> sqlite3.Connection:
    handle = sqlite3.connect(":memory:")
    handle.deserialize(snapshot.database.image())
    for table in TABLES.values():
        if table.kind is CONNECTIONS:
            handle.execute(f"CREATE TEMP VIEW {table.name} AS {table.select}")
    return handle


async def measure(snapshot: Snapshot, process: QueryProcess) -> float:
    """Print a line for each statement; the most that one cost beyond the bare one, in milliseconds."""
    handle, worst = bare(snapshot), 0.0
    for name, sql in STATEMENTS.items():
        ours: list[tuple[float, float]] = []
        theirs: list[tuple[float, float]] = []
        for _ in range(RUNS):
            before = clocks()
            result = await process.run([snapshot.database], read_statement(sql), LIMIT)
            between = clocks()
            rows = handle.execute(sql).fetchmany(LIMIT)
            after = clocks()
            ours.append((between[0] - before[0], between[1] - before[1]))
            theirs.append((after[0] - between[0], after[1] - between[1]))
            assert len(rows) == len(result.rows)
        (took, used), (took_bare, used_bare) = (
            (statistics.median(wall for wall, _ in runs), min(processor for _, processor in runs))
            for runs in (ours, theirs)
        )
        worst = max(worst, used - used_bare)
        print(f"  {name:26} {took:7.1f} ms, bare {took_bare:7.1f} ms; ", end="")
        print(f"of processor time {used:6.1f} and {used_bare:6.1f} ms: {used - used_bare:+.1f} ms")
    return worst


def clocks() -> tuple[float, float]:
    """The time, and the processor time of this process and its children, in milliseconds."""
    tasks = [task for child in children() for task in Path(f"/proc/{child}/task").glob("*/schedstat")]
    used = sum(int(task.read_text().split()[0]) for task in tasks)
    return 1e3 * time.perf_counter(), used / 1e6 + 1e3 * time.process_time()


def children() -> list[str]:
    return [child for listed in Path("/proc/self/task").glob("*/children") for child in listed.read_text().split()]


async def lag(snapshot: Snapshot, process: QueryProcess, seconds: float = 10) -> float:
    """How late the event loop is while hostile statements run, in milliseconds: the 99th percentile."""
    late: list[float] = []
    ended = {"stopped": 0, "answered": 0}

    async def attack(statements: "cycle[str]") -> None:
        while True:
            try:
                await process.run([snapshot.database], read_statement(next(statements)), LIMIT)
                ended["answered"] += 1
            except StatementRefused:
                ended["stopped"] += 1

    async with anyio.create_task_group() as tasks:
        for number in range(4):
            tasks.start_soon(attack, cycle(HOSTILE[number % 3 :] + HOSTILE[: number % 3]))
        until = time.perf_counter() + seconds
        while (begin := time.perf_counter()) < until:
            await anyio.sleep(0.001)
            late.append(1000 * (time.perf_counter() - begin) - 1)
        tasks.cancel_scope.cancel()
    late.sort()
    p99 = late[int(len(late) * 0.99)]
    done = ended["stopped"] + ended["answered"]
    print(f"  {done} hostile statements, {ended['stopped']} of them stopped, in {seconds:.0f} s: ", end="")
    print(f"the event loop is late by {p99:.1f} ms (99 %), {late[-1]:.1f} ms (longest)")
    return p99


def memory() -> str:
    """Of the query process, now and at most."""
    lines = [line.split() for child in children() for line in Path(f"/proc/{child}/status").read_text().splitlines()]
    found = {words[0]: int(words[1]) // 1024 for words in lines if words[0] in ("VmRSS:", "VmHWM:")}
    return f"{found.get('VmRSS:', 0)} MiB, at most {found.get('VmHWM:', 0)} MiB"


async def run(size: int) -> bool:
    snapshot = await snapshot_of(size)
    print(f"{size} connections, an image of {len(snapshot.database.image()) / 2**20:.1f} MiB")
    starts = []
    async with anyio.create_task_group() as tasks:
        process = QueryProcess(tasks)
        for _ in range(5):
            await process.aclose()
            begin = time.perf_counter()
            await process.run([snapshot.database], read_statement("SELECT count(*) FROM connections"), 1)
            starts.append(1000 * (time.perf_counter() - begin))
        print(f"  started and asked in {statistics.median(starts):.0f} ms (fastest {min(starts):.0f}); {memory()}")
        worst = await measure(snapshot, process)
        print(f"  after these statements: {memory()}")
        p99 = await lag(snapshot, process)
        print(f"  after those: {memory()}")
        await process.aclose()
        tasks.cancel_scope.cancel()
    return worst <= 3 and p99 <= 20


if __name__ == "__main__":
    sizes = [*map(int, sys.argv[1:])] or [10_000, 100_000]
    sys.exit(not all([anyio.run(run, size) for size in sizes]))  # noqa: C419  # all of them are measured
