"""A row of the API, cleaned, masked, bounded and typed once, as stored in snapshots and shown in answers."""

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import repeat
from typing import Any, NamedTuple

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.plain import plain_tags, reader_of
from telnyx_connections_mcp.inventory.snapshot_tables import Value, layout_of
from telnyx_connections_mcp.inventory.value_cache import Memo
from telnyx_connections_mcp.telnyx.rows import Row

_TAGS_REMEMBERED = 8
_SET = "set"

_Unset = dict[str, list[str | None]]
"""By field that some row lacks, for each row: None if it is null or missing, `""` if it is empty, else `_SET`."""


class Record(NamedTuple):
    """One object of the account."""

    values: tuple[Value, ...]
    """By stored column of its kind, without the last; None for unset or empty values."""
    tags: tuple[str, ...]
    rest: str | None = None
    """`Rest` as JSON; None if the columns contain everything."""


def record(kind: Kind, row: Mapping[str, Any], lost: Sequence[str] = ()) -> Record:
    """The record of `row`, which the client has bounded; `lost` names the fields that it shortened."""
    return Recorder(kind).records([Row(row, tuple(lost))])[0]


def named(kind: Kind, record: Record) -> dict[str, Value]:
    """The values of `record` by column."""
    return {name: value for (name, _), value in zip(layout_of(kind).stored, record.values, strict=False)}


class Recorder:
    """Makes records of one kind, caching what many of them share."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._tags_field = layout_of(kind).tags
        self._tags: Memo[tuple[object, ...], tuple[str, ...] | None] = Memo(plain_tags, _small_tags)
        self._urls = {field.name for field in kind.fields if field.type is Type.URL}
        self._plan = [(field.name, reader_of(field)) for field in kind.fields if field.type is not Type.TAGS]

    def records(self, rows: Sequence[Row]) -> list[Record]:
        """The records of `rows`. This is a hot path: it reads field by field, then again what is not plain.

        A value is plain if it is shown as received, except for secrets in URLs.
        """
        odd: dict[str, set[int]] = {}
        unset: _Unset = {}
        columns: list[Sequence[Value]] = []
        for name, read in self._plan:
            came = [row.fields.get(name) for row in rows]
            columns += read(came, odd.setdefault(name, set()))
            if "" in came or (self._kind.keeps_unknown and None in came):  # `pick` leaves out what is null
                unset[name] = [value if value is None or value == "" else _SET for value in came]
        tags = self._read_tags(rows, odd, unset)
        made = list(map(Record, zip(*columns, strict=True), tags, self._rests(rows, unset)))
        strange = {place for place, row in enumerate(rows) if row.lost or not row.fields.keys() <= self._kind.names}
        for place in strange.union(*odd.values()):
            made[place] = self._unusual(rows[place], made[place], [name for name in odd if place in odd[name]])
        return made

    def _unusual(self, row: Row, plain: Record, odd: Sequence[str]) -> Record:
        """The record of a row that is not plain, from the record of what is, and its `odd` fields."""
        from telnyx_connections_mcp.inventory.unusual import unusual_record

        if row.lost or not row.fields.keys() <= self._kind.names:
            return unusual_record(self._kind, row.fields, row.lost)
        read_again = {
            name: value for name, value in row.fields.items() if not value or name in odd or name in self._urls
        }
        part = unusual_record(self._kind, read_again, ())
        values = [own if own is not None else other for own, other in zip(plain.values, part.values, strict=True)]
        return Record(tuple(values), plain.tags or part.tags, part.rest)

    def _read_tags(self, rows: Sequence[Row], odd: dict[str, set[int]], unset: _Unset) -> list[tuple[str, ...]]:
        """The tags of each row."""
        if self._tags_field is None:
            return [()] * len(rows)
        came = [row.fields.get(self._tags_field) for row in rows]
        found = [() if value is None else self._plain_tags(value) for value in came]
        if None in found:
            odd[self._tags_field] = {place for place, tags in enumerate(found) if tags is None}
        if () in found:
            unset[self._tags_field] = [_SET if value else None if value is None else "" for value in came]
        return [tags or () for tags in found]

    def _plain_tags(self, value: Any) -> tuple[str, ...] | None:
        try:
            return self._tags[tuple(value)] if value.__class__ is list else None
        except TypeError:  # a list or object instead of text
            return None

    def _rests(self, rows: Sequence[Row], unset: _Unset) -> Iterable[str | None]:
        """What the columns of each row lack, if it is plain: null and empty fields."""
        if not unset:
            return repeat(None)
        names, tags = tuple(unset), self._tags_field
        by_row = zip(*unset.values(), strict=True)
        return [_rest(tuple(row.fields), names, each, tags) for row, each in zip(rows, by_row, strict=True)]


@lru_cache(maxsize=4096)
def _rest(
    fields: tuple[str, ...], names: tuple[str, ...], unset: tuple[str | None, ...], tags_field: str | None
) -> str | None:
    """The rest of a row with these `fields`, of which `names` are `unset`: null ones come last in a full row."""
    said = dict(zip(names, unset, strict=True))
    rest = {
        "full": {name: [] if name == tags_field else "" for name, value in said.items() if value == ""},
        "other": {name: None for name in fields if said.get(name, _SET) is None},
    }
    return rest_text({name: value for name, value in rest.items() if value}) if any(rest.values()) else None


def rest_text(rest: Mapping[str, Any]) -> str:
    """`rest` as stored in a record."""
    return json.dumps(rest, ensure_ascii=False, separators=(",", ":"))


def _small_tags(tags: Sequence[str]) -> bool:
    return len(tags) <= _TAGS_REMEMBERED
