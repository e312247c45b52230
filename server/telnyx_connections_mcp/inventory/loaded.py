"""What is known of the pages that were loaded, and how their rows become one list."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from telnyx_connections_mcp.inventory.database import A_PAGE, Database
from telnyx_connections_mcp.inventory.record import Recorder
from telnyx_connections_mcp.inventory.selection import Test, selected, verdict
from telnyx_connections_mcp.telnyx.models import Page
from telnyx_connections_mcp.telnyx.rows import Row

if TYPE_CHECKING:  # imported where it is used: every chat starts a server
    from sqlite3 import Connection


@dataclass(frozen=True, slots=True)
class Loaded:
    """A page in the database."""

    page: Page[str | None]
    """With the ids of its rows."""
    verdicts: Sequence[bool | None]
    """By place; none where the filter selects every row."""
    lost: Mapping[int, tuple[str, ...]]
    """By the places of the rows that lost something."""


class Settled(NamedTuple):
    """What is left of the rows that came."""

    kept: int
    excluded: int
    """Rows that the filter, as they say themselves, does not select: something ignored it."""
    cut: Mapping[str, int]
    """Of fields that lost something: on how many of the rows that are kept."""


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


def distinct(pages: Mapping[int, Loaded]) -> int:
    """How many different objects the pages hold; one without an id is like no other."""
    ids = set[str | None]().union(*(each.page.items for each in pages.values()))
    bare = ids & {None, ""}
    return len(ids) - len(bare) + sum(each.page.items.count(no) for no in bare for each in pages.values())


def settle(database: Database, pages: Mapping[int, Loaded]) -> Settled:
    """Take out of the database what is of no page, comes again, or is excluded.

    Of an object that comes again the last is kept, in the place of the first.
    """
    database.keep(pages)
    kept = _keep_each_once(database, pages)
    database.finish()
    return kept


def _keep_each_once(database: Database, pages: Mapping[int, Loaded]) -> Settled:
    count = sum(len(each.page.items) for each in pages.values())
    if distinct(pages) == count and not any(each.verdicts for each in pages.values()):
        return Settled(count, 0, _cut(database, (lost for each in pages.values() for lost in each.lost.values())))
    last: dict[str | int, _Row] = {}
    for row, key in _rows(pages):
        last[key] = row._replace(first=last[key].first) if key in last else row
    chosen = selected([row.verdict for row in last.values()])
    kept = [row for row, keep in zip(last.values(), chosen, strict=True) if keep]
    numbers = {row.number for row in kept}
    gone = [row.number for row, _ in _rows(pages) if row.number not in numbers]
    moved = [(row.first, row.number) for row in kept if row.first != row.number]

    def change(handle: "Connection") -> None:
        for table in (database.kind.name, database.kind.tags_table):
            handle.executemany(f"DELETE FROM {table} WHERE n = ?", [(number,) for number in gone])
            handle.executemany(f"UPDATE {table} SET n = ? WHERE n = ?", moved)

    database.write(change)
    return Settled(len(kept), len(last) - len(kept), _cut(database, (row.lost for row in kept)))


def _rows(pages: Mapping[int, Loaded]) -> Iterator[tuple[_Row, str | int]]:
    """Every row in order, with what tells it from others: its id, or where it stands."""
    for page in sorted(pages):
        loaded = pages[page]
        for place, name in enumerate(loaded.page.items):
            number = page * A_PAGE + place
            verdict = loaded.verdicts[place] if loaded.verdicts else True
            yield _Row(number, number, verdict, loaded.lost.get(place, ())), name or number


def _cut(database: Database, lost: Iterator[tuple[str, ...]]) -> Mapping[str, int]:
    return Counter(name for names in lost for name in names if name in database.kind.names)
