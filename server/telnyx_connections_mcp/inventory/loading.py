"""What is known of the pages that were loaded, and how their rows become one list."""

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio

from telnyx_connections_mcp.inventory.database import A_PAGE, Database
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.record import Recorder
from telnyx_connections_mcp.inventory.selection import Test, selected, verdict
from telnyx_connections_mcp.telnyx.models import Page
from telnyx_connections_mcp.telnyx.rows import Row
from telnyx_connections_mcp.telnyx.worker_thread import in_worker_thread

if TYPE_CHECKING:  # imported where it is used: every chat starts a server
    from sqlite3 import Connection


CONCURRENCY = 10
"""Requests for pages at a time; up to twice as many pages wait to be loaded."""
_TO_LOAD_A_ROW = 10
"""How many times as long it takes to load a row as to look at one."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A page in the database."""

    page: Page[str | None]
    """With the ids of its rows."""
    verdicts: Sequence[bool | None]
    """By place; none where the filter selects every row."""
    lost: Mapping[int, tuple[str, ...]]
    """By the places of the rows that lost something."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What is left of the rows that came."""

    database: Database
    kept: int
    excluded: int
    """Rows that the filter, as they say themselves, does not select: something ignored it."""
    gaps: int
    """Elements of the pages that were no objects."""
    cut: Mapping[str, int]
    """Of fields that lost something: on how many of the rows that are kept."""


class Loader:
    """Loads pages into a database, one after the other and out of the way of whoever reads them.

    It is `full` when a page did not fit, as `fits` says of the bytes that the database takes; that page, and what comes
    after it, is left out. Each page that is loaded is told to `advance`.
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
        self._loaded: dict[int, Loaded] = {}

    def __enter__(self) -> None:
        """Make the database, and room for pages that wait."""
        self._recorder = Recorder(self._kind)
        self._database = Database(self._kind)
        self._sent, self._waiting = anyio.create_memory_object_stream[tuple[int, Page[Row]]](CONCURRENCY)

    def __exit__(self, *_: object) -> None:
        """Forget what is known of pages."""
        self._sent.close()
        self._waiting.close()
        self._loaded.clear()

    async def put(self, number: int, page: Page[Row]) -> None:
        """Leave a page to be loaded; wait while too many are."""
        await self._sent.send((number, page))

    def close(self) -> None:
        """Say that no page follows."""
        self._sent.close()

    async def run(self) -> None:
        """Load what comes until no page follows."""
        async for number, page in self._waiting:
            await self._load(number, page)

    async def settle(self, wanted: Collection[int]) -> Settled | None:
        """What the pages with these numbers come to, once those that still wait are loaded; None without a page."""
        self.close()
        with suppress(anyio.EndOfStream):
            while True:
                await self._load(*self._waiting.receive_nowait())
        pages = {number: loaded for number, loaded in self._loaded.items() if number in wanted}
        if not pages:
            return None
        settled = await in_worker_thread(
            lambda: settle(self._database, pages), sum(len(each.page.items) for each in pages.values())
        )
        self.weight = self._database.size
        return settled

    async def _load(self, number: int, page: Page[Row]) -> None:
        if self.full:
            return
        with anyio.CancelScope(shield=True):  # what is loaded and what is known of it change together
            work = partial(load, self._database, number, page, self._recorder, self._tests)
            self._loaded[number] = await in_worker_thread(work, _TO_LOAD_A_ROW * len(page.items))
        self.weight, self.count = self._database.size, self.count + 1
        if not self._fits(self.weight):
            self.full = True
            del self._loaded[number]
        self._advance()


class _Row(NamedTuple):
    first: int
    number: int
    verdict: bool | None
    lost: tuple[str, ...]


def ids_of(page: Page[Row]) -> Page[str | None]:
    """`page` with the ids of its rows in their place."""
    like: Page[Any] = page
    return replace(like, items=[row.id for row in page.items])


def load(database: Database, number: int, page: Page[Row], recorder: Recorder, tests: Sequence[Test]) -> Loaded:
    """Put a page into the database; `tests` are those of the filter that Telnyx was asked to apply."""
    rows = page.items
    database.load(number, [recorder.record(row.fields, row.lost) for row in rows])
    verdicts = [verdict(row.fields, tests) for row in rows] if tests else []
    lost = {place: row.lost for place, row in enumerate(rows) if row.lost}
    return Loaded(ids_of(page), [] if all(verdicts) else verdicts, lost)


def distinct(pages: Collection[Page[str | None]]) -> int:
    """How many different objects the pages hold; one without an id is like no other."""
    ids = set[str | None]().union(*(page.items for page in pages))
    bare = ids & {None, ""}
    return len(ids) - len(bare) + sum(page.items.count(no) for no in bare for page in pages)


def settle(database: Database, pages: Mapping[int, Loaded]) -> Settled:
    """Take out of the database what is of no page, comes again, or is excluded.

    Of an object that comes again the last is kept, in the place of the first.
    """
    database.keep(pages)
    count = sum(len(each.page.items) for each in pages.values())
    if distinct([each.page for each in pages.values()]) < count or any(each.verdicts for each in pages.values()):
        excluded, lost = _keep_each_once(database, pages)
    else:
        excluded, lost = 0, [lost for each in pages.values() for lost in each.lost.values()]
    database.finish()
    return Settled(
        database=database,
        kept=database.count(),
        excluded=excluded,
        gaps=sum(len(each.page.gaps) for each in pages.values()),
        cut=Counter(name for names in lost for name in names if name in database.kind.names),
    )


def _keep_each_once(database: Database, pages: Mapping[int, Loaded]) -> tuple[int, list[tuple[str, ...]]]:
    """How many objects are excluded, and what those that are kept lost."""
    last: dict[str | int, _Row] = {}
    for row, key in _rows(pages):
        last[key] = row._replace(first=last[key].first) if key in last else row
    chosen = selected([row.verdict for row in last.values()])
    kept = [row for row, keep in zip(last.values(), chosen, strict=True) if keep]
    numbers = {row.number for row in kept}
    gone = [(row.number,) for row, _ in _rows(pages) if row.number not in numbers]
    moved = [(row.first, row.number) for row in kept if row.first != row.number]

    def change(handle: "Connection") -> None:
        for table in (database.kind.name, database.kind.tags_table):
            handle.executemany(f"DELETE FROM {table} WHERE n = ?", gone)
            handle.executemany(f"UPDATE {table} SET n = ? WHERE n = ?", moved)

    database.write(change)
    return len(last) - len(kept), [row.lost for row in kept]


def _rows(pages: Mapping[int, Loaded]) -> Iterator[tuple[_Row, str | int]]:
    """Every row in order, with what tells it from others: its id, or where it stands."""
    for page in sorted(pages):
        loaded = pages[page]
        for place, name in enumerate(loaded.page.items):
            number = page * A_PAGE + place
            verdict = loaded.verdicts[place] if loaded.verdicts else True
            yield _Row(number, number, verdict, loaded.lost.get(place, ())), name or number
