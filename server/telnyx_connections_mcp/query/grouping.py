"""Counting rows by what they share.

Texts are told apart as conditions compare them and shown as most rows spell them. None stands for "not set". A row
counts once for each of its tags, and as None when it has none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from telnyx_connections_mcp.inventory.columns import folding
from telnyx_connections_mcp.inventory.kind import Field, Type
from telnyx_connections_mcp.query.changes import Changed, changed_texts
from telnyx_connections_mcp.query.conditions import Part, Rows
from telnyx_connections_mcp.text.cleaning import fold

Value = str | bool | int | None

MAX_GROUPS = 200_000
"""As many as rows are read; only tags, or two keys, could make more."""


MAX_WEIGHT = 256 * 2**20
"""Bytes that are sorted to count groups; only tags beside long texts could make more of what a snapshot holds."""
_ROW = 100
"""About how many bytes a row takes that is sorted, and"""
_COPIES = 3
"""how often it holds its text: as it is compared, and the first and the last of its spellings."""


class TooManyGroupsError(Exception):
    """More groups than are counted; the text says how many those are."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Some of the groups, the largest first, ties by value; and what all of them come to."""

    some: list[tuple[tuple[Value, ...], int]]
    number: int
    """Of all groups."""
    counted: int
    """Rows in all groups; more than there are where a row is in several."""
    repeated: int
    """Groups of several rows whose first value is set."""
    skipped: int
    """Rows in the groups before `some`."""
    changed: Mapping[str, Changed]
    """What cleaning changed in values of `some`, by key."""


def count_groups(rows: Rows, names: Sequence[str], part: Part) -> Groups:
    """A part of the groups of `rows` by one or two keys. Raises `TooManyGroupsError`."""
    keys = [_Key.of(rows.kind.groups[name], place) for place, name in enumerate(names)]
    if len(keys) > 1 and any(key.of_tags for key in keys) and _weight(rows, keys) > MAX_WEIGHT:
        raise TooManyGroupsError(f"To count these groups would take more than {MAX_WEIGHT // 2**20} MiB of memory")
    values = (*rows.matching.values, MAX_GROUPS + 1, part.offset, *part)
    (number, counted, repeated, skipped, combinations), *found = rows.handle.execute(_statement(rows, keys), values)
    if combinations > MAX_GROUPS:
        raise TooManyGroupsError(f"There are more than {MAX_GROUPS} groups")
    some = [(tuple(key.shown(value) for key, value in zip(keys, row, strict=False)), row[2]) for row in found]
    changed = {
        name: changed_texts(rows, rows.kind.groups[name], {str(row[place]) for row in found if row[place] is not None})
        for place, name in enumerate(names)
        if keys[place].is_text
    }
    return Groups(some, number, int(counted), int(repeated), int(skipped), changed)


@dataclass(frozen=True, slots=True)
class _Key:
    """The expressions of one key; the names of its columns end with its place among the keys."""

    place: int
    value: str
    """As it is shown."""
    folded: str | None
    """As it is compared, where the table holds that; None where the value has to be folded, or is no text."""
    is_text: bool
    is_boolean: bool
    of_tags: bool = False

    @classmethod
    def of(cls, field: Field, place: int) -> "_Key":
        """The key that is named after `field`, or after what is derived from it."""
        if field.type is Type.TAGS:
            return cls(place, "tag", None, is_text=True, is_boolean=False, of_tags=True)
        if field.type in (Type.BOOLEAN, Type.TIME):
            value = field.year if field.type is Type.TIME else field.name
            return cls(place, value, None, is_text=False, is_boolean=field.type is Type.BOOLEAN)
        value = field.url.host if field.url else field.name
        # The values that many rows share are few: folding each once is cheaper than counting by two columns.
        folded = None if field.few_values or folding(field) is not fold else field.folded
        return cls(place, value, folded, is_text=True, is_boolean=False)

    def shown(self, value: str | int | None) -> Value:
        """A value of the table as an answer has it."""
        return bool(value) if self.is_boolean and value is not None else value


# `spelled` counts rows by each combination of values: of folded texts where the table holds them, with the first and
# the last of their spellings, else as they are spelled. `folded` adds how these are compared, and `grouped` puts
# together what that makes one. Then come the spellings to show, and all groups in one row before those that are wanted.
_STATEMENT = """
WITH base AS NOT MATERIALIZED (SELECT {values} FROM {tables} WHERE {matching}),
spelled AS MATERIALIZED (SELECT {spelled}, count(*) AS size FROM base GROUP BY {by} LIMIT ?),
{grouped}{spellings}
SELECT count(*), total(size), total(size > 1 AND folded0 IS NOT NULL),
  (SELECT total(size) FROM (SELECT size FROM grouped ORDER BY size DESC LIMIT ?)), (SELECT count(*) FROM spelled)
FROM grouped
UNION ALL SELECT * FROM (
  SELECT {shown}, size, NULL, NULL FROM grouped {joins} ORDER BY size DESC, {ranks} LIMIT ? OFFSET ?
)
"""


