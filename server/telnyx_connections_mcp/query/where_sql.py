"""The conditions of `where`, each compiled to SQL over the table of a kind.

Texts are compared folded, and unset values like empty text; an expression is 1 or 0, never NULL.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple, assert_never

from telnyx_connections_mcp.inventory.kind import Condition, Field, Kind, Url
from telnyx_connections_mcp.inventory.operators import Operator, Type
from telnyx_connections_mcp.inventory.tables import folding
from telnyx_connections_mcp.inventory.times import kept_time, read_instant
from telnyx_connections_mcp.redaction.texts import quoted
from telnyx_connections_mcp.redaction.urls import url_host
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter, Parameters
from telnyx_connections_mcp.text.cleaning import fold
from telnyx_connections_mcp.text.hosts import comparable_host, host_within

if TYPE_CHECKING:  # imported with the first snapshot, to start fast
    import sqlite3


class Sql(NamedTuple):
    """An expression, and the values of its placeholders."""

    text: str
    values: tuple[str | int, ...] = ()


EVERYTHING = Sql("1")
_NOT_SPECIAL = re.compile(r"[\[?]")
"""Special to SQLite's GLOB, but not to ours, which knows `*` alone."""


class Rows(NamedTuple):
    """The rows of a snapshot for which an expression holds."""

    handle: "sqlite3.Connection"
    kind: Kind
    matching: Sql = EVERYTHING

    @property
    def table(self) -> str:
        """Their table; with conditions, without its indexes: scanning in an index's order takes twice as long."""
        return self.kind.name if self.matching is EVERYTHING else f"{self.kind.name} NOT INDEXED"

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

    @property
    def own_tests(self) -> Mapping[str, Sql]:
        """The tests of conditions that are not sent to Telnyx."""
        return {name: test for name, test in self.tests.items() if name not in self.sent}

    @property
    def matching(self) -> Sql:
        """An expression for all conditions."""
        return all_of(self.tests.values())


def all_of(tests: Iterable[Sql]) -> Sql:
    """An expression for all of `tests`."""
    held = list(tests)
    if not held:
        return EVERYTHING
    return Sql(" AND ".join(f"({test.text})" for test in held), tuple(value for test in held for value in test.values))


def read_where(kind: Kind, where: Parameters | None, now: datetime) -> Conditions:
    """The compiled `where`. Raises `ValueError`, whose text begins with the name of the condition."""
    values = where.model_dump(exclude_none=True) if where else {}
    tests: dict[str, Sql] = {}
    resolved: dict[str, datetime] = {}
    for name, value in values.items():
        condition, of = kind.conditions[name]
        if condition.operator in (Operator.FROM, Operator.BEFORE):
            resolved[name] = _instant(name, value, now)
        if (test := _test(kind, condition, of, resolved.get(name, value))) is not None:
            tests[name] = test
    sent = {name: value for name, value in values.items() if kind.conditions[name][0].sent}
    return Conditions(kind, tests, resolved, sent)


def _instant(name: str, text: str, now: datetime) -> datetime:
    try:
        return read_instant(text, now)
    except ValueError as error:
        raise ValueError(f"`where.{name}` {error}, not {quoted(text)}") from None


def _test(kind: Kind, condition: Condition, of: Field | None, value: Any) -> Sql | None:  # noqa: C901, PLR0912  # a case an operator
    """The expression of one condition; None if only Telnyx evaluates it."""
    if of is None or condition.operator is Operator.API:
        return None
    match condition.operator:
        case Operator.CONTAINS:
            return Sql(f"instr({_text(of)}, ?) > 0", (fold(value),))
        case Operator.NOT_CONTAINS:
            return Sql(f"instr({_text(of)}, ?) = 0", (fold(value),))
        case Operator.GLOB:
            return Sql(f"{_text(of)} GLOB ?", (_NOT_SPECIAL.sub(r"[\g<0>]", fold(value)),))
        case Operator.ONE_OF:
            return among(_text(of), map(folding(of), value))
        case Operator.NONE_OF:
            return negated(among(_text(of), map(folding(of), value)))
        case Operator.IS:
            return Sql(f"{of.name} IS ?", (int(value),))
        case Operator.IS_SET:
            return _is_set(kind, of) if value else negated(_is_set(kind, of))
        case Operator.IS_NOT_SET:
            return negated(_is_set(kind, of)) if value else _is_set(kind, of)
        case Operator.EQUALS:
            return Sql(f"{of.name} IS ?", (value,))
        case Operator.PLACE:
            place = folding(of)(value)
            return Sql(f"{_text(of)} = ? OR instr({_text(of)}, ?) = 1", (place, f"{place},"))
        case Operator.HOST:
            return _host(condition.name, of.url, value)
        case Operator.ANY_TAG:
            return _tagged(kind, value)
        case Operator.NO_TAG:
            return negated(_tagged(kind, value))
        case Operator.EVERY_TAG:
            return _tagged(kind, value, every=True)
        case Operator.FROM:
            return Sql(f"coalesce({of.name} >= ?, 0)", (kept_time(value),))
        case Operator.BEFORE:
            return Sql(f"coalesce({of.name} < ?, 0)", (kept_time(value),))
    assert_never(condition.operator)


def negated(test: Sql) -> Sql:
    """The negation of `test`."""
    return Sql(f"NOT ({test.text})", test.values)


def _text(of: Field) -> str:
    """The folded text of `of`; empty if unset."""
    return f"coalesce({of.folded}, '')"


def among(text: str, values: Iterable[str]) -> Sql:
    """An expression for whether `text` is one of `values`."""
    distinct = tuple(dict.fromkeys(values))
    return Sql(f"{text} IN ({', '.join('?' * len(distinct))})", distinct)


def _is_set(kind: Kind, of: Field) -> Sql:
    if of.type is Type.TAGS:
        return Sql(f"{kind.name}.n IN (SELECT n FROM {kind.tags_table})")
    return Sql(f"{of.name} IS NOT NULL")


def _tagged(kind: Kind, tags: list[str], *, every: bool = False) -> Sql:
    """An expression for whether a row has any of `tags`, or every one."""
    test = among("tag_folded", map(fold, tags))
    each = f" AND repeated IS NULL GROUP BY n HAVING count(*) = {len(test.values)}" if every else ""
    return Sql(f"{kind.name}.n IN (SELECT n FROM {kind.tags_table} WHERE {test.text}{each})", test.values)


def _host(name: str, url: Url | None, text: str) -> Sql:
    host = comparable_host((url_host(text) or "") if "://" in text else text)
    if host is None:
        instead = (
            "audit_connections has the check webhook_not_https" if "://" in text else "it cannot have a port, path or *"
        )
        raise ValueError(
            f"`where.{name}` must be a host such as {host_within(text) or 'hooks.example.com'}, "
            f"not {quoted(text)}; {instead}"
        )
    own = url.host_folded if url else name
    return Sql(f"{own} IS ? OR substr({own}, ?) IS ?", (host, -len(host) - 1, f".{host}"))


def as_where(api_filter: ConnectionFilter | None) -> dict[str, Any]:
    """The `where` of search_connections that is equivalent to a filter of the API."""
    conditions = api_filter.model_dump(exclude_none=True) if api_filter else {}
    name = conditions.pop("connection_name", None)
    return ({"name_contains": name["contains"]} if name else {}) | conditions
