"""The latest changes to a connection, out of the audit events of the account, which no filter narrows to an object."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING

import anyio

from telnyx_connections_mcp.inventory import times
from telnyx_connections_mcp.inventory.kinds.account_changes import ACCOUNT_CHANGES
from telnyx_connections_mcp.inventory.paging import (
    PAGE_SIZE,
    gaps_in_words,
    is_counted_wrong,
    mismatch,
    page_size,
    pages_of,
)
from telnyx_connections_mcp.inventory.record import Recorder
from telnyx_connections_mcp.inventory.selection import verdict
from telnyx_connections_mcp.surroundings.found import Found, doubt_of, in_words, recent, same_id
from telnyx_connections_mcp.telnyx.errors import TelnyxError
from telnyx_connections_mcp.telnyx.parameters import PageRequest, connections_query

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from telnyx_connections_mcp.telnyx.client import TelnyxClient
    from telnyx_connections_mcp.telnyx.models import Page
    from telnyx_connections_mcp.telnyx.rows import Row

MAX_PAGES = 4
"""Most pages that are looked through, the latest first."""
_SOURCE = ACCOUNT_CHANGES.sources[0]
_WINDOW = in_words(_SOURCE.window.length) if _SOURCE.window else ""
_NEWEST_FIRST = "desc"


async def recent_changes(client: "TelnyxClient", connection_id: str, now: datetime) -> Found:
    """The changes to a connection among the latest of the account.

    The first page says how many there are; the others are then requested at once. Raises the `TelnyxError` of the
    first page.
    """
    pages = [await _page(client, 1, now)]
    size = page_size(pages[0])
    last = min(MAX_PAGES, pages_of(pages[0].total_results or 0, size))
    later: dict[int, Page[Row] | str] = {}  # a page, or why there is none

    async def ask(number: int) -> None:
        try:
            later[number] = await _page(client, number, now)
        except TelnyxError as error:
            later[number] = error.what

    async with anyio.create_task_group() as tasks:
        for number in range(2, last + 1):
            tasks.start_soon(ask, number)
    notes = []
    for number in range(2, last + 1):  # up to a page without which those after it prove nothing
        page = later[number]
        why = page if isinstance(page, str) else mismatch(page, number, size, ACCOUNT_CHANGES.labels)
        if why is not None or isinstance(page, str):
            notes.append(f"page {number} of the {ACCOUNT_CHANGES.labels} could not be used: {why}")
            break
        pages.append(page)
    return _found(connection_id, pages, notes, now)


async def _page(client: "TelnyxClient", number: int, now: datetime) -> "Page[Row]":
    query = connections_query(None, PageRequest(number=number, size=PAGE_SIZE), _NEWEST_FIRST)
    return await client.list_objects(ACCOUNT_CHANGES, _SOURCE.path, [*query, *_SOURCE.parameters(now)], lambda row: row)


def _found(connection_id: str, pages: "Sequence[Page[Row]]", notes: Iterable[str], now: datetime) -> Found:
    """What `pages` say about the connection, and how far back they go."""
    rows = list(
        {row.id or number: row for number, row in enumerate(row for page in pages for row in page.items)}.values()
    )
    gaps, total = sum(len(page.gaps) for page in pages), pages[0].total_results
    of_it, in_time = [same_id("resource_id", connection_id)], recent(_SOURCE.window, now)
    its = [row for row in rows if verdict(row.fields, of_it) and verdict(row.fields, in_time) is not False]
    records = Recorder(ACCOUNT_CHANGES).records(its)
    said = [*notes, gaps_in_words(gaps, ACCOUNT_CHANGES.labels) or None]
    if total is not None and is_counted_wrong(pages[0]):
        said.append(doubt_of(ACCOUNT_CHANGES, pages[0]))
        total = None
    if total is not None and len(rows) + gaps >= total:
        return Found(records=records, of=len(records), within=_WINDOW, notes=tuple(filter(None, said)))
    of = "an unknown number of" if total is None else str(total)
    within = f"{len(rows)} of {of} {ACCOUNT_CHANGES.labels} in {_WINDOW}"
    if (oldest := _oldest(rows)) is not None:
        within = f"the latest {within}, back to {times.in_words(oldest)}"
    else:
        said.append("they did not come newest first, so any may be missing")
    return Found(records=records, of=None, within=within, notes=tuple(filter(None, said)))


def _oldest(rows: "Sequence[Row]") -> datetime | None:
    """When the last of `rows` was made; None unless they are in order, the newest first."""
    instants = [times.instant_of(str(row.fields.get("changed_at") or "")) for row in rows]
    known = [instant for instant in instants if instant is not None]
    in_order = len(known) == len(rows) > 0 and all(newer >= older for newer, older in pairwise(known))
    return known[-1] if in_order else None
