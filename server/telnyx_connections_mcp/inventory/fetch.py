"""A fetch of every object of a kind that a filter selects: run once within a time limit, for all who wait for it.

`page_reader` reads the pages, `loading` loads them into a database meanwhile.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio

from telnyx_connections_mcp.inventory.database import Database, TooOldError
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.list_source import ListSource
from telnyx_connections_mcp.inventory.loading import Loader
from telnyx_connections_mcp.inventory.page_reader import PageFailedError
from telnyx_connections_mcp.inventory.paging import (
    MAX_WEIGHT,
    InconsistentPagesError,
    gaps_in_words,
)
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.selection import belongs_to, tests_of
from telnyx_connections_mcp.inventory.snapshot import Coverage, Snapshot
from telnyx_connections_mcp.inventory.sources_reader import Refusal, SourcesReader, in_short
from telnyx_connections_mcp.telnyx.errors import TelnyxError, TimedOut
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from telnyx_connections_mcp.telnyx.client import TelnyxClient


MAX_REQUESTS = 20
"""Most concurrent requests for pages of one account, however many lists are read: as many as it has connections."""


class FleetFetch:
    """A fetch that is run once, and followed by any number of callers.

    It reads what `api_filter` selects, or what belongs to the connection `connection_id`. Fetches of one account share
    `slots` for their requests.
    """

    def __init__(  # noqa: PLR0913  # what is read, and within which bounds
        self,
        client: "TelnyxClient",
        kind: Kind,
        api_filter: ConnectionFilter | None,
        fits: Callable[[int], bool] = lambda weight: weight <= MAX_WEIGHT,
        *,
        connection_id: str | None = None,
        slots: anyio.Semaphore | None = None,
    ) -> None:
        self.as_of = datetime.now(UTC)
        self.done = anyio.Event()
        self.scope = anyio.CancelScope()
        self.kind = kind
        tests = tests_of(api_filter) if connection_id is None else [belongs_to(connection_id)]
        self._loader = Loader(kind, tests, fits, self._advance)
        slots = slots or anyio.Semaphore(MAX_REQUESTS)
        lists = [
            ListSource(client, kind, source, slots, now=self.as_of, api_filter=api_filter, connection_id=connection_id)
            for source in kind.sources
        ]
        self._reader = SourcesReader(lists, self._loader)
        self._step = anyio.Event()
        self._error: Exception | None = None
        self._snapshot: Snapshot | None = None
        self._why: str | None = "the reading was abandoned"
        self._truncated = False

    async def run(self, seconds: float) -> None:
        """Fetch for at most `seconds`. Never raises: `snapshot` does."""
        self.as_of = datetime.now(UTC)
        try:
            with self._loader:
                await self._read_for(seconds)
                await self._settle()
        except TooOldError as error:
            self._error = error
        finally:
            self.done.set()
            self._advance()

    async def _read_for(self, seconds: float) -> None:
        """Read, and note why not everything was read."""
        try:
            with self.scope, anyio.move_on_after(seconds) as limit:
                await self._read()
            if limit.cancelled_caught:
                reached = "the time limit of a request was reached (raise TELNYX_TOOL_TIMEOUT)"
                self._why = " and ".join(filter(None, (reached, self._reader.why)))
                self._error = TimedOut("Telnyx did not respond in time", "try again in a minute")
        except (TelnyxError, PageFailedError, InconsistentPagesError) as error:
            self._error, self._why = error, str(error).rstrip(".")
        except Exception as error:  # noqa: BLE001  # raised to the callers; raised here it would end the server
            self._error = error
            self._reader.forget()

    async def follow(self, report: ReportProgress) -> None:
        """Wait until it is done, passing progress to `report`."""
        reported = 0
        while not self.done.is_set():
            await self._step.wait()
            read, known = self.progress
            if read > reported:
                reported = read
                await report(read, known)

    @property
    def progress(self) -> tuple[int, int | None]:
        """Pages fetched, and all pages if known."""
        loaded, expected = self._loader.count, self._reader.expected
        return loaded, None if expected is None else max(loaded, expected)

    @property
    def weight(self) -> int:
        """Bytes of memory that the snapshot takes, or what there is of it."""
        return self._loader.weight

    @property
    def shareable(self) -> bool:
        """Whether everything was fetched that can be, and nothing changed meanwhile."""
        coverage = None if self._snapshot is None else self._snapshot.coverage
        return coverage is not None and (coverage.complete or coverage.rest_complete)

    def usable_for(self, keep: float) -> float:
        """Seconds for which it may answer further questions: `keep` if another fetch would get the same.

        That is so if everything was fetched that is read of such lists, and if the key may not read them, or there are
        none.
        """
        refused = self._snapshot is None and isinstance(self._error, Refusal)
        return keep if self.shareable or self._truncated or refused else 0.0

    def snapshot(self) -> Snapshot:
        """The snapshot. Raises what went wrong if there is none."""
        if self._snapshot is None and self._error is not None:
            raise self._error.with_traceback(None)  # it may be raised to many callers
        return self._snapshot or Snapshot.empty(self.kind, self.as_of, self._why)

    async def _settle(self) -> None:
        """Make the snapshot of what was loaded: each object once, and none that the filter excludes."""
        settled = await self._loader.settle(self._reader.loaded)
        if settled is None:
            return
        gaps = gaps_in_words(settled.gaps, self.kind.labels)
        why = " and ".join(filter(None, (self._why, gaps, unjoined_in_words(settled.database))))
        left_out = ", ".join(f"{path} ({in_short(error)})" for path, error in self._reader.left_out.items())
        total = self._reader.total
        coverage = Coverage(
            read=settled.kept,
            of=None if total is None else max(0, total - settled.excluded),
            complete=not (why or left_out),
            as_of=self.as_of,
            why="; ".join(filter(None, (why, left_out and f"left out: {left_out}"))) or None,
            cut=settled.cut,
            left_out=tuple(self._reader.left_out),
            rest_complete=not why and bool(left_out),
            truncated=self._truncated,
        )
        self._snapshot = Snapshot(settled.database, coverage)

    async def _read(self) -> None:
        """Read every page; what was read is loaded meanwhile."""
        failure: Exception | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._loader.run)
            try:
                await self._reader.read()
                self._why, self._truncated = self._reader.why, self._reader.truncated
            except (TelnyxError, PageFailedError, InconsistentPagesError) as error:
                failure = error
            self._loader.close()
        self._reader.expect_room()
        if failure is not None:
            raise failure

    def _advance(self) -> None:
        self._step.set()
        self._step = anyio.Event()


def unjoined_in_words(database: Database) -> str:
    """A clause that says that no object names a connection, although its list is by connection; empty if one does.

    Then something on the way left the connections out: to say that a connection has none would be a guess.
    """
    kind = database.kind
    if not any(source.of_connection and source.window is None for source in kind.sources):
        return ""
    found = f"SELECT EXISTS (SELECT 1 FROM {kind.name}), count(*) FROM {kind.name} WHERE connection_id IS NOT NULL"
    some, joined = database.query(lambda handle: handle.execute(found).fetchone())
    return "" if joined or not some else f"none of the {kind.labels} says to which connection it belongs"
