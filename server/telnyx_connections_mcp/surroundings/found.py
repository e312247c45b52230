"""What one request found about a connection."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.paging import PAGE_SIZE, gaps_in_words, mismatch
from telnyx_connections_mcp.inventory.record import Record, Recorder
from telnyx_connections_mcp.inventory.selection import Test, selected, verdict
from telnyx_connections_mcp.inventory.source import Window
from telnyx_connections_mcp.inventory.times import instant_of

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from telnyx_connections_mcp.telnyx.models import Page
    from telnyx_connections_mcp.telnyx.rows import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Objects of one kind that belong to a connection."""

    records: Sequence[Record] = ()
    of: int | None = 0
    """How many there are, of which `records` are the first; None if that is not known."""
    within: str = ""
    """The time that was looked at, in words, if not all: `the last 24 hours`."""
    notes: Sequence[str] = ()
    """What else has to be said about what was read."""
    unproven: bool = False
    """Whether `records` do not say that they belong to the connection, so that there may be fewer."""


def one(kind: Kind, row: "Row") -> Found:
    """The one object that there is."""
    return Found(records=Recorder(kind).records([row]), of=1)


def found_on(kind: Kind, page: "Page[Row]", tests: Sequence[Test], window: Window | None) -> Found:
    """The rows of the first page of a list that pass `tests`, first whether they belong to the connection.

    The others are counted in a note. Something on the way may have ignored the filter, and then Telnyx's count is one
    of other rows.
    """
    rows = list({row.id or number: row for number, row in enumerate(page.items)}.values())
    verdicts = [verdict(row.fields, tests) for row in rows]
    kept = [row for row, ok in zip(rows, selected(verdicts), strict=True) if ok]
    left_out, repeated = len(rows) - len(kept), len(page.items) - len(rows)
    silent = sum(verdict(row.fields, tests[:1]) is None for row in kept)
    doubt = doubt_of(kind, page)
    notes = [
        f"{left_out} of the {kind.labels} listed did not match the request and {_were(left_out)} left out"
        if left_out
        else None,
        f"{silent} of the {kind.labels} listed do not say to which connection they belong" if silent else None,
        f"{repeated} of the {kind.labels} listed came twice" if repeated else None,
        gaps_in_words(len(page.gaps), kind.labels) or None,
        doubt,
    ]
    whole = doubt is None and not repeated and page.total_results == page.held
    return Found(
        records=Recorder(kind).records(kept),
        of=len(kept) + len(page.gaps) if whole else None if doubt or left_out or repeated else page.total_results,
        within=in_words(window.length) if window else "",
        notes=tuple(filter(None, notes)),
        unproven=silent > 0,
    )


def doubt_of(kind: Kind, page: "Page[Row]") -> str | None:
    """Why it is not known how many there are; None if Telnyx's count can be right."""
    if page.total_results is None:
        return page.why_no_total(kind.labels)
    if page.held > page.total_results:
        return f"Telnyx counts {page.total_results} {kind.labels}, but its first page holds {page.held}"
    return mismatch(page, 1, PAGE_SIZE, kind.labels)


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def in_words(length: timedelta) -> str:
    """`the last 24 hours`, `the last 30 days`."""
    return "the last 24 hours" if length == timedelta(days=1) else f"the last {length.days} days"


def same_id(field: str, wanted: str) -> Test:
    """A test for rows with that id in `field`: None for those that have none there."""

    def holds(row: Mapping[str, Any]) -> bool | None:
        value = row.get(field)
        return comparable(value) == comparable(wanted) if isinstance(value, str) and value else None

    return holds


def comparable(id_: str) -> str:
    """An id as it is compared: decimal numbers may have leading zeros, and UUIDs come in either case."""
    return id_.lower().lstrip("0")


def equal(field: str, wanted: object) -> Test:
    """A test for rows with that value in `field`: None for those that have none there."""
    return lambda row: None if row.get(field) is None else row[field] == wanted


def recent(window: Window | None, now: datetime) -> Sequence[Test]:
    """The test for rows of the time that a list is limited to: None for those of an unknown time."""
    if window is None:
        return ()
    field, begins = window.field, now.replace(microsecond=0) - window.length

    def holds(row: Mapping[str, Any]) -> bool | None:
        instant = instant_of(str(row.get(field) or ""))
        return None if instant is None else instant >= begins

    return (holds,)
