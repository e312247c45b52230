"""What answers hold beside the rows that a kind describes: pages, calls, counts and the rate limit.

Any field may be missing, null, new or of another type than documented.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from telnyx_connections_mcp.telnyx.cursors import parameters_of
from telnyx_connections_mcp.telnyx.rows import LONGEST_NAME, MAX_ITEMS, bounded

T = TypeVar("T")

_PAGE_NUMBER = re.compile("[1-9][0-9]{0,8}")
HIGHEST_COUNT = 10**12
"""What is said to be more, of whatever there is, is no count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list. A number that Telnyx did not give is None, never a guess."""

    items: list[T]
    number: int | None
    size: int | None
    total_pages: int | None
    total_results: int | None
    gaps: tuple[int, ...] = ()
    """Positions, from 0, of the elements of `data` that were no objects; they are missing from `items`."""
    is_miscounted: bool = False
    """Whether `total_results` is None because what Telnyx gave as a total is no number, or no possible one."""
    after: str | None = None
    """The cursor of the next page, where the list is paged by cursor and goes on."""
    next_number: int | None = None
    """The number of the next page, where a path leads to it."""
    goes_on: bool = False
    """Whether `meta` names a next page, in whatever way."""

    @property
    def held(self) -> int:
        """How many elements `data` had, whether or not they could be read."""
        return len(self.items) + len(self.gaps)

    def why_no_total(self, what: str) -> str:
        """Why it is not known how many of `what` there are."""
        if self.is_miscounted:
            return f"Telnyx gave no usable count of {what}"
        return f"Telnyx did not say how many {what} there are"


def read_page_numbers(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The four numbers of `meta`, each None where it is missing or none that can be, and how it goes on.

    A list with cursors counts `total_items` where others count `total_results`.
    """
    meta = answer.get("meta")
    given = meta if isinstance(meta, Mapping) else {}
    cursors, path = given.get("cursors"), given.get("next")
    linked = parameters_of(path)
    cursor = cursors.get("after") if isinstance(cursors, Mapping) else None
    text = str(cursor) if isinstance(cursor, int) and not isinstance(cursor, bool) else cursor
    after = text if isinstance(text, str) and text else linked.get("page[after]") or None
    number = linked.get("page[number]", "")
    totals = [given.get("total_results"), given.get("total_items")]
    total = next((count for count in map(_count, totals) if count is not None), None)
    return {
        "after": after,
        "next_number": int(number) if _PAGE_NUMBER.fullmatch(number) else None,
        "goes_on": bool(after or cursor or path),
        "number": _count(given.get("page_number")),
        "size": _count(given.get("page_size")),
        "total_pages": _count(given.get("total_pages")),
        "total_results": total,
        "is_miscounted": total is None and any(said is not None for said in totals),
    }


def _count(value: object) -> int | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return value if whole and isinstance(value, int) and 0 <= value <= HIGHEST_COUNT else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One live call. `call_duration` is in seconds; `client_state` is base64 of the caller's own data: sensitive."""

    call_control_id: str | None = None
    call_leg_id: str | None = None
    call_session_id: str | None = None
    call_duration: int | None = None
    client_state: str | None = None
    other: Mapping[str, Any] | None = None
    """Every other field, and those of another type than documented."""


_CALL_FIELDS = ("call_control_id", "call_leg_id", "call_session_id", "call_duration", "client_state")


def read_call(raw: Mapping[str, Any]) -> Call:
    """One element of the `data` of active calls. Never fails: what is of another type lands in `other`."""
    sent = bounded(raw, frozenset(_CALL_FIELDS)).fields
    known: dict[str, Any] = {}
    for name in _CALL_FIELDS:
        value = sent.get(name)
        typed = _count(value) if name == "call_duration" else value if isinstance(value, str) and value else None
        if typed is not None:
            known[name] = typed
    return Call(**known, other={name: value for name, value in sent.items() if name not in known} or None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many connections there are by kind, and how many there may be; both as Telnyx names them."""

    counts: Mapping[str, int]
    limits: Mapping[str, int]


def read_counts(raw: Mapping[str, Any]) -> Counts:
    """The `data` of connection counts. Never fails: what is no count is left out."""
    return Counts(counts=_counts(raw.get("counts")), limits=_counts(raw.get("limits")))


def _counts(value: object) -> dict[str, int]:
    given = list(value.items())[:MAX_ITEMS] if isinstance(value, Mapping) else []
    return {name: count for name, count in given if len(name) <= LONGEST_NAME and _count(count) is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class RateBudget:
    """What Telnyx last said of the account's rate limit; None where it did not say so, or nothing believable."""

    limit: int | None
    """Requests that one window allows."""
    remaining: int | None
    """Requests that are left of it."""
    reset_seconds: float | None
    """Seconds from `as_of` until the window begins anew."""
    as_of: datetime
    """When Telnyx said so, in UTC."""
