"""A fetch of every object of a kind that a filter selects: run once within a time limit, for all who wait for it.

`page_reader` reads the pages, `loading` loads them into a database meanwhile.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio

from telnyx_connections_mcp.inventory.database import TooOldError
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.loading import Loader
from telnyx_connections_mcp.inventory.page_reader import PageFailedError, PageReader
from telnyx_connections_mcp.inventory.paging import (
    MAX_WEIGHT,
    InconsistentPagesError,
    gaps_in_words,
)
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.selection import tests_of
from telnyx_connections_mcp.inventory.snapshot import Coverage, Snapshot
from telnyx_connections_mcp.telnyx.errors import TelnyxError, TimedOut
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from telnyx_connections_mcp.telnyx.client import TelnyxClient


class FleetFetch:
    """A fetch that is run once, and followed by any number of callers."""

    def __init__(
        self,
        client: "TelnyxClient",
        kind: Kind,
        api_filter: ConnectionFilter | None,
        fits: Callable[[int], bool] = lambda weight: weight <= MAX_WEIGHT,
    ) -> None:
        self.as_of = datetime.now(UTC)
        self.done = anyio.Event()
        self.scope = anyio.CancelScope()
        self.kind = kind
        self._loader = Loader(kind, tests_of(api_filter), fits, self._advance)
        self._reader = PageReader(client, kind, api_filter, self._loader)
        self._step = anyio.Event()
        self._error: Exception | None = None
        self._snapshot: Snapshot | None = None
        self._why: str | None = "the reading was abandoned"

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
                self._why = "the time limit of a request was reached (raise TELNYX_TOOL_TIMEOUT)"
                self._error = TimedOut("Telnyx did not respond in time", "try again in a minute")
        except (TelnyxError, PageFailedError, InconsistentPagesError) as error:
            self._error, self._why = error, str(error).rstrip(".")
        except Exception as error:  # noqa: BLE001  # raised to the callers; raised here it would end the server
            self._error = error
            self._reader.pages.clear()

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
        loaded = self._loader.count
        return loaded, None if self._reader.total is None else max(loaded, self._reader.last)

    @property
    def weight(self) -> int:
        """Bytes of memory that the snapshot takes, or what there is of it."""
        return self._loader.weight

    @property
    def complete(self) -> bool:
        """Whether everything was fetched, and nothing changed meanwhile."""
        return self._snapshot is not None and self._snapshot.coverage.complete

    def usable_for(self, keep: float) -> float:
        """Seconds for which it may answer further questions; a complete one may for `keep`."""
        return keep if self.complete else 0.0

    def snapshot(self) -> Snapshot:
        """The snapshot. Raises what went wrong if there is none."""
        if self._snapshot is None and self._error is not None:
            raise self._error
        return self._snapshot or Snapshot.empty(self.kind, self.as_of, self._why)

    async def _settle(self) -> None:
        """Make the snapshot of what was loaded: each object once, and none that the filter excludes."""
        settled = await self._loader.settle(self._reader.pages)
        if settled is None:
            return
        why = " and ".join(filter(None, (self._why, gaps_in_words(settled.gaps, self.kind.labels))))
        total = self._reader.total
        coverage = Coverage(
            read=settled.kept,
            of=None if total is None else max(0, total - settled.excluded),
            complete=not why,
            as_of=self.as_of,
            why=why or None,
            cut=settled.cut,
        )
        self._snapshot = Snapshot(settled.database, coverage)

    async def _read(self) -> None:
        """Read every page; what was read is loaded meanwhile."""
        failure: Exception | None = None
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._loader.run)
            try:
                self._why = await self._reader.read()
            except (TelnyxError, PageFailedError, InconsistentPagesError) as error:
                failure = error
            self._loader.close()
        self._reader.expect_room()
        if failure is not None:
            raise failure

    def _advance(self) -> None:
        self._step.set()
        self._step = anyio.Event()
