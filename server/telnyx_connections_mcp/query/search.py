"""Answers one question about the rows of a snapshot, as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.record import Record
from telnyx_connections_mcp.query.changes import Changed, changed_texts
from telnyx_connections_mcp.query.counting import Tally, count_states, list_rows
from telnyx_connections_mcp.query.drill_down import Where, drill_down
from telnyx_connections_mcp.query.group_by_sql import Groups, count_groups
from telnyx_connections_mcp.query.suggestions import strictest
from telnyx_connections_mcp.query.unknown import unknown_values
from telnyx_connections_mcp.query.where_sql import Conditions, Rows, Slice
from telnyx_connections_mcp.telnyx.parameters import Parameters

_FAR = 2**40
"""An offset beyond any row, and within SQLite's integers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question. Up to `limit` rows or groups after the first `offset` are returned."""

    conditions: Conditions
    where: Parameters | None
    group_by: Sequence[str] | None
    sort: str
    limit: int
    offset: int
    drill_down: bool = False
    """Whether the `where` of each group is wanted."""


@dataclass(slots=True, kw_only=True)
class SearchResult:
    """The answer."""

    matching: Tally
    unknown: Mapping[str, Mapping[str, Any]]
    """Values that no row has, by condition (`unknown_values`)."""
    excluded_most: tuple[str, int, int] | None
    """If nothing matches, the `strictest` of several conditions."""
    records: Sequence[Record] = ()
    groups: Groups | None = None
    drill_down: Sequence[Where | None] = ()
    """By group: the `where` that selects its rows."""
    changed: Mapping[str, Changed]
    """What cleaning changed in the texts that `unknown` suggests, by condition."""


def search(database: Database, question: Question) -> SearchResult:
    """The answer to `question`. Raises `TooManyGroupsError`."""
    result, numbers = database.query(lambda handle: _search(Rows(handle, database.kind, database.listings), question))
    result.records = database.records(numbers)
    return result


def _search(everything: Rows, question: Question) -> tuple[SearchResult, Sequence[int]]:
    """The answer without its rows, and their numbers."""
    conditions, tests = question.conditions, question.conditions.own_tests
    matching = everything._replace(matching=conditions.matching)
    part = Slice(question.limit, min(question.offset, _FAR))
    by = question.group_by
    tally, numbers = list_rows(matching, question.sort, part) if by is None else (count_states(matching), [])
    unknown: Mapping[str, Mapping[str, Any]] = {}
    if question.where:
        unknown = unknown_values(everything, conditions, question.where, matched=tally.count > 0)
    groups = None if by is None else count_groups(matching, by, part)
    result = SearchResult(
        matching=tally,
        unknown=unknown,
        changed={name: _changed(everything, name, said) for name, said in unknown.items()},
        excluded_most=strictest(everything, tests) if len(tests) > 1 and not tally.count else None,
        groups=groups,
        drill_down=drill_down(matching, conditions, question.where, by, groups)
        if question.drill_down and by and groups
        else (),
    )
    return result, numbers


def _changed(rows: Rows, name: str, suggestions: Mapping[str, Any]) -> Changed:
    _, field = rows.kind.conditions[name]
    suggested = [*suggestions.get("near", ()), *suggestions.get("there_are", ())]
    return changed_texts(rows, field, suggested) if field else {}
