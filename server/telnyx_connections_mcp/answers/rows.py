"""Rows of an answer, and their schema: each field is optional, null if it is not set, and there may be others."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Annotated, Any, assert_never

from pydantic import WithJsonSchema

from telnyx_connections_mcp.answers.token_budget import compact_json
from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.record import Record
from telnyx_connections_mcp.inventory.views import Detail, show
from telnyx_connections_mcp.redaction.cleaner import FULL_LIMIT, Cleaner
from telnyx_connections_mcp.text.cleaning import cut

_SUMMARIES_REMEMBERED = 500


def shown_row(
    kind: Kind, record: Record, detail: Detail, cleaner: Cleaner, fields: Sequence[str] | None = None
) -> dict[str, Any]:
    """`record` in the requested detail, or these `fields` of it; a value of another type than its field's is text."""
    if fields or detail == "full":
        return _typed_row(kind, record, show(kind, record, detail, cleaner, fields))
    row, changes = _summary(kind, record)
    if changes is not None:
        cleaner.add(changes)
    return dict(row)


@lru_cache(_SUMMARIES_REMEMBERED)
def _summary(kind: Kind, record: Record) -> tuple[Mapping[str, Any], Cleaner | None]:
    """The summary of `record`, and what cleaning changed in it, if anything."""
    changes = Cleaner()
    row = _typed_row(kind, record, show(kind, record, "summary", changes))
    return row, changes if changes != Cleaner() else None


def _typed_row(kind: Kind, record: Record, row: dict[str, Any]) -> dict[str, Any]:
    if record.rest is None:  # every value has its type
        return row
    return {name: _typed(kind.by_name[name], value) if name in kind.names else value for name, value in row.items()}


def row_schema(kind: Kind) -> dict[str, Any]:
    """The JSON schema of what `shown_row` returns."""
    return {
        "type": "object",
        "properties": {
            name: _schema(shown.type, derived=not isinstance(shown, Field)) for name, shown in kind.shown.items()
        },
    }


def group_schema(kind: Kind) -> dict[str, Any]:
    """The JSON schema of a group: its keys, and how many objects it has."""
    keys = {
        name: {"type": ["integer", "null"]}
        if field.type is Type.TIME
        else _value(Type.TEXT if field.type is Type.TAGS else field.type)
        for name, field in kind.groups.items()
    }
    return {"type": "object", "properties": {**keys, "count": {"type": "integer"}}, "required": ["count"]}


def _value(type_: Type) -> dict[str, Any]:
    """The schema of a value of that type, or null."""
    match type_:
        case Type.BOOLEAN:
            return {"type": ["boolean", "null"]}
        case Type.NUMBER:
            return {"type": ["number", "null"]}
        case Type.TAGS:
            return {"type": ["array", "null"], "items": {"type": "string"}}
        case Type.ID | Type.TEXT | Type.LIST | Type.TIME | Type.URL:
            return {"type": ["string", "null"]}
    assert_never(type_)


def _schema(type_: Type, *, derived: bool) -> dict[str, Any]:
    """The schema of a field, which the API may send as another type, and that is shown as text."""
    schema = _value(type_)
    return schema if derived or "string" in schema["type"] else schema | {"type": [*schema["type"], "string"]}


def _typed(field: Field, value: Any) -> Any:
    if value is None or isinstance(value, str):
        return value
    if field.type is Type.BOOLEAN and isinstance(value, bool):
        return value
    if field.type is Type.NUMBER and isinstance(value, int | float):
        return value
    if field.type is Type.TAGS and isinstance(value, list) and all(isinstance(tag, str) for tag in value):
        return value
    return cut(compact_json(value), FULL_LIMIT)


ConnectionRow = Annotated[dict[str, Any], WithJsonSchema(row_schema(CONNECTIONS))]
ConnectionGroup = Annotated[dict[str, Any], WithJsonSchema(group_schema(CONNECTIONS))]
