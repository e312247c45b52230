"""Counts rows by group.

Texts are told apart as conditions compare them and shown as most rows spell them. None stands for "not set". A row
counts once for each of its tags, and as None when it has none.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from telnyx_connections_mcp.inventory.kind import Field
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.snapshot_tables import folding
from telnyx_connections_mcp.query.changes import Changed, changed_texts
from telnyx_connections_mcp.query.sql_expression import Sql
from telnyx_connections_mcp.query.where_sql import Rows, Slice
from telnyx_connections_mcp.text.cleaning import fold

Value = str | bool | int | None

MAX_GROUPS = 200_000
"""As many as rows are fetched; only tags, or two keys, could give more."""


MAX_SPELLINGS = 5
"""Most spellings of a text."""
MAX_WEIGHT = 256 * 2**20
"""Bytes that are sorted to count groups; only tags beside long texts could make more of what a snapshot holds."""
_ROW = 100
"""About how many bytes a row takes that is sorted, and"""
_COPIES = 4
"""how often its text is held: as it is spelled and as it is compared, before and after it is sorted."""


class TooManyGroupsError(Exception):
    """More groups than are counted; the text says how many that is."""


class Spellings(NamedTuple):
    """The spellings of a text."""

    counts: dict[str, int]
    """Rows by spelling, largest first: the first five."""
    number: int


@dataclass(frozen=True, slots=True)
class Groups:
    """Some of the groups, largest first, ties by value; and totals over all of them."""

    some: list[tuple[tuple[Value, ...], int]]
    number: int
    """The number of all groups."""
    counted: int
    """Rows in all groups; a row in several groups counts several times."""
    repeated: int
    """Groups of several rows whose first value is set."""
    skipped: int
    """Rows in the groups before `some`."""
    changed: Mapping[str, Changed]
    """What cleaning changed in values of `some`, by key."""
    exactly: tuple[int, int]
    """Of one key with folded texts: how many of these several rows have exactly alike, and how many rows that are."""
    spellings: "Mapping[str, Spellings]"
    """Of one key with folded texts: by value of `some` that has several spellings."""


def count_groups(rows: Rows, names: Sequence[str], part: Slice) -> Groups:
    """A part of the groups of `rows` by one or two keys. Raises `TooManyGroupsError`."""
    keys = [_Key.of(rows.kind.groups[name], place) for place, name in enumerate(names)]
    if len(keys) > 1 and any(key.type is Type.TAGS for key in keys) and _weight(rows, keys) > MAX_WEIGHT:
        raise TooManyGroupsError(f"Counting these groups would take more than {MAX_WEIGHT // 2**20} MiB of memory")
    statement = _statement(rows, keys)
    (number, counted, repeated, skipped, combinations, *exactly), *listed = rows.handle.execute(
        statement.text, (*statement.values, MAX_GROUPS + 1, *part, part.offset)
    )
    found = [row for row in listed if row[_SEVERAL] is None]
    if combinations > MAX_GROUPS:
        raise TooManyGroupsError(f"There are more than {MAX_GROUPS} groups")
    some = [(tuple(key.shown(value) for key, value in zip(keys, row, strict=False)), row[2]) for row in found]
    changed = {
        name: changed_texts(rows, rows.kind.groups[name], {str(row[place]) for row in found if row[place] is not None})
        for place, name in enumerate(names)
        if keys[place].is_text
    }
    return Groups(
        some, number, int(counted), int(repeated), int(skipped), changed, _pair(exactly), _spellings(found, listed)
    )


def _pair(numbers: Sequence[float]) -> tuple[int, int]:
    first, second = numbers
    return int(first), int(second)


def _spellings(found: Sequence[tuple[Any, ...]], listed: Sequence[tuple[Any, ...]]) -> dict[str, Spellings]:
    """By value of the groups `found`: its spellings, which are `listed` beside them."""
    values = {folded: value for value, _, _, folded, *_ in found}
    spellings: dict[str, Spellings] = {}
    for spelling, _, size, folded, several, *_ in listed:
        if several is not None:
            of = spellings.setdefault(values[folded], Spellings({}, several))
            of.counts[spelling] = size
    return spellings


@dataclass(frozen=True, slots=True)
class _Key:
    """The expressions for one key; its column names end with its position among the keys."""

    place: int
    value: str
    """As it is spelled."""
    folded: str | None
    """The stored folded value; None if it must be folded, or is not text."""
    type: Type

    @classmethod
    def of(cls, field: Field, place: int) -> "_Key":
        """The key for `field`, or for what is derived from it."""
        match field.type:
            case Type.TAGS:
                return cls(place, "tag", None, field.type)
            case Type.TIME:
                return cls(place, field.year, None, field.type)
            case _:
                value = field.url.host if field.url else field.sql
                # The values that many rows share are few: each is folded once rather than counted by two columns.
                folded = None if field.few_values or folding(field) is not fold else field.folded
                return cls(place, value, folded, field.type)

    @property
    def is_text(self) -> bool:
        """Whether it has spellings."""
        return self.type not in (Type.BOOLEAN, Type.TIME)

    def shown(self, value: str | int | None) -> Value:
        """A value of the table as in answers."""
        return bool(value) if self.type is Type.BOOLEAN and value is not None else value


def grouped_value(field: Field) -> str:
    """The expression for the value of `field` by which rows are grouped, as it is spelled."""
    return _Key.of(field, 0).value


# `spelled` counts rows by each combination of values, and `folded` adds how these are compared, and how many rows have
# each. `chosen` adds what most rows spell, and `grouped` puts together what is compared as one. What all groups come to
# is the first row, before those that are wanted; then follow the spellings of those that have several.
_STATEMENT = """
WITH {alike}spelled AS MATERIALIZED ({spelled} LIMIT ?),
folded AS MATERIALIZED (SELECT *, {folded} FROM spelled),
chosen AS (SELECT *, {chosen} FROM folded),
grouped AS MATERIALIZED (SELECT {grouped}, sum(size) AS size FROM chosen GROUP BY {by_folded}{also}),
shown AS MATERIALIZED (SELECT {shown}, size, folded0 FROM grouped ORDER BY size DESC, {ranks} LIMIT ? OFFSET ?){exact}
SELECT count(*), total(size), total(size > 1 AND folded0 IS NOT NULL),
  (SELECT total(size) FROM (SELECT size FROM grouped ORDER BY size DESC LIMIT ?)), (SELECT count(*) FROM spelled),
  {exactly}
