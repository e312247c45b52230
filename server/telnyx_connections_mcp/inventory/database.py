"""The database of one snapshot: SQLite in memory, loaded page by page, queried from any number of threads.

Every handle of it opens the same memory by name (https://sqlite.org/inmemorydb.html, VFS `memdb`). One owner writes;
questions run on handles that cannot. The memory is released when nothing refers to the database any more.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import chain, count
from threading import Condition
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeVar
from weakref import finalize

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.record import Record
from telnyx_connections_mcp.inventory.snapshot_tables import NO_TAGS, indexes, layout_of, schema
from telnyx_connections_mcp.telnyx.errors import TelnyxError
from telnyx_connections_mcp.text.cleaning import fold

if TYPE_CHECKING:  # imported where it is used, to start fast
    from sqlite3 import Connection

T = TypeVar("T")

A_PAGE = 10_000
"""A row's number is its page times this, plus its position on the page; more than a page can have."""
OLDEST = (3, 36)
"""Since then, handles share a database in memory by its name, and Python can serialize it (sqlite.org/changes.html)."""
_TAG_SETS_REMEMBERED = 16_384
_RECORDS_REMEMBERED = 250
"""Records remembered before the next are fetched, which are at most as many: an answer has 250 rows."""
_TOGETHER = 50
"""Rows per statement: SQLite works on these without Python's lock."""
_PAGE_SIZE = 16_384
_FORGET = "PRAGMA shrink_memory"
"""Releases a handle's copies of pages: 320 KiB for even the smallest database, up to 2 MiB for a large one.

An account has a database of every kind, each with two handles or more; copying pages again takes microseconds.
"""
_SHAPE = ("SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY name", "PRAGMA page_size", "PRAGMA encoding")
_numbers = count()


class TooOldError(TelnyxError):
    """The SQLite of this Python lacks what a snapshot needs."""


