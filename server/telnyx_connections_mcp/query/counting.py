"""Counts matching rows by state and by type, and puts them in order."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from operator import itemgetter
from string import ascii_letters, digits
from typing import Any

from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.query.order_by_sql import order_by
from telnyx_connections_mcp.query.sql_expression import EVERYTHING, Sql, among, found
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


_CODES = ascii_letters + digits
_FEW_TYPES = len(_CODES) // 3 - 1
"""Most types that are told apart by a character, each by one for each state; more are sorted."""
# The types, each found by the index from the one before.
_TYPES = """
WITH RECURSIVE types(type) AS (
  SELECT min({type}) FROM {table} UNION ALL SELECT (SELECT min({type}) FROM {table} WHERE {type} > type) FROM types
  WHERE type IS NOT NULL
)
SELECT type FROM types WHERE type IS NOT NULL LIMIT {limit}
"""
# Types in the order of the first row of each.
_IN_ORDER = """
SELECT {type} FROM {table} WHERE n IN (
  SELECT (SELECT n FROM {table} WHERE {type} IS column1 AND ({matching}) ORDER BY {order} LIMIT 1) FROM (VALUES {tied})
) ORDER BY {order}
"""


def has_types(database: Database, types: Collection[str]) -> bool:
    """Whether any object is of one of these types."""
    test = among(database.kind.type, types)
    exists = Sql(f"EXISTS (SELECT 1 FROM {database.kind.name} WHERE {test.text})", test.values)
    return database.query(lambda handle: found(handle, exists))


def count_states(rows: Rows) -> Tally:
    """The number of rows, and by state."""
    return replace(_tally(rows.kind, [(None, *counts) for counts in rows.select(_counts(rows.kind))]), types={})


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
        (found,) = rows.select("group_concat(n)").fetchone()  # one text: fetching each row takes twice as long
        numbers = set((found or "").split(","))
        return [row for number, row in known.items() if number in numbers]
    matching = f"SELECT n FROM {rows.table} WHERE {rows.matching.text} LIMIT ?"
    return _listed(rows, f"WHERE n IN ({matching}) {order}", *rows.matching.values, MOST_LISTED + 1)


def _snapshot_of_few(rows: Rows, order: str) -> Mapping[str, Listed]:
    """Every row of a small snapshot by number, in order and remembered, as rows never change; none of a large one."""
    if order not in rows.listings:
        (count,) = rows.handle.execute(f"SELECT count(*) FROM {rows.kind.name}").fetchone()
        listed = _listed(rows, order) if count <= MOST_LISTED else []
        rows.listings[order] = {str(row[0]): row for row in listed}
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
    table, type_ = rows.kind.name, rows.kind.type
    types = rows.handle.execute(_TYPES.format(type=type_, table=table, limit=_FEW_TYPES + 1)).fetchall()
    if rows.matching is EVERYTHING or len(types) > _FEW_TYPES:  # of all rows, an index is sorted already
        counts = rows.select(f"{type_}, {_counts(rows.kind)}", f"GROUP BY {type_}").fetchall()
    else:
        counts = _counted_by_code(rows, [None, *(name for (name,) in types)])
    tally = _tally(rows.kind, counts)
    sizes = Counter(tally.types.values())
    if not (tied := [name for name, size in tally.types.items() if sizes[size] > 1]):
        return tally
    statement = _IN_ORDER.format(
        type=type_,
        table=table,
        matching=rows.matching.text,
        order=order_by(rows.kind, sort),
        tied=", ".join(["(?)"] * len(tied)),
    )
    found = rows.handle.execute(statement, (*rows.matching.values, *tied))
    places = {name: place for place, (name,) in enumerate(found)}
    in_order = sorted(tally.types, key=lambda name: (-tally.types[name], places.get(name, 0)))
    return replace(tally, types={name: tally.types[name] for name in in_order})


def _counted_by_code(rows: Rows, types: Sequence[str | None]) -> list[tuple[Any, ...]]:
    """What `_counts` selects of the rows of each type: they are put into one text, a character each.

    This takes half the time of `GROUP BY`, which sorts the rows.
    """
    codes = {name: _CODES[3 * place : 3 * place + 3] for place, name in enumerate(types)}

    def code(of: str) -> str:
        return f"CASE {rows.kind.state or 'NULL'} WHEN 1 THEN '{of[0]}' WHEN 0 THEN '{of[1]}' ELSE '{of[2]}' END"

    named = {name: of for name, of in codes.items() if name is not None}
    cases = " ".join(["WHEN NULL THEN NULL", *(f"WHEN ? THEN {code(of)}" for of in named.values())])
    each = f"CASE {rows.kind.type} {cases} ELSE {code(codes[None])} END"
    (text,) = rows.handle.execute(
        f"SELECT group_concat({each}, '') FROM {rows.table} WHERE {rows.matching.text}",
        (*named, *rows.matching.values),
    ).fetchone()
    counts = {name: [(text or "").count(one) for one in of] for name, of in codes.items()}
    return [(name, sum(by_state), by_state[0], by_state[1]) for name, by_state in counts.items()]


def _counts(kind: Kind) -> str:
    """How many rows there are, how many with the state on, and how many with it off."""
    state = kind.state or "NULL"
    on, off = (f"count(*) FILTER (WHERE {state} = {value})" for value in (1, 0))
    return f"count(*) AS _size, {on} AS _on, {off} AS _off"


def _tally(kind: Kind, counts: list[tuple[Any, ...]]) -> Tally:
    rows, on, off = (int(sum(each[place] for each in counts)) for place in (1, 2, 3))
    types = {name: size for name, size, *_ in sorted(counts, key=lambda each: -each[1]) if size}
    return Tally(rows, _states(kind, rows, on, off), types)


def _states(kind: Kind, rows: int, on: int, off: int) -> Mapping[bool | None, int] | None:
    return {True: on, False: off, None: rows - on - off} if kind.state else None
