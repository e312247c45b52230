"""IP addresses and FQDNs of connections: where Telnyx sends calls, and from where it accepts them.

Source of the fields: Telnyx API reference 2.0.0, "List Ips" and "List FQDNs".
"""

from collections.abc import Mapping
from typing import Any

from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.source import Source
from telnyx_connections_mcp.text.addresses import usual_ip

_ID = Field(name="id", type=Type.ID, meaning="Telnyx's id for it.")
_CONNECTION = Field(name="connection_id", type=Type.ID, meaning="The connection that it belongs to.", indexed=True)
_PORT = Field(name="port", type=Type.NUMBER, meaning="The SIP port.")
_CREATED = Field(name="created_at", type=Type.TIME, meaning="When it was created, UTC.")
_UPDATED = Field(name="updated_at", type=Type.TIME, meaning="When it was last changed, UTC.")


def _prepared(raw: Mapping[str, Any]) -> Mapping[str, Any]:
    """An IP address in its usual spelling, by which it is found."""
    address = raw.get("ip_address")
    return {**raw, "ip_address": usual_ip(address.strip())} if isinstance(address, str) else raw


IPS = Kind(
    name="ips",
    noun="ip",
    label="IP address",
    plural="IP addresses",
    sources=(Source(path="ips", of_connection="filter[connection_id]", one=True),),
    fields=(
        _ID,
        Field(
            name="ip_address",
            type=Type.TEXT,
            meaning="The address: 203.0.113.7.",
            indexed=True,
            completes=("address", "ip_address", "hint"),
        ),
        _CONNECTION,
        _PORT,
        _CREATED,
        _UPDATED,
    ),
    prepare=_prepared,
)

FQDNS = Kind(
    name="fqdns",
    noun="fqdn",
    label="FQDN",
    sources=(Source(path="fqdns", of_connection="filter[connection_id]", one=True),),
    fields=(
        _ID,
        Field(
            name="fqdn",
            type=Type.TEXT,
            meaning="The name: sip.example.com.",
            indexed=True,
            completes=("address", "fqdn", "hint"),
        ),
        _CONNECTION,
        _PORT,
        Field(name="dns_record_type", type=Type.TEXT, meaning="How it is looked up: a or srv.", few_values=True),
        _CREATED,
        _UPDATED,
    ),
)
