"""Who changed what in the last 30 days: what the API calls audit events."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from telnyx_connections_mcp.sandbox.fleet import Row
from telnyx_connections_mcp.sandbox.surroundings.values import ORGANIZATION, USER, generator, id_of, secret, stamp, uuid

DAYS = 30
MOST = 8_000
_BY = ("organization_member", "organization_member", "account_owner", "telnyx", "account_manager")


def audit_events(connections: Sequence[Row], numbers: Sequence[Row], now: datetime, seed: int) -> list[Row]:
    """The events, newest first: about one for each two objects, at least 30 where there is an object."""
    random = generator(seed, "audit_events")
    changed = [*connections, *numbers]
    count = min(MOST, max(30, len(changed) // 2)) if changed else 0
    rows = [
        _event(random, random.choice(changed), number, now - timedelta(seconds=random.randrange(60, DAYS * 86_400)))
        for number in range(count)
    ]
    return sorted(rows, key=lambda row: (row["created_at"], row["id"]), reverse=True)


def _event(random: Random, row: Row, number: int, at: datetime) -> Row:
    deleted = number % 17 == 16
    changes = _changes(random, row, number)
    return {
        "id": uuid(random),
        "user_id": USER if number % 3 else uuid(random),
        "record_type": "audit_event",
        "resource_id": id_of(6, number) if deleted else row["id"],
        "alternate_resource_id": row.get("phone_number"),
        "change_made_by": random.choice(_BY),
        "changes": None if deleted else changes,
        "organization_id": ORGANIZATION,
        "change_type": "delete" if deleted else "create" if number % 11 == 10 else "update",
        "created_at": stamp(at),
    }


def _changes(random: Random, row: Row, number: int) -> list[dict[str, Any]]:
    if "phone_number" in row:
        return [
            {"field": "external_pin", "from": secret("old_pin", row["id"]), "to": secret("new_pin", row["id"])},
            {"field": "connection_id", "from": None, "to": row.get("connection_id")},
        ]
    every: list[dict[str, Any]] = [
        {"field": "connection_name", "from": f"old name {number}", "to": row["connection_name"]},
        {"field": "active", "from": not row["active"], "to": row["active"]},
        {"field": "password", "from": secret("old_password", row["id"]), "to": secret("new_password", row["id"])},
        {
            "field": "outbound",
            "from": {"tech_prefix": secret("old_prefix", row["id"]), "channel_limit": 10},
            "to": {"tech_prefix": secret("new_prefix", row["id"]), "channel_limit": 20},
        },
        {"field": "inbound.channel_limit", "from": 10, "to": 50},
        {"field": "tags", "from": [], "to": row.get("tags", [])},
    ]
    return random.sample(every, random.randrange(1, 4))
