"""The query process of an account: what it answers, whose rows it holds, and when it ends."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import anyio
import pytest

from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.sql.guard import StatementRefused
from telnyx_connections_mcp.sql.query_process import QueryProcess
from telnyx_connections_mcp.sql.statement import read_statement

from .conftest import Ask, snapshot_of

pytestmark = pytest.mark.anyio
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")

SLOW = "SELECT count(*) FROM connections a, connections b, connections c, connections d, connections e"


def children() -> set[int]:
    """The running child processes of this one."""
    return {int(child) for listed in Path("/proc/self/task").glob("*/children") for child in listed.read_text().split()}


def proc(process: int, name: str) -> str:
    return Path(f"/proc/{process}/{name}").read_text()


def files_of(process: int) -> dict[str, str]:
    """Its open files by number."""
    return {path.name: str(path.readlink()) for path in Path(f"/proc/{process}/fd").iterdir()}


def state_of(process: int) -> str:
    """Its state as Linux shows it: `S` sleeping, `T` stopped, `Z` zombie."""
    return proc(process, "stat").rpartition(") ")[2][0]


async def until(true: Callable[[], bool]) -> None:
    with anyio.fail_after(10):
        while not true():  # noqa: ASYNC110  # other processes set no events
            await anyio.sleep(0.005)


async def test_a_statement_is_answered(ask: Ask) -> None:
    """Columns and rows come back with the total, whatever semicolons and comments end the statement."""
    result = await ask("SELECT record_type, count(*) AS n FROM connections GROUP BY 1 ORDER BY 2 DESC, 1 ; -- all", 2)
    assert result.columns == ["record_type", "n"]
    assert len(result.rows) == 2
    assert (result.more, result.total, result.shortened) == (True, 13, 0)
    assert (await ask("SELECT id FROM connections -- ;\n;;", 2)).total == 55


async def test_findings_are_there_once_asked_for(ask: Ask) -> None:
    """The audit runs for the first statement that names the table."""
    assert (await ask("SELECT count(*) FROM connections")).rows == [[55]]
    (row,) = (await ask("SELECT count(*) FROM findings WHERE finding = 'duplicate_name'")).rows
    assert row != [0]


@pytest.mark.parametrize(
    ("sql", "said"), [(SLOW, "too long"), (f"{SLOW.replace('count(*)', 'a.id||b.id||c.id')} ORDER BY 1", "memory")]
)
async def test_an_expensive_statement_is_stopped(ask: Ask, sql: str, said: str) -> None:
    """It is stopped, and the next one is answered."""
    with pytest.raises(StatementRefused, match=said):
        await ask(sql)
    assert (await ask("SELECT count(*) FROM connections")).rows == [[55]]


@linux
async def test_the_process_has_nothing_but_the_image(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has no environment, no files but its pipes and no way to open any, and little memory."""
    monkeypatch.setenv("TELNYX_API_KEY", "KEY0123456789ABCDEF")
    before = children()
    await ask("SELECT count(*) FROM connections")
    (process,) = children() - before
    assert proc(process, "environ") == ""
    files = files_of(process)
    assert [files[number].partition(":")[0] for number in sorted(files)] == ["pipe", "pipe", "/dev/null"]
    limits = proc(process, "limits")
    for name in ("Max open files", "Max file size", "Max core file size", "Max processes"):
        (line,) = (line for line in limits.splitlines() if line.startswith(name))
        assert line.removeprefix(name).split()[:2] == ["0", "0"]
    (line,) = (line for line in limits.splitlines() if line.startswith("Max address space"))
    assert "unlimited" not in line


async def test_an_account_never_sees_the_rows_of_another() -> None:
    """Each account has its own process, even concurrently, and a newer snapshot replaces the image."""
    one, other, newer = await snapshot_of(30), await snapshot_of(40, seed=7), await snapshot_of(50)
    ids = {snapshot.database.uri: await ids_in(snapshot) for snapshot in (one, other, newer)}
    statement = read_statement("SELECT id FROM connections ORDER BY id")
    async with anyio.create_task_group() as tasks:
        first, second = QueryProcess(tasks), QueryProcess(tasks)

        async def check(process: QueryProcess, snapshot: Snapshot) -> None:
            for _ in range(20):
                rows = (await process.run([snapshot.database], statement, 100)).rows
                assert [row[0] for row in rows] == ids[snapshot.database.uri]

        async with anyio.create_task_group() as callers:
            for _ in range(2):
                callers.start_soon(check, first, one)
                callers.start_soon(check, second, other)
        async with anyio.create_task_group() as callers:
            callers.start_soon(check, first, one)
            callers.start_soon(check, first, newer)
        await first.aclose()
        await second.aclose()
        tasks.cancel_scope.cancel()


