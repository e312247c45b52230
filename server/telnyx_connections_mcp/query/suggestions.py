"""Suggestions if something is not found: similar texts, and the strictest condition."""

from collections.abc import Iterable, Iterator, Mapping

from telnyx_connections_mcp.inventory.kind import Field
from telnyx_connections_mcp.inventory.operators import Operator, Type
from telnyx_connections_mcp.query.sql_expression import Sql, all_of
from telnyx_connections_mcp.query.where_sql import Rows
from telnyx_connections_mcp.text.cleaning import fold

_SHOWN = 5
_NEAR = 60
_TOGETHER = 100


def nearest_texts(wanted: str, texts: Iterable[str | None]) -> list[str]:
    """The texts most similar to `wanted`, at most five, best first."""
    from rapidfuzz import fuzz, process  # imported only after a miss

    wanted = fold(wanted)
    choices = {text: fold(text) for text in texts if text}
    found: list[tuple[str, float]] = []
    for some in _pieces(list(choices.items())):  # rapidfuzz holds the GIL while it compares
        near = process.extract(wanted, dict(some), scorer=fuzz.WRatio, limit=_SHOWN, score_cutoff=_NEAR)
        found += [(text, score) for _, score, text in near]
    return [text for text, _ in sorted(found, key=lambda each: -each[1])[:_SHOWN]]


def _pieces(choices: list[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    for first in range(0, len(choices), _TOGETHER):
        yield choices[first : first + _TOGETHER]


def distinct_texts(rows: Rows, field: Field, operator: Operator) -> list[str]:
    """The texts of a field in all rows that `operator` compares, in order of fetching: of URLs hosts, or schemes."""
    table, column, order = rows.kind.name, field.name, "min(n)"
    if field.url:
        column = field.url.scheme if operator is Operator.SCHEME else field.url.host
    if field.folded and not field.few_values:  # sorting so many different texts takes longer than fetching all
        all_texts = rows.handle.execute(f"SELECT {column} FROM {table} WHERE {column} != '' ORDER BY n")
        return list(dict.fromkeys(text for (text,) in all_texts))
    if field.type is Type.TAGS:
        firsts = f"(SELECT tag_set, min(n) AS n FROM {table} GROUP BY tag_set)"
        table, column = f"{firsts} JOIN {rows.kind.tag_sets_table} USING (tag_set)", "tag"
        order = "min(n * 1000 + place)"
    found = rows.handle.execute(f"SELECT {column} FROM {table} WHERE {column} != '' GROUP BY {column} ORDER BY {order}")
    return [text for (text,) in found]


def strictest(rows: Rows, tests: Mapping[str, Sql]) -> tuple[str, int, int] | None:
    """The condition that excludes most of `rows`, how many it excludes, and how many match without it."""
    counts = ", ".join(f"count(*) FILTER (WHERE NOT ({test.text}))" for test in tests.values())
    values = [value for test in tests.values() for value in test.values]
    (counted,) = rows.handle.execute(f"SELECT {counts} FROM {rows.kind.name}", values)
    excluded = dict(zip(tests, counted, strict=True))
    name = max(excluded, key=lambda name: excluded[name])
    others = rows._replace(matching=all_of(test for other, test in tests.items() if other != name))
    (without,) = others.select("count(*)").fetchone()
    return (name, excluded[name], without) if excluded[name] else None
