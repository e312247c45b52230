"""Twenty more questions about that account: what surrounds its connections, with answers computed in the same way."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from questions import ACCOUNT, PROFILE, ROWS, SEED, Question, Row, count, top

from telnyx_connections_mcp.sandbox.surroundings.account import Surroundings

TRUNKS = ("ip_connection", "fqdn_connection")
ENCRYPTING = (*TRUNKS, "credential_connection", "uac_connection")
LISTED = (
    *(*ENCRYPTING, "call_control_application", "texml_application", "fax_application", "external_connection"),
    "mobile_voice_connection",
)
"""The types whose settings Telnyx lists."""

ACCOUNT_NOW = Surroundings(ACCOUNT, SEED, datetime.now(UTC))
NUMBERS, PROFILES = ACCOUNT_NOW.numbers, {row["id"]: row for row in ACCOUNT_NOW.profiles}
BY_ID = {row["id"]: row for row in ROWS}
SETTINGS = {row["id"]: row for type_ in LISTED for row in ACCOUNT_NOW.settings(type_)}
RINGING = Counter(row["connection_id"] for row in NUMBERS if row.get("connection_id"))
ADDRESSED = {row["connection_id"] for row in (*ACCOUNT_NOW.ips, *ACCOUNT_NOW.fqdns)}
BUSIEST = str(ACCOUNT_NOW.busiest)


def setting(row: Row, *path: str) -> Any:
    """A setting of a connection; None if it is not set, or its type has none."""
    found: Any = SETTINGS.get(row["id"], {})
    for name in path:
        found = (found or {}).get(name)
    return found


def found(holds: Callable[[Row], Any]) -> list[str]:
    return sorted(row["id"] for row in ROWS if holds(row))


def profile(row: Row, field: str) -> Any:
    return PROFILES.get(row.get(PROFILE) or "", {}).get(field)


def _numbers_by_profile() -> list[Any]:
    names = (profile(BY_ID[id_], "name") for id_, times in RINGING.items() for _ in range(times))
    return [*top(name for name in names if name)]


def _failing() -> list[Any]:
    failed = [row for row in ACCOUNT_NOW.deliveries if row["status"] == "failed"]
    ((host, times),) = Counter(
        urlsplit(row["attempts"][0]["http"]["request"]["url"]).hostname for row in failed
    ).items()
    return [host, times]


def _unregistered() -> list[str]:
    """Active credential connections whose user name is not registered."""
    registered = {row["connection_id"] for row in ACCOUNT_NOW.registrations.values() if row["registered"]}
    return found(lambda r: r["record_type"] == "credential_connection" and r["active"] and r["id"] not in registered)


CALLED = next(row for row in NUMBERS[40:] if row.get("connection_id") and row["country_iso_alpha2"] == "US")
DIGITS = CALLED["phone_number"].removeprefix("+1")
LOST = next(row for row in NUMBERS if not row.get("connection_id"))
IP = ACCOUNT_NOW.ips[25]
LOGIN = next(row for row in ACCOUNT_NOW.settings("credential_connection")[60:])
SUSPECT = _unregistered()[0]
BRITISH = [row for row in NUMBERS if row["country_iso_alpha2"] == "GB"]

QUESTIONS_AROUND = [
    Question(f"On which connection does ({DIGITS[:3]}) {DIGITS[3:6]}-{DIGITS[6:]} ring? id", CALLED["connection_id"]),
    Question(f"On which connection does {LOST['phone_number']} ring? id, or none", "none"),
    Question(f"Which connection has the address {IP['ip_address']}:{IP['port']}? id", IP["connection_id"]),
    Question(f"Which connection has the SIP user name {LOGIN['user_name']}? id", LOGIN["id"]),
    Question(f"How many phone numbers ring on connection {BUSIEST}? number", RINGING[BUSIEST]),
    Question(
        "On how many active connections does no phone number ring? number",
        count(lambda r: r["active"] and not RINGING[r["id"]]),
    ),
    Question(
        "Which IP connections have no IP address? [ids]",
        found(lambda r: r["record_type"] == "ip_connection" and r["id"] not in ADDRESSED),
    ),
    Question(
        "How many phone numbers ring on no connection? number", sum(not row.get("connection_id") for row in NUMBERS)
    ),
    Question(
        "How many British (GB) phone numbers are there, and on how many different connections do they ring? "
        "[numbers, connections]",
        [len(BRITISH), len({row["connection_id"] for row in BRITISH if row.get("connection_id")})],
    ),
    Question(
        "How many phone numbers ring on inactive connections? number",
        sum(times for id_, times in RINGING.items() if not BY_ID[id_]["active"]),
    ),
    Question(
        "How many active connections have a voice profile that is switched off? number",
        count(lambda r: r["active"] and profile(r, "enabled") is False),
    ),
    Question(
        "How many connections name a voice profile that does not exist (any more)? number",
        count(lambda r: r.get(PROFILE) and r[PROFILE] not in PROFILES),
    ),
    Question(
        "On the connections of which voice profile do most phone numbers ring, and how many? [name, count]",
        _numbers_by_profile(),
    ),
    Question(
        "How many voice profiles allow calls to Germany (DE)? number",
        sum("DE" in row["whitelisted_destinations"] for row in PROFILES.values()),
    ),
    Question(
        "How many active connections encrypt their media (SRTP)? number",
        count(lambda r: r["active"] and setting(r, "encrypted_media") == "SRTP"),
    ),
    Question(
        "How many IP and FQDN connections use TLS without SRTP? number",
        count(
            lambda r: (
                r["record_type"] in TRUNKS
                and setting(r, "transport_protocol") == "TLS"
                and setting(r, "encrypted_media") is None
            )
        ),
    ),
    Question(
        "How many FQDN connections are in the SIP region Europe? number",
        count(lambda r: r["record_type"] == "fqdn_connection" and setting(r, "inbound", "sip_region") == "Europe"),
    ),
    Question(
        "How many active connections accept calls to their SIP subdomain from anyone? number",
        count(lambda r: r["active"] and setting(r, "inbound", "sip_subdomain_receive_settings") == "from_anyone"),
    ),
    Question(
        "To which host did webhook deliveries fail in the last day, and how many? [host, count]",
        _failing(),
    ),
    Question(f"Is connection {SUSPECT} registered now? yes or no", "no"),
]
