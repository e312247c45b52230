"""Counts matching rows by state and by type, and puts them in order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.query.order_by_sql import order_by
from telnyx_connections_mcp.query.where_sql import Listed, Rows, Slice

MOST_LISTED = 250
"""Most rows that are fetched to count them: sorting more of them takes longer than counting them in SQL."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of rows; the key None means unknown."""

    count: int
    states: Mapping[bool | None, int] | None
    """None for a kind without a state."""
    types: Mapping[str | None, int] = field(default_factory=dict)
    """Largest first; ties in the requested order."""


# Its names begin with _, unlike those of fields.
_TYPES = """
WITH _counted AS MATERIALIZED (SELECT {type} AS _type, {counts} FROM {rows} WHERE {matching} GROUP BY {type})
SELECT _type, _size, _on, _off FROM _counted LEFT JOIN {table} ON n = CASE
  WHEN _size IN (SELECT _size FROM _counted GROUP BY _size HAVING count(*) > 1)
  THEN (SELECT n FROM {table} WHERE {type} IS _type AND ({matching}) ORDER BY {order} LIMIT 1)
END
ORDER BY _size DESC, {order}
"""


def count_states(rows: Rows) -> Tally:
    """The number of rows, and by state."""
    return _tally(rows.kind, [(None, *counts) for counts in rows.select(_counts(rows.kind))], {})


def list_rows(rows: Rows, sort: str, part: Slice) -> tuple[Tally, list[int]]:
    """The counts by state and by type, and the numbers of a slice of `rows` in that order."""
    order = f"ORDER BY {order_by(rows.kind, sort)}"
    first = _first(rows, order)
    if len(first) <= MOST_LISTED:
        return _tally_of(rows.kind, first), [number for number, *_ in first[part.offset :][: part.limit]]
    found = rows.select("n", f"{order} LIMIT ? OFFSET ?", *part)
    return _count_types(rows, sort), [number for (number,) in found]


def _first(rows: Rows, order: str) -> list[Listed]:
    """The first rows that are found, in order: all of them, or one more than are listed.

    Each statement tests the conditions again, so few rows are counted and shown with this one alone.
    """
    if known := _snapshot_of_few(rows, order):
        found = {number for (number,) in rows.select("n")}
        return [row for row in known if row[0] in found]
    matching = f"SELECT n FROM {rows.table} WHERE {rows.matching.text} LIMIT ?"
    return _listed(rows, f"WHERE n IN ({matching}) {order}", *rows.matching.values, MOST_LISTED + 1)


def _snapshot_of_few(rows: Rows, order: str) -> list[Listed]:
    """Every row of a small snapshot, in order and remembered, because rows never change; none of a large one."""
    if order not in rows.listings:
        (count,) = rows.handle.execute(f"SELECT count(*) FROM {rows.kind.name}").fetchone()
        rows.listings[order] = _listed(rows, order) if count <= MOST_LISTED else []
    return rows.listings[order]


def _listed(rows: Rows, rest: str, *values: str | int) -> list[Listed]:
    kind = rows.kind
    return rows.handle.execute(
        f"SELECT n, {kind.type}, {kind.state or 'NULL'} FROM {kind.name} {rest}", values
    ).fetchall()


def _tally_of(kind: Kind, rows: list[Listed]) -> Tally:
    states = [state for _, _, state in rows]
    types: dict[str | None, int] = {}
    for _, type_, _ in rows:
        types[type_] = types.get(type_, 0) + 1
    largest_first = sorted(types.items(), key=itemgetter(1), reverse=True)  # ties stay in the order of `rows`
    return Tally(len(rows), _states(kind, len(rows), states.count(1), states.count(0)), dict(largest_first))


def _count_types(rows: Rows, sort: str) -> Tally:
    statement = _TYPES.format(
        type=rows.kind.type,
        counts=_counts(rows.kind),
        rows=rows.table,
        table=rows.kind.name,
        matching=rows.matching.text,
        order=order_by(rows.kind, sort),
    )
    counts = rows.handle.execute(statement, rows.matching.values * 2).fetchall()
    return _tally(rows.kind, counts, {name: size for name, size, *_ in counts})


def _counts(kind: Kind) -> str:
    """How many rows there are, how many with the state on, and how many with it off."""
    state = kind.state or "NULL"
    on, off = (f"count(*) FILTER (WHERE {state} = {value})" for value in (1, 0))
    return f"count(*) AS _size, {on} AS _on, {off} AS _off"


def _tally(kind: Kind, counts: list[tuple[Any, ...]], types: Mapping[str | None, int]) -> Tally:
    rows, on, off = (int(sum(each[place] for each in counts)) for place in (1, 2, 3))
    return Tally(rows, _states(kind, rows, on, off), types)


def _states(kind: Kind, rows: int, on: int, off: int) -> Mapping[bool | None, int] | None:
    return {True: on, False: off, None: rows - on - off} if kind.state else None
