"""The kinds of objects that an account holds: a module for each, or for several that belong together."""

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.account_changes import ACCOUNT_CHANGES
from telnyx_connections_mcp.inventory.kinds.addresses import FQDNS, IPS
from telnyx_connections_mcp.inventory.kinds.call_events import CALL_EVENTS
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.kinds.outbound_voice_profiles import OUTBOUND_VOICE_PROFILES
from telnyx_connections_mcp.inventory.kinds.phone_numbers import PHONE_NUMBERS
from telnyx_connections_mcp.inventory.kinds.sip_registrations import SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.kinds.webhook_deliveries import WEBHOOK_DELIVERIES

KINDS: tuple[Kind, ...] = (
    CONNECTIONS,
    OUTBOUND_VOICE_PROFILES,
    PHONE_NUMBERS,
    IPS,
    FQDNS,
    CONNECTION_SETTINGS,
    SIP_REGISTRATIONS,
    WEBHOOK_DELIVERIES,
    CALL_EVENTS,
    ACCOUNT_CHANGES,
)
