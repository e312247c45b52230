"""Outbound voice profiles: those that connections name, but for the last, which does not exist any more."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from telnyx_connections_mcp.sandbox.cases import MISSING
from telnyx_connections_mcp.sandbox.fleet import Row
from telnyx_connections_mcp.sandbox.surroundings.values import generator, id_of, uuid

_SECOND_LETTERS = {  # ISO 3166-1 alpha-2, by first letter
    "A": "DEFGILMORSTUWXZ",
    "B": "ABDEFGHIJLMNOQRSTWYZ",
    "C": "ACDFGHIKLMNORUVWXYZ",
    "D": "EJKMOZ",
    "E": "CEGHRST",
    "F": "IJKMOR",
    "G": "ABDEFGHILMNPQRTUWY",
    "H": "KNRTU",
    "I": "DELMNOQRST",
    "J": "EMOP",
    "K": "EGHIMNPRWYZ",
    "L": "ABCIKRSTUVY",
    "M": "ACDEFGHKLMNOPQRSTUVWXYZ",
    "N": "ACEFGILOPRUZ",
    "O": "M",
    "P": "AEFGHKLMNRSTWY",
    "Q": "A",
    "R": "EOSUW",
    "S": "ABCDEGHIJKLMNORSTVXYZ",
    "T": "CDGHJKLMNORTVWZ",
    "U": "AGMSYZ",
    "V": "ACEGINU",
    "W": "FS",
    "X": "K",
    "Y": "ET",
    "Z": "AMW",
}
EVERYWHERE = [first + second for first, seconds in _SECOND_LETTERS.items() for second in seconds]
_NAMED_BY = "outbound_voice_profile_id"
NAMES = ("EU out", "Legacy US", "Call centre", "APAC out", "Support", "Sales DE", "Fax", "Dialer", "Emergency only")
LIMITS = ("200.00", "50.00", "1000.00", "25.50")
DESTINATIONS = (["US", "CA", "DE"], ["US", "CA"], ["DE", "AT", "CH", "FR", "NL"], ["AU", "NZ", "JP", "SG"])


def profile_ids(connections: Sequence[Row]) -> list[str]:
    """The ids of the profiles that connections name, in order of first appearance."""
    return list(dict.fromkeys(row[_NAMED_BY] for row in connections if row.get(_NAMED_BY)))


def profiles(connections: Sequence[Row], seed: int) -> list[Row]:
    """All profiles: a sound one, a disabled one, one without a spend limit, then ordinary ones.

    The last profile that connections name is missing, and the last of all is named by none.
    """
    named, uses = profile_ids(connections), Counter(row.get(_NAMED_BY) for row in connections)
    existing = [*(named[:-1] if len(named) > 1 else named), id_of(1, 0)]
    return [
        {name: value for name, value in (made | _special(number, existing)).items() if value != MISSING}
        for number, made in enumerate(_profile(id_, number, uses[id_], seed) for number, id_ in enumerate(existing))
    ]


def _special(number: int, existing: Sequence[str]) -> dict[str, Any]:
    if number == len(existing) - 1:
        return {"name": "Worldwide lab", "whitelisted_destinations": EVERYWHERE}
    if number == 1:
        return {"enabled": False}
    if number == 2:
        return {"daily_spend_limit": MISSING, "daily_spend_limit_enabled": False}
    return {"whitelisted_destinations": EVERYWHERE} if number == 3 else {}


def _profile(id_: str, number: int, connections: int, seed: int) -> Row:
    random = generator(seed, "profile", id_)
    created = f"20{18 + number % 8}-0{1 + number % 9}-1{number % 10}T08:00:00.000Z"
    return {
        "id": id_,
        "record_type": "outbound_voice_profile",
        "name": NAMES[number] if number < len(NAMES) else f"{NAMES[number % len(NAMES)]} {number}",
        "connections_count": connections,
        "traffic_type": "conversational",
        "service_plan": "global",
        "concurrent_call_limit": random.choice((None, 10, 100)),
        "enabled": True,
        "tags": random.sample(("eu", "us", "pci", "finance"), random.randrange(3)),
        "usage_payment_method": "rate-deck",
        "whitelisted_destinations": DESTINATIONS[number % len(DESTINATIONS)],
        "max_destination_rate": random.choice((0.05, 1.5, 10)),
        "daily_spend_limit": LIMITS[number % len(LIMITS)],
        "daily_spend_limit_enabled": True,
        "call_recording": {
            "call_recording_type": "by_caller_phone_number",
            "call_recording_caller_phone_numbers": ["+12025550198"],
            "call_recording_channels": "dual",
            "call_recording_format": "mp3",
        },
        "billing_group_id": uuid(random) if random.random() < 0.5 else None,
        "calling_window": {"start_time": "08:00:00.00Z", "end_time": "20:00:00.00Z", "calls_per_cld": 5},
        "created_at": created,
        "updated_at": created,
    }
