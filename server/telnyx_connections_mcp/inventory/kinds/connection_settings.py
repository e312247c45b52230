"""The settings of connections, which lists by type hold: one name for what means the same in several types.

Source of the fields: Telnyx API reference 2.0.0, the lists of each type of connection; for UAC connections, the types
of Telnyx's official Python SDK 4.189.0.
"""

from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.shortening import Shortening
from telnyx_connections_mcp.inventory.source import Source
from telnyx_connections_mcp.inventory.url_parts import Url


def _source(
    path: str, *record_types: str, fetch_sort: str | None = "created_at", otherwise: str | None = None
) -> Source:
    return Source(path=path, record_types=record_types, fetch_sort=fetch_sort, otherwise=otherwise, one=True)


ENCRYPTING = (
    "ip_connection",
    "fqdn_connection",
    "credential_connection",
    "uac_connection",
    "microsoft_teams_sbc_connection",
)
"""The types of connections that can encrypt media: without `encrypted_media` they do not."""

CONNECTION_SETTINGS = Kind(
    name="connection_settings",
    noun="connection_setting",
    label="settings of a connection",
    plural="settings of connections",
    sources=(
        _source("ip_connections", "ip_connection"),
        _source("fqdn_connections", "fqdn_connection", "microsoft_teams_sbc_connection"),
        _source("credential_connections", "credential_connection"),
        _source("call_control_applications", "call_control_application"),
        _source("texml_applications", "texml_application"),
        _source("fax_applications", "fax_application"),
        _source(
            "external_connections",
            "external_connection",
            "operator_connect_connection",
            "zoom_sbc_connection",
            fetch_sort=None,
        ),
        _source("v2/mobile_voice_connections", "mobile_voice_connection", otherwise="mobile_voice_connections"),
        _source("uac_connections", "uac_connection"),
    ),
    fields=(
        Field(
            name="connection_id",
            type=Type.ID,
            meaning="The connection that they belong to.",
            at=("id",),
            indexed=True,
        ),
        Field(name="record_type", type=Type.TEXT, meaning="Its type.", few_values=True),
        Field(
            name="name",
            type=Type.TEXT,
            meaning="Its name, by whichever name its type has for that.",
            at=("connection_name", "application_name", "friendly_name"),
        ),
        Field(
            name="transport_protocol",
            type=Type.TEXT,
            meaning="SIP transport.",
            few_values=True,
            known_values=("UDP", "TCP", "TLS"),
            at=("transport_protocol", "external_uac_settings.transport"),
        ),
        Field(
            name="encrypted_media",
            type=Type.TEXT,
            meaning="SRTP if media is encrypted; not set if it is not.",
            few_values=True,
            at=("encrypted_media", "outbound.encrypted_media"),
        ),
        Field(
            name="codecs",
            type=Type.LIST,
            meaning="Inbound codecs by preference.",
            few_values=True,
            at=("inbound.codecs",),
        ),
        Field(
            name="inbound_channel_limit",
            type=Type.NUMBER,
            meaning="Most inbound calls at once.",
            at=("inbound.channel_limit",),
        ),
        Field(
            name="outbound_channel_limit",
            type=Type.NUMBER,
            meaning="Most outbound calls at once.",
            at=("outbound.channel_limit",),
        ),
        Field(
            name="sip_region",
            type=Type.TEXT,
            meaning="Where its SIP proxy is.",
            few_values=True,
            known_values=("US", "Europe", "Australia"),
            at=("inbound.sip_region",),
        ),
        Field(
            name="sip_subdomain",
            type=Type.TEXT,
            meaning="Its own subdomain of sip.telnyx.com.",
            at=("inbound.sip_subdomain",),
        ),
        Field(
            name="sip_subdomain_receive_settings",
            type=Type.TEXT,
            meaning="Who may call that subdomain.",
            few_values=True,
            known_values=("only_my_connections", "from_anyone"),
            at=("inbound.sip_subdomain_receive_settings",),
        ),
        Field(
            name="sip_uri_calling_preference",
            type=Type.TEXT,
            meaning="Who may call its SIP URI.",
            few_values=True,
            known_values=("disabled", "unrestricted", "internal"),
        ),
        Field(
            name="dtmf_type",
            type=Type.TEXT,
            meaning="How digits are sent.",
            few_values=True,
            known_values=("RFC 2833", "Inband", "SIP INFO"),
        ),
        Field(
            name="t38_reinvite_source",
            type=Type.TEXT,
            meaning="Who switches a call to fax (T.38).",
            few_values=True,
            at=("outbound.t38_reinvite_source",),
        ),
        Field(
            name="onnet_t38_passthrough_enabled", type=Type.BOOLEAN, meaning="Whether T.38 is passed on within Telnyx."
        ),
        Field(name="rtcp_port", type=Type.TEXT, meaning="RTCP port rule.", few_values=True, at=("rtcp_settings.port",)),
        Field(
            name="rtcp_capture_enabled",
            type=Type.BOOLEAN,
            meaning="Whether RTCP reports are kept.",
            at=("rtcp_settings.capture_enabled",),
        ),
        Field(
            name="rtcp_report_frequency_secs",
            type=Type.NUMBER,
            meaning="Seconds between RTCP reports.",
            at=("rtcp_settings.report_frequency_secs",),
        ),
        Field(
            name="jitter_buffer_enabled",
            type=Type.BOOLEAN,
            meaning="Whether there is a jitter buffer.",
            at=("jitter_buffer.enable_jitter_buffer",),
        ),
        Field(
            name="jitter_buffer_min_ms",
            type=Type.NUMBER,
            meaning="Least jitter buffer, milliseconds.",
            at=("jitter_buffer.jitterbuffer_msec_min",),
        ),
        Field(
            name="jitter_buffer_max_ms",
            type=Type.NUMBER,
            meaning="Most jitter buffer, milliseconds.",
            at=("jitter_buffer.jitterbuffer_msec_max",),
        ),
        Field(
            name="noise_suppression",
            type=Type.TEXT,
            meaning="Which direction is cleaned of noise.",
            few_values=True,
            known_values=("inbound", "outbound", "both", "disabled"),
        ),
        Field(name="webhook_timeout_secs", type=Type.NUMBER, meaning="Seconds until a webhook counts as failed."),
        Field(
            name="voice_url",
            type=Type.URL,
            meaning="Where a TeXML application gets its instructions, with secrets as ***.",
            url=Url(prefix="voice"),
        ),
        Field(
            name="voice_fallback_url",
            type=Type.URL,
            meaning="Where it gets them if voice_url fails, with secrets as ***.",
            url=Url(prefix="voice_fallback"),
        ),
        Field(
            name="status_callback",
            type=Type.URL,
            meaning="Where a TeXML application reports on calls, with secrets as ***.",
            url=Url(prefix="status_callback"),
        ),
        Field(
            name="ani_override",
            type=Type.TEXT,
            meaning="The caller id that outbound calls show instead of their own.",
            at=("outbound.ani_override",),
        ),
        Field(
            name="ani_override_type",
            type=Type.TEXT,
            meaning="When it does.",
            few_values=True,
            known_values=("always", "normal", "emergency"),
            at=("outbound.ani_override_type",),
        ),
        Field(
            name="user_name",
            type=Type.TEXT,
            meaning="The SIP user name, shortened: half of a login.",
            at=("user_name", "external_uac_settings.username"),
            shortening=Shortening.LOGIN,
            indexed=True,
        ),
        Field(
            name="default_routing_method",
            type=Type.TEXT,
            meaning="How several addresses are used.",
            few_values=True,
            known_values=("sequential", "round-robin"),
            at=("inbound.default_routing_method",),
        ),
        Field(
            name="call_parking_enabled",
            type=Type.BOOLEAN,
            meaning="Whether outbound calls wait for a command.",
            at=("outbound.call_parking_enabled",),
        ),
        Field(
            name="shaken_stir_enabled",
            type=Type.BOOLEAN,
            meaning="Whether inbound calls carry STIR/SHAKEN results.",
            at=("inbound.shaken_stir_enabled",),
        ),
        Field(
            name="registration_status",
            type=Type.TEXT,
            meaning="Of a UAC connection: whether Telnyx is registered there.",
            few_values=True,
        ),
        Field(name="registration_status_updated_at", type=Type.TIME, meaning="Since when, UTC."),
        Field(
            name="external_sip_connection",
            type=Type.TEXT,
            meaning="The partner of an external connection: zoom or operator_connect.",
            few_values=True,
        ),
    ),
)
