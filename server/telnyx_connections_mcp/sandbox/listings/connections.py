"""`/connections`: connections of every type."""

from telnyx_connections_mcp.sandbox.filters import an_int64, at, contains, equals, includes
from telnyx_connections_mcp.sandbox.listing import Listing
from telnyx_connections_mcp.sandbox.listings.common import (
    NAME_CONTAINS,
    NEWEST_FIRST,
    OLDER_PROFILE,
    PROFILE,
    both_ways,
    fqdns_of,
)

_OWN_PROFILE = equals(at("outbound_voice_profile_id"), an_int64)
CONNECTIONS = Listing(
    "/connections",
    lambda around: around.account.connections,
    {
        NAME_CONTAINS: contains(at("connection_name")),
        "filter[fqdn]": includes(fqdns_of),
        PROFILE: _OWN_PROFILE,
        OLDER_PROFILE: _OWN_PROFILE,
    },
    both_ways("created_at", "connection_name", "active"),
    NEWEST_FIRST,
    by_id=True,
    new_row={
        "id": "",
        "record_type": "ip_connection",
        "active": True,
        "created_at": "2026-11-02T00:00:00Z",
        "connection_name": "",
    },
)
