"""Loads pages into the database, and combines their rows into one list."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import anyio

from telnyx_connections_mcp.inventory.database import A_PAGE, Database
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.record import Recorder
from telnyx_connections_mcp.inventory.selection import Test, selected, verdict
from telnyx_connections_mcp.telnyx.models import Page
from telnyx_connections_mcp.telnyx.rows import Row
from telnyx_connections_mcp.telnyx.worker_thread import in_worker_thread

CONCURRENCY = 10
"""Concurrent requests for pages; up to twice as many pages wait to be loaded."""
_LOAD_COST = 10
"""How much longer it takes to load a row than to inspect one."""


@dataclass(frozen=True, slots=True)
class LoadedPage:
    """A page that has been loaded."""

    page: Page[str | None]
    """The page, with ids in place of rows."""
    verdicts: Sequence[bool | None]
    """By position; empty if the filter selects every row."""
    lost: Mapping[int, tuple[str, ...]]
    """By position of the rows that were shortened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadResult:
    """What remains of the loaded rows."""

    database: Database
    kept: int
    excluded: int
    """Rows that the filter does not select, although it was sent: something ignored it."""
    gaps: int
    """Elements of the pages that are not objects."""
    cut: Mapping[str, int]
    """By name of shortened fields: in how many of the kept rows."""


class Loader:
    """Loads pages into a database, one by one, while others are being fetched.

    It is `full` when pages did not fit, as `fits` says of the bytes that the database takes; they, and what comes after
    them, are left out. `advance` is called when pages were loaded.
    """

    def __init__(
        self, kind: Kind, tests: Sequence[Test], fits: Callable[[int], bool], advance: Callable[[], None]
    ) -> None:
        self.full = False
        self.weight = 0
        self.count = 0
        self._tests = tests
        self._fits = fits
        self._advance = advance
        self._kind = kind
        self._loaded: dict[int, LoadedPage] = {}

    def __enter__(self) -> None:
        """Make the database and the queue of pages."""
        self._recorder = Recorder(self._kind)
        self._database = Database(self._kind)
        self._sent, self._waiting = anyio.create_memory_object_stream[tuple[int, Page[Row]]](CONCURRENCY)

    def __exit__(self, *_: object) -> None:
        """Forget the pages."""
        self._sent.close()
        self._waiting.close()
        self._loaded.clear()

    async def put(self, number: int, page: Page[Row]) -> None:
        """Queue a page to be loaded, waiting while the queue is full."""
        await self._sent.send((number, page))

    def close(self) -> None:
        """Signal that no page follows."""
        self._sent.close()

    async def run(self) -> None:
        """Load queued pages until no page follows."""
        async for queued in self._waiting:
            await self._load([queued, *self._queued()])

    async def settle(self, wanted: Collection[int]) -> LoadResult | None:
        """The result for the pages with these numbers, once the queue is empty; None without a page."""
        self.close()
        await self._load(self._queued())
        pages = {number: loaded for number, loaded in self._loaded.items() if number in wanted}
        if not pages:
            return None
        settled = await in_worker_thread(
            lambda: settle(self._database, pages), sum(len(each.page.items) for each in pages.values())
        )
        self.weight = self._database.size
        return settled

    def _queued(self) -> list[tuple[int, "Page[Row]"]]:
        """The pages that wait: loading them together takes one thread, not one after another."""
        pages = []
        with suppress(anyio.WouldBlock, anyio.EndOfStream):
            while True:
                pages.append(self._waiting.receive_nowait())
        return pages

    async def _load(self, pages: Sequence[tuple[int, "Page[Row]"]]) -> None:
        if self.full or not pages:
            return

        def load_all() -> dict[int, LoadedPage]:
            return {number: load(self._database, number, page, self._recorder, self._tests) for number, page in pages}

        with anyio.CancelScope(shield=True):  # the database and our records of it change together
            loaded = await in_worker_thread(load_all, _LOAD_COST * sum(len(page.items) for _, page in pages))
        self.weight, self.count = self._database.size, self.count + len(pages)
        if self._fits(self.weight):
            self._loaded |= loaded
        else:
            self.full = True
            for number in loaded:
                self._loaded.pop(number, None)
        self._advance()


class _Row(NamedTuple):
    first: int
    number: int
    verdict: bool | None
    lost: tuple[str, ...]


def ids_of(page: Page[Row]) -> Page[str | None]:
    """`page` with ids in place of its rows."""
    like: Page[Any] = page
    return replace(like, items=[row.id for row in page.items])


def load(database: Database, number: int, page: Page[Row], recorder: Recorder, tests: Sequence[Test]) -> LoadedPage:
    """Load a page into the database; `tests` are those of the filter that was sent to Telnyx."""
    rows = page.items
    database.load(number, recorder.records(rows))
    verdicts = [verdict(row.fields, tests) for row in rows] if tests else []
    lost = {place: row.lost for place, row in enumerate(rows) if row.lost}
    return LoadedPage(ids_of(page), [] if all(verdicts) else verdicts, lost)


def distinct(pages: Collection[Page[str | None]]) -> int:
    """The number of different objects on the pages; each one without an id counts."""
    ids = set[str | None]().union(*(page.items for page in pages))
    bare = ids & {None, ""}
    return len(ids) - len(bare) + sum(page.items.count(no) for no in bare for page in pages)


def settle(database: Database, pages: Mapping[int, LoadedPage]) -> LoadResult:
    """Remove from the database rows of other pages, duplicates, and rows that the filter excludes.

    Of duplicates the last is kept, at the position of the first.
    """
    database.keep(pages)
    count = sum(len(each.page.items) for each in pages.values())
    if distinct([each.page for each in pages.values()]) < count or any(each.verdicts for each in pages.values()):
        excluded, lost = _keep_each_once(database, pages)
    else:
        excluded, lost = 0, [lost for each in pages.values() for lost in each.lost.values()]
    database.finish()
    return LoadResult(
        database=database,
        kept=database.count(),
        excluded=excluded,
        gaps=sum(len(each.page.gaps) for each in pages.values()),
        cut=Counter(name for names in lost for name in names if name in database.kind.names),
    )


def _keep_each_once(database: Database, pages: Mapping[int, LoadedPage]) -> tuple[int, list[tuple[str, ...]]]:
    """How many objects are excluded, and the shortened fields of those that are kept."""
    last: dict[str | int, _Row] = {}
    for row, key in _rows(pages):
        last[key] = row._replace(first=last[key].first) if key in last else row
    chosen = selected([row.verdict for row in last.values()])
    kept = [row for row, keep in zip(last.values(), chosen, strict=True) if keep]
    numbers = {row.number for row in kept}
    gone = [row.number for row, _ in _rows(pages) if row.number not in numbers]
    database.keep_each_once(gone, [(row.first, row.number) for row in kept if row.first != row.number])
    return len(last) - len(kept), [row.lost for row in kept]


def _rows(pages: Mapping[int, LoadedPage]) -> Iterator[tuple[_Row, str | int]]:
    """Every row in order, with its identity: its id, or its position."""
    for page in sorted(pages):
        loaded = pages[page]
        for place, name in enumerate(loaded.page.items):
            number = page * A_PAGE + place
            verdict = loaded.verdicts[place] if loaded.verdicts else True
            yield _Row(number, number, verdict, loaded.lost.get(place, ())), name or number
