"""How many rows match, by their state and by their type."""

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from typing import Any

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.query.conditions import Rows
from telnyx_connections_mcp.query.sorting import order_by


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of rows; None stands for "not known"."""

    count: int
    states: Mapping[bool | None, int]
    types: Mapping[str | None, int] = field(default_factory=dict)
    """Where two are equal, first the one that comes first in the order asked for."""


def count_states(rows: Rows) -> Tally:
    """How many rows there are, and how many of them in which state."""
    return _tally([(None, *counts) for counts in rows.select(_counts(rows.kind))], {})


def count_types(rows: Rows, sort: str) -> Tally:
    """The same, and how many are of which type."""
    column = rows.kind.type
    counts = rows.select(f"{column}, {_counts(rows.kind)}", f"GROUP BY {column}").fetchall()
    types = {name: count for name, count, *_ in counts}
    if len(set(types.values())) < len(types):
        types = {name: types[name] for name in _by_first(rows, sort, len(types))}
    return _tally(counts, types)


def _counts(kind: Kind) -> str:
    return f"count(*), total({kind.state} IS 1), total({kind.state} IS 0)"


def _tally(counts: list[tuple[Any, ...]], types: Mapping[str | None, int]) -> Tally:
    rows, on, off = (int(sum(each[place] for each in counts)) for place in (1, 2, 3))
    return Tally(rows, {True: on, False: off, None: rows - on - off}, types)


def _by_first(rows: Rows, sort: str, most: int) -> list[str | None]:
    """The `most` types that there are, in the order of the first row of each."""
    first: dict[str | None, None] = {}
    with closing(rows.select(rows.kind.type, f"ORDER BY {order_by(rows.kind, sort)}")) as found:
        while len(first) < most:
            first.setdefault(*next(found))
    return list(first)
