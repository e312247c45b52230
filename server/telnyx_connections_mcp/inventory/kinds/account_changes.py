"""Changes to the account: who changed which fields of what, and when; never the values.

Source of the fields: Telnyx API reference 2.0.0, "List audit logs".
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.source import Source, Window


def _prepared(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A change with the names of the changed fields, each once."""
    changes = raw.get("changes")
    names = [each.get("field") for each in changes if isinstance(each, Mapping)] if isinstance(changes, list) else []
    return {**raw, "fields": list(dict.fromkeys(name for name in names if isinstance(name, str)))}


ACCOUNT_CHANGES = Kind(
    name="account_changes",
    noun="account_change",
    label="account change",
    sources=(
        Source(
            path="audit_events",
            window=Window(key="filter[created_after]", field="changed_at", length=timedelta(days=30)),
            fetch_sort="asc",
            max_pages=40,
        ),
    ),
    fields=(
        Field(name="id", type=Type.ID, meaning="Its id."),
        Field(name="changed_at", type=Type.TIME, meaning="When, UTC.", at=("created_at",)),
        Field(
            name="changed_by",
            type=Type.TEXT,
            meaning="In which role.",
            few_values=True,
            known_values=("telnyx", "account_manager", "account_owner", "organization_member"),
            at=("change_made_by",),
        ),
        Field(name="user_id", type=Type.ID, meaning="Telnyx's id for the user.", few_values=True),
        Field(name="change_type", type=Type.TEXT, meaning="update, create, delete, ...", few_values=True),
        Field(
            name="resource_id",
            type=Type.ID,
            meaning="What was changed: the id of a connection, a number, ...",
            indexed=True,
        ),
        Field(
            name="resource_name",
            type=Type.TEXT,
            meaning="Another name for it, such as a phone number.",
            at=("alternate_resource_id",),
        ),
        Field(name="resource_type", type=Type.TEXT, meaning="The kind of thing.", few_values=True, at=("record_type",)),
        Field(name="fields", type=Type.LIST, meaning="The names of the changed fields."),
    ),
    prepare=_prepared,
)
