"""Telephone numbers: about two for each connection, most of which have none to a few of them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random

from telnyx_connections_mcp.sandbox.fleet import NEWEST, Row
from telnyx_connections_mcp.sandbox.surroundings.values import generator, id_of, secret, stamp, uuid

MANY = 14
"""How many numbers the busiest connection has."""
MOST = 80_000
"""How many numbers of the United States are reserved for fiction, if every area code existed."""
_YEARS_OF_PURCHASES = timedelta(days=5 * 365)
_STATUSES = (*("active",) * 18, "port-pending", "emergency-only")
_ABROAD = (("GB", "+442079460", "local"), ("DE", "+493023125", "national"))  # each three more digits


def numbers(connections: Sequence[Row], busiest: str | None, seed: int) -> list[Row]:
    """All numbers, newest first. The connection `busiest` has 14, where the account has so many."""
    random = generator(seed, "numbers")
    ringing = [row["id"] for row in connections if random.random() < 0.6 and row["id"] != busiest]
    many = MANY if len(connections) > MANY and busiest else 0
    count = min(2 * len(connections), MOST)
    step = _YEARS_OF_PURCHASES / max(1, count)
    rows = []
    for number in range(count):
        connection = busiest if number < many else None
        if connection is None and ringing and random.random() < 0.92:
            connection = random.choice(ringing)
        rows.append(_number(random, number, connection, NEWEST - (number + random.random()) * step))
    return rows


def _number(random: Random, number: int, connection: str | None, purchased: datetime) -> Row:
    country, digits, kind = _dialled(number)
    row: Row = {
        "id": id_of(2, number),
        "record_type": "phone_number",
        "phone_number": digits,
        "country_iso_alpha2": country,
        "status": random.choice(_STATUSES),
        "external_pin": secret("external_pin", digits),
        "customer_reference": f"order {number // 7}",
        "billing_group_id": uuid(random),
        "emergency_enabled": number % 5 == 0,
        "emergency_address_id": id_of(3, number % 50) if number % 5 == 0 else "",
        "emergency_status": "active" if number % 5 == 0 else "disabled",
        "call_forwarding_enabled": random.random() < 0.1,
        "cnam_listing_enabled": random.random() < 0.2,
        "caller_id_name_enabled": random.random() < 0.2,
        "call_recording_enabled": random.random() < 0.1,
        "t38_fax_gateway_enabled": random.random() < 0.1,
        "purchased_at": stamp(purchased),
        "created_at": stamp(purchased),
        "phone_number_type": kind,
        "inbound_call_screening": random.choice(("disabled", "disabled", "flag_calls")),
    }
    if connection is not None:
        row["connection_id"] = connection
    return row


def _dialled(number: int) -> tuple[str, str, str]:
    """The country, the number in E.164 and its type: one in ten of the first 10,000 is from abroad."""
    if number % 10 == 9 and number < 10_000:
        country, prefix, kind = _ABROAD[number // 10 % 2]
        return country, f"{prefix}{number // 10 % 1000:03}", kind
    country = "CA" if number // 100 % 5 == 4 else "US"
    return country, f"+1{200 + number // 100}55501{number % 100:02}", "toll_free" if number % 25 == 3 else "local"


def whole_number(row: Row, connection: Row | None) -> Row:
    """The longer form of a number, from `/phone_numbers`; `connection` is the one that it rings on."""
    return row | {
        "tags": tags_of(row),
        "connection_id": row.get("connection_id"),
        "connection_name": connection and connection["connection_name"],
        "messaging_profile_id": None,
        "messaging_profile_name": None,
        "source_type": "port_request" if is_ported(row) else "number_order",
        "deletion_lock_enabled": False,
    }


def is_ported(row: Row) -> bool:
    """Whether a number came from another carrier."""
    return int(row["id"]) % 3 == 0


def tags_of(row: Row) -> list[str]:
    """The tags of a number, which the shorter form has only on request."""
    return [("sales", "support", "fax")[int(row["id"]) % 3]] if int(row["id"]) % 2 else []