class Database:
    """The objects of one kind, in the tables of `schema`. Raises `TooOldError`."""

    def __init__(self, kind: Kind) -> None:
        from sqlite3 import sqlite_version, sqlite_version_info

        if sqlite_version_info < OLDEST:
            raise TooOldError(
                f"This Python comes with SQLite {sqlite_version}, and a snapshot needs 3.36 or newer",
                "run the server with a Python from python.org or uv, or from its container image",
            )
        self.kind = kind
        self.uri = f"file:/snapshot-{next(_numbers)}?vfs=memdb"
        self._owner = _connected(
            self.uri, f"PRAGMA page_size = {_PAGE_SIZE}", "PRAGMA journal_mode = MEMORY", "PRAGMA synchronous = OFF"
        )
        self._idle: list[Connection] = []
        self._turn = Condition()
        self._readers = 0
        self._writers = 0
        self._pages: set[int] = set()
        self.size = 0
        """Memory used, in bytes."""
        self.version = 0
        """Changes with its contents."""
        self.findings: dict[str, tuple[str, ...]] = {}
        """By check whose findings it has: the databases that they were found in (`audit/findings.py`)."""
        self._tag_sets: dict[tuple[str, ...], int] = {}
        self._last_tag_set = NO_TAGS
        self._removed = False
        self._recent: dict[int, Record] = {}
        self.listings: dict[str, dict[str, tuple[int, str | None, int | None]]] = {}
        """All rows by number, for each order that questions remember here (`query/counting.py`)."""
        finalize(self, _close, self._owner, self._idle)
        for statement in schema(kind):
            self._owner.execute(statement)
        names = ["n", "tag_set", *(name for name, _ in layout_of(kind).stored)]
        self._marks = f"({_marks(names)})"
        self._insert = f"INSERT INTO {kind.name} ({', '.join(names)}) VALUES "
        self._insert_tag = f"INSERT INTO {kind.tag_sets_table} VALUES (?, ?, ?, ?, ?)"

    @classmethod
    def opened(cls, kind: Kind, image: Callable[[], bytes | bytearray], count: int) -> "Database":
        """The database in an `image` with `count` objects. Raises `ValueError` unless it has this `schema`.

        The image is requested when needed and not kept: there is no room for it beside two databases.
        Its tables are compared, not every page of it: who may share an image is to be trusted with its contents.
        """
        import sqlite3

        database = cls(kind)
        database.finish()
        with closing(_connected(":memory:", "PRAGMA cell_size_check = ON")) as given:
            try:
                given.deserialize(image())
                for question in _SHAPE:
                    if given.execute(question).fetchall() != database._owner.execute(question).fetchall():
                        raise ValueError("it has other tables")
                if given.execute(f"SELECT count(*) FROM {kind.name}").fetchone() != (count,):
                    raise ValueError("it has another number of rows")
                given.backup(database._owner)
            except sqlite3.Error as error:
                raise ValueError(str(error)) from None
        database.size = _size(database._owner)
        return database

    def count(self) -> int:
        """The number of objects."""
        (count,) = self.query(lambda handle: handle.execute(f"SELECT count(*) FROM {self.kind.name}").fetchone())
        return int(count)

    def image(self) -> bytes:
        """Its bytes, from which `opened` makes a copy."""
        with self._turn:  # nothing changes it meanwhile
            return self._owner.serialize()

    def load(self, page: int, records: Sequence[Record]) -> None:
        """Load a page, from 1, replacing any earlier version of it."""
        tags: list[tuple[object, ...]] = []
        rows = [
            (number, self._tag_set(own, tags) if own else NO_TAGS, *values, rest)
            for number, (values, own, rest) in enumerate(records, page * A_PAGE)
        ]
        with self._writing() as owner:
            if page in self._pages:
                self._delete(owner, page)
            self._pages.add(page)
            owner.executemany(self._insert_tag, tags)
            single = len(rows) % _TOGETHER
            owner.executemany(self._insert + self._marks, rows[:single])
            statement = self._insert + ", ".join([self._marks] * _TOGETHER)
            for first in range(single, len(rows), _TOGETHER):
                owner.execute(statement, list(chain.from_iterable(rows[first : first + _TOGETHER])))

    def _tag_set(self, tags: tuple[str, ...], added: list[tuple[object, ...]]) -> int:
        """The number of a set of tags; the rows of a new one are appended to `added`."""
        if (known := self._tag_sets.get(tags)) is not None:
            return known
        self._last_tag_set += 1
        if len(self._tag_sets) < _TAG_SETS_REMEMBERED:
            self._tag_sets[tags] = self._last_tag_set
        folded = list(map(fold, tags))
        again = _repeated(folded) if len(set(folded)) < len(folded) else ()
        added += [
            (self._last_tag_set, place, tag, folded[place], 1 if place in again else None)
            for place, tag in enumerate(tags)
        ]
        return self._last_tag_set

    def keep(self, pages: Collection[int]) -> None:
        """Remove all other pages."""
        with self._writing() as owner:
            for page in self._pages.difference(pages):
                self._delete(owner, page)
            self._pages.intersection_update(pages)

    def keep_each_once(self, gone: Iterable[int], moved: Iterable[tuple[int, int]]) -> None:
        """Remove the rows with the numbers `gone`, then give each of `moved` its new number, which comes first."""
        with self._writing() as owner:
            self._removed = True
            owner.executemany(f"DELETE FROM {self.kind.name} WHERE n = ?", ((number,) for number in gone))
            owner.executemany(f"UPDATE {self.kind.name} SET n = ? WHERE n = ?", moved)

    def _delete(self, owner: "Connection", page: int) -> None:
        self._removed = True
        owner.execute(f"DELETE FROM {self.kind.name} WHERE n >= ? AND n < ?", (page * A_PAGE, (page + 1) * A_PAGE))

    def finish(self) -> None:
        """Create the indexes, once every page is loaded."""
        self._tag_sets.clear()
        with self._writing() as owner:
            if self._removed:
                used = f"SELECT tag_set FROM {self.kind.name}"
                owner.execute(f"DELETE FROM {self.kind.tag_sets_table} WHERE tag_set NOT IN ({used})")
            for statement in indexes(self.kind):
                owner.execute(statement)

    def write(self, work: "Callable[[Connection], T]", attached: Mapping[str, str] = MappingProxyType({})) -> T:
        """The result of `work`, which changes the database, while no query runs.

        It can read other databases too: `attached` are their names for reading, by schema.
        """
        with self._writing(attached) as owner:
            return work(owner)

    def query(self, work: "Callable[[Connection], T]") -> T:
        """The result of `work`, which queries the database and cannot change it."""
        with self.reading():
            try:
                handle = self._idle.pop()
            except IndexError:  # every one of them is in use
                handle = self.new_handle()
            try:
                return work(handle)
            finally:
                handle.execute(_FORGET)
                self._idle.append(handle)  # as many as run at once, which worker threads bound

    def new_handle(self) -> "Connection":
        """A handle that cannot change the database, to be used while `reading`, and closed."""
        return _connected(self.read_only_uri, "PRAGMA query_only = ON")

    @property
    def read_only_uri(self) -> str:
        """The name under which SQLite opens it for reading, in this process."""
        return f"{self.uri}&mode=ro"

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Keep it from changing meanwhile."""
        with self._turn:
            if self._writers:  # else writers could wait for ever
                self._turn.wait_for(lambda: not self._writers)
            self._readers += 1
        try:
            yield
        finally:
            with self._turn:
                self._readers -= 1
                if self._writers:
                    self._turn.notify_all()

    def records(self, numbers: Sequence[int]) -> list[Record]:
        """As the function `records`, once every page is loaded; the last ones are remembered."""
        recent = self._recent  # replaced, never changed, because other threads may be reading it
        if missing := [number for number in numbers if number not in recent]:
            kept = recent if len(recent) < _RECORDS_REMEMBERED else {n: recent[n] for n in numbers if n in recent}
            fetched = self.query(lambda handle: records(handle, self.kind, missing))
            self._recent = recent = kept | dict(zip(missing, fetched, strict=True))
        return [recent[number] for number in numbers]

    @contextmanager
    def _writing(self, attached: Mapping[str, str] = MappingProxyType({})) -> "Iterator[Connection]":
        with self._turn:
            self._writers += 1
            try:
                self._turn.wait_for(lambda: not self._readers)
                with attaching(self._owner, attached), self._owner:
                    self._owner.execute("BEGIN")
                    yield self._owner
                self.size = _size(self._owner)
                self._owner.execute(_FORGET)
                self.version += 1
            finally:
                self._writers -= 1
                self._turn.notify_all()


@contextmanager
def attaching(handle: "Connection", databases: Mapping[str, str]) -> Iterator[None]:
    """Attach databases to `handle`: their names for reading, by schema, at most 10."""
    done: list[str] = []
    try:
        for schema_name, uri in databases.items():
            handle.execute(f"ATTACH ? AS {schema_name}", (uri,))
            done.append(schema_name)
        yield
    finally:
        for schema_name in done:
            handle.execute(f"DETACH {schema_name}")


def records(handle: "Connection", kind: Kind, numbers: Sequence[int]) -> list[Record]:
    """The objects with these row numbers, in order; at most some thousands."""
    names = ", ".join(name for name, _ in layout_of(kind).stored)
    rows = handle.execute(
        f"SELECT n, tag_set, {names} FROM {kind.name} WHERE n IN ({_marks(numbers)})", numbers
    ).fetchall()
    tags: dict[int, list[str]] = {tag_set: [] for _, tag_set, *_ in rows}
    for tag_set, tag in handle.execute(
        f"SELECT tag_set, tag FROM {kind.tag_sets_table} WHERE tag_set IN ({_marks(tags)}) ORDER BY tag_set, place",
        list(tags),
    ):
        tags[tag_set].append(tag)
    found = {number: Record(tuple(values), tuple(tags[tag_set]), rest) for number, tag_set, *values, rest in rows}
    return [found[number] for number in numbers]


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))


def _connected(uri: str, *pragmas: str) -> "Connection":
    """A handle that any thread may use, one at a time, without implicit transactions."""
    import sqlite3

    handle = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    for pragma in ("PRAGMA trusted_schema = OFF", "PRAGMA temp_store = MEMORY", *pragmas):
        handle.execute(pragma)
    handle.create_function("fold", 1, _fold, deterministic=True)  # only for distinct texts, because it needs the GIL
    return handle


def _fold(text: str | None) -> str | None:
    """`fold(text)`; NULL if nothing is left."""
    return (fold(text) or None) if text else None


def _repeated(tags: Sequence[str]) -> set[int]:
    """The positions of repeated tags, so that a row counts once per tag."""
    return {place for place, tag in enumerate(tags) if tag in tags[place + 1 :]}


def _close(owner: "Connection", idle: "Iterable[Connection]") -> None:
    for handle in (*idle, owner):
        handle.close()


def _size(handle: "Connection") -> int:
    pages, unused, each = (
        handle.execute(f"PRAGMA {name}").fetchone()[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return int((pages - unused) * each)
