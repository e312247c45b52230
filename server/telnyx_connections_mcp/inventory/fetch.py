"""One reading of every connection that a filter selects, true even while the account changes.

Pages come in ascending `created_at`, so that what is created meanwhile is appended at the end. After the first
page, which tells how many there are (`paging`), the others are read from the last to the second, several at a time:
what a deletion moves towards the beginning is then rather seen twice than not at all. At the end the last page is asked
again. Only if it still begins with the same ids, and the different ids are as many as Telnyx counts, the reading is
complete; otherwise the pages in doubt are read again, at most twice.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import anyio

from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.paging import (
    MOST_PAGES,
    MOST_WEIGHT,
    PAGE_SIZE,
    ContradictionError,
    NoRoom,
    contradiction,
    expect_page,
    gaps_said,
    ids,
    is_counted_wrong,
    page_size,
    pages_of,
)
from telnyx_connections_mcp.inventory.record import Recorder
from telnyx_connections_mcp.inventory.selection import selected, tests_of, verdict
from telnyx_connections_mcp.telnyx.errors import Forbidden, KeyRefused, NotTelnyx, RateLimited, TelnyxError, TimedOut
from telnyx_connections_mcp.telnyx.models import CONNECTION_FIELDS, Connection, Page, connection_of
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter, PageRequest
from telnyx_connections_mcp.telnyx.rows import Row
from telnyx_connections_mcp.telnyx.worker_thread import apart

if TYPE_CHECKING:  # neither httpx nor sqlite3 is imported before the first call: every chat starts a server
    import sqlite3

    from telnyx_connections_mcp.telnyx.client import TelnyxClient

CONCURRENCY = 10
MOST_BARREN = 10
"""So many pages in a row that bring no connection show that there are not as many as Telnyx counts."""
REREADS = 2
MOST_ANSWERS = 64
_FATAL = (NoRoom, KeyRefused, Forbidden, NotTelnyx, RateLimited)

T = TypeVar("T")

Report = Callable[[int, int | None], Awaitable[None]]
"""Told how many pages are read, and of how many when that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What part of what an answer rests on, and as of when. `of` is None where Telnyx did not say."""

    read: int
    of: int | None
    complete: bool
    as_of: datetime
    why: str | None = None
    """Why it is not complete."""
    cut: Mapping[str, int] = field(default_factory=dict)
    """Of known fields that were too large to be kept whole: on how many connections."""


@dataclass(frozen=True, slots=True)
class Fleet:
    """Connections, oldest first, each once."""

    connections: list[Connection]
    coverage: Coverage
    weight: int = field(default=0, compare=False)
    """About how many bytes of memory they take."""
    summaries: dict[int, Any] = field(default_factory=dict, compare=False, repr=False)
    """What `views` remembers of single connections, by their `id()`."""
    _answers: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    _built: list[Database] = field(default_factory=list, compare=False, repr=False)
    _prepared: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    _preparing: anyio.Lock = field(default_factory=anyio.Lock, compare=False, repr=False)

    @property
    def database(self) -> Database:
        """The same connections in a database, built at the first question."""
        if not self._built:
            database, recorder = Database(CONNECTIONS), Recorder(CONNECTIONS)
            for page in range(0, len(self.connections), PAGE_SIZE):
                some = self.connections[page : page + PAGE_SIZE]
                database.load(page // PAGE_SIZE + 1, [recorder.record(each.as_fields(), each.cut) for each in some])
            self._built.append(database)
        return self._built[0]

    async def query(self, work: "Callable[[sqlite3.Connection], T]") -> T:
        """What `work` gives, which asks the database: in a thread where the connections are many."""
        return await apart(lambda: self.database.query(work), len(self.connections))

    async def prepared(self, what: str, work: Callable[[Database], T]) -> T:
        """What `work` gives, which may add to the database, once: who asks for `what` meanwhile waits."""
        async with self._preparing:
            if what not in self._prepared:
                self._prepared[what] = await apart(lambda: work(self.database), len(self.connections))
            given: T = self._prepared[what]
            return given

    async def apart(self, work: Callable[[], T]) -> T:
        """What `work` gives, which looks at every connection: out of the way of others where they are many."""
        return await apart(work, len(self.connections))

    async def once(self, question: str, answer: Callable[[], T]) -> T:
        """What `answer` gives, computed `apart` and only where `question` was not asked of this fleet before.

        It must depend on the question and the fleet alone; the last 64 answers are remembered.
        """
        if question not in self._answers:
            computed = await self.apart(answer)
            if len(self._answers) >= MOST_ANSWERS:
                del self._answers[next(iter(self._answers))]
            self._answers[question] = computed
            return computed
        given: T = self._answers[question]
        return given


class PageFailedError(Exception):
    """A page after the first could not be read; the text says which and why."""


class Reading:
    """A reading under way, or done: run it once, follow it from any number of callers."""

    def __init__(
        self,
        client: "TelnyxClient",
        connection_filter: ConnectionFilter | None,
        fits: Callable[[int], bool] = lambda weight: weight <= MOST_WEIGHT,
    ) -> None:
        self.as_of = datetime.now(UTC)
        self.done = anyio.Event()
        self.scope = anyio.CancelScope()
        self._client = client
        self._filter = connection_filter
        self._pages: dict[int, Page[Connection]] = {}
        self._known: set[str] = set()
        self._fits = fits
        self._asked = 0
        self._barren = 0
        self._total: int | None = None
        self._size = PAGE_SIZE
        self.weight = 0
        self._last = 1
        self._step = anyio.Event()
        self._error: Exception | None = None
        self._fleet: Fleet | None = None
        self._why: str | None = "it was given up"

    async def run(self, seconds: float) -> None:
        """Read for at most `seconds`. Never raises: `fleet` tells how it ended."""
        self.as_of = datetime.now(UTC)
        try:
            with self.scope, anyio.move_on_after(seconds) as limit:
                await self._read()
            if limit.cancelled_caught:
                self._why = "the time limit of a call was reached (TELNYX_TOOL_TIMEOUT raises it)"
                self._error = TimedOut("Telnyx did not respond in time", "try again in a minute")
        except (TelnyxError, PageFailedError, ContradictionError) as error:
            self._error, self._why = error, str(error).rstrip(".")
        except Exception as error:  # noqa: BLE001  # told to those who wait; raised here it would end the server
            self._error = error
            self._pages.clear()
        finally:
            self._known.clear()
            self.done.set()
            self._advance()

    async def follow(self, report: Report) -> None:
        """Wait until the reading is done, telling `report` of each page."""
        while not self.done.is_set():
            await self._step.wait()
            read, known = self.progress
            if read:
                await report(read, known)

    @property
    def progress(self) -> tuple[int, int | None]:
        """How many pages are read, and of how many when that is known."""
        return self._asked, None if self._total is None else max(self._asked, self._last)

    @property
    def complete(self) -> bool:
        """Whether everything was read, and nothing moved meanwhile."""
        return self.done.is_set() and self._why is None and not self._gaps

    def usable_for(self, keep: float) -> float:
        """For how many seconds it may answer further questions, where a complete one may for `keep`."""
        return keep if self.complete else 0.0

    def fleet(self) -> Fleet:
        """What was read. Raises what stood in the way when nothing was."""
        if not self._pages and self._error is not None:
            raise self._error
        if self._fleet is None or not self.done.is_set():
            came = self._connections()
            tests = tests_of(self._filter)
            kept = selected([verdict(row.as_fields(), tests) for row in came])
            connections = [row for row, keep in zip(came, kept, strict=True) if keep]  # an ignored filter is no answer
            cut = Counter(name for row in connections for name in row.cut if name in CONNECTION_FIELDS)
            why = " and ".join(filter(None, (self._why, gaps_said(self._gaps, "connections"))))
            coverage = Coverage(
                read=len(connections),
                of=None if self._total is None else max(0, self._total - (len(came) - len(connections))),
                complete=not why,
                as_of=self.as_of,
                why=why or None,
                cut=cut,
            )
            self._fleet = Fleet(connections, coverage, self.weight)
        return self._fleet

    async def _read(self) -> None:
        await self._read_page(1)
        first = self._pages[1]
        if self._total is None:
            await self._read_on(first.why_no_total("connections"))
        elif is_counted_wrong(first):
            await self._read_on(f"Telnyx counts {self._total} connections, and its first page holds {first.held}")
        else:
            await self._read_counted()

    async def _read_counted(self) -> None:
        """The pages that the number of connections makes, and those in doubt again."""
        doubt: Iterable[int] = range(self._last, 1, -1)
        for attempt in range(REREADS + 1):
            await self._read_pages(doubt)
            if self._barren >= MOST_BARREN:
                said = f"Telnyx counts {self._total} connections, and {MOST_BARREN} pages in a row brought none"
                await self._read_on(said)
                return
            if (self._total or 0) > MOST_PAGES * self._size:
                self._why = f"at most {MOST_PAGES} pages of {self._size} connections are read of one list"
                return
            doubt = await self._in_doubt(everything=attempt > 0)
            if not doubt:
                said_wrong = (contradiction(page, self._size) for page in self._pages.values())
                self._why = next(filter(None, said_wrong), None)
                return
        self._why = "the account kept changing while it was read, or Telnyx lists another number than it counts"

    async def _read_on(self, why: str) -> None:
        """Page after page until one is not full or brings nothing new. Nothing then shows whether something moved."""
        number, full = 1, max(1, self._pages[1].held)
        while number < MOST_PAGES and self._pages[number].held >= full:
            number += 1
            known = len(self._known)
            if number not in self._pages:
                await self._read_page(number)
                if len(self._known) == known:
                    break
        self._why = f"{why}, and at most {MOST_PAGES} pages are read of one list" if number == MOST_PAGES else why

    async def _read_pages(self, numbers: Iterable[int]) -> None:
        """Read these pages in their order, until too many in a row brought nothing.

        Raises the error of the first that failed, once those under way are read.
        """
        left = iter(numbers)
        failed: list[Exception] = []
        over = False

        async def work() -> None:
            nonlocal over
            for number in left:
                try:
                    await self._read_page(number)
                except ContradictionError as error:
                    failed.append(error)
                    over = True
                except TelnyxError as error:
                    said = f"page {number} of {self._last} could not be read: {str(error).rstrip('.')}"
                    failed.append(PageFailedError(said))
                    over = over or isinstance(error, _FATAL)
                if over or self._barren >= MOST_BARREN:
                    return

        async with anyio.create_task_group() as tasks:
            for _ in range(CONCURRENCY):
                tasks.start_soon(work)
        if failed:
            raise failed[0]

    async def _read_page(self, number: int) -> None:
        asked = PageRequest(number=number, size=PAGE_SIZE)
        weights: list[int] = []

        def read(row: Row) -> Connection:
            weights.append(row.weight)
            return connection_of(row)

        page = await self._client.list_objects(CONNECTIONS, self._filter, asked, "created_at", read)
        page = replace(page, weight=sum(weights))
        self._asked += 1
        if number > 1:
            expect_page(number, page, self._pages[1])
        else:
            self._size = page_size(page)
        before = self._pages.get(number)
        weight = self.weight + page.weight - (before.weight if before else 0)
        if not self._fits(weight):
            raise NoRoom("The connections take more memory than this server gives to one account", "ask with a filter")
        self.weight = weight
        self._pages[number] = page
        self._total = page.total_results
        if self._total is not None:
            self._last = min(MOST_PAGES, pages_of(self._total, self._size))
        known = len(self._known)
        self._known.update(filter(None, ids(page)))
        fruitful = len(self._known) > known or (before is not None and page.items)
        self._barren = 0 if fruitful else self._barren + 1
        self._advance()

    async def _in_doubt(self, *, everything: bool) -> Sequence[int]:
        """The pages that may not be what they were, the last first, by a look at the last one; none if all is well."""
        last = max(self._pages)
        before = self._pages[last]
        if last > 1:
            await self._read_page(last)
        now = self._pages[last]
        self._pages = {number: page for number, page in self._pages.items() if number <= self._last}
        missing = [number for number in range(self._last, 0, -1) if number not in self._pages]
        unmoved = ids(now)[: len(before.items)] == ids(before)
        if unmoved and (missing or len(self._connections()) + self._gaps == now.total_results):
            return missing
        stale = [number for number, page in self._pages.items() if page.total_results != now.total_results]
        everything = everything or not stale
        return range(self._last, 0, -1) if everything else sorted({*stale, *missing}, reverse=True)

    @property
    def _gaps(self) -> int:
        return sum(len(page.gaps) for page in self._pages.values())

    def _connections(self) -> list[Connection]:
        """What was read so far in the order of the pages, each id once."""
        rows = [row for _, page in sorted(self._pages.items()) for row in page.items]
        return list({row.id or position: row for position, row in enumerate(rows)}.values())

    def _advance(self) -> None:
        self._step.set()
        self._step = anyio.Event()
