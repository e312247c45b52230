"""The parts of what surrounds a connection, as they are asked for, and the kinds of objects in each."""

from collections.abc import Mapping
from typing import Literal

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.account_changes import ACCOUNT_CHANGES
from telnyx_connections_mcp.inventory.kinds.addresses import FQDNS, IPS
from telnyx_connections_mcp.inventory.kinds.call_events import CALL_EVENTS
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS
from telnyx_connections_mcp.inventory.kinds.outbound_voice_profiles import OUTBOUND_VOICE_PROFILES
from telnyx_connections_mcp.inventory.kinds.phone_numbers import PHONE_NUMBERS
from telnyx_connections_mcp.inventory.kinds.sip_registrations import SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.kinds.webhook_deliveries import WEBHOOK_DELIVERIES

Part = Literal["settings", "numbers", "profile", "addresses", "registration", "failures", "changes"]

PARTS: Mapping[Part, tuple[Kind, ...]] = {
    "settings": (CONNECTION_SETTINGS,),
    "numbers": (PHONE_NUMBERS,),
    "profile": (OUTBOUND_VOICE_PROFILES,),
    "addresses": (IPS, FQDNS),
    "registration": (SIP_REGISTRATIONS,),
    "failures": (WEBHOOK_DELIVERIES, CALL_EVENTS),
    "changes": (ACCOUNT_CHANGES,),
}

MEANINGS: Mapping[Part, str] = {
    "settings": "Transport, SRTP, codecs, channel limits, SIP region, who may call in, and others, by its type.",
    "numbers": "The phone numbers that ring on it, up to 250.",
    "profile": "Its outbound voice profile: whether it is enabled, countries, spend limit.",
    "addresses": "Its IP addresses and FQDNs, up to 250 of each.",
    "registration": "Whether it is registered now, and from where; of credential and UAC connections.",
    "failures": "Webhook deliveries and call events of the last 24 hours that failed, up to 250 of each.",
    "changes": "Who changed which of its fields when, in the last 30 days, but among the latest 1000 changes of the "
    "account alone.",
}
"""What each part has, in a sentence."""
