"""Fetches every object of a kind that a filter selects, correctly even if the account changes meanwhile.

Pages are in the order of `Kind.fetch_sort`, so that new objects are appended at the end. The first page says how many
there are (`paging`). The others are fetched from the last to the second, several at a time: what a deletion moves
forward is then seen twice rather than not at all. At the end the last page is fetched again. The fetch is complete only
if that page still begins with the same ids, and there are as many different ids as Telnyx counts; otherwise the pages
in doubt are fetched again, at most twice. Without such an order, a new object may appear on a page that was already
read while a deletion keeps the count, so a fetch of several pages is then never called complete.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import anyio

from telnyx_connections_mcp.inventory.database import TooOldError
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.loading import CONCURRENCY, Loader, distinct, ids_of
from telnyx_connections_mcp.inventory.paging import (
    MAX_PAGES,
    MAX_WEIGHT,
    PAGE_SIZE,
    InconsistentPagesError,
    NoRoom,
    contradiction,
    gaps_in_words,
    is_counted_wrong,
    page_size,
    pages_of,
    require_page,
)
from telnyx_connections_mcp.inventory.selection import tests_of
from telnyx_connections_mcp.inventory.snapshot import Coverage, Snapshot
from telnyx_connections_mcp.telnyx.errors import Forbidden, KeyRefused, NotTelnyx, RateLimited, TelnyxError, TimedOut
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter, PageRequest

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from telnyx_connections_mcp.telnyx.client import TelnyxClient
    from telnyx_connections_mcp.telnyx.models import Page
    from telnyx_connections_mcp.telnyx.rows import Row

MAX_EMPTY_PAGES = 10
"""Consecutive pages without new connections after which Telnyx's count is not believed."""
REREADS = 2
_FATAL = (NoRoom, KeyRefused, Forbidden, NotTelnyx, RateLimited)

ReportProgress = Callable[[int, int | None], Awaitable[None]]
"""Called with the number of pages fetched, and of all pages if known."""


