"""One row of the API, cleaned, masked, bounded and typed once: what a snapshot keeps and answers show."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from telnyx_connections_mcp.inventory.columns import Value, columns_of, layout_of
from telnyx_connections_mcp.inventory.kind import Field, Kind, Type
from telnyx_connections_mcp.inventory.plain import Reader, plain_tags, reader_of
from telnyx_connections_mcp.inventory.remembered import Remembered

_LONGEST_REMEMBERED = 256
_TAGS_REMEMBERED = 8


class Record(NamedTuple):
    """One object of the account."""

    values: tuple[Value, ...]
    """By the stored columns of its kind, without the last; None for what is not set, or is empty."""
    tags: tuple[str, ...]
    rest: str | None = None
    """`Rest` as JSON; None where the columns say everything."""


def record(kind: Kind, row: Mapping[str, Any], lost: Sequence[str] = ()) -> Record:
    """`row`, which the client has bounded; `lost` names the fields of which it kept less than was sent."""
    return Recorder(kind).record(row, lost)


def named(kind: Kind, record: Record) -> dict[str, Value]:
    """The values of `record` by the names of their columns."""
    return {name: value for (name, _), value in zip(layout_of(kind).stored, record.values, strict=False)}


class Recorder:
    """Makes records of rows of one kind, and remembers what many of them share."""

    def __init__(self, kind: Kind) -> None:
        self._kind = kind
        self._tags_field = layout_of(kind).tags
        self._tags: Remembered[tuple[object, ...], tuple[str, ...] | None] = Remembered(plain_tags, _small_tags)
        self._rests: dict[tuple[tuple[str, ...], tuple[str, ...]], str] = {}
        self._plan = [(field.name, *_reader(field)) for field in kind.fields if field.type is not Type.TAGS]

    def record(self, row: Mapping[str, Any], lost: Sequence[str] = ()) -> Record:
        """`row`, and `lost`, as for `record`."""
        if not lost and row.keys() <= self._kind.names and (plain := self._plain(row)) is not None:
            return plain
        from telnyx_connections_mcp.inventory.unusual import unusual_record

        return unusual_record(self._kind, row, lost)

    def _plain(self, row: Mapping[str, Any]) -> Record | None:
        """The record of a row that is shown as it came, secrets of URLs apart; None for any other. A hot path."""
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
        except TypeError:  # a list or an object in place of a text
            return None
        if not empty and None not in row.values():
            return Record(tuple(values), tags)
        return Record(tuple(values), tags, self._rest(row, empty))

    def _rest(self, row: Mapping[str, Any], empty: tuple[str, ...]) -> str:
        """What to say of fields that are null, which come last in a full row, or empty."""
        nulls = tuple([name for name, value in row.items() if value is None])
        if (known := self._rests.get((nulls, empty))) is None:
            rest: dict[str, Any] = {"full": {name: [] if name == self._tags_field else "" for name in empty}}
            rest["other"] = dict.fromkeys(nulls)
            known = self._rests[nulls, empty] = rest_text({name: said for name, said in rest.items() if said})
        return known


def rest_text(rest: Mapping[str, Any]) -> str:
    """`rest` as a record holds it."""
    return json.dumps(rest, ensure_ascii=False, separators=(",", ":"))


def _small_text(text: str) -> bool:
    return len(text) <= _LONGEST_REMEMBERED


def _small_tags(tags: Sequence[str]) -> bool:
    return len(tags) <= _TAGS_REMEMBERED


def _reader(field: Field) -> tuple[tuple[None, ...], Reader]:
    """The columns of `field` where it is not set, and how those of a plain value are made."""
    read = reader_of(field)
    shared = field.few_values or field.type in (Type.TIME, Type.URL)
    return (None,) * len(columns_of(field)), Remembered(read, _small_text).__getitem__ if shared else read
