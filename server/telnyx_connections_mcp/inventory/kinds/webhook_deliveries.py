"""Webhook deliveries that failed in the last day; nothing of headers, bodies and payloads.

Source of the fields: Telnyx API reference 2.0.0, "List webhook deliveries".
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.source import Source, Window
from telnyx_connections_mcp.redaction.urls import url_host


def _prepared(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A delivery with what is kept of its attempts, of which Telnyx lists the latest first."""
    attempts = raw.get("attempts")
    listed = [each for each in attempts if isinstance(each, Mapping)] if isinstance(attempts, list) else []
    http = _object(listed[0] if listed else {}, "http")
    url = _object(http, "request").get("url")
    return {
        **raw,
        "attempts": len(listed) if isinstance(attempts, list) else None,
        "http_status": _object(http, "response").get("status"),
        "host": url_host(url) if isinstance(url, str) else None,
    }


def _object(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = of.get(name)
    return value if isinstance(value, Mapping) else {}


WEBHOOK_DELIVERIES = Kind(
    name="webhook_deliveries",
    noun="webhook_delivery",
    label="failed webhook delivery",
    plural="failed webhook deliveries",
    sources=(
        Source(
            path="webhook_deliveries",
            query=(("filter[status][eq]", "failed"),),
            of_connection="filter[webhook][contains]",
            window=Window(key="filter[started_at][gte]", field="started_at", length=timedelta(days=1)),
            max_pages=40,
        ),
    ),
    fields=(
        Field(name="id", type=Type.ID, meaning="Its id."),
        Field(
            name="connection_id",
            type=Type.ID,
            meaning="The connection of the event, if it names one.",
            at=("webhook.payload.connection_id", "webhook.payload.data.payload.connection_id"),
            indexed=True,
        ),
        Field(
            name="event_type",
            type=Type.TEXT,
            meaning="The event: call.initiated.",
            few_values=True,
            at=("webhook.event_type",),
        ),
        Field(name="status", type=Type.TEXT, meaning="failed: only those are listed.", few_values=True),
        Field(name="host", type=Type.TEXT, meaning="The host of the last attempt.", few_values=True),
        Field(name="http_status", type=Type.NUMBER, meaning="Its HTTP status; not set if nothing answered."),
        Field(name="attempts", type=Type.NUMBER, meaning="How many attempts there were."),
        Field(name="started_at", type=Type.TIME, meaning="When the first attempt began, UTC."),
        Field(name="finished_at", type=Type.TIME, meaning="When the last one ended, UTC."),
    ),
    prepare=_prepared,
)
