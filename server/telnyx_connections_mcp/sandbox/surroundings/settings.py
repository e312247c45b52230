"""The whole objects of connections, with their settings: one list for each type that has such a list.

Connections whose names differ only in digits are set alike, as people who manage many do; in the largest such group,
one trunk has no SRTP.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from telnyx_connections_mcp.sandbox.fleet import Row
from telnyx_connections_mcp.sandbox.surroundings.media import (
    CALL_CONTROL_SITES,
    Style,
    inbound,
    media,
    outbound,
    plain_inbound,
    style_of,
)
from telnyx_connections_mcp.sandbox.surroundings.values import secret

ENCRYPTING = ("ip_connection", "fqdn_connection", "credential_connection", "uac_connection")
"""The types that can encrypt media."""


def family(row: Row) -> str:
    """What the names of connections that are set alike have in common."""
    return re.sub(r"\d+", "#", str(row["connection_name"]))


def unencrypted(connections: Sequence[Row]) -> str | None:
    """The one connection without SRTP in the largest group; None if no group has three."""
    able = [row for row in connections if row["record_type"] in ENCRYPTING]
    largest = [name for name, count in Counter(map(family, able)).most_common(1) if count > 2]
    group = [row for row in able if family(row) in largest]
    return str(max(group, key=lambda row: (row["active"], row["id"]))["id"]) if group else None


def settings_of(rows: Sequence[Row], styles: dict[str, Style], odd: Mapping[str, Style], seed: int) -> list[Row]:
    """The whole objects of `rows`, all of one type. `odd` has the styles of connections that are unlike their family.

    `styles` keeps the style of every family from one type to the next.
    """
    made = []
    for row in rows:
        style = odd.get(row["id"])
        if style is None:
            name = family(row)
            style = styles.get(name) or styles.setdefault(name, style_of(name, seed))
        made.append(_MAKE[row["record_type"]](row, style))
    return made


def user_name(row: Row) -> str:
    """The SIP user name of a connection: half of its login."""
    return re.sub("[^a-z]", "", str(row["connection_name"]).lower())[:12] + str(row["id"])[-6:]


def _common(row: Row, *fields: str) -> Row:
    """What the object has in common with the row of all connections: the times, tags, webhooks, and these fields."""
    names = ("id", "record_type", "active", "tags", "created_at", "updated_at", *fields)
    return {name: row[name] for name in names if row.get(name) is not None}


_WEBHOOKS = ("webhook_event_url", "webhook_event_failover_url", "webhook_api_version")
_NAMED = ("anchorsite_override", "connection_name", *_WEBHOOKS)


def _ip(row: Row, style: Style) -> Row:
    token = {
        "ip_authentication_method": "token",
        "ip_authentication_token": secret("ip_authentication_token", row["id"]),
        "tech_prefix": secret("tech_prefix", row["id"]),
    }
    routing = {"default_primary_ip_id": "", "default_secondary_ip_id": "", "default_tertiary_ip_id": ""}
    return (
        _common(row, *_NAMED)
        | media(row, style)
        | {
            "transport_protocol": style.transport,
            "inbound": inbound(row, style) | routing,
            "outbound": outbound(row, style) | token,
        }
    )


def _fqdn(row: Row, style: Style) -> Row:
    token = {
        "ip_authentication_method": "credential-authentication",
        "ip_authentication_token": secret("ip_authentication_token", row["id"]),
        "tech_prefix": secret("tech_prefix", row["id"]),
        "encrypted_media": style.encrypted_media,
        "timeout_1xx_secs": 3,
        "timeout_2xx_secs": 90,
    }
    routing = dict.fromkeys(("default_primary_fqdn_id", "default_secondary_fqdn_id", "default_tertiary_fqdn_id"))
    return (
        _common(row, *_NAMED)
        | media(row, style)
        | {
            "transport_protocol": style.transport,
            "microsoft_teams_sbc": False,
            "user_name": user_name(row),
            "password": secret("password", row["id"]),
            "rtp_pass_codecs_on_stream_change": False,
            "adjust_dtmf_timestamp": False,
            "ignore_dtmf_duration": False,
            "ignore_mark_bit": False,
            "call_cost_enabled": False,
            "send_normalized_timestamps": False,
            "third_party_control_enabled": False,
            "txt_name": "_telnyx",
            "txt_value": secret("txt_value", row["id"]),
            "txt_ttl": 3600,
            "inbound": inbound(row, style) | routing,
            "outbound": outbound(row, style) | token,
        }
    )


def _credential(row: Row, style: Style) -> Row:
    return (
        _common(row, *_NAMED)
        | media(row, style)
        | {
            "user_name": user_name(row),
            "password": secret("password", row["id"]),
            "sip_uri_calling_preference": style.calling_preference,
            "inbound": {
                name: value
                for name, value in inbound(row, style).items()
                if name not in ("sip_region", "sip_subdomain", "sip_subdomain_receive_settings")
            }
            | {"simultaneous_ringing": "disabled"},
            "outbound": outbound(row, style),
        }
    )


def _uac(row: Row, style: Style) -> Row:
    with_null = (_common(row, *_NAMED) | media(row, style)) | {
        "authentication": "uac-authentication",
        "bridge_generate_comfort_noise_on_cn": False,
        "external_uac_settings": {
            "auth_username": user_name(row),
            "expiration_sec": 600,
            "from_user": user_name(row),
            "outbound_proxy": "sip:proxy.pbx.example",
            "password": secret("uac_password", row["id"]),
            "proxy": "pbx.example:5060",
            "transport": style.transport,
            "user_agent": "Telnyx",
            "username": user_name(row),
        },
        "fqdn": "",
        "fqdn_outbound_authentication": "credential-authentication",
        "fqdns": [],
        "internal_uac_settings": {"destination_uri": f"sip:{user_name(row)}@sip.example"},
        "password": secret("password", row["id"]),
        "registration_status": "registered" if row["active"] else "connection_disabled",
        "registration_status_updated_at": row["updated_at"],
        "sip_uri_calling_preference": style.calling_preference,
        "user_name": user_name(row),
        "inbound": inbound(row, style) | {"simultaneous_ringing": "disabled"},
        "outbound": outbound(row, style),
    }
    return {name: value for name, value in with_null.items() if value is not None}


def _application(row: Row, style: Style) -> Row:
    """What Call Control, TeXML and fax applications have in common, besides the name."""
    return _common(row, "anchorsite_override") | {
        "inbound": plain_inbound(row, style),
        "outbound": _plain_outbound(row, style),
    }


def _call_control(row: Row, style: Style) -> Row:
    made = _application(row, style) | _common(row, *_WEBHOOKS)
    if made.get("anchorsite_override") not in CALL_CONTROL_SITES:
        made.pop("anchorsite_override", None)
    return made | {
        "application_name": row["connection_name"],
        "dtmf_type": style.dtmf_type,
        "first_command_timeout": True,
        "first_command_timeout_secs": 10,
        "webhook_timeout_secs": style.webhook_timeout_secs,
        "call_cost_in_webhooks": False,
        "redact_dtmf_debug_logging": False,
    }


def _texml(row: Row, style: Style) -> Row:
    """TeXML has no webhook of its own name: its instructions come from `voice_url`."""
    voice = {"voice_url": row["webhook_event_url"], "voice_fallback_url": row["webhook_event_failover_url"]}
    return (
        _application(row, style)
        | {name: url for name, url in voice.items() if url}
        | {
            "friendly_name": row["connection_name"],
            "dtmf_type": style.dtmf_type,
            "first_command_timeout": False,
            "first_command_timeout_secs": 30,
            "call_cost_in_webhooks": False,
            "voice_method": "post",
            "status_callback": "https://status.example.com/calls",
            "status_callback_method": "post",
        }
    )


def _fax(row: Row, style: Style) -> Row:
    made = _application(row, style) | _common(row, "webhook_event_url", "webhook_event_failover_url")
    made["inbound"] = {name: value for name, value in made["inbound"].items() if name != "shaken_stir_enabled"}
    return made | {"application_name": row["connection_name"], "webhook_timeout_secs": style.webhook_timeout_secs}


def _external(row: Row, style: Style) -> Row:
    return _common(row, *_WEBHOOKS) | {
        "credential_active": row["active"],
        "external_sip_connection": "zoom" if int(row["id"]) % 2 else "operator_connect",
        "webhook_timeout_secs": style.webhook_timeout_secs,
        "inbound": {"channel_limit": style.channel_limit or 10},
        "outbound": _plain_outbound(row, style),
    }


def _mobile(row: Row, style: Style) -> Row:
    return _common(row, "connection_name", *_WEBHOOKS) | {
        "webhook_timeout_secs": style.webhook_timeout_secs,
        "inbound": {"channel_limit": style.channel_limit},
        "outbound": {
            "channel_limit": style.channel_limit,
            "outbound_voice_profile_id": row.get("outbound_voice_profile_id"),
        },
    }


def _plain_outbound(row: Row, style: Style) -> dict[str, Any]:
    profile = row.get("outbound_voice_profile_id")
    return {"channel_limit": style.channel_limit or 10} | ({"outbound_voice_profile_id": profile} if profile else {})


_MAKE = {
    "ip_connection": _ip,
    "fqdn_connection": _fqdn,
    "credential_connection": _credential,
    "uac_connection": _uac,
    "call_control_application": _call_control,
    "texml_application": _texml,
    "fax_application": _fax,
    "external_connection": _external,
    "mobile_voice_connection": _mobile,
}
