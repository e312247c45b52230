"""The conditions of `where`, compiled to SQL over the table of a kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.operators import Operand, use_of
from telnyx_connections_mcp.inventory.times import read_instant
from telnyx_connections_mcp.query.operator_sql import operator_sql
from telnyx_connections_mcp.query.sql_expression import EVERYTHING, Sql, all_of
from telnyx_connections_mcp.redaction.texts import quoted
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter, Parameters

if TYPE_CHECKING:  # imported with the first snapshot, to start fast
    import sqlite3


Listed = tuple[int, str | None, int | None]
"""Number, type and state of a row."""


class Rows(NamedTuple):
    """The rows of a snapshot for which an expression holds."""

    handle: "sqlite3.Connection"
    kind: Kind
    listings: dict[str, dict[str, Listed]]
    """All rows by number, for each order; remembered for a small snapshot."""
    matching: Sql = EVERYTHING

    @property
    def table(self) -> str:
        """Their table; with conditions, without its indexes: scanning in an index's order takes twice as long."""
        return self.kind.name if self.matching is EVERYTHING else f"{self.kind.name} NOT INDEXED"

    def of(self, kind: Kind) -> "Rows":
        """All rows of another kind, whose tables are attached."""
        return Rows(self.handle, kind, {})

    def select(self, what: str, rest: str = "", *values: str | int) -> "sqlite3.Cursor":
        """The result of selecting `what` of them; `rest` follows the conditions."""
        return self.handle.execute(
            f"SELECT {what} FROM {self.table} WHERE {self.matching.text} {rest}", (*self.matching.values, *values)
        )


class Slice(NamedTuple):
    """Up to `limit` items after the first `offset`."""

    limit: int
    offset: int


@dataclass(frozen=True, slots=True)
class Conditions:
    """A compiled `where`: the expression of each condition, and the instants that were resolved."""

    kind: Kind
    tests: Mapping[str, Sql] = field(default_factory=dict)
    resolved: Mapping[str, datetime] = field(default_factory=dict)
    sent: Mapping[str, Any] = field(default_factory=dict)
    """The part that Telnyx can filter by without changing the meaning; `tests` repeats it if a field shows it."""
    findings: Sequence[str] = ()
    """The checks that it asks for: the table `findings` must be filled before."""

    def reads(self, group_by: Sequence[str] | None) -> tuple[Kind, ...]:
        """The other kinds whose tables must be attached, with those of groups by these keys."""
        return self.kind.reads(self.tests, group_by or ())

    @property
    def own_tests(self) -> Mapping[str, Sql]:
        """The tests of conditions that are not sent to Telnyx."""
        return {name: test for name, test in self.tests.items() if name not in self.sent}

    @property
    def matching(self) -> Sql:
        """An expression for all conditions."""
        return all_of(self.tests.values())


def read_where(kind: Kind, where: Parameters | None, now: datetime) -> Conditions:
    """The compiled `where`. Raises `ValueError`, whose text begins with the name of the condition."""
    values = where.model_dump(exclude_none=True) if where else {}
    tests: dict[str, Sql] = {}
    resolved: dict[str, datetime] = {}
    for name, value in values.items():
        condition, of = kind.conditions[name]
        if use_of(condition.operator).operand is Operand.INSTANT:
            resolved[name] = _instant(name, value, now)
        if (test := operator_sql(kind, condition, of, resolved.get(name, value))) is not None:
            tests[name] = test
    sent = {name: value for name, value in values.items() if kind.conditions[name][0].sent}
    return Conditions(kind, tests, resolved, sent, values.get(kind.finding.name, ()) if kind.finding else ())


def _instant(name: str, text: str, now: datetime) -> datetime:
    try:
        return read_instant(text, now)
    except ValueError as error:
        raise ValueError(f"`where.{name}` {error}, not {quoted(text)}") from None


def as_where(api_filter: ConnectionFilter | None) -> dict[str, Any]:
    """The `where` of search_connections that is equivalent to a filter of the API."""
    conditions = api_filter.model_dump(exclude_none=True) if api_filter else {}
    name = conditions.pop("connection_name", None)
    return ({"name_contains": name["contains"]} if name else {}) | conditions
