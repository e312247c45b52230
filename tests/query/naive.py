"""Connections as a naive filter sees them: each field as sent, if it has the right type."""

from dataclasses import dataclass, field, fields
from typing import Any


@dataclass(kw_only=True)
class Connection:
    """One connection, with None for fields that are missing, null or of another type."""

    id: str | None = None
    connection_name: str | None = None
    record_type: str | None = None
    active: bool | None = None
    created_at: str | None = None
    updated_at: str | None = None
    outbound_voice_profile_id: str | None = None
    tags: tuple[str, ...] | None = None
    webhook_event_url: str | None = None
    webhook_event_failover_url: str | None = None
    webhook_api_version: str | None = None
    anchorsite_override: str | None = None
    raw: dict[str, Any] = field(default_factory=dict)


def read_connection(raw: dict[str, Any]) -> Connection:
    """The connection in a row of the API."""
    types = {"active": bool, "tags": list}
    known = {
        each.name: raw[each.name]
        for each in fields(Connection)
        if isinstance(raw.get(each.name), types.get(each.name, str))
    }
    return Connection(**known, raw=raw)
