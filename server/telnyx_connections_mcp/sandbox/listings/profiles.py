"""`/outbound_voice_profiles`."""

from telnyx_connections_mcp.sandbox.filters import at, contains
from telnyx_connections_mcp.sandbox.listing import Listing
from telnyx_connections_mcp.sandbox.listings.common import NEWEST_FIRST, both_ways

PROFILES = Listing(
    "/outbound_voice_profiles",
    lambda around: around.profiles,
    {"filter[name][contains]": contains(at("name"), shortest=0)},
    both_ways("enabled", "created_at", "name", "service_plan", "traffic_type", "usage_payment_method"),
    NEWEST_FIRST,
    20,
    by_id=True,
    refusal=422,
    refusal_of_one=422,
)
