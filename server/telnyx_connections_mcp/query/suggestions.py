"""Suggestions if something is not found: similar texts, and the strictest condition."""

import json
from collections.abc import Iterable, Mapping, Sequence

from telnyx_connections_mcp.inventory.kind import Field
from telnyx_connections_mcp.inventory.operators import Operator, Type
from telnyx_connections_mcp.query.sql_expression import Sql, all_of
from telnyx_connections_mcp.query.where_sql import Rows
from telnyx_connections_mcp.text.cleaning import fold

_SHOWN = 5
_NEAR = 60
_TOGETHER = 1000
"""Texts that are fetched or compared at once: rapidfuzz and json hold Python's lock meanwhile."""
_ALIKE = 1.5
"""Up to this ratio of their lengths, `WRatio` compares texts as a whole, and beyond also parts of the longer one."""
_UNLIKE = 8
"""From this ratio on it trusts similar parts less."""
_PART = 0.9
"""The weight of similar parts in between."""


def nearest_texts(wanted: str, texts: Iterable[str | None]) -> list[str]:
    """The texts most similar to `wanted`, at most five, best first."""
    return nearest_folded(wanted, {text: fold(text) for text in texts if text})


def nearest_folded(wanted: str, texts: Mapping[str, str]) -> list[str]:
    """The same of texts that come with their folded forms."""
    from rapidfuzz import fuzz, process  # imported only after a miss

    wanted, names, folded = fold(wanted), list(texts), list(texts.values())
    found: list[tuple[float, int]] = []
    for first in range(0, len(names), _TOGETHER):
        some = folded[first : first + _TOGETHER]
        chosen = _promising(wanted, some)
        choices = {first + place: some[place] for place in chosen}
        near = process.extract(wanted, choices, scorer=fuzz.WRatio, limit=_SHOWN, score_cutoff=_NEAR)
        found += [(-score, place) for _, score, place in near]
    return [names[place] for _, place in sorted(found)[:_SHOWN]]


def _promising(wanted: str, texts: Sequence[str]) -> Sequence[int]:
    """The places of the few texts among which the five with the highest `WRatio` are, in order.

    Between single words it is the ratio, or `_PART` times the partial ratio if one is much longer. Each of the two
    takes a tenth of the time, and the best by either include the best by `WRatio`. Other texts are all promising.
    """
    from rapidfuzz import fuzz, process

    if not wanted or " " in wanted:
        return range(len(texts))
    promising: list[int] = []
    longer: dict[int, str] = {}
    for place, text in enumerate(texts):
        long, short = (len(text), len(wanted)) if len(text) > len(wanted) else (len(wanted), len(text))
        if " " in text or long >= _UNLIKE * short:
            promising.append(place)
        elif long >= _ALIKE * short:
            longer[place] = text
    promising += [
        place for *_, place in process.extract(wanted, texts, scorer=fuzz.ratio, limit=_SHOWN, score_cutoff=_NEAR)
    ]
    best = process.extract(wanted, longer, scorer=fuzz.partial_ratio, limit=_SHOWN, score_cutoff=_NEAR / _PART)
    return sorted({*promising, *(place for *_, place in best)})


def distinct_texts(rows: Rows, field: Field, operator: Operator) -> dict[str, str]:
    """The texts of a field in all rows that `operator` compares, in order of fetching, each with its folded form.

    Of URLs they are the hosts, or the schemes.
    """
    if field.elsewhere:
        values = " UNION ".join(f"SELECT {place.value} AS value {place.rows}" for place in field.elsewhere)
        found = rows.handle.execute(f"SELECT value FROM ({values}) WHERE value != '' ORDER BY value")
        return {text: fold(text) for (text,) in found}
    table, column, order = rows.kind.name, field.name, "min(n)"
    if field.url:
        column = field.url.scheme if operator is Operator.SCHEME else field.url.host
    if field.folded and not field.few_values:  # sorting so many different texts takes longer than fetching all
        return _all_texts(rows, field.name, field.folded)
    if field.type is Type.TAGS:
        firsts = f"(SELECT tag_set, min(n) AS n FROM {table} GROUP BY tag_set)"
        table, column = f"{firsts} JOIN {rows.kind.tag_sets_table} USING (tag_set)", "tag"
        order = "min(n * 1000 + place)"
    found = rows.handle.execute(f"SELECT {column} FROM {table} WHERE {column} != '' GROUP BY {column} ORDER BY {order}")
    return {text: fold(text) for (text,) in found}


def similar_numbers(rows: Rows, field: Field, number: str) -> list[str]:
    """Telephone numbers with the same last digits as `number`, at most five: seven digits, or else four."""
    (place,) = field.elsewhere
    for last in (7, 4):
        found = rows.handle.execute(
            f"SELECT DISTINCT {place.value} AS value {place.rows} WHERE substr(value, ?) = ? ORDER BY value LIMIT ?",
            (-last, number[-last:], _SHOWN),
        )
        if near := [text for (text,) in found]:
            return near
    return []


def _all_texts(rows: Rows, name: str, folded: str) -> dict[str, str]:
    """The same for texts stored folded. As JSON, they are fetched in a third of the time of as many rows."""
    texts: dict[str, str] = {}
    last: int | None = -1
    while last is not None:
        as_json, folded_as_json, last = rows.handle.execute(
            f"SELECT json_group_array({name}), json_group_array(coalesce({folded}, '')), max(n) FROM (SELECT n, {name},"
            f" {folded} FROM {rows.kind.name} WHERE n > ? AND {name} != '' ORDER BY n LIMIT {_TOGETHER})",
            (last,),
        ).fetchone()
        texts |= dict(zip(json.loads(as_json), json.loads(folded_as_json), strict=True))
    return texts


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
