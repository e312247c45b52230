"""The `where` that selects exactly the rows of a group, made from the conditions on the fields of its keys.

Groups tell texts apart folded, as most conditions do. Whether a condition holds for the rows of a group and for no
others is certain for some operators; for the others, as for a host that is also the parent domain of another one, the
rows decide. A group for which there is no such condition has no `where`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import MAXYEAR, UTC, datetime
from typing import Any, NamedTuple

from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.operators import Operator, Type
from telnyx_connections_mcp.inventory.snapshot_tables import folding
from telnyx_connections_mcp.inventory.times import read_instant
from telnyx_connections_mcp.query.choices import LONGEST_TEXT, accepts
from telnyx_connections_mcp.query.group_by_sql import Groups, Value, grouped_value
from telnyx_connections_mcp.query.operator_sql import operator_sql
from telnyx_connections_mcp.query.sql_expression import Sql
from telnyx_connections_mcp.query.where_sql import Conditions, Rows
from telnyx_connections_mcp.telnyx.parameters import Parameters
from telnyx_connections_mcp.text.cleaning import fold

Where = Mapping[str, Any]

MAX_TRIALS = 500_000
"""Most values of a key, times conditions that are tried on each: those of 250 groups on 2,000 values.

Of a key that other kinds hold: most rows, times conditions.
"""


class _Candidate(NamedTuple):
    """Conditions that may hold for the rows of the group with `value` alone."""

    value: Value
    where: Where


def drill_down(
    rows: Rows, conditions: Conditions, where: Parameters | None, keys: Sequence[str], groups: Groups
) -> list[Where | None]:
    """For each group of `rows`, which `where` selects: the `where` that selects its rows, or None if there is none.

    Ages in it are the instants that they meant.
    """
    asked = where.model_dump(exclude_none=True) if where else {}
    asked |= {name: instant.isoformat() for name, instant in conditions.resolved.items()}
    by_key = [
        _conditions(rows, rows.kind.groups[key], {values[place] for values, _ in groups.some})
        for place, key in enumerate(keys)
    ]
    return [
        _merged(rows.kind, asked, [found.get(value) for found, value in zip(by_key, values, strict=True)])
        for values, _ in groups.some
    ]


def _conditions(rows: Rows, field: Field, values: Iterable[Value]) -> dict[Value, Where]:
    """By value of the key for `field`, the conditions that hold for the rows of its group alone."""
    found: dict[Value, Where] = {}
    uncertain: list[_Candidate] = []
    for value in values:
        for where in _candidates(rows.kind, field, value):
            if _is_certain(rows, field, where):
                found[value] = where
                break
            uncertain.append(_Candidate(value, where))
    for candidate in _proven(rows, field, uncertain):
        found.setdefault(candidate.value, candidate.where)
    return found


def _candidates(kind: Kind, field: Field, value: Value) -> Iterator[Where]:
    """Conditions on `field` that may hold for the rows of a group alone, and that a client can send as they are."""
    names = {condition.operator: condition.name for condition in field.conditions}
    for operands in _operands(value):
        if operands.keys() <= names.keys():
            where = {names[operator]: operand for operator, operand in operands.items()}
            if all(accepts(kind, name, operand) for name, operand in where.items()):
                yield where


def _operands(value: Value) -> list[dict[Operator, Any]]:
    """The operators that may ask for a value of a group, and their operands; those that may be certain come first."""
    if value is None:
        return [{Operator.IS_NOT_SET: True}, {Operator.IS_SET: False}]
    if isinstance(value, bool):
        return [{Operator.IS: value}]
    if isinstance(value, int):
        since = {Operator.FROM: f"{value:04}-01-01"}
        return [since if value == MAXYEAR else since | {Operator.BEFORE: f"{value + 1:04}-01-01"}]
    lists = (Operator.EVERY_TAG, Operator.ONE_OF)
    texts = (Operator.SAME, Operator.GLOB, Operator.EQUALS, Operator.PLACE, Operator.HOST)
    beginning = {Operator.GLOB: f"{value[: LONGEST_TEXT - 1]}*"}
    return [{operator: [value]} for operator in lists] + [{operator: value} for operator in texts] + [beginning]


def _is_certain(rows: Rows, field: Field, where: Where) -> bool:
    """Whether these conditions hold for the rows of a group alone, whatever the rows are."""
    name, operand = next(iter(where.items()))
    match rows.kind.conditions[name][0].operator:
        case Operator.IS | Operator.FROM | Operator.EVERY_TAG:
            return True
        case Operator.ONE_OF | Operator.SAME:
            return folding(field) is fold and not field.elsewhere
        case Operator.GLOB:
            return folding(field) is fold and not field.elsewhere and "*" not in fold(operand)
        case Operator.IS_NOT_SET if field.type is Type.TAGS:  # a blank tag counts as none
            blank = f"SELECT 1 FROM {rows.kind.tag_sets_table} WHERE tag_folded = '' LIMIT 1"
            return rows.handle.execute(blank).fetchone() is None
        case Operator.IS_NOT_SET | Operator.IS_SET:  # a blank text counts as none for both
            return field.folded is not None
        case _:
            return False


def _proven(rows: Rows, field: Field, candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """Those of `candidates` that hold for the rows of their group alone, among `rows` as they are."""
    tests = [(each, test) for each in candidates if (test := _test(rows.kind, each.where)) is not None]
    if not tests or field.type is Type.TAGS:
        return []
    value, kind, matching, most = grouped_value(field), rows.kind, rows.matching, MAX_TRIALS // len(tests)
    among = f"{rows.table} WHERE {matching.text}"
    if field.elsewhere:  # every row is tried, however few values there are
        if rows.select("count(*)").fetchone()[0] > most:
            return []
    else:  # one row for each value decides for all that have it; an unset host is not an unset URL
        by = [value, *(test.text for each, test in tests if each.value is None)]
        among = f"{kind.name} WHERE n IN (SELECT min(n) FROM {among} GROUP BY {', '.join(by)} LIMIT {most + 1})"
    held = ", ".join(test.text for _, test in tests)
    found = rows.handle.execute(
        f"SELECT DISTINCT {value}, {held} FROM {among} LIMIT {most + 1}",
        [*(operand for _, test in tests for operand in test.values), *matching.values],
    ).fetchall()
    if len(found) > most:
        return []
    values = [_compared(row[0]) for row in found]
    return [
        each
        for place, (each, _) in enumerate(tests, 1)
        if [bool(row[place]) for row in found] == [value == _compared(each.value) for value in values]
    ]


def _test(kind: Kind, where: Where) -> Sql | None:
    """The expression of one condition; None if it cannot be asked, as for what is no host."""
    ((name, operand),) = where.items()
    condition, field = kind.conditions[name]
    try:
        return operator_sql(kind, condition, field, operand)
    except ValueError:
        return None


def _compared(value: Value) -> Value:
    """A value as groups compare it."""
    return (fold(value) or None) if isinstance(value, str) else value


def _merged(kind: Kind, asked: Where, parts: Iterable[Where | None]) -> Where | None:
    """What was asked and the conditions of each key, which are as narrow as those on the same field, or narrower."""
    where = dict(asked)
    for part in parts:
        if part is None:
            return None
        for name, operand in part.items():
            operator = kind.conditions[name][0].operator
            where[name] = _both(operator, asked[name], operand) if name in asked else operand
    return where


def _both(operator: Operator, asked: Any, operand: Any) -> Any:
    """The operand with which a condition holds as it was asked and as a key needs it."""
    match operator:
        case Operator.EVERY_TAG:
            return list({fold(tag): tag for tag in (*asked, *operand)}.values())
        case Operator.FROM:
            return max(asked, operand, key=_instant)
        case Operator.BEFORE:
            return min(asked, operand, key=_instant)
        case _:
            return operand


def _instant(text: str) -> datetime:
    return read_instant(text, datetime.now(UTC))
