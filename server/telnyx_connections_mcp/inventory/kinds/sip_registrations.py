"""SIP registrations: whether the endpoint of a connection is registered now, and from where.

Source of the fields: the types of Telnyx's official Python SDK 4.189.0.
"""

from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.shortening import Shortening
from telnyx_connections_mcp.inventory.source import Source

MAX_CONNECTIONS = 50
"""Most connections whose registration is requested for one answer: Telnyx takes a request for each."""

SIP_REGISTRATIONS = Kind(
    name="sip_registrations",
    noun="sip_registration",
    label="SIP registration",
    sources=(Source(path="sip_registration_status"),),
    fields=(
        Field(name="connection_id", type=Type.ID, meaning="The connection.", indexed=True),
        Field(name="registered", type=Type.BOOLEAN, meaning="Whether it is registered now."),
        Field(
            name="status",
            type=Type.TEXT,
            meaning="The state of its registration.",
            few_values=True,
            known_values=(
                *("registered", "trying", "standby", "failed", "unregistering", "connection_disabled", "unknown"),
            ),
            at=("sip_registration_status",),
        ),
        Field(name="credential_type", type=Type.TEXT, meaning="What it registers with.", few_values=True),
        Field(
            name="sip_username",
            type=Type.TEXT,
            meaning="The SIP user name, shortened: half of a login.",
            at=("credential_username",),
            shortening=Shortening.LOGIN,
        ),
        Field(
            name="last_registration_response",
            type=Type.TEXT,
            meaning="The SIP response to the last attempt.",
            few_values=True,
        ),
        Field(
            name="ip_address",
            type=Type.TEXT,
            meaning="Where it is registered from.",
            at=("sip_registration_details.ua_ip",),
        ),
        Field(name="port", type=Type.NUMBER, meaning="Its port there.", at=("sip_registration_details.ua_port",)),
        Field(
            name="transport",
            type=Type.TEXT,
            meaning="The SIP transport that it uses.",
            few_values=True,
            at=("sip_registration_details.transport",),
        ),
        Field(
            name="last_modified",
            type=Type.TIME,
            meaning="When it last registered, UTC.",
            at=("sip_registration_details.last_modified",),
        ),
        Field(
            name="failures",
            type=Type.NUMBER,
            meaning="Failed attempts in a row.",
            at=("sip_registration_details.failures",),
        ),
    ),
)
