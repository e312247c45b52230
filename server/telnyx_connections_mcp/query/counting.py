"""Counts matching rows by state and by type."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.query.order_by_sql import order_by
from telnyx_connections_mcp.query.where_sql import Rows


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


def count_types(rows: Rows, sort: str) -> Tally:
    """The same, and by type."""
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
    return Tally(rows, {True: on, False: off, None: rows - on - off} if kind.state else None, types)
