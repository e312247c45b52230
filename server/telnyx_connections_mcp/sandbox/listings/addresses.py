"""`/ips` and `/fqdns`, which the API gives in no order."""

from telnyx_connections_mcp.sandbox.filters import an_integer, at, equals
from telnyx_connections_mcp.sandbox.listing import Listing

IPS = Listing(
    "/ips",
    lambda around: around.ips,
    {
        "filter[connection_id]": equals(at("connection_id")),
        "filter[ip_address]": equals(at("ip_address")),
        "filter[port]": equals(at("port"), an_integer),
    },
)
FQDNS = Listing(
    "/fqdns",
    lambda around: around.fqdns,
    {
        "filter[connection_id]": equals(at("connection_id")),
        "filter[fqdn]": equals(at("fqdn")),
        "filter[port]": equals(at("port"), an_integer),
        "filter[dns_record_type]": equals(at("dns_record_type")),
    },
)
