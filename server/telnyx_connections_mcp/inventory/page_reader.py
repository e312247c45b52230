"""Reads every page of a list, correctly even if the account changes meanwhile.

Pages are in the order of `Source.fetch_sort`, so that new objects are appended at the end. The first page says how many
there are (`paging`). The others are fetched from the last to the second, several at a time: what a deletion moves
forward is then seen twice rather than not at all. At the end the last page is fetched again. The fetch is complete only
if that page still begins with the same ids, and there are as many different ids as Telnyx counts; otherwise the pages
in doubt are fetched again, at most twice. Without such an order the last page proves nothing: the fetch is complete
only if every page says the same count, and there are as many different ids; otherwise all pages are fetched again.
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import anyio

from telnyx_connections_mcp.inventory.list_source import ListSource
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

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from telnyx_connections_mcp.telnyx.models import Page
    from telnyx_connections_mcp.telnyx.rows import Row

MAX_EMPTY_PAGES = 10
"""Consecutive pages without new connections after which Telnyx's count is not believed."""
REREADS = 2
_FATAL = (NoRoom, KeyRefused, Forbidden, NotTelnyx, RateLimited)


class PageFailedError(Exception):
    """A page after the first could not be fetched; the text says which and why."""


class PageReader:
    """Reads the pages of `listed`, and passes them to `loader`, each under its number plus `offset`."""

    def __init__(self, listed: ListSource, loader: Loader, offset: int = 0) -> None:
        self.pages: dict[int, Page[str | None]] = {}
        """What was read last, by number, with ids in place of rows."""
        self.total: int | None = None
        """How many objects Telnyx counts, if it says so."""
        self.last = 1
        """The number of the last page, as far as known."""
        self.truncated = False
        """Whether there are more pages than are read."""
        self._listed = listed
        self._labels = listed.kind.labels
        self._most = listed.source.max_pages or MAX_PAGES
        self._newest = listed.source.max_pages is not None and listed.source.fetch_sort is not None
        self._loader = loader
        self._offset = offset
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

    @property
    def expected(self) -> int:
        """How many pages are read, as far as known."""
        return min(self.last, self._most)

    @property
    def loaded(self) -> "dict[int, Page[str | None]]":
        """`pages` by the numbers under which they are loaded."""
        return {self._offset + number: page for number, page in self.pages.items()}

    def expect_room(self) -> None:
        """Raise `NoRoom` if what was read takes more memory than it may."""
        if self._loader.full:
            raise NoRoom(f"The {self._labels} take more memory than this server allows for one account", "use a filter")

    async def _read_all(self) -> None:
        await self._read_page(1)
        first = self.pages[1]
        if self.total is None:
            await self._read_on(first.why_no_total(self._labels))
        elif is_counted_wrong(first):
            await self._read_on(f"Telnyx counts {self.total} {self._labels}, but its first page holds {first.held}")
        else:
            await self._read_counted()

    async def _read_counted(self) -> None:
        """Fetch as many pages as the count requires, and those in doubt again."""
        doubt: Iterable[int] = self._wanted()
        for attempt in range(REREADS + 1):
            await self._read_pages(doubt)
            if self._empty_pages >= MAX_EMPTY_PAGES:
                reason = f"Telnyx counts {self.total} {self._labels}, but {MAX_EMPTY_PAGES} pages in a row had none"
                await self._read_on(reason)
                return
            if pages_of(self.total or 0, self._size) > self._most:
                await self._cut_off()
                return
            doubt = await self._in_doubt(everything=attempt > 0)
            if not doubt:
                said_wrong = (contradiction(page, self._size, self._labels) for page in self.pages.values())
                self._why = next(filter(None, said_wrong), None)
                return
        self._why = (
            "the account kept changing while it was read, or Telnyx lists a different number from what it counts"
        )

    def _wanted(self) -> range:
        """The pages of the list that are read after the first, last first."""
        return range(self.last, max(1, self.last - self._most), -1)

    async def _cut_off(self) -> None:
        """Leave it at the pages that are read of a list this long: the newest if they are the ones that matter."""
        wanted = self._wanted()
        await self._read_pages([number for number in wanted if number not in self.pages])
        first = set() if self._newest else {1}
        self.pages = {number: page for number, page in self.pages.items() if number in first.union(wanted)}
        self.truncated = True
        only = f"only the newest {self._most}" if self._newest else f"at most {self._most}"
        self._why = f"{only} pages of {self._size} {self._labels} are read from one list"

    async def _read_on(self, why: str) -> None:
        """Fetch page after page until one is not full or has nothing new; changes meanwhile cannot be noticed."""
        number, full = 1, max(1, self.pages[1].held)
        while number < self._most and self.pages[number].held >= full:
            number += 1
            if number not in self.pages:
                await self._read_page(number)
                if self._empty_pages:
                    break
        self._why = f"{why}, and at most {self._most} pages are read from one list" if number == self._most else why

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
                    await self._load(number, page)
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
        await self._load(number, await self._ask(number))

    async def _load(self, number: int, page: "Page[Row]") -> None:
        await self._loader.put(self._offset + number, page)

    async def _ask(self, number: int) -> "Page[Row]":
        """The page with that number, from Telnyx."""
        self.expect_room()
        response = await self._listed.page(number)
        page = ids_of(response)
        if number == self.last:
            self._latest = number, response.items
        if number > 1:
            require_page(number, page, self.pages[1], self._labels)
        else:
            self._size = page_size(page)
        again = number in self.pages and page.items
        self.pages[number] = page
        self.total = page.total_results
        if self.total is not None:
            last = pages_of(self.total, self._size)
            self.last = last if self._newest else min(self._most, last)
        fruitful = self._has_new(page) or again
        self._empty_pages = 0 if fruitful else self._empty_pages + 1
        return response

    def _has_new(self, page: "Page[str | None]") -> bool:
        """Whether there are new objects on the page; if they have no ids, whether there are any."""
        if not self._listed.kind.key:
            return bool(page.items)
        known = len(self._known)
        self._known.update(filter(None, page.items))
        return len(self._known) > known

    async def _in_doubt(self, *, everything: bool) -> Sequence[int]:
        """The pages that may have changed, last first, judging by the last one; none if all is well."""
        if not self._listed.source.fetch_sort:
            return self._in_doubt_without_order()
        last = max(self.pages)
        before = self.pages[last]
        if last > 1:
            loaded = self._latest
            response = await self._ask(last)
            if loaded != (last, response.items):
                await self._load(last, response)
        now = self.pages[last]
        self.pages = {number: page for number, page in self.pages.items() if number <= self.last}
        missing = [number for number in range(self.last, 0, -1) if number not in self.pages]
        unmoved = now.items[: len(before.items)] == before.items
        if unmoved and (missing or distinct(self.pages.values()) + self._gaps == now.total_results):
            return missing
        stale = [number for number, each in self.pages.items() if each.total_results != now.total_results]
        everything = everything or not stale
        return range(self.last, 0, -1) if everything else sorted({*stale, *missing}, reverse=True)

    def _in_doubt_without_order(self) -> Sequence[int]:
        """The same if nothing can be judged by the last one: all pages, unless all counts and the ids agree."""
        self.pages = {number: page for number, page in self.pages.items() if number <= self.last}
        missing = [number for number in range(self.last, 0, -1) if number not in self.pages]
        agreed = {page.total_results for page in self.pages.values()} == {self.total}
        if missing or (agreed and distinct(self.pages.values()) + self._gaps == self.total):
            return missing
        return range(self.last, 0, -1)

    @property
    def _gaps(self) -> int:
        return sum(len(page.gaps) for page in self.pages.values())
