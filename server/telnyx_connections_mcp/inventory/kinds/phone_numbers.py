"""Phone numbers: which connection they ring, and what they are set to do.

Source of the fields: Telnyx API reference 2.0.0, "Slim List phone numbers".
"""

from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.source import Source

PHONE_NUMBERS = Kind(
    name="phone_numbers",
    noun="phone_number",
    label="phone number",
    sources=(
        Source(
            path="phone_numbers/slim",
            query=(("include_connection", "true"), ("include_tags", "true")),
            of_connection="filter[connection_id]",
            fetch_sort="purchased_at",
        ),
    ),
    fields=(
        Field(name="id", type=Type.ID, meaning="Telnyx's id for the number."),
        Field(
            name="phone_number",
            type=Type.TEXT,
            meaning="The number, E.164: +13125550123.",
            indexed=True,
            completes=("number", "phone_number", "hint"),
        ),
        Field(name="connection_id", type=Type.ID, meaning="The connection that its calls go to.", indexed=True),
        Field(
            name="status",
            type=Type.TEXT,
            meaning="Whether it works yet, or still: active.",
            few_values=True,
        ),
        Field(name="phone_number_type", type=Type.TEXT, meaning="local, toll_free, mobile, ...", few_values=True),
        Field(name="country_iso_alpha2", type=Type.TEXT, meaning="Its country: US.", few_values=True),
        Field(name="customer_reference", type=Type.TEXT, meaning="What the customer notes with it."),
        Field(name="emergency_enabled", type=Type.BOOLEAN, meaning="Whether it has an emergency address."),
        Field(name="emergency_status", type=Type.TEXT, meaning="State of its emergency address.", few_values=True),
        Field(name="call_forwarding_enabled", type=Type.BOOLEAN, meaning="Whether its calls are forwarded."),
        Field(name="call_recording_enabled", type=Type.BOOLEAN, meaning="Whether its inbound calls are recorded."),
        Field(name="caller_id_name_enabled", type=Type.BOOLEAN, meaning="Whether callers' names are looked up."),
        Field(name="cnam_listing_enabled", type=Type.BOOLEAN, meaning="Whether its own name is listed."),
        Field(name="t38_fax_gateway_enabled", type=Type.BOOLEAN, meaning="Whether faxes are converted to T.38."),
        Field(
            name="inbound_call_screening",
            type=Type.TEXT,
            meaning="What happens to unwanted calls.",
            few_values=True,
            known_values=("disabled", "reject_calls", "flag_calls"),
        ),
        Field(name="tags", type=Type.TAGS, meaning="Labels that people gave it."),
        Field(name="purchased_at", type=Type.TIME, meaning="When it was bought, UTC."),
    ),
)