async def ids_in(snapshot: Snapshot) -> list[str]:
    rows = snapshot.database.query(lambda handle: handle.execute("SELECT id FROM connections ORDER BY id").fetchall())
    return [row[0] for row in rows]


@linux
async def test_one_process_runs_all_statements_of_a_snapshot(ask: Ask) -> None:
    """Statements without a table use it too, and it ends once the account no longer needs it."""
    before = children()
    await ask("SELECT count(*) FROM connections")
    (process,) = children() - before
    await ask("SELECT 1", snapshot=await snapshot_of(0))
    await ask("SELECT count(*) FROM connection_tags")
    assert children() - before == {process}


@linux
async def test_an_idle_process_ends() -> None:
    """An idle process ends to free its memory, and the next statement starts another."""
    snapshot, statement = await snapshot_of(5), read_statement("SELECT count(*) FROM connections")
    before = children()
    async with anyio.create_task_group() as tasks:
        process = QueryProcess(tasks, idle_seconds=0.2)
        for _ in range(2):
            assert (await process.run([snapshot.database], statement, 1)).rows == [[5]]
            assert len(children() - before) == 1
            await until(lambda: children() <= before)
        tasks.cancel_scope.cancel()


@linux
async def test_a_process_that_is_used_stays() -> None:
    """Idle time counts from the last statement."""
    snapshot, statement = await snapshot_of(5), read_statement("SELECT count(*) FROM connections")
    before = children()
    async with anyio.create_task_group() as tasks:
        process = QueryProcess(tasks, idle_seconds=0.3)
        await process.run([snapshot.database], statement, 1)
        started = children() - before
        for _ in range(5):
            await anyio.sleep(0.1)
            await process.run([snapshot.database], statement, 1)
        assert children() - before == started
        await process.aclose()
        tasks.cancel_scope.cancel()


@linux
async def test_cancelling_a_request_stops_its_statement(ask: Ask) -> None:
    """Only that statement is stopped, and the process goes on."""
    before = children()
    await ask("SELECT count(*) FROM connections")
    (process,) = children() - before
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask, SLOW)
        await until(lambda: state_of(process) == "R")
        tasks.cancel_scope.cancel()
    assert (await ask("SELECT count(*) FROM connections")).rows == [[55]]
    assert children() - before == {process}


@linux
@pytest.mark.parametrize("waits", [True, False])
async def test_a_process_that_hangs_is_killed(ask: Ask, waits: bool) -> None:  # noqa: FBT001  # both cases
    """It is killed even if no request waits for it any more, and the next statement starts another."""
    before = children()
    await ask("SELECT count(*) FROM connections")
    (process,) = children() - before
    os.kill(process, signal.SIGSTOP)
    await until(lambda: state_of(process) == "T")
    if waits:
        with pytest.raises(StatementRefused, match="too long"):
            await ask("SELECT 2")
    else:
        with anyio.move_on_after(0.05):
            await ask("SELECT 2")
    assert (await ask("SELECT count(*) FROM connections")).rows == [[55]]
    assert process not in children()


@linux
@pytest.mark.parametrize(("number", "said"), [(signal.SIGPROF, "too long"), (signal.SIGKILL, "memory")])
async def test_a_process_that_the_system_kills_is_replaced(ask: Ask, number: signal.Signals, said: str) -> None:
    """It may be killed during a statement, which then says why, or between two."""
    before = children()
    await ask("SELECT count(*) FROM connections")
    (process,) = children() - before

    async def kill() -> None:
        await until(lambda: state_of(process) == "R")
        os.kill(process, number)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(kill)
        with pytest.raises(StatementRefused, match=said):
            await ask(SLOW)
    assert (await ask("SELECT count(*) FROM connections")).rows == [[55]]
    (process,) = children() - before
    os.kill(process, number)
    await until(lambda: process not in children())
    with suppress(StatementRefused):  # the event loop may not know yet
        await ask("SELECT 1")
    assert (await ask("SELECT count(*) FROM connections")).rows == [[55]]


