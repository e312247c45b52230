"""The query process of one account: started for its first statement, replaced when its snapshot is, ended when idle.

Only the image of one snapshot and statements go in, only results come out; `worker` is the other side.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import anyio
from anyio.abc import TaskGroup

from telnyx_connections_mcp.audit.findings import audit
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.sql.cells import Cell
from telnyx_connections_mcp.sql.child import Child, StartError
from telnyx_connections_mcp.sql.corrections import correction
from telnyx_connections_mcp.sql.guard import StatementRefused
from telnyx_connections_mcp.sql.statement import Statement
from telnyx_connections_mcp.sql.tables import FINDINGS

IDLE_SECONDS = 60.0
"""After that long without a statement the process ends, and gives its memory back."""
MAX_CHARACTERS = 40_000
"""Of all cells of an answer."""

_STOPPED = {
    "time": (
        "The statement took too long and was stopped (a second of processor time, or three on a busy machine): "
        "join fewer rows, and filter or group before joining."
    ),
    "memory": (
        "The statement needed too much memory and was stopped: join, sort or group fewer rows and columns at once."
    ),
    "unstarted": "The process that runs statements did not start: use search_connections.",
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
    """The first of them. Texts are cleaned, and cut (`cells.longest_cell`); integers beyond 2^53 are texts."""
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
        self._child: Child | None = None

    async def run(
        self, snapshot: Snapshot, statement: Statement, limit: int, *, characters: int = MAX_CHARACTERS
    ) -> StatementResult:
        """The result of `statement` over `snapshot`: at most `limit` rows, and texts of `characters` in all.

        Raises `StatementRefused` if it cannot run, or takes too long or too much memory.
        """
        if FINDINGS in statement.tables:
            await audit(snapshot)
        async with self._turn:
            child = await self._child_for(snapshot, statement)
            try:
                answer = await child.ask({"sql": statement.sql, "limit": limit, "size": characters})
            finally:
                if not child.usable:
                    await self.aclose()
        match answer:
            case {"failed": "error", "message": str(message)}:
                raise StatementRefused(correction(message, statement))
            case {"failed": why}:
                raise StatementRefused(_STOPPED[why])
            case _:
                return StatementResult(**answer)

    async def aclose(self) -> None:
        """End the process, and the statement that it runs."""
        child, self._child = self._child, None
        if child is not None:
            await child.end()

    async def _child_for(self, snapshot: Snapshot, statement: Statement) -> Child:
        """The process that holds what `statement` touches of `snapshot`, started if need be."""
        child, findings = self._child, FINDINGS in statement.tables
        if child and child.alive:
            holds = child.image == snapshot.database.uri and (child.findings or not findings)
            if holds or not statement.tables:
                return child
        await self.aclose()
        try:
            self._child = child = await Child.start(snapshot, findings=findings)
        except StartError as error:
            raise StatementRefused(_STOPPED[error.why]) from None
        self._tasks.start_soon(self._end_when_idle, child)
        return child

    async def _end_when_idle(self, child: Child) -> None:
        while self._child is child:
            await anyio.sleep(self._idle_seconds - (anyio.current_time() - child.used_at))
            async with self._turn:
                if self._child is child and anyio.current_time() - child.used_at >= self._idle_seconds:
                    await self.aclose()
