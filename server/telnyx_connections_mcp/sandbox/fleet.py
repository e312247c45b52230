"""The invented account: connections, FQDNs and live calls, made from a size and a seed.

The same size and seed give the same fleet on every machine and Python. Hosts are of the domains and address ranges
reserved for examples (RFC 2606, RFC 5737) or private.
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from telnyx_connections_mcp.sandbox import cases

LARGEST = 100_000
NEWEST = datetime(2026, 11, 1, 12, tzinfo=UTC)
YEARS = 6
MOST_PROFILES = 40
FIRST_ID = 1_293_384_261_075_000_000

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Account:
    """An account. `connections` are as in `data` of the API; FQDNs and calls are by connection id."""

    connections: list[Row]
    fqdns: Mapping[str, tuple[str, ...]]
    calls: Mapping[str, list[Row]]


def create_fleet(*, size: int = 55, seed: int = 0) -> Account:
    """The account of `size` connections (0 to 100,000) generated from `seed`. Raises `ValueError` for another size."""
    if not 0 <= size <= LARGEST:
        raise ValueError(f"the sandbox can have 0 to {LARGEST} connections, not {size}")
    random = Random(seed)  # noqa: S311  # repeatable on purpose, and no secret
    drawn = [str(FIRST_ID + 900_000_000_000 + random.randrange(10**9)) for _ in range(max(4, size // 40))]
    profiles = [drawn[number % MOST_PROFILES] for number in range(len(drawn))]
    connections = [_connection(random, number, size, profiles) for number in range(size)]
    fqdns = {
        row["id"]: (f"sip-{number}.{random.choice(cases.DOMAINS)}",)
        for number, row in enumerate(connections)
        if row["record_type"] == "fqdn_connection"
    }
    calls = {
        row["id"]: _calls(random, 37 if number == 2 else random.randrange(1, 8))
        for number, row in enumerate(connections)
        if number % 9 == 2 and row["record_type"] not in cases.WITHOUT_CALLS
    }
    listed = {row["id"] for row in connections if cases.has_calls(row)}
    return Account(connections, fqdns, {id_: made for id_, made in calls.items() if id_ in listed})


def _connection(random: Random, number: int, size: int, profiles: list[str]) -> Row:
    created = NEWEST - timedelta(seconds=random.randrange(YEARS * 365 * 86_400))
    if number % 11 == 3:  # several made in the same second: sorts must be stable
        created = created.replace(month=6, day=1, hour=0, minute=0, second=0)
    changed = created + (NEWEST - created) * random.random() * (random.random() < 0.7)
    row: Row = {
        "id": str(FIRST_ID + number * 7_919_000 + random.randrange(7_919_000)),
        "record_type": cases.RECORD_TYPES[number % len(cases.RECORD_TYPES)]
        if number < len(cases.RECORD_TYPES)
        else random.choice(cases.FREQUENT_TYPES),
        "active": random.random() >= 0.15,
        "anchorsite_override": "Latency" if random.random() < 0.8 else random.choice(cases.ANCHOR_SITES),
        "connection_name": cases.name(random, number),
        "created_at": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "updated_at": changed.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "webhook_event_url": None,
        "webhook_event_failover_url": None,
        "webhook_api_version": "1" if random.random() < 0.2 else "2",
        "tags": random.sample(cases.TAGS, random.choice((0, 0, 1, 1, 2, 3))),
    }
    _webhooks(random, row)
    if random.random() < 0.75:
        row["outbound_voice_profile_id"] = random.choice(profiles)
    special = cases.special(number, size)
    if special is not None:
        row |= special
    return {name: value for name, value in row.items() if value != cases.MISSING}


def _webhooks(random: Random, row: Row) -> None:
    if random.random() < 0.75:
        host = random.choice(cases.DOMAINS)
        row["webhook_event_url"] = f"https://hooks.{host}/voice"
        if random.random() < 0.5:
            row["webhook_event_failover_url"] = f"https://backup.{random.choice(cases.DOMAINS)}/voice"


def _calls(random: Random, count: int) -> list[Row]:
    return [
        {
            "record_type": "call",
            "call_control_id": f"v3:{random.randrange(16**24):024x}",
            "call_leg_id": f"{random.randrange(16**12):012x}",
            "call_session_id": f"{random.randrange(16**12):012x}",
            "call_duration": random.randrange(2, 7200),
            "client_state": base64.b64encode(f"order {random.randrange(10**6)}".encode()).decode(),
        }
        for _ in range(count)
    ]
