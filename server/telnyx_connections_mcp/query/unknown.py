"""Values in conditions that no row has: probably misspelled, whether or not anything matches.

`tags_none: ["prd"]` matches everything, which reads like an answer about the tag `prod`. So a value on no row
is reported, with the nearest values or, if there are few, with all of them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from telnyx_connections_mcp.inventory.kind import Condition, Field, Hints
from telnyx_connections_mcp.inventory.operators import Operator, Type, Unknown, use_of
from telnyx_connections_mcp.inventory.snapshot_tables import folding
from telnyx_connections_mcp.query.elsewhere_sql import anywhere, elsewhere_test, understood
from telnyx_connections_mcp.query.sql_expression import EVERYTHING, NOTHING, Sql, among, found, negated
from telnyx_connections_mcp.query.suggestions import distinct_texts, nearest_folded, similar_numbers
from telnyx_connections_mcp.query.where_sql import Conditions, Rows
from telnyx_connections_mcp.telnyx.parameters import Parameters

MAX_VALUES = 20
_MAX_HINTED = 5
_MAX_NEAR = 10
_FEW = 15
"""Most different texts that are all listed if none is similar."""


def unknown_values(
    rows: Rows, conditions: Conditions, where: Parameters, *, matched: bool
) -> dict[str, dict[str, Any]]:
    """By condition: the `values` that no row has, with `near` ones or, if few, all that `there_are`.

    A value `in_account` is there, but belongs to no row: a number that rings on no connection.

    Values beyond the twentieth are counted as `more`. Without rows nothing can be said: empty. If rows `matched`, each
    condition holds for some row, so that only lists, and what a condition excludes, can have unknown values.
    """
    unknown: dict[str, dict[str, Any]] = {}
    if not matched and not _any(rows, EVERYTHING):
        return unknown
    tests = conditions.tests
    if not matched and len(tests) == 1:
        tests = dict.fromkeys(tests, NOTHING)  # no need to look again
    for name, test in tests.items():
        condition, field = rows.kind.conditions[name]
        given = getattr(where, name)
        unknown_if = use_of(condition.operator).unknown
        if matched and unknown_if not in (Unknown.EACH, Unknown.MATCHES_ALL):
            continue
        if unknown_if is Unknown.FIELD and field and not _any(rows, Sql(f"{field.sql} IS NOT NULL")):
            unknown[name] = {"values": [str(given).lower()], "there_are": []}
        elif field and field.elsewhere and unknown_if is not Unknown.FIELD:
            if said := _elsewhere(rows, condition, field, given, test):
                unknown[name] = said
        elif field and (missing := _missing(rows, condition, field, given, test)):
            unknown[name] = _said(missing, _hints(rows, condition, field, missing))
    return unknown


def _any(rows: Rows, test: Sql) -> bool:
    return found(rows.handle, Sql(f"EXISTS (SELECT 1 FROM {rows.kind.name} WHERE {test.text})", test.values))


def _elsewhere(rows: Rows, condition: Condition, field: Field, given: str, test: Sql) -> dict[str, Any]:
    """What is said of a value that other kinds hold, if no row has it: that none of them does either, or one does."""
    if _any(rows, test):
        return {}
    values = [understood(condition, given)]
    if found(rows.handle, anywhere(field, elsewhere_test(condition, given))):
        return {"values": values, "in_account": True}
    return _said(values, _hints(rows, condition, field, values))


def _missing(rows: Rows, condition: Condition, field: Field, given: Any, test: Sql) -> list[str]:
    """The values that no row has, of a condition whose noun says that they are looked for."""
    unknown = use_of(condition.operator).unknown
    match unknown:
        case Unknown.NEVER | Unknown.FIELD:
            return []
        case _ if condition.noun is None:
            return []
        case Unknown.MATCHES_NONE:
            return [] if _any(rows, test) else [given]
        case Unknown.MATCHES_ALL:
            return [] if _any(rows, negated(test)) else [given]
        case Unknown.EACH:
            return _on_no_row(rows, field, given)
    assert_never(unknown)


def _on_no_row(rows: Rows, field: Field, texts: Sequence[str]) -> list[str]:
    """Those of `texts` that, folded, are not in the field or not among the tags."""
    tags = field.type is Type.TAGS
    table, column = (rows.kind.tag_sets_table, "tag_folded") if tags else (rows.kind.name, str(field.folded))
    wanted = {text: folding(field)(text) for text in texts}
    known = among(column, wanted.values())
    rows_found = rows.handle.execute(
        f"SELECT DISTINCT {column} FROM {table} WHERE {known.text} LIMIT ?", (*known.values, len(known.values))
    )
    there = {text for (text,) in rows_found}
    return [value for value, folded in wanted.items() if folded not in there]


def _hints(rows: Rows, condition: Condition, field: Field, missing: Sequence[str]) -> dict[str, list[str]]:
    if condition.hints is Hints.NOTHING:
        return {}
    if condition.operator is Operator.NUMBER:
        return {"near": near} if (near := similar_numbers(rows, field, missing[0])) else {}
    distinct = distinct_texts(rows, field, condition.operator)
    if condition.hints is Hints.ALL:
        return {"there_are": sorted(distinct)} if 0 < len(distinct) <= _FEW else {}
    near = list(dict.fromkeys(text for value in missing[:_MAX_HINTED] for text in nearest_folded(value, distinct)))
    if near:
        return {"near": near[:_MAX_NEAR]}
    listed = condition.hints is Hints.NEAR_OR_ALL and 0 < len(distinct) <= _FEW
    return {"there_are": sorted(distinct)} if listed else {}


def _said(missing: Sequence[str], hints: Mapping[str, list[str]]) -> dict[str, Any]:
    more = len(missing) - MAX_VALUES
    return {"values": list(missing[:MAX_VALUES])} | ({"more": more} if more > 0 else {}) | dict(hints)
