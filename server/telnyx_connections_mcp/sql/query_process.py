"""The query process of one account: started for its first statement, replaced when its snapshot is, ended when idle.

Only the image of one snapshot and the statements go in, only results come out; see `worker`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from signal import Signals
from typing import cast

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, Process, TaskGroup
from anyio.streams.buffered import BufferedByteReceiveStream

from telnyx_connections_mcp.audit.findings import audit
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.sql.cells import Cell
from telnyx_connections_mcp.sql.corrections import correction
from telnyx_connections_mcp.sql.frames import Frame, framed
from telnyx_connections_mcp.sql.guard import StatementRefused
from telnyx_connections_mcp.sql.indexes import INDEXES
from telnyx_connections_mcp.sql.statement import Statement
from telnyx_connections_mcp.sql.tables import VIEWS

IDLE_SECONDS = 60.0
"""After that long without a statement the process ends, and gives its memory back."""
MAX_CHARACTERS = 40_000
"""Of all cells of an answer."""
ANSWER_SECONDS = 4.0
"""For a statement, which stops itself earlier. After that the process is killed."""
START_SECONDS = 20.0
"""For starting the process and giving it the image."""
CANCEL_SECONDS = 0.5
"""For stopping a statement that nobody waits for."""
_CHUNK = 256 * 1024
_ROOT = str(Path(__file__).parents[2])
_START = "import sys; sys.path.append(sys.argv[1]); from telnyx_connections_mcp.sql.worker import main; main()"
_NEEDED_ON_WINDOWS = ("SYSTEMROOT",)
"""Without it Python does not start there."""
_GONE = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, anyio.IncompleteRead)

_STOPPED = {
    "time": (
        "The statement took more than a second of processor time and was stopped: "
        "join fewer rows, and filter or group before joining."
    ),
    "memory": (
        "The statement needed too much memory and was stopped: join, sort or group fewer rows and columns at once."
    ),
    "unbounded": (
        "Statements cannot run here, because neither this system nor its SQLite can bound the memory that they take: "
        "use search_connections."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementResult:
    """What a statement gave."""

    columns: Sequence[str]
    """Cleaned, and cut to 64 characters."""
    rows: Sequence[Sequence[Cell]]
    """The first of them. Texts are cleaned, and cut to 1,000 characters; integers beyond 2^53 are texts."""
    more: bool
    """Whether there are more rows."""
    total: int | None
    """The number of all rows; None if they were too many to count."""
    shortened: int
    """The number of texts that were cut."""


class QueryProcess:
    """Runs the statements of one account, one after the other, in a process of its own."""

    def __init__(self, tasks: TaskGroup, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._tasks = tasks
        self._idle_seconds = idle_seconds
        self._turn = anyio.Lock()
        self._child: _Child | None = None

    async def run(
        self, snapshot: Snapshot, statement: Statement, limit: int, *, characters: int = MAX_CHARACTERS
    ) -> StatementResult:
        """The result of `statement` over `snapshot`: at most `limit` rows, and texts of `characters` in all.

        Raises `StatementRefused` if it cannot run, or takes too long or too much memory.
        """
        findings = "findings" in statement.tables
        if findings:
            await audit(snapshot)
        async with self._turn:
            child = await self._child_for(snapshot, findings=findings)
            try:
                answer = await child.ask({"sql": statement.sql, "limit": limit, "size": characters})
            finally:
                if child.broken:
                    await self._end()
        match answer:
            case {"failed": "error", "message": str(message)}:
                raise StatementRefused(correction(message, statement))
            case {"failed": why}:
                raise StatementRefused(_STOPPED[why])
            case _:
                return StatementResult(**answer)

    async def aclose(self) -> None:
        """End the process."""
        async with self._turn:
            await self._end()

    async def _child_for(self, snapshot: Snapshot, *, findings: bool) -> "_Child":
        """The process that holds `snapshot`, with its findings if asked for; started if there is none."""
        child, image = self._child, snapshot.database.uri
        if child and child.alive and child.image == image and (child.findings or not findings):
            return child
        await self._end()
        self._child = child = await _start(snapshot, findings=findings)
        self._tasks.start_soon(self._end_when_idle, child)
        return child

    async def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            await child.end()

    async def _end_when_idle(self, child: "_Child") -> None:
        while self._child is child:
            await anyio.sleep(self._idle_seconds - (anyio.current_time() - child.used_at))
            async with self._turn:
                if self._child is child and anyio.current_time() - child.used_at >= self._idle_seconds:
                    await self._end()


class _Child:
    """One run of the query process."""

    def __init__(self, process: Process, image: str, *, findings: bool) -> None:
        self.image = image
        self.findings = findings
        self.used_at = anyio.current_time()
        self.broken = False
        self._process = process
        self._stdin = cast("ByteSendStream", process.stdin)  # both are pipes
        self._stdout = BufferedByteReceiveStream(cast("ByteReceiveStream", process.stdout))
        self._length: int | None = None
        self._number = 0

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, question: Frame) -> Frame:
        """The answer to a statement; `broken` if the process cannot be asked again."""
        self._number += 1
        self.broken = True
        try:
            with anyio.fail_after(ANSWER_SECONDS):
                await self.send(question | {"number": self._number})
                answer = await self.receive()
        except TimeoutError:
            return {"failed": "time"}
        except _GONE:
            return {"failed": await self._why_gone()}
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True), suppress(*_GONE), anyio.move_on_after(CANCEL_SECONDS):
                await self.send({"cancel": self._number})
                await self.receive()
                self.broken = False
            raise
        finally:
            self.used_at = anyio.current_time()
        self.broken = False
        return answer

    async def send(self, frame: Frame, content: bytes = b"") -> None:
        """Send `frame`, and `content` behind it."""
        await self._stdin.send(framed(frame))
        for start in range(0, len(content), _CHUNK):
            await self._stdin.send(content[start : start + _CHUNK])

    async def receive(self) -> Frame:
        """The next frame; if cancelled, the next call goes on where this one stopped."""
        if self._length is None:
            self._length = int.from_bytes(await self._stdout.receive_exactly(4))
        frame: Frame = json.loads(await self._stdout.receive_exactly(self._length))
        self._length = None
        return frame

    async def end(self) -> None:
        """Kill it, and wait until it is gone."""
        with anyio.CancelScope(shield=True):
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.aclose()

    async def _why_gone(self) -> str:
        code = await self._process.wait()
        return "time" if hasattr(Signals, "SIGPROF") and code == -Signals.SIGPROF else "memory"


async def _start(snapshot: Snapshot, *, findings: bool) -> _Child:
    """A process that holds `snapshot`. Raises `StatementRefused`."""
    process = await anyio.open_process(
        [sys.executable, "-I", "-S", "-B", "-c", _START, _ROOT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _NEEDED_ON_WINDOWS if name in os.environ},
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    child = _Child(process, snapshot.database.uri, findings=findings)
    try:
        with anyio.fail_after(START_SECONDS):
            image = await snapshot.in_worker_thread(snapshot.database.image)
            await child.send({"indexes": INDEXES, "views": VIEWS, "image": len(image)}, image)
            ready = await child.receive()
    except BaseException as error:
        await child.end()
        if isinstance(error, (TimeoutError, *_GONE)):
            raise StatementRefused("The process that runs statements did not start: use search_connections.") from None
        raise
    if not ready["bounded"]:
        await child.end()
        raise StatementRefused(_STOPPED["unbounded"])
    return child
