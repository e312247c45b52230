"""What responses contain besides the rows of a kind: pages, calls, counts and the rate limit.

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
"""Anything larger is not believed to be a count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[T]):
    """One page of a list. A number that Telnyx did not state is None, never a guess."""

    items: list[T]
    number: int | None
    size: int | None
    total_pages: int | None
    total_results: int | None
    gaps: tuple[int, ...] = ()
    """Positions, from 0, of the elements of `data` that are not objects; they are missing from `items`."""
    is_miscounted: bool = False
    """Whether `total_results` is None because Telnyx's total is not a number, or an impossible one."""
    after: str | None = None
    """The cursor of the next page, if there is one."""
    next_number: int | None = None
    """The number of the next page, if a link names it."""
    goes_on: bool = False
    """Whether `meta` names a next page in any way."""

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
    """The four numbers of `meta`, each None if missing or impossible, and the next page.

    A list with cursors has `total_items` instead of `total_results`.
    """
    meta = answer.get("meta")
    meta_fields = meta if isinstance(meta, Mapping) else {}
    cursors, path = meta_fields.get("cursors"), meta_fields.get("next")
    linked = parameters_of(path)
    cursor = cursors.get("after") if isinstance(cursors, Mapping) else None
    text = str(cursor) if isinstance(cursor, int) and not isinstance(cursor, bool) else cursor
    after = text if isinstance(text, str) and text else linked.get("page[after]") or None
    number = linked.get("page[number]", "")
    totals = [meta_fields.get("total_results"), meta_fields.get("total_items")]
    total = next((count for count in map(_count, totals) if count is not None), None)
    return {
        "after": after,
        "next_number": int(number) if _PAGE_NUMBER.fullmatch(number) else None,
        "goes_on": bool(after or cursor or path),
        "number": _count(meta_fields.get("page_number")),
        "size": _count(meta_fields.get("page_size")),
        "total_pages": _count(meta_fields.get("total_pages")),
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
    """Every other field, and those of an undocumented type."""


_CALL_FIELDS = ("call_control_id", "call_leg_id", "call_session_id", "call_duration", "client_state")


def read_call(raw: Mapping[str, Any]) -> Call:
    """One active call. Never fails: a field of another type goes to `other`."""
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
    """How many connections of each kind there are and may be, named as Telnyx does."""

    counts: Mapping[str, int]
    limits: Mapping[str, int]


def read_counts(raw: Mapping[str, Any]) -> Counts:
    """Connection counts. Never fails: what is not a count is left out."""
    return Counts(counts=_counts(raw.get("counts")), limits=_counts(raw.get("limits")))


def _counts(value: object) -> dict[str, int]:
    items = list(value.items())[:MAX_ITEMS] if isinstance(value, Mapping) else []
    return {name: count for name, count in items if len(name) <= LONGEST_NAME and _count(count) is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class RateBudget:
    """The account's rate limit as Telnyx last reported it; None for anything missing or implausible."""

    limit: int | None
    """Requests allowed per window."""
    remaining: int | None
    """Requests left in it."""
    reset_seconds: float | None
    """Seconds from `as_of` until the next window."""
    as_of: datetime
    """When Telnyx reported it, in UTC."""
