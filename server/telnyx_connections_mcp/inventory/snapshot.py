"""The objects of an account at one moment, in a database that answers questions."""

from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

import anyio

from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.telnyx.worker_thread import in_worker_thread

if TYPE_CHECKING:  # imported where it is used, to start fast
    from sqlite3 import Connection

MAX_ANSWERS = 64

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """What part of the account an answer is based on, and as of when. `of` is None if Telnyx did not say."""

    read: int
    of: int | None
    complete: bool
    as_of: datetime
    why: str | None = None
    """Why it is not complete."""
    cut: Mapping[str, int] = field(default_factory=dict)
    """By name of shortened fields: in how many objects."""
    left_out: tuple[str, ...] = ()
    """Paths of lists that this key may not read, or that are not offered; then it is not complete."""
    rest_complete: bool = False
    """Whether nothing else is missing than those lists."""
    truncated: bool = False
    """Whether it is not complete because no more is read of such a list."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The objects that a filter of the API selects, in the order of `Source.fetch_sort`, each once."""

    database: Database
    coverage: Coverage
    _answers: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    _prepared: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)
    _preparing: anyio.Lock = field(default_factory=anyio.Lock, compare=False, repr=False)

    @classmethod
    def empty(cls, kind: Kind, as_of: datetime, why: str | None) -> "Snapshot":
        """One of a reading that came to nothing, and why."""
        database = Database(kind)
        database.finish()
        return cls(database, Coverage(read=0, of=None, complete=False, as_of=as_of, why=why))

    @property
    def count(self) -> int:
        """The number of objects."""
        return self.coverage.read

    async def query(self, work: "Callable[[Connection], T]") -> T:
        """The result of `work`, which queries the database, in a worker thread if there are many objects."""
        return await in_worker_thread(lambda: self.database.query(work), self.count)

    async def prepared(self, what: str, work: Callable[[Database], T], version: Hashable = None) -> T:
        """The result of `work`, which may add to the database; other callers for `what` wait.

        It runs once, and again for another version.
        """
        async with self._preparing:
            if what not in self._prepared or self._prepared[what][0] != version:
                self._prepared[what] = version, await in_worker_thread(lambda: work(self.database), self.count)
            prepared: T = self._prepared[what][1]
            return prepared

    def last(self, what: str) -> Any:
        """What `prepared` gave last for `what`; None if it has not yet."""
        return self._prepared.get(what, (None, None))[1]

    async def remembered(self, what: str, get: Callable[[], Awaitable[T]], keep: Callable[[T], bool]) -> T:
        """The result of `get`, which may ask Telnyx; remembered if `keep` says so. Other callers for `what` wait."""
        async with self._preparing:
            if what in self._prepared:
                known: T = self._prepared[what]
                return known
            got = await get()
            if keep(got):
                self._prepared[what] = got
            return got

    async def in_worker_thread(self, work: Callable[[], T]) -> T:
        """The result of `work`, in a worker thread if there are many objects."""
        return await in_worker_thread(work, self.count)

    async def once(self, question: str, answer: Callable[[], T]) -> T:
        """The result of `answer`, computed in a worker thread unless remembered for `question`.

        It must depend on the question and the snapshot alone; the last 64 answers are remembered.
        """
        if question not in self._answers:
            computed = await self.in_worker_thread(answer)
            if len(self._answers) >= MAX_ANSWERS:
                del self._answers[next(iter(self._answers))]
            self._answers[question] = computed
            return computed
        remembered: T = self._answers[question]
        return remembered
