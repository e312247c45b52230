"""Outbound voice profiles: where connections may call, at what cost, and how many calls at once.

Source of the fields: Telnyx API reference 2.0.0, "Get all outbound voice profiles".
"""

from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.source import Source

OUTBOUND_VOICE_PROFILES = Kind(
    name="outbound_voice_profiles",
    noun="outbound_voice_profile",
    label="outbound voice profile",
    sources=(Source(path="outbound_voice_profiles", fetch_sort="created_at", one=True),),
    fields=(
        Field(
            name="id",
            type=Type.ID,
            meaning="Its id; connections name it.",
            indexed=True,
            completes=("outbound_voice_profile_id",),
            found_by="name",
        ),
        Field(name="name", type=Type.TEXT, meaning="The name that people gave it.", completes=("profile_name", "hint")),
        Field(
            name="enabled",
            type=Type.BOOLEAN,
            meaning="Whether it is switched on; else its connections cannot call out.",
        ),
        Field(name="connections_count", type=Type.NUMBER, meaning="How many connections use it, as Telnyx counts."),
        Field(
            name="whitelisted_destinations",
            type=Type.LIST,
            meaning="The countries that may be called, ISO 3166-1 alpha-2: US, CA, DE.",
        ),
        Field(
            name="daily_spend_limit",
            type=Type.NUMBER,
            meaning="Most US dollars a day; it only counts if daily_spend_limit_enabled.",
        ),
        Field(name="daily_spend_limit_enabled", type=Type.BOOLEAN, meaning="Whether daily_spend_limit is enforced."),
        Field(name="max_destination_rate", type=Type.NUMBER, meaning="Most US dollars a minute for one call."),
        Field(
            name="concurrent_call_limit", type=Type.NUMBER, meaning="Most calls at once; not set if there is no limit."
        ),
        Field(name="traffic_type", type=Type.TEXT, meaning="The kind of calls: conversational."),
        Field(name="service_plan", type=Type.TEXT, meaning="The coverage: global."),
        Field(name="usage_payment_method", type=Type.TEXT, meaning="How usage is paid: rate-deck."),
        Field(
            name="call_recording_type",
            type=Type.TEXT,
            meaning="Which calls are recorded.",
            known_values=("all", "none", "by_caller_phone_number"),
            at=("call_recording.call_recording_type",),
        ),
        Field(name="tags", type=Type.TAGS, meaning="Labels that people gave it."),
        Field(name="created_at", type=Type.TIME, meaning="When it was created, UTC."),
        Field(name="updated_at", type=Type.TIME, meaning="When it was last changed, UTC."),
    ),
)
