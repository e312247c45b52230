"""Answers one question about the rows of a snapshot, as plain data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.joined import with_attached
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.operators import Operator
from telnyx_connections_mcp.inventory.record import Record
from telnyx_connections_mcp.query.changes import Changed, changed_texts
from telnyx_connections_mcp.query.counting import Tally, count_states, list_rows
from telnyx_connections_mcp.query.drill_down import Where, drill_down
from telnyx_connections_mcp.query.elsewhere_sql import numbers_meant, understood
from telnyx_connections_mcp.query.group_by_sql import Groups, count_groups
from telnyx_connections_mcp.query.sql_expression import Sql
from telnyx_connections_mcp.query.suggestions import strictest
from telnyx_connections_mcp.query.unknown import unknown_values
from telnyx_connections_mcp.query.where_sql import Conditions, Rows, Slice
from telnyx_connections_mcp.redaction.texts import quoted
from telnyx_connections_mcp.telnyx.parameters import Parameters

if TYPE_CHECKING:  # imported with the first snapshot, to start fast
    import sqlite3

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
    understood: Mapping[str, str]
    """Values that are looked for in another spelling than the one that was given, by condition."""


class AmbiguousNumberError(Exception):
    """A telephone number without its country code that may be several of the account; the text says which."""


def search(database: Database, question: Question, others: Mapping[Kind, Database] | None = None) -> SearchResult:
    """The answer to `question`; `others` are of the kinds that it `reads`.

    Raises `TooManyGroupsError`, and `AmbiguousNumberError`.
    """

    def work(handle: "sqlite3.Connection") -> tuple[SearchResult, Sequence[int]]:
        return _search(Rows(handle, database.kind, database.listings), question)

    if others:
        result, numbers = with_attached(database, {kind.name: other for kind, other in others.items()}, work)
    else:
        result, numbers = database.query(work)
    result.records = database.records(numbers)
    return result


def _search(everything: Rows, question: Question) -> tuple[SearchResult, Sequence[int]]:
    """The answer without its rows, and their numbers."""
    conditions, tests = question.conditions, question.conditions.own_tests
    meant = _understood(everything, question)
    matching = _found_once(everything._replace(matching=conditions.matching), question)
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
        understood=meant,
    )
    return result, numbers


def _understood(rows: Rows, question: Question) -> Mapping[str, str]:
    """What values of conditions are taken for, if not literally. Raises `AmbiguousNumberError`."""
    found: dict[str, str] = {}
    for name in question.conditions.tests:
        condition, field = rows.kind.conditions[name]
        if field is None or condition.operator not in (Operator.NUMBER, Operator.ADDRESS):
            continue
        given = getattr(question.where, name)
        meant = [understood(condition, given)]
        if condition.operator is Operator.NUMBER:
            meant = numbers_meant(rows.handle, condition, field, given)
        if len(meant) > 1:
            raise AmbiguousNumberError(
                f"`where.{name}` {quoted(given)} may be {' or '.join(meant)}: give it with its country code"
            )
        if meant and meant[0] != given:
            found[name] = meant[0]
    return found


def _found_once(rows: Rows, question: Question) -> Rows:
    """The same rows by number, if finding them takes the tables of other kinds: every statement tests them again."""
    if not question.conditions.reads(None):
        return rows
    (numbers,) = rows.select("json_group_array(n)").fetchone()
    return rows._replace(matching=Sql(f"{rows.kind.name}.n IN (SELECT value FROM json_each(?))", (numbers,)))


def _changed(rows: Rows, name: str, suggestions: Mapping[str, Any]) -> Changed:
    _, field = rows.kind.conditions[name]
    suggested = [*suggestions.get("near", ()), *suggestions.get("there_are", ())]
    return changed_texts(rows, field, suggested) if field else {}
