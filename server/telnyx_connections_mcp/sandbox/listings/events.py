"""`/webhook_deliveries`, `/call_events` and `/audit_events`: what happened, by time."""

from collections.abc import Mapping

from telnyx_connections_mcp.sandbox.filters import (
    Filter,
    a_uuid,
    an_int64,
    at,
    at_time,
    contains,
    earlier,
    equals,
    in_json,
    in_words,
    later,
    one_of,
)
from telnyx_connections_mcp.sandbox.fleet import Row
from telnyx_connections_mcp.sandbox.listing import Listing, Sort
from telnyx_connections_mcp.sandbox.listings.common import (
    APPLICATION_CONTAINS,
    NEWEST_FIRST,
    OLDER_PROFILE,
    connection_of,
    name_of_connection,
)
from telnyx_connections_mcp.sandbox.queries import LIMIT, SIZE
from telnyx_connections_mcp.sandbox.surroundings.account import Surroundings
from telnyx_connections_mcp.sandbox.surroundings.call_events import DAY
from telnyx_connections_mcp.sandbox.surroundings.values import stamp


def _no_cursor(text: str) -> str:
    """Why `text` is no cursor: no page gives one, and the word null stands for none."""
    return "" if text == "null" else "is not a cursor of this list"


def _is_recent(around: Surroundings, row: Row, filters: Mapping[str, str]) -> bool:
    """Whether an event is of the last 24 hours, or asked for by its leg or session."""
    asked = "filter[leg_id]" in filters or "filter[application_session_id]" in filters
    return asked or row["event_timestamp"] >= stamp(around.now - DAY)


DELIVERIES = Listing(
    "/webhook_deliveries",
    lambda around: around.deliveries,
    {
        "filter[status][eq]": one_of(at("status"), "delivered", "failed"),
        "filter[event_type]": Filter(at("webhook.event_type"), lambda found, text: found in text.split(",")),
        "filter[webhook][contains]": in_json(at("webhook")),
        "filter[attempts][contains]": in_json(at("attempts")),
        "filter[started_at][gte]": later(at("started_at"), same=True),
        "filter[started_at][lte]": earlier(at("started_at"), same=True),
        "filter[finished_at][gte]": later(at("finished_at"), same=True),
        "filter[finished_at][lte]": earlier(at("finished_at"), same=True),
    },
    unsorted=Sort(at("started_at"), descending=True),
    default_size=20,
    created="started_at",
    refusal=422,
)

_CURSORS = dict.fromkeys(("page[after]", "page[before]"), Filter(at("id"), lambda *_: True, _no_cursor))
OF_CALLS: Mapping[str, Filter] = _CURSORS | {
    APPLICATION_CONTAINS: contains(name_of_connection),
    OLDER_PROFILE: equals(lambda around, row: connection_of(around, row).get("outbound_voice_profile_id"), an_int64),
    "filter[leg_id]": equals(at("call_leg_id"), a_uuid),
    "filter[application_session_id]": equals(at("call_session_id"), a_uuid),
    "filter[connection_id]": equals(at("metadata.connection_id")),
    "filter[product]": one_of(at("metadata.product"), "call_control", "fax", "texml"),
    "filter[failed]": one_of(at("metadata.failed"), "true", "false", of_text=in_words),
    "filter[from]": equals(at("metadata.from")),
    "filter[to]": equals(at("metadata.to")),
    "filter[name]": equals(at("name")),
    "filter[type]": one_of(at("type"), "command", "webhook"),
    "filter[occurred_at][eq]": at_time(at("event_timestamp")),
    "filter[occurred_at][gt]": later(at("event_timestamp"), same=False),
    "filter[occurred_at][gte]": later(at("event_timestamp"), same=True),
    "filter[occurred_at][lt]": earlier(at("event_timestamp"), same=False),
    "filter[occurred_at][lte]": earlier(at("event_timestamp"), same=True),
    "filter[status]": one_of(at("metadata.status"), "init", "in_progress", "completed"),
}
CALL_EVENTS = Listing(
    "/call_events",
    lambda around: around.call_events,
    OF_CALLS,
    unsorted=Sort(at("event_timestamp")),
    default_size=20,
    size_names=(LIMIT, SIZE),
    at_most_one="filter[occurred_at]",
    visible=_is_recent,
    created="event_timestamp",
    refusal=422,
)
AUDIT_EVENTS = Listing(
    "/audit_events",
    lambda around: around.audit_events,
    {
        "filter[created_before]": earlier(at("created_at"), same=False),
        "filter[created_after]": later(at("created_at"), same=False),
    },
    {"asc": Sort(at("created_at")), "desc": Sort(at("created_at"), descending=True)},
    NEWEST_FIRST,
    20,
)
