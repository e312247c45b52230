"""Who is registered: asked for one credential at a time."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from telnyx_connections_mcp.sandbox.fleet import Row
from telnyx_connections_mcp.sandbox.surroundings.settings import user_name
from telnyx_connections_mcp.sandbox.surroundings.values import stamp

SIP, UAC, TELEPHONY = "sip_credential_connection", "uac_external_credential", "telephony_credential"
CREDENTIAL_TYPES = (UAC, TELEPHONY, SIP)
TYPE_OF = {"credential_connection": SIP, "uac_connection": UAC}


def registrations(connections: Sequence[Row], lost: str | None, now: datetime) -> dict[tuple[str, str], Row]:
    """What is registered, by type of credential and by what it is asked with: a user name, or the connection's id."""
    found = {}
    for number, row in enumerate(connections):
        kind = TYPE_OF.get(row["record_type"])
        if kind is not None:
            key = row["id"] if kind == UAC else user_name(row)
            found[kind, key] = _registration(row, kind, number, now, lost=row["id"] == lost)
    return found


def _registration(row: Row, kind: str, number: int, now: datetime, *, lost: bool) -> Row:
    registered = row["active"] and not lost
    since = now - (timedelta(hours=9) if lost else timedelta(minutes=3 + number % 50))
    uptime = int((now - since).total_seconds())
    return {
        "connection_id": row["id"],
        "connection_name": row["connection_name"],
        "credential_type": kind,
        "credential_username": user_name(row),
        "last_registration_response": "200 OK" if registered else "408 Request Timeout",
        "registered": registered,
        "sip_registration_details": {
            "auth_retries": 0 if registered else 3,
            "expires": 600,
            "failures": 0 if registered else 54,
            "last_modified": stamp(since),
            "next_action_at": int(now.timestamp()) + 300,
            "sip_uri_user_host": f"{user_name(row)}@198.51.100.{1 + number % 250}" if registered else "",
            "transport": "TLS" if number % 2 else "UDP",
            "ua_ip": f"198.51.100.{1 + number % 250}" if registered else "",
            "ua_port": 5060 if registered else 0,
            "uptime": uptime if registered else 0,
        },
        "sip_registration_status": "registered" if registered else "failed" if lost else "connection_disabled",
    }