@pytest.fixture
def python(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Replace Python with another program."""

    def replace(code: str) -> None:
        program = tmp_path / "python"
        program.write_text(f"#!{sys.executable}\n{code}")
        program.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(program))

    return replace


SAYS = """
import json, sys
def hear():
    return json.loads(sys.stdin.buffer.read(int.from_bytes(sys.stdin.buffer.read(4), "big")))
def say(data, length=None):
    sys.stdout.buffer.write((len(data) if length is None else length).to_bytes(4, "big") + data)
    sys.stdout.buffer.flush()
def ready(bounded):
    while setup := hear():
        sys.stdin.buffer.read(setup["image"])
    say(json.dumps({"bounded": bounded}).encode())
"""


@linux
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("", "did not start"),
        ("say(b'{}', 2**31)\nsys.stdin.buffer.read()", "did not start"),
        ("say(b'nonsense')\nsys.stdin.buffer.read()", "did not start"),
        ("ready(False)\nsys.stdin.buffer.read()", "bound the memory"),
        ("ready(True)\nsay(b'', 2**31)\nsys.stdin.buffer.read()", "memory"),
    ],
)
async def test_a_process_that_makes_no_sense_is_ended(
    ask: Ask, python: Callable[[str], None], code: str, said: str
) -> None:
    """The error says what to use instead."""
    before = children()
    python(SAYS + code)
    with pytest.raises(StatementRefused, match=said):
        await ask("SELECT 1")
    assert children() <= before


@linux
async def test_a_request_cancelled_in_the_middle_of_an_answer(
    ask: Ask, python: Callable[[str], None], tmp_path: Path
) -> None:
    """The rest of its answer is not mistaken for the next one."""
    before = children()
    half = tmp_path / "half"
    python(
        f"""{SAYS}
ready(True)
hear()
say(b'{{"failed":', 17)
open({str(half)!r}, "w").close()
assert hear() == {{"cancel": 1}}
sys.stdout.buffer.write(b'"time"}}')
sys.stdout.buffer.flush()
hear()
say(b'{{"columns": ["a"], "rows": [[2]], "more": false, "total": 1, "shortened": 0}}')
sys.stdin.buffer.read()
"""
    )
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(ask, "SELECT 1")
        await until(half.exists)
        tasks.cancel_scope.cancel()
    assert (await ask("SELECT 2")).rows == [[2]]
    assert len(children() - before) == 1


async def test_where_no_process_can_be_started_nothing_is_run(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to use instead."""
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(StatementRefused, match="did not start: use search_connections"):
        await ask("SELECT 1")


@linux
async def test_a_request_cancelled_while_the_process_starts_leaves_none(
    ask: Ask, python: Callable[[str], None]
) -> None:
    """Starting may take long, and leaves no process if cancelled."""
    before = children()
    python("import time\ntime.sleep(60)")
    with anyio.move_on_after(0.1):
        await ask("SELECT 1")
    assert children() <= before


@linux
def test_the_process_ends_with_the_server() -> None:
    """It ends even if the server is killed during a statement."""
    code = f"""
import anyio
from tests.sql.conftest import snapshot_of
from tests.sql.test_query_process import children, SLOW
from telnyx_connections_mcp.sql.query_process import QueryProcess
from telnyx_connections_mcp.sql.statement import read_statement

async def main():
    snapshot = await snapshot_of(55)
    async with anyio.create_task_group() as tasks:
        process = QueryProcess(tasks)
        await process.run([snapshot.database], read_statement("SELECT 1"), 1)
        print(*children(), flush=True)
        await process.run([snapshot.database], read_statement("{SLOW}"), 1)

anyio.run(main)
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
    ) as server:
        assert server.stdout is not None
        process = int(server.stdout.readline())
        anyio.run(until, lambda: state_of(process) == "R")
        server.kill()
    anyio.run(until, lambda: not Path(f"/proc/{process}").exists() or state_of(process) == "Z")
