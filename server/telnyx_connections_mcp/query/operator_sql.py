"""The SQL of each operator: a case for every one of `inventory.operators`.

Texts are compared folded, and unset values like empty text; an expression is 1 or 0, never NULL.
"""

import re
from typing import Any, assert_never

from telnyx_connections_mcp.inventory.kind import Condition, Field, Kind
from telnyx_connections_mcp.inventory.operators import Operator, Type
from telnyx_connections_mcp.inventory.snapshot_tables import NO_TAGS, folding
from telnyx_connections_mcp.inventory.times import kept_time
from telnyx_connections_mcp.inventory.url_parts import Url
from telnyx_connections_mcp.query.elsewhere_sql import elsewhere_test, has
from telnyx_connections_mcp.query.sql_expression import Sql, among, exactly, negated
from telnyx_connections_mcp.redaction.texts import quoted
from telnyx_connections_mcp.redaction.urls import url_host
from telnyx_connections_mcp.text.cleaning import fold
from telnyx_connections_mcp.text.hosts import comparable_host, host_within

_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*")
_NOT_SPECIAL = re.compile(r"[\[?]")
"""Special to SQLite's GLOB, but not to ours, which knows `*` alone."""


def operator_sql(kind: Kind, condition: Condition, of: Field | None, value: Any) -> Sql | None:  # noqa: C901, PLR0912  # a case an operator
    """The expression of one condition; None if only Telnyx evaluates it."""
    if condition.operator is Operator.FINDING:
        found = among("finding", value)
        return Sql(f"{kind.name}.n IN (SELECT n FROM findings WHERE {found.text})", found.values)
    if of is None or condition.operator is Operator.API:
        return None
    if of.elsewhere and condition.operator is not Operator.IS:
        return has(of, elsewhere_test(condition, value))
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
        case Operator.SAME:
            return Sql(f"{_text(of)} = ?", (fold(value),))
        case Operator.IS:
            return Sql(f"{of.sql} IS ?", (int(value),))
        case Operator.IS_SET:
            return _is_set(kind, of) if value else negated(_is_set(kind, of))
        case Operator.IS_NOT_SET:
            return negated(_is_set(kind, of)) if value else _is_set(kind, of)
        case Operator.EQUALS:
            return exactly(of.name, value)
        case Operator.PLACE:
            place = folding(of)(value)
            return Sql(f"{_text(of)} = ? OR instr({_text(of)}, ?) = 1", (place, f"{place},"))
        case Operator.HOST:
            return _host(condition.name, of.url, value)
        case Operator.SCHEME:
            return _scheme(condition.name, of.url, value)
        case Operator.URL_CONTAINS:
            return Sql(f"instr({_any_case(of.name)}, ?) > 0", (fold(value),))
        case Operator.EXACT_TAG:
            test = exactly("tag", value)
            return Sql(
                f"{kind.name}.tag_set IN (SELECT tag_set FROM {kind.tag_sets_table} WHERE {test.text})", test.values
            )
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
        case Operator.NUMBER | Operator.ADDRESS:
            raise ValueError(f"{condition.name}: {condition.operator} is asked of other kinds")
    assert_never(condition.operator)


def _text(of: Field) -> str:
    """The folded text of `of`; empty if unset."""
    return f"coalesce({of.folded}, '')"


def _is_set(kind: Kind, of: Field) -> Sql:
    if of.type is Type.TAGS:
        return Sql(f"{kind.name}.tag_set != {NO_TAGS}")
    return Sql(f"{of.folded or of.name} IS NOT NULL")  # a name of white space alone is none


def _any_case(url: str) -> str:
    """A folded URL; only one with a space or a character beyond ASCII needs our own function."""
    odd = f"instr({url}, ' ') OR length({url}) < length(CAST({url} AS BLOB))"
    return f"CASE WHEN {odd} THEN fold({url}) ELSE lower(coalesce({url}, '')) END"


def _scheme(name: str, url: Url | None, text: str) -> Sql:
    scheme = text.strip().lower().removesuffix("//").removesuffix(":")
    if _SCHEME.fullmatch(scheme) is None:
        raise ValueError(f"`where.{name}` must be the scheme of a URL, such as https, not {quoted(text)}")
    return Sql(f"{url.scheme if url else name} IS ?", (scheme,))


def _tagged(kind: Kind, tags: list[str], *, every: bool = False) -> Sql:
    """An expression for whether a row has any of `tags`, or every one."""
    test = among("tag_folded", map(fold, tags))
    each = f" AND repeated IS NULL GROUP BY tag_set HAVING count(*) = {len(test.values)}" if every else ""
    return Sql(
        f"{kind.name}.tag_set IN (SELECT tag_set FROM {kind.tag_sets_table} WHERE {test.text}{each})", test.values
    )


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
    return Sql(f"substr({own}, ?) IS ? OR {own} IS ?", (-len(host) - 1, f".{host}", host))
