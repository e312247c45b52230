"""The lists of the API as a table: path, rows, filters, sorts, sizes of pages; one file for each kind."""

from telnyx_connections_mcp.sandbox.listings.addresses import FQDNS, IPS
from telnyx_connections_mcp.sandbox.listings.connections import CONNECTIONS
from telnyx_connections_mcp.sandbox.listings.events import AUDIT_EVENTS, CALL_EVENTS, DELIVERIES
from telnyx_connections_mcp.sandbox.listings.numbers import NUMBERS, SLIM_NUMBERS
from telnyx_connections_mcp.sandbox.listings.profiles import PROFILES
from telnyx_connections_mcp.sandbox.listings.settings import SETTINGS

LISTINGS = (CONNECTIONS, PROFILES, SLIM_NUMBERS, NUMBERS, IPS, FQDNS, *SETTINGS, DELIVERIES, CALL_EVENTS, AUDIT_EVENTS)