class PageFailedError(Exception):
    """A page after the first could not be fetched; the text says which and why."""


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
        self._client = client
        self._api_filter = api_filter
        self._loader = Loader(kind, tests_of(api_filter), fits, self._advance)
        self._pages: dict[int, Page[str | None]] = {}
        self._known: set[str] = set()
        self._empty_pages = 0
        self._total: int | None = None
        self._size = PAGE_SIZE
        self._last = 1
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
            self._known.clear()
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
            self._pages.clear()

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
        return loaded, None if self._total is None else max(loaded, self._last)

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
        settled = await self._loader.settle(self._pages)
        if settled is None:
            return
        why = " and ".join(filter(None, (self._why, gaps_in_words(settled.gaps, self.kind.labels))))
        coverage = Coverage(
            read=settled.kept,
            of=None if self._total is None else max(0, self._total - settled.excluded),
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
                await self._read_all()
            except (TelnyxError, PageFailedError, InconsistentPagesError) as error:
                failure = error
            self._loader.close()
        self._expect_room()
        if failure is not None:
            raise failure

    def _expect_room(self) -> None:
        if self._loader.full:
            raise NoRoom(
                f"The {self.kind.labels} take more memory than this server allows for one account", "use a filter"
            )

    async def _read_all(self) -> None:
        await self._read_page(1)
        first = self._pages[1]
        if self._total is None:
            await self._read_on(first.why_no_total(self.kind.labels))
        elif is_counted_wrong(first):
            await self._read_on(
                f"Telnyx counts {self._total} {self.kind.labels}, but its first page holds {first.held}"
            )
        else:
            await self._read_counted()

    async def _read_counted(self) -> None:
        """Fetch as many pages as the count requires, and those in doubt again."""
        doubt: Iterable[int] = range(self._last, 1, -1)
        for attempt in range(REREADS + 1):
            await self._read_pages(doubt)
            if self._empty_pages >= MAX_EMPTY_PAGES:
                reason = (
                    f"Telnyx counts {self._total} {self.kind.labels}, but {MAX_EMPTY_PAGES} pages in a row had none"
                )
                await self._read_on(reason)
                return
            if (self._total or 0) > MAX_PAGES * self._size:
                self._why = f"at most {MAX_PAGES} pages of {self._size} {self.kind.labels} are read from one list"
                return
            doubt = await self._in_doubt(everything=attempt > 0)
            if not doubt:
                said_wrong = (contradiction(page, self._size, self.kind.labels) for page in self._pages.values())
                self._why = next(filter(None, [*said_wrong, self._why_unordered()]), None)
                return
        self._why = (
            "the account kept changing while it was read, or Telnyx lists a different number from what it counts"
        )

    def _why_unordered(self) -> str | None:
        """Why several pages prove nothing, though their count is right; None if they are in the order of a fetch."""
        if self.kind.fetch_sort or len(self._pages) == 1:
            return None
        return f"Telnyx does not list {self.kind.labels} oldest first, so a change while they were read may be missed"

    async def _read_on(self, why: str) -> None:
        """Fetch page after page until one is not full or has nothing new; changes meanwhile cannot be noticed."""
        number, full = 1, max(1, self._pages[1].held)
        while number < MAX_PAGES and self._pages[number].held >= full:
            number += 1
            known = len(self._known)
            if number not in self._pages:
                await self._read_page(number)
                if len(self._known) == known:
                    break
        self._why = f"{why}, and at most {MAX_PAGES} pages are read from one list" if number == MAX_PAGES else why

    async def _read_pages(self, numbers: Iterable[int]) -> None:
        """Read these pages in their order, until too many in a row brought nothing.

        Raises the error of the last page that failed, once those under way are read.
        """
        left = iter(numbers)
        failed: dict[int, Exception] = {}
        over = False
        slots = anyio.Semaphore(CONCURRENCY)

        async def work() -> None:
            nonlocal over
            for number in left:
                try:
                    async with slots:
                        if over or self._empty_pages >= MAX_EMPTY_PAGES:
                            return
                        page = await self._ask(number)
                    await self._loader.put(number, page)
                except InconsistentPagesError as error:
                    failed[number] = error
                    over = True
                except TelnyxError as error:
                    reason = f"page {number} of {self._last} could not be read: {str(error).rstrip('.')}"
                    failed[number] = PageFailedError(reason)
                    over = over or isinstance(error, _FATAL)

        async with anyio.create_task_group() as tasks:
            for _ in range(2 * CONCURRENCY):  # while one waits for its page to be loaded, another asks for the next
                tasks.start_soon(work)
        if failed:
            raise failed[max(failed)]

    async def _read_page(self, number: int) -> None:
        await self._loader.put(number, await self._ask(number))

    async def _ask(self, number: int) -> "Page[Row]":
        """The page with that number, from Telnyx."""
        self._expect_room()
        request = PageRequest(number=number, size=PAGE_SIZE)
        sort = self.kind.fetch_sort
        response = await self._client.list_objects(self.kind, self._api_filter, request, sort, lambda row: row)
        page = ids_of(response)
        if number > 1:
            require_page(number, page, self._pages[1], self.kind.labels)
        else:
            self._size = page_size(page)
        fruitful = number in self._pages and page.items
        self._pages[number] = page
        self._total = page.total_results
        if self._total is not None:
            self._last = min(MAX_PAGES, pages_of(self._total, self._size))
        known = len(self._known)
        self._known.update(filter(None, page.items))
        self._empty_pages = 0 if fruitful or len(self._known) > known else self._empty_pages + 1
        return response

    async def _in_doubt(self, *, everything: bool) -> Sequence[int]:
        """The pages that may have changed, last first, judging by the last one; none if all is well."""
        last = max(self._pages)
        before = self._pages[last]
        if last > 1:
            await self._read_page(last)
        now = self._pages[last]
        self._pages = {number: page for number, page in self._pages.items() if number <= self._last}
        missing = [number for number in range(self._last, 0, -1) if number not in self._pages]
        unmoved = now.items[: len(before.items)] == before.items
        if unmoved and (missing or distinct(self._pages.values()) + self._gaps == now.total_results):
            return missing
        stale = [number for number, each in self._pages.items() if each.total_results != now.total_results]
        everything = everything or not stale
        return range(self._last, 0, -1) if everything else sorted({*stale, *missing}, reverse=True)

    @property
    def _gaps(self) -> int:
        return sum(len(page.gaps) for page in self._pages.values())

    def _advance(self) -> None:
        self._step.set()
        self._step = anyio.Event()