def _tables(rows: Rows, keys: Sequence[_Key]) -> str:
    """The rows, each once for each of its tags if there is a key of tags."""
    kind = rows.kind
    tagged = f" LEFT JOIN {kind.tags_table} AS t ON t.n = {kind.name}.n AND t.repeated IS NULL"
    return rows.table + (tagged if any(key.of_tags for key in keys) else "")


def _weight(rows: Rows, keys: Sequence[_Key]) -> float:
    """About how many bytes the statement has to sort."""
    each = " + ".join(f"{_COPIES} * length(coalesce({key.value}, ''))" for key in keys)
    (weight,) = rows.handle.execute(
        f"SELECT total({_ROW} + {each}) FROM {_tables(rows, keys)} WHERE {rows.matching.text}", rows.matching.values
    ).fetchone()
    return float(weight)


def _statement(rows: Rows, keys: Sequence[_Key]) -> str:
    texts = [key for key in keys if key.is_text]
    return _STATEMENT.format(
        values=_each(keys, lambda key: f"{key.value} AS value{key.place}, {key.folded or key.value} AS by{key.place}"),
        tables=_tables(rows, keys),
        matching=rows.matching.text,
        spelled=_each(keys, lambda key: f"by{key.place}{_ends(key, 'value', 'value')}"),
        by=_each(keys, lambda key: f"by{key.place}"),
        grouped=_grouped(keys),
        spellings="".join(_spelling(key, alone=len(keys) == 1) for key in texts),
        shown=_each(keys, _shown) + ", NULL" * (2 - len(keys)),
        joins=" ".join(map(_join, texts)),
        ranks=_each(keys, _rank),
    )


def _each(keys: Sequence[_Key], part: Callable[[_Key], str]) -> str:
    return ", ".join(map(part, keys))


def _ends(key: _Key, low: str, high: str) -> str:
    """The first and the last spelling of a folded text."""
    place = key.place
    return f", min({low}{place}) AS low{place}, max({high}{place}) AS high{place}" if key.folded else ""


def _grouped(keys: Sequence[_Key]) -> str:
    """The groups, which `spelled` has already where nothing is left to be folded."""
    folded = _each(keys, lambda key: f"{_folded(key)} AS folded{key.place}")
    if all(key.folded or not key.is_text for key in keys):
        return f"grouped AS NOT MATERIALIZED (SELECT *, {folded} FROM spelled)"
    ends = _each(keys, lambda key: f"folded{key.place}{_ends(key, 'low', 'high')}")
    by = _each(keys, lambda key: f"folded{key.place}")
    return (
        f"folded AS MATERIALIZED (SELECT *, {folded} FROM spelled),\n"
        f"grouped AS MATERIALIZED (SELECT {ends}, sum(size) AS size FROM folded GROUP BY {by})"
    )


def _folded(key: _Key) -> str:
    return f"fold(by{key.place})" if key.is_text and not key.folded else f"by{key.place}"


def _spelling(key: _Key, *, alone: bool) -> str:
    """The table of how most rows spell each text."""
    place = key.place
    if key.folded:  # nearly all have one spelling
        several = (
            f"SELECT folded{place} FROM grouped WHERE low{place} < high{place}"
            if alone
            else f"SELECT folded{place} FROM grouped GROUP BY 1 HAVING min(low{place}) < max(high{place})"
        )
        counted = (
            f"SELECT by{place} AS text, value{place} AS spelling, count(*) AS size FROM base "
            f"WHERE by{place} IN ({several}) GROUP BY 1, 2"
        )
    else:
        counted = f"SELECT folded{place} AS text, by{place} AS spelling, sum(size) AS size FROM folded GROUP BY 1, 2"
    ranked = f"SELECT *, row_number() OVER (PARTITION BY text ORDER BY size DESC, spelling) AS rank FROM ({counted})"
    return f",\nspelling{place} AS (SELECT text, spelling FROM ({ranked}) WHERE rank = 1)"


def _join(key: _Key) -> str:
    return f"LEFT JOIN spelling{key.place} AS s{key.place} ON s{key.place}.text = folded{key.place}"


def _shown(key: _Key) -> str:
    if not key.is_text:
        return f"folded{key.place}"
    spelling = f"coalesce(s{key.place}.spelling, low{key.place})" if key.folded else f"s{key.place}.spelling"
    return f"iif(folded{key.place} IS NULL, NULL, {spelling})"


def _rank(key: _Key) -> str:
    """The text by which groups of one size are sorted."""
    if key.is_boolean:
        return f"CASE folded{key.place} WHEN 1 THEN 'True' WHEN 0 THEN 'False' ELSE 'None' END"
    return f"coalesce(CAST({_shown(key)} AS TEXT), 'None')"
