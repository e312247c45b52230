"""A connection as a model is shown it: as a short summary, or in full; always cleaned and masked."""

import re
from typing import Any, Literal, cast

from typing_extensions import TypedDict

from telnyx_connections_mcp.inventory import showing
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.record import Record
from telnyx_connections_mcp.redaction.cleaner import FULL_LIMIT, SUMMARY_LIMIT, Cleaner, fields_in_full
from telnyx_connections_mcp.redaction.urls import url_host
from telnyx_connections_mcp.telnyx.models import CONNECTION_FIELDS, Connection

Detail = Literal["summary", "full"]

MOST_MADE = 1000
"""Summaries that are remembered of one fleet: a few rows of it are shown again and again."""
_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(?:Z|\+00:?00)?")


class ConnectionSummary(TypedDict, total=False):
    """What one needs to recognise and compare connections; what is not set is not there."""

    id: str
    connection_name: str
    record_type: str
    active: bool
    created_at: str
    updated_at: str
    outbound_voice_profile_id: str
    tags: list[str]
    webhook_host: str
    webhook_failover_host: str
    webhook_api_version: str
    anchorsite_override: str


def show(kind: Kind, record: Record, detail: Detail, cleaner: Cleaner) -> dict[str, Any]:
    """`record` in the detail asked for."""
    return showing.summary(kind, record, cleaner) if detail == "summary" else showing.in_full(kind, record, cleaner)


def summary_once(connection: Connection, cleaner: Cleaner, made: dict[int, Any]) -> dict[str, Any]:
    """The summary, which may be among those `made` of the same fleet, of which the first 1,000 are remembered.

    It is shared by answers: nobody changes it.
    """
    known = made.get(id(connection))
    if known is None:
        own = Cleaner()
        known = view(connection, "summary", own), own
        if len(made) < MOST_MADE:
            made[id(connection)] = known
    row: dict[str, Any] = known[0]
    cleaner.add(known[1])
    return row


def view(connection: Connection, detail: Detail, cleaner: Cleaner) -> dict[str, Any]:
    """`connection` in the detail asked for."""
    if connection.cut:
        cleaner.cut += _cut_before(connection, detail)
    return dict(summarize(connection, cleaner)) if detail == "summary" else in_full(connection, cleaner)


def _cut_before(connection: Connection, detail: Detail) -> int:
    """How many of the fields shown were cut before; a text that is still too long is counted where it is cut again."""
    fields, limit = connection.as_fields(), FULL_LIMIT if detail == "full" else SUMMARY_LIMIT
    shown = [name for name in connection.cut if detail == "full" or name in CONNECTION_FIELDS]
    return sum(not (isinstance(value := fields.get(name), str) and len(value) > limit) for name in shown)


def summarize(connection: Connection, cleaner: Cleaner) -> ConnectionSummary:
    """The summary: empty values, the default anchor site and everything but the host of a webhook are left out."""
    row: dict[str, Any] = {
        "id": connection.id,
        "connection_name": connection.connection_name,
        "record_type": connection.record_type,
        "active": connection.active,
        "created_at": _day(connection.created_at),
        "updated_at": _day(connection.updated_at),
        "outbound_voice_profile_id": connection.outbound_voice_profile_id,
        "tags": [cleaner.text(tag) for tag in connection.tags or ()],
        "webhook_host": _host(connection.webhook_event_url),
        "webhook_failover_host": _host(connection.webhook_event_failover_url),
        "webhook_api_version": connection.webhook_api_version,
        "anchorsite_override": (
            None if connection.anchorsite_override == "Latency" else connection.anchorsite_override
        ),
    }
    shown = {
        name: cleaner.text(value) if isinstance(value, str) else value
        for name, value in row.items()
        if value or value is False
    }
    return cast("ConnectionSummary", shown)


def _day(time: str | None) -> str | None:
    """The day of a time in UTC, at seven tokens less than the time; any other text as it is."""
    return time[:10] if time and _UTC.fullmatch(time) else time


def _host(url: str | None) -> str | None:
    """The host of a webhook; None when none is set."""
    if not url:
        return None
    return url_host(url) or "(unreadable)"


def in_full(connection: Connection, cleaner: Cleaner) -> dict[str, Any]:
    """Every field of the API, unknown ones included, with secrets masked and long texts cut."""
    return fields_in_full(connection.as_fields(), cleaner)
