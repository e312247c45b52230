"""The settings that types of connections share: media, transport, and the two directions of calls."""

from dataclasses import dataclass
from typing import Any

from telnyx_connections_mcp.sandbox.fleet import Row
from telnyx_connections_mcp.sandbox.surroundings.values import generator

CALL_CONTROL_SITES = (
    "Latency",
    "Chicago, IL",
    "Ashburn, VA",
    "San Jose, CA",
    "London, UK",
    "Chennai, IN",
    "Amsterdam, Netherlands",
    "Toronto, Canada",
    "Sydney, Australia",
)
"""The sites that the API knows of Call Control: not those of other types."""


@dataclass(frozen=True, slots=True)
class Style:
    """How a family of connections is set up."""

    transport: str
    encrypted_media: str | None
    codecs: tuple[str, ...]
    sip_region: str
    receives_from: str
    dtmf_type: str
    channel_limit: int | None
    noise_suppression: str
    webhook_timeout_secs: int | None
    calling_preference: str
    jitter_buffer: bool
    caller: str


def style_of(name: str, seed: int) -> Style:
    """The style of the family `name`."""
    random = generator(seed, "style", name)
    secure = random.random() < 0.5
    return Style(
        transport="TLS" if secure else random.choice(("UDP", "UDP", "TCP")),
        encrypted_media="SRTP" if secure else None,
        codecs=random.choice((("G722", "G711U", "G711A", "G729", "OPUS", "H.264"), ("G711U", "G711A"), ("OPUS",))),
        sip_region=random.choice(("US", "US", "Europe", "Australia")),
        receives_from="only_my_connections" if random.random() < 0.85 else "from_anyone",
        dtmf_type=random.choice(("RFC 2833", "RFC 2833", "SIP INFO", "Inband")),
        channel_limit=random.choice((None, None, 10, 50)),
        noise_suppression=random.choice(("disabled", "disabled", "both")),
        webhook_timeout_secs=random.choice((None, 5, 25)),
        calling_preference=random.choice(("disabled", "internal", "unrestricted")),
        jitter_buffer=random.random() < 0.2,
        caller=random.choice(("", "", "+12025550142")),
    )


def media(row: Row, style: Style) -> dict[str, Any]:
    """The settings of SIP connections outside `inbound` and `outbound`."""
    return {
        "default_on_hold_comfort_noise_enabled": True,
        "dtmf_type": style.dtmf_type,
        "encode_contact_header_enabled": False,
        "encrypted_media": style.encrypted_media,
        "onnet_t38_passthrough_enabled": int(row["id"]) % 7 == 0,
        "ios_push_credential_id": None,
        "android_push_credential_id": None,
        "webhook_timeout_secs": style.webhook_timeout_secs,
        "call_cost_in_webhooks": False,
        "rtcp_settings": {"port": "rtp+1", "capture_enabled": style.jitter_buffer, "report_frequency_secs": 5},
        "noise_suppression": style.noise_suppression,
        "noise_suppression_details": {"engine": "denoiser", "attenuation_limit": 80},
        "jitter_buffer": {
            "enable_jitter_buffer": style.jitter_buffer,
            "jitterbuffer_msec_min": 60,
            "jitterbuffer_msec_max": 200,
        },
    }


def inbound(row: Row, style: Style) -> dict[str, Any]:
    """Calls from the network to a SIP connection."""
    limit = {} if style.channel_limit is None else {"channel_limit": style.channel_limit}
    return limit | {
        "ani_number_format": "+E.164",
        "dnis_number_format": "+e164",
        "codecs": list(style.codecs),
        "default_routing_method": "sequential",
        "generate_ringback_tone": False,
        "isup_headers_enabled": False,
        "prack_enabled": False,
        "sip_compact_headers_enabled": True,
        "sip_region": style.sip_region,
        "sip_subdomain": f"acme{row['id'][-6:]}",
        "sip_subdomain_receive_settings": style.receives_from,
        "timeout_1xx_secs": 3,
        "timeout_2xx_secs": 90,
        "shaken_stir_enabled": style.transport == "TLS",
    }


def plain_inbound(row: Row, style: Style) -> dict[str, Any]:
    """Calls from the network to an application."""
    return {
        "channel_limit": style.channel_limit or 10,
        "shaken_stir_enabled": style.transport == "TLS",
        "sip_subdomain": f"acme{row['id'][-6:]}",
        "sip_subdomain_receive_settings": style.receives_from,
    }


def outbound(row: Row, style: Style) -> dict[str, Any]:
    """Calls from a SIP connection to the network."""
    limit = {} if style.channel_limit is None else {"channel_limit": style.channel_limit}
    profile = row.get("outbound_voice_profile_id")
    named = {"outbound_voice_profile_id": profile} if profile else {}
    return (
        limit
        | named
        | {
            "ani_override": style.caller,
            "ani_override_type": "always",
            "call_parking_enabled": False,
            "generate_ringback_tone": False,
            "instant_ringback_enabled": True,
            "localization": "US",
            "t38_reinvite_source": "customer",
        }
    )
