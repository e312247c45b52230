"""A row of the API, cleaned, masked, bounded and typed once, as stored in snapshots and shown in answers."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.plain import Reader, plain_tags, reader_of
from telnyx_connections_mcp.inventory.snapshot_tables import Value, columns_of, layout_of
from telnyx_connections_mcp.inventory.value_cache import Memo

_LONGEST_REMEMBERED = 256
_TAGS_REMEMBERED = 8


class Record(NamedTuple):
    """One object of the account."""

    values: tuple[Value, ...]
    """By stored column of its kind, without the last; None for unset or empty values."""
    tags: tuple[str, ...]
    rest: str | None = None
    """`Rest` as JSON; None if the columns contain everything."""


def record(kind: Kind, row: Mapping[str, Any], lost: Sequence[str] = ()) -> Record:
    """The record of `row`, which the client has bounded; `lost` names the fields that it shortened."""
    return Recorder(kind).record(row, lost)


def named(kind: Kind, record: Record) -> dict[str, Value]:
    """The values of `record` by column."""
    return {name: value for (name, _), value in zip(layout_of(kind).stored, record.values, strict=False)}


class Recorder:
    """Makes records of one kind, caching what many of them share."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._tags_field = layout_of(kind).tags
        self._tags: Memo[tuple[object, ...], tuple[str, ...] | None] = Memo(plain_tags, _small_tags)
        self._rests: dict[tuple[tuple[str, ...], tuple[str, ...]], str] = {}
        self._plan = [(field.name, *_reader(field)) for field in kind.fields if field.type is not Type.TAGS]

    def record(self, row: Mapping[str, Any], lost: Sequence[str] = ()) -> Record:
        """As `record`."""
        if not lost and row.keys() <= self._kind.names and (plain := self._plain(row)) is not None:
            return plain
        from telnyx_connections_mcp.inventory.unusual import unusual_record

        return unusual_record(self._kind, row, lost)

    def _plain(self, row: Mapping[str, Any]) -> Record | None:
        """The record of a row that is shown as received, except for secrets in URLs; None for any other. A hot path."""
        values: list[Value] = []
        empty: tuple[str, ...] = ()
        tags: tuple[str, ...] = ()
        get = row.get
        try:
            for name, nothing, read in self._plan:
                value = get(name)
                if value is None:
                    values += nothing
                elif (columns := read(value)) is not None:
                    values += columns
                elif value == "":
                    values += nothing
                    empty = (*empty, name)
                else:
                    return None
            if self._tags_field is not None and (came := get(self._tags_field)) is not None:
                if came.__class__ is not list or (plain := self._tags[tuple(came)]) is None:
                    return None
                tags = plain
                empty = empty if tags else (*empty, self._tags_field)
        except TypeError:  # a list or object instead of text
            return None
        if not empty and None not in row.values():
            return Record(tuple(values), tags)
        return Record(tuple(values), tags, self._rest(row, empty))

    def _rest(self, row: Mapping[str, Any], empty: tuple[str, ...]) -> str:
        """The rest for fields that are null, which come last in a full row, or empty."""
        nulls = tuple([name for name, value in row.items() if value is None])
        if (known := self._rests.get((nulls, empty))) is None:
            rest: dict[str, Any] = {"full": {name: [] if name == self._tags_field else "" for name in empty}}
            rest["other"] = dict.fromkeys(nulls)
            known = self._rests[nulls, empty] = rest_text({name: said for name, said in rest.items() if said})
        return known


def rest_text(rest: Mapping[str, Any]) -> str:
    """`rest` as stored in a record."""
    return json.dumps(rest, ensure_ascii=False, separators=(",", ":"))


def _small_text(text: str) -> bool:
    return len(text) <= _LONGEST_REMEMBERED


def _small_tags(tags: Sequence[str]) -> bool:
    return len(tags) <= _TAGS_REMEMBERED


def _reader(field: Field) -> tuple[tuple[None, ...], Reader]:
    """The columns of `field` if unset, and the function that reads those of a plain value."""
    read = reader_of(field)
    shared = field.few_values or field.type in (Type.TIME, Type.URL)
    return (None,) * len(columns_of(field)), Memo(read, _small_text).__getitem__ if shared else read
