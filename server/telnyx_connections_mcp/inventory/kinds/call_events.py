"""Call events of the last 24 hours: what happened, when, and how calls ended.

Source of the fields: Telnyx API reference 2.0.0, "List call events".
"""

from datetime import timedelta

from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.shortening import Shortening
from telnyx_connections_mcp.inventory.source import Source, Window


def _at(*names: str) -> tuple[str, ...]:
    """Where events of either API version have it: in the metadata, or in the event that it contains."""
    within = ("metadata", "metadata.payload", "metadata.data.payload", "metadata.event.payload")
    return tuple(f"{place}.{name}" for name in names for place in within)


CALL_EVENTS = Kind(
    name="call_events",
    noun="call_event",
    label="call event",
    sources=(
        Source(
            path="call_events",
            of_connection="filter[connection_id]",
            window=Window(key="filter[occurred_at][gte]", field="occurred_at", length=timedelta(days=1)),
            max_pages=40,
        ),
    ),
    fields=(
        Field(name="call_leg_id", type=Type.TEXT, meaning="The leg of the call."),
        Field(name="call_session_id", type=Type.TEXT, meaning="The call, of which there may be several legs."),
        Field(name="connection_id", type=Type.ID, meaning="Its connection.", indexed=True, at=_at("connection_id")),
        Field(name="name", type=Type.TEXT, meaning="The event: call.hangup.", few_values=True),
        Field(
            name="type",
            type=Type.TEXT,
            meaning="command or webhook.",
            few_values=True,
            known_values=("command", "webhook"),
        ),
        Field(name="occurred_at", type=Type.TIME, meaning="When, UTC.", at=("event_timestamp",)),
        Field(name="failed", type=Type.BOOLEAN, meaning="Whether it could not be delivered or done.", at=_at("failed")),
        Field(
            name="cause",
            type=Type.TEXT,
            meaning="Why the call ended: user_busy.",
            few_values=True,
            at=_at("hangup_cause", "cause"),
        ),
        Field(
            name="sip_cause",
            type=Type.TEXT,
            meaning="The SIP status that it ended with: 486.",
            few_values=True,
            at=_at("sip_hangup_cause"),
        ),
        Field(
            name="from_number",
            type=Type.TEXT,
            meaning="Last four digits of the caller.",
            at=_at("from"),
            shortening=Shortening.NUMBER,
        ),
        Field(
            name="to_number",
            type=Type.TEXT,
            meaning="Last four digits of the callee.",
            at=_at("to"),
            shortening=Shortening.NUMBER,
        ),
    ),
)
