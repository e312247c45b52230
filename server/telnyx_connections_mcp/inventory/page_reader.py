"""Reads every page of a list, correctly even if the account changes meanwhile.

Pages are in the order of `Source.fetch_sort`, so that new objects are appended at the end. The first page says how many
there are (`paging`). The others are fetched from the last to the second, several at a time: what a deletion moves
forward is then seen twice rather than not at all. At the end the last page is fetched again. The fetch is complete only
if that page still begins with the same ids, and there are as many different ids as Telnyx counts; otherwise the pages
in doubt are fetched again, at most twice. Without such an order, a new object may appear on a page that was already
read while a deletion keeps the count, so a fetch of several pages is then never called complete.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import anyio

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.loading import CONCURRENCY, Loader, distinct, ids_of
from telnyx_connections_mcp.inventory.paging import (
    MAX_PAGES,
    PAGE_SIZE,
    InconsistentPagesError,
    NoRoom,
    contradiction,
    is_counted_wrong,
    page_size,
    pages_of,
    require_page,
)
from telnyx_connections_mcp.telnyx.errors import Forbidden, KeyRefused, NotTelnyx, RateLimited, TelnyxError
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter, PageRequest, connections_query

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from telnyx_connections_mcp.telnyx.client import TelnyxClient
    from telnyx_connections_mcp.telnyx.models import Page
    from telnyx_connections_mcp.telnyx.rows import Row

MAX_EMPTY_PAGES = 10
"""Consecutive pages without new connections after which Telnyx's count is not believed."""
REREADS = 2
_FATAL = (NoRoom, KeyRefused, Forbidden, NotTelnyx, RateLimited)


class PageFailedError(Exception):
    """A page after the first could not be fetched; the text says which and why."""


class PageReader:
    """Reads the pages of the objects that `api_filter` selects, and passes them to `loader`."""

    def __init__(self, client: "TelnyxClient", kind: Kind, api_filter: ConnectionFilter | None, loader: Loader) -> None:
        self.pages: dict[int, Page[str | None]] = {}
        """What was read last, by number, with ids in place of rows."""
        self.total: int | None = None
        """How many objects Telnyx counts, if it says so."""
        self.last = 1
        """The number of the last page, as far as known."""
        self._client = client
        self._kind = kind
        self._source = kind.sources[0]
        self._api_filter = api_filter
        self._loader = loader
        self._known: set[str] = set()
        self._empty_pages = 0
        self._size = PAGE_SIZE
        self._why: str | None = None
        self._latest: tuple[int, Sequence[Row]] | None = None
        """The rows of the last page, as they last came, and its number."""

    async def read(self) -> str | None:
        """Read every page. The result is why something may be missing, or None.

        Raises a `TelnyxError`, `PageFailedError` or `InconsistentPagesError` if a page cannot be read.
        """
        try:
            await self._read_all()
        finally:
            self._known.clear()
            self._latest = None
        return self._why

    def expect_room(self) -> None:
        """Raise `NoRoom` if what was read takes more memory than it may."""
        if self._loader.full:
            raise NoRoom(
                f"The {self._kind.labels} take more memory than this server allows for one account", "use a filter"
            )

    async def _read_all(self) -> None:
        await self._read_page(1)
        first = self.pages[1]
        if self.total is None:
            await self._read_on(first.why_no_total(self._kind.labels))
        elif is_counted_wrong(first):
            await self._read_on(
                f"Telnyx counts {self.total} {self._kind.labels}, but its first page holds {first.held}"
            )
        else:
            await self._read_counted()

    async def _read_counted(self) -> None:
        """Fetch as many pages as the count requires, and those in doubt again."""
        doubt: Iterable[int] = range(self.last, 1, -1)
        for attempt in range(REREADS + 1):
            await self._read_pages(doubt)
            if self._empty_pages >= MAX_EMPTY_PAGES:
                reason = (
                    f"Telnyx counts {self.total} {self._kind.labels}, but {MAX_EMPTY_PAGES} pages in a row had none"
                )
                await self._read_on(reason)
                return
            if (self.total or 0) > MAX_PAGES * self._size:
                self._why = f"at most {MAX_PAGES} pages of {self._size} {self._kind.labels} are read from one list"
                return
            doubt = await self._in_doubt(everything=attempt > 0)
            if not doubt:
                said_wrong = (contradiction(page, self._size, self._kind.labels) for page in self.pages.values())
                self._why = next(filter(None, [*said_wrong, self._why_unordered()]), None)
                return
        self._why = (
            "the account kept changing while it was read, or Telnyx lists a different number from what it counts"
        )

    def _why_unordered(self) -> str | None:
        """Why several pages prove nothing, though their count is right; None if they are in the order of a fetch."""
        if self._source.fetch_sort or len(self.pages) == 1:
            return None
        return f"Telnyx does not list {self._kind.labels} oldest first, so a change while they were read may be missed"

    async def _read_on(self, why: str) -> None:
        """Fetch page after page until one is not full or has nothing new; changes meanwhile cannot be noticed."""
        number, full = 1, max(1, self.pages[1].held)
        while number < MAX_PAGES and self.pages[number].held >= full:
            number += 1
            known = len(self._known)
            if number not in self.pages:
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
                    failed[number] = PageFailedError(f"page {number} of {self.last} could not be read: {error}")
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
        self.expect_room()
        request = PageRequest(number=number, size=PAGE_SIZE)
        query = connections_query(self._api_filter, request, self._source.fetch_sort)
        response = await self._client.list_objects(self._kind, self._source.path, query, lambda row: row)
        page = ids_of(response)
        if number == self.last:
            self._latest = number, response.items
        if number > 1:
            require_page(number, page, self.pages[1], self._kind.labels)
        else:
            self._size = page_size(page)
        fruitful = number in self.pages and page.items
        self.pages[number] = page
        self.total = page.total_results
        if self.total is not None:
            self.last = min(MAX_PAGES, pages_of(self.total, self._size))
        known = len(self._known)
        self._known.update(filter(None, page.items))
        self._empty_pages = 0 if fruitful or len(self._known) > known else self._empty_pages + 1
        return response

    async def _in_doubt(self, *, everything: bool) -> Sequence[int]:
        """The pages that may have changed, last first, judging by the last one; none if all is well."""
        last = max(self.pages)
        before = self.pages[last]
        if last > 1:
            loaded = self._latest
            response = await self._ask(last)
            if loaded != (last, response.items):
                await self._loader.put(last, response)
        now = self.pages[last]
        self.pages = {number: page for number, page in self.pages.items() if number <= self.last}
        missing = [number for number in range(self.last, 0, -1) if number not in self.pages]
        unmoved = now.items[: len(before.items)] == before.items
        if unmoved and (missing or distinct(self.pages.values()) + self._gaps == now.total_results):
            return missing
        stale = [number for number, each in self.pages.items() if each.total_results != now.total_results]
        everything = everything or not stale
        return range(self.last, 0, -1) if everything else sorted({*stale, *missing}, reverse=True)

    @property
    def _gaps(self) -> int:
        return sum(len(page.gaps) for page in self.pages.values())