FROM grouped
UNION ALL SELECT *, NULL, NULL, NULL FROM shown{spellings}
"""
_SEVERAL = 4
"""The position of the number of spellings; None in rows that are groups."""
_SPELLED = "SELECT {spelled}, count(*) AS size FROM {tables} WHERE {matching}{among} GROUP BY {by}"
# Tags alone: rows are counted by set of tags first.
_TAGS = """
  SELECT tag AS by0, sum(size) AS size FROM (
    SELECT tag_set, count(*) AS size FROM {tables} WHERE {matching} GROUP BY tag_set
  ) LEFT JOIN {tags} AS t USING (tag_set) WHERE t.repeated IS NULL GROUP BY tag
"""
# A key whose texts are stored folded, alone: few of so many texts have several spellings, so `alike` counts rows by
# folded text, `spelled` counts `among` those that several rows have, and the others are `also` groups.
_ALIKE = """alike AS MATERIALIZED (
  SELECT {folded} AS folded0, {value} AS spelling0, count(*) AS size
  FROM {tables} WHERE {matching} GROUP BY folded0
),
"""
_AMONG = " AND {folded} IN (SELECT folded0 FROM alike WHERE size > 1)"
_ALSO = """
  UNION ALL SELECT folded0, iif(folded0 IS NULL, NULL, spelling0), size FROM alike
  WHERE size = 1 OR folded0 IS NULL
