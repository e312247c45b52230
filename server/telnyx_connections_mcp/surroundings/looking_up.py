"""Looks up the connections of one number or address by filters of the API: a few requests instead of hundreds."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import anyio

from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.elsewhere import Elsewhere
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.paging import PAGE_SIZE
from telnyx_connections_mcp.inventory.record import Recorder
from telnyx_connections_mcp.inventory.snapshot import Coverage, Snapshot
from telnyx_connections_mcp.surroundings.usable_ids import is_usable
from telnyx_connections_mcp.telnyx.errors import TelnyxError
from telnyx_connections_mcp.telnyx.parameters import PageRequest, connections_query

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from telnyx_connections_mcp.telnyx.client import TelnyxClient
    from telnyx_connections_mcp.telnyx.rows import Row

T = TypeVar("T")

MAX_CONNECTIONS = 5
"""Most connections that are requested one by one."""


class LookedUp(NamedTuple):
    """The connections of a value, and the rows of other kinds that say so."""

    connections: Snapshot
    others: dict[Kind, Snapshot]


async def look_up(client: "TelnyxClient", kind: Kind, places: Sequence[Elsewhere], value: str) -> LookedUp | None:
    """The objects of `kind` to which rows with `value` belong, by a request for each of `places`, then for each object.

    None if that proves nothing: no row, more than a page or than five objects, an id that cannot be asked for, or an
    error, which reading all of them will meet too.
    """
    try:
        lists = await _at_once([partial(_filtered, client, place, value) for place in places])
        ids = dict.fromkeys(id_ for place, rows in zip(places, lists, strict=True) for id_ in _ids(place, rows))
        if None in lists or not 0 < len(ids) <= MAX_CONNECTIONS or not all(map(is_usable, ids)):
            return None
        found = await _at_once([partial(client.get_object, kind, kind.sources[0].path, id_) for id_ in ids])
    except TelnyxError:
        return None
    others = {place.kind: _snapshot(place.kind, rows or ()) for place, rows in zip(places, lists, strict=True)}
    return LookedUp(_snapshot(kind, found), others)


async def _filtered(client: "TelnyxClient", place: Elsewhere, value: str) -> "Sequence[Row] | None":
    """The rows whose field is `value`; None if there may be more than a page of them.

    Telnyx compares digits of numbers, also a part of them, and takes nothing else for digits.
    """
    (source,) = place.kind.sources
    query = [
        *connections_query(None, PageRequest(number=1, size=PAGE_SIZE), source.fetch_sort),
        *source.parameters(datetime.now(UTC)),
        (f"filter[{place.field}]", value.removeprefix("+")),
    ]
    page = await client.list_objects(place.kind, source.path, query, lambda row: row)
    if page.gaps or page.total_results != len(page.items):
        return None
    return [row for row in page.items if row.fields.get(place.field) == value]


def _ids(place: Elsewhere, rows: "Sequence[Row] | None") -> Iterable[str]:
    """The objects that rows belong to."""
    return (id_ for row in rows or () if isinstance(id_ := row.fields.get(place.joined), str))


def _snapshot(kind: Kind, rows: "Sequence[Row]") -> Snapshot:
    database = Database(kind)
    database.load(1, Recorder(kind).records(rows))
    database.finish()
    count = len(rows)
    return Snapshot(database, Coverage(read=count, of=count, complete=True, as_of=datetime.now(UTC)))


async def _at_once(works: Sequence[Callable[[], Awaitable[T]]]) -> list[T]:
    """The results of all `works`, in their order. Raises the first `TelnyxError`."""
    results: dict[int, T] = {}
    errors: list[TelnyxError] = []

    async def run(place: int, work: Callable[[], Awaitable[T]]) -> None:
        try:
            results[place] = await work()
        except TelnyxError as error:
            errors.append(error)
            tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        for place, work in enumerate(works):
            tasks.start_soon(run, place, work)
    if errors:
        raise errors[0]
    return [results[place] for place in range(len(works))]
