"""Records of rows that are not shown as received: something was cleaned, masked or cut, or has another type.

What the columns do not hold is kept in `rest`, under these keys, each only where there is something to say:

- `other`: what a full row shows after the fields of the kind, in its order; null ones and those of other types too;
- `full` and `summary`: what these show of a field instead of its column;
- `full_changes` and `summary_changes`: what cleaning changed in them, as the counts of a `Cleaner`;
- `changed`: the same counts for each single field, as a summary shows it;
- `full_changes_by_field`: and as a full row shows it;
- `lost`: the fields of which less was kept than was sent.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, assert_never

from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.plain import scheme_of
from telnyx_connections_mcp.inventory.record import Record, rest_text
from telnyx_connections_mcp.inventory.snapshot_tables import Value, columns_of, folding, unless_same
from telnyx_connections_mcp.inventory.times import instant_of, kept_time
from telnyx_connections_mcp.inventory.views import UNREADABLE_HOST, in_full, summary
from telnyx_connections_mcp.redaction.cleaner import FULL_LIMIT, SUMMARY_LIMIT, Cleaner, fields_in_full, value_in_full
from telnyx_connections_mcp.redaction.texts import mask_text
from telnyx_connections_mcp.redaction.urls import secret_part, url_host
from telnyx_connections_mcp.text.cleaning import clean
from telnyx_connections_mcp.text.hosts import comparable_host

_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(?:Z|\+00:?00)?")


def unusual_record(kind: Kind, row: Mapping[str, Any], lost: Sequence[str]) -> Record:
    """The record of any row, each part cleaned by itself."""
    known = {field.name: typed for field in kind.fields if (typed := _typed(field, row.get(field.name))) is not None}
    sent = known | {name: value for name, value in row.items() if name not in known}
    columns = [value for field in kind.fields for value in _columns(field, known.get(field.name))]
    tags = tuple(tag for field in kind.fields if field.type is Type.TAGS for tag in _tags(known.get(field.name, ())))
    bare = Record(tuple(columns), tags)

    every = Cleaner()
    full = fields_in_full(sent, every)
    every.cut += _cut_before(sent, lost, FULL_LIMIT)
    short, changes = _summary(kind, known)
    all_short = Cleaner(cut=_cut_before(sent, [name for name in lost if name in kind.names], SUMMARY_LIMIT))
    for each in changes.values():
        all_short.add(each)

    plainly = Cleaner()
    shown = in_full(kind, bare, plainly)
    rest: dict[str, Any] = {
        "full": {name: full[name] for name in known if full[name] != shown.get(name)},
        "other": dict(list(full.items())[len(known) :]),
        "summary": _unlike(short, summary(kind, bare, Cleaner())),
        "summary_changes": _counts(all_short) if all_short != Cleaner() else None,
        "full_changes": _counts(every) if every != plainly else None,
        "changed": {name: _counts(each) for name, each in changes.items() if each != Cleaner()},
        "full_changes_by_field": _full_changes(kind, sent, lost),
        "lost": list(lost),
    }
    said = {name: value for name, value in rest.items() if value}
    return bare._replace(rest=rest_text(said) if said else None)


def _unlike(row: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in other or other[name] != value}


def _counts(cleaner: Cleaner) -> list[int]:
    return [cleaner.cleaned, cleaner.replaced, cleaner.cut, cleaner.masked]


def _typed(field: Field, value: object) -> Any:
    """`value` as its field's type; None if it has another type."""
    match field.type:
        case Type.BOOLEAN:
            return value if isinstance(value, bool) else None
        case Type.NUMBER:
            return value if isinstance(value, int | float) and not isinstance(value, bool) else None
        case Type.TAGS:
            return value if isinstance(value, list) and all(isinstance(tag, str) for tag in value) else None
        case Type.ID if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        case Type.ID | Type.TEXT | Type.LIST | Type.TIME | Type.URL:
            return value if isinstance(value, str) else None
    assert_never(field.type)


def _columns(field: Field, value: Any) -> Sequence[Value]:
    """The values of `columns_of(field)`."""
    width = len(columns_of(field))
    if value is None or value == "":
        return [None] * width
    match field.type:
        case Type.BOOLEAN:
            return [int(value)]
        case Type.NUMBER:
            return [value]
        case Type.TIME:
            instant = instant_of(value)
            return [kept_time(instant) if instant else None]
        case Type.URL:
            host = url_host(value)
            kept = [Cleaner().url(value), Cleaner().text(host or "") or None, scheme_of(value), secret_part(value)]
            return [*kept, unless_same(kept[1], comparable_host(host or ""))][:width]
        case Type.ID | Type.TEXT | Type.LIST:
            text = Cleaner().text(value, FULL_LIMIT) or None
            return [text, unless_same(text, folding(field)(mask_text(clean(value))) or None)][:width]
        case Type.TAGS:
            return []
    assert_never(field.type)


def _tags(tags: Sequence[str]) -> list[str]:
    return [Cleaner().text(tag, FULL_LIMIT) for tag in tags]


def _summary(kind: Kind, known: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Cleaner]]:
    """The summary of what was sent, and what cleaning changed in each field."""
    row: dict[str, Any] = {}
    changes: dict[str, Cleaner] = {}
    for field in kind.fields:
        value: Any = known.get(field.name)
        if value in (None, "", [], field.left_out):
            continue
        changes[field.name] = own = Cleaner()
        match field.type:
            case Type.BOOLEAN | Type.NUMBER:
                row[field.name] = value
            case Type.TAGS:
                row[field.name] = [own.text(tag) for tag in value]
            case Type.TIME:
                row[field.name] = own.text(value[:10] if _UTC.fullmatch(value) else value)
            case Type.URL:
                row[field.in_summary] = own.text(url_host(value) or UNREADABLE_HOST)
            case Type.ID | Type.TEXT | Type.LIST:
                row[field.name] = own.text(value)
            case _:
                assert_never(field.type)
    return row, changes


def _full_changes(kind: Kind, sent: Mapping[str, Any], lost: Sequence[str]) -> dict[str, list[int]]:
    """By field of `kind`: what cleaning changed in it."""
    changes: dict[str, list[int]] = {}
    for name in (name for name in sent if name in kind.names):
        own = Cleaner()
        value_in_full(name, sent[name], own)
        own.cut += _cut_before(sent, [name] if name in lost else [], FULL_LIMIT)
        if own != Cleaner():
            changes[name] = _counts(own)
    return changes


def _cut_before(sent: Mapping[str, Any], lost: Sequence[str], limit: int) -> int:
    """How many fields were cut before; a text that is still too long is counted when it is cut again."""
    return sum(not (isinstance(value := sent.get(name), str) and len(value) > limit) for name in lost)
