"""Shows a record as a short summary or in full, counting what cleaning and masking changed."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, assert_never

from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.record import Record
from telnyx_connections_mcp.inventory.snapshot_tables import Value, layout_of
from telnyx_connections_mcp.inventory.times import shown_time
from telnyx_connections_mcp.inventory.url_parts import Derived
from telnyx_connections_mcp.redaction import MASK
from telnyx_connections_mcp.redaction.cleaner import SUMMARY_LIMIT, Cleaner
from telnyx_connections_mcp.text.cleaning import cut

Detail = Literal["summary", "full"]

UNREADABLE_HOST = "(unreadable)"
"""Shown in a summary for a URL whose host cannot be read."""
_DAY = len("YYYY-MM-DD")
_NOTHING: Mapping[str, Any] = {}


def rest_of(record: Record) -> Mapping[str, Any]:
    """What the columns of `record` lack; `unusual` explains its keys."""
    rest: Mapping[str, Any] = _NOTHING if record.rest is None else json.loads(record.rest)
    return rest


def show(
    kind: Kind, record: Record, detail: Detail, cleaner: Cleaner, fields: Sequence[str] | None = None
) -> dict[str, Any]:
    """`record` in the requested detail, or these `fields` of it."""
    if fields:
        return only(kind, record, fields, cleaner)
    return summary(kind, record, cleaner) if detail == "summary" else in_full(kind, record, cleaner)


def summary(kind: Kind, record: Record, cleaner: Cleaner) -> dict[str, Any]:
    """What is needed to recognize and compare objects, without unset and default values."""
    rest = rest_of(record)
    row = _with(rest.get("summary", _NOTHING), [_in_summary(kind, field, record) for field in kind.fields])
    if changes := rest.get("summary_changes"):
        cleaner.add(Cleaner(*changes))
    return row


def in_full(kind: Kind, record: Record, cleaner: Cleaner) -> dict[str, Any]:
    """Every field that the API sent, unknown ones included, with secrets masked and long texts cut."""
    rest = rest_of(record)
    row = _with(rest.get("full", _NOTHING), [_in_full(kind, field, record) for field in kind.fields])
    if changes := rest.get("full_changes"):
        cleaner.add(Cleaner(*changes))
    else:
        cleaner.masked += sum(MASK in (row.get(field.name) or "") for field in kind.fields if field.type is Type.URL)
    row.update(rest.get("other", _NOTHING))
    return row


def only(kind: Kind, record: Record, names: Iterable[str], cleaner: Cleaner) -> dict[str, Any]:
    """These fields and derived ones alone, as a full row shows them; None for what is not set."""
    rest = rest_of(record)
    instead = {**rest.get("full", _NOTHING), **rest.get("other", _NOTHING)}
    changes = rest.get("full_changes_by_field", _NOTHING)
    row: dict[str, Any] = {}
    for name in names:
        shown = kind.shown[name]
        if isinstance(shown, Derived):
            row[name] = _derived(kind, shown, record)
            continue
        value = instead.get(name, _in_full(kind, shown, record)[1])
        row[name] = None if value in ("", []) else value
        if name in changes:
            cleaner.add(Cleaner(*changes[name]))
        elif shown.type is Type.URL:
            cleaner.masked += isinstance(value, str) and MASK in value
    return row


def _derived(kind: Kind, shown: Derived, record: Record) -> Value | bool:
    """What is derived from a URL; None without one."""
    field = kind.by_name[shown.of]
    url, host, scheme, secret, *_ = record.values[layout_of(kind).first[shown.of] :]
    if url is None or field.url is None:
        return None
    if shown.name == field.url.has_credentials:
        return secret is not None
    return (host or UNREADABLE_HOST) if shown.name == field.url.host else scheme


def _with(instead: Mapping[str, Any], shown: list[tuple[str, Any]]) -> dict[str, Any]:
    """`shown` by field, with `instead` taking precedence; None shows nothing."""
    named = ((name, instead.get(name, value)) for name, value in shown)
    return {name: value for name, value in named if value is not None}


def _in_summary(kind: Kind, field: Field, record: Record) -> tuple[str, Any]:
    name, value = _in_full(kind, field, record)
    if value is None or value == field.left_out:
        return field.in_summary, None
    if field.url is not None:
        host = record.values[layout_of(kind).first[name] + 1]
        return field.in_summary, host or UNREADABLE_HOST
    return name, value[:_DAY] if field.type is Type.TIME else value


def _in_full(kind: Kind, field: Field, record: Record) -> tuple[str, Any]:
    if field.type is Type.TAGS:
        return field.name, list(record.tags) or None
    value = record.values[layout_of(kind).first[field.name]]
    if value is None:
        return field.name, None
    match field.type:
        case Type.BOOLEAN:
            return field.name, bool(value)
        case Type.TIME:
            return field.name, shown_time(str(value))
        case Type.ID | Type.TEXT | Type.LIST | Type.NUMBER | Type.URL:
            return field.name, value
    assert_never(field.type)


def field_text(name: str, text: str | None, rest: str | None, cleaner: Cleaner, limit: int = SUMMARY_LIMIT) -> str:
    """The text of one field of a snapshot, cut to `limit` characters; `rest` is that of its row."""
    if rest and (changed := json.loads(rest).get("changed", {}).get(name)):
        cleaned, replaced, _, masked = changed
        cleaner.add(Cleaner(cleaned, replaced, 0, masked))
    short = cut(text or "", limit)
    cleaner.cut += short != (text or "")
    return short
