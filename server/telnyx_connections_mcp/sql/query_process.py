"""The query process of one account: started for its first statement, replaced when it lacks one, ended when idle.

Only the images of snapshots and statements go in, only results come out; `worker` is the other side.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from weakref import ref

import anyio
from anyio.abc import TaskGroup

from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.sql.cells import Cell
from telnyx_connections_mcp.sql.child import Child, StartError, version_of
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
        self._given: Sequence[ref[Database]] = ()

    async def run(
        self, databases: Collection[Database], statement: Statement, limit: int, *, characters: int = MAX_CHARACTERS
    ) -> StatementResult:
        """The result of `statement` over `databases`: at most `limit` rows, and texts of `characters` in all.

        They are what it touches, of a kind each; findings are filled before. Raises `StatementRefused` if it cannot
        run, or takes too long or too much memory.
        """
        async with self._turn:
            child = await self._child_for(databases, statement)
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

    async def _child_for(self, databases: Collection[Database], statement: Statement) -> Child:
        """The process that holds what `statement` touches, started if need be."""
        child = self._child
        if child and child.alive and all(_holds(child, each, statement) for each in databases):
            return child
        given = {each.kind: each for each in (*self._kept(), *databases)}
        await self.aclose()
        try:
            self._child = child = await Child.start(given.values())
        except StartError as error:
            raise StatementRefused(_STOPPED[error.why]) from None
        self._given = [ref(each) for each in given.values()]
        self._tasks.start_soon(self._end_when_idle, child)
        return child

    def _kept(self) -> Iterator[Database]:
        """What the process was given and still is in use, so that statements over other kinds need no other process."""
        return filter(None, (each() for each in self._given))

    async def _end_when_idle(self, child: Child) -> None:
        while self._child is child:
            await anyio.sleep(self._idle_seconds - (anyio.current_time() - child.used_at))
            async with self._turn:
                if self._child is child and anyio.current_time() - child.used_at >= self._idle_seconds:
                    await self.aclose()


def _holds(child: Child, database: Database, statement: Statement) -> bool:
    """Whether the process holds `database` as it is, or at least what `statement` touches of it."""
    held = child.versions.get(database.kind)
    if FINDINGS in statement.tables:
        return held == version_of(database)
    return held is not None and held[0] == database.uri  # only findings are written later