"""
# Of such a key too: the spellings that several rows have, and those of each group that has several.
_EXACT = """,
exact AS (SELECT size FROM folded WHERE size > 1)"""
_EXACTLY = "(SELECT count(*) FROM exact), (SELECT total(size) FROM exact)"
_SPELLINGS = f"""
UNION ALL SELECT * FROM (
  SELECT by0, NULL, size, folded0, several, NULL, NULL FROM (
    SELECT by0, size, folded0, count(*) OVER (PARTITION BY folded0) AS several,
      row_number() OVER (PARTITION BY folded0 ORDER BY size DESC, by0) AS place
    FROM folded WHERE folded0 IN (SELECT folded0 FROM shown)
  ) WHERE several > 1 AND place <= {MAX_SPELLINGS} ORDER BY folded0, place
)
"""


def _statement(rows: Rows, keys: Sequence[_Key]) -> Sql:
    """The statement, and the values of its conditions."""
    kind, matching, values = rows.kind, rows.matching.text, rows.matching.values
    alike = among = also = ""
    if len(keys) == 1 and (folded := keys[0].folded):
        part = {"folded": folded, "value": keys[0].value, "tables": rows.table, "matching": matching}
        alike, among, also = _ALIKE.format(**part), _AMONG.format(**part), _ALSO
        values *= 2
    if len(keys) == 1 and keys[0].type is Type.TAGS:
        spelled = _TAGS.format(tables=rows.table, matching=matching, tags=kind.tag_sets_table)
    else:
        by = _each(keys, lambda key: f"by{key.place}")
        each, tables = _each(keys, _spelled), _tables(rows, keys)
        spelled = _SPELLED.format(spelled=each, tables=tables, matching=matching, among=among, by=by)
    text = _STATEMENT.format(
        exact=_EXACT if alike else "",
        exactly=_EXACTLY if alike else "0, 0",
        spellings=_SPELLINGS if alike else "",
        alike=alike,
        also=also,
        spelled=spelled,
        folded=_each(keys, lambda key: _folded(key, alone=len(keys) == 1)),
        chosen=_each(keys, _chosen),
        grouped=_each(keys, lambda key: f"folded{key.place}, min(spelling{key.place}) AS spelling{key.place}"),
        by_folded=_each(keys, lambda key: f"folded{key.place}"),
        shown=_each(keys, lambda key: f"spelling{key.place}") + ", NULL AS spelling1" * (2 - len(keys)),
        ranks=_each(keys, _rank),
    )
    return Sql(text, values)


def _tables(rows: Rows, keys: Sequence[_Key]) -> str:
    """The rows, each once for each of its tags if there is a key of tags."""
    kind = rows.kind
    tagged = f" LEFT JOIN {kind.tag_sets_table} AS t ON t.tag_set = {kind.name}.tag_set AND t.repeated IS NULL"
    return rows.table + (tagged if any(key.type is Type.TAGS for key in keys) else "")


def _weight(rows: Rows, keys: Sequence[_Key]) -> float:
    """About how many bytes the statement has to sort."""
    each = " + ".join(f"{_COPIES} * length(coalesce({key.value}, ''))" for key in keys)
    (weight,) = rows.handle.execute(
        f"SELECT total({_ROW} + {each}) FROM {_tables(rows, keys)} WHERE {rows.matching.text}", rows.matching.values
    ).fetchone()
    return float(weight)


def _each(keys: Sequence[_Key], part: Callable[[_Key], str]) -> str:
    return ", ".join(map(part, keys))


def _spelled(key: _Key) -> str:
    stored = f", min({key.folded}) AS stored{key.place}" if key.folded else ""
    return f"{key.value} AS by{key.place}{stored}"


def _folded(key: _Key, *, alone: bool) -> str:
    folded = f"stored{key.place}" if key.folded else f"fold(by{key.place})" if key.is_text else f"by{key.place}"
    size = "size" if alone else f"sum(size) OVER (PARTITION BY by{key.place})"
    return f"{folded} AS folded{key.place}, {size} AS size{key.place}"


def _chosen(key: _Key) -> str:
    place = key.place
    if not key.is_text:
        return f"folded{place} AS spelling{place}"
    first = f"first_value(by{place}) OVER (PARTITION BY folded{place} ORDER BY size{place} DESC, by{place})"
    return f"iif(folded{place} IS NULL, NULL, {first}) AS spelling{place}"


def _rank(key: _Key) -> str:
    """The text by which groups of equal size are sorted."""
    if key.type is Type.BOOLEAN:
        return f"CASE folded{key.place} WHEN 1 THEN 'True' WHEN 0 THEN 'False' ELSE 'None' END"
    return f"coalesce(CAST(spelling{key.place} AS TEXT), 'None')"
