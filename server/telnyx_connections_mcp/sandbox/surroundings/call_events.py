"""Events of calls of the last 24 hours, and a few older ones that only the id of a leg or session still finds."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from telnyx_connections_mcp.sandbox.cases import has_calls
from telnyx_connections_mcp.sandbox.fleet import Row
from telnyx_connections_mcp.sandbox.surroundings.values import generator, secret, stamp, uuid

MOST_CALLING = 800
"""How many connections have events at most."""
DAY = timedelta(hours=24)
PRODUCT_OF = {"texml_application": "texml", "fax_application": "fax"}
_CAUSES = ("normal_clearing", "normal_clearing", "user_busy", "call_rejected", "not_found")


def call_events(connections: Sequence[Row], now: datetime, seed: int) -> list[Row]:
    """The events in order of time: three of each call, of every third connection that has calls."""
    random = generator(seed, "call_events")
    calling = [row for row in connections if row["active"] and has_calls(row)][::3][:MOST_CALLING]
    rows = [
        event
        for number, row in enumerate(calling)
        for call in range(1 + number % 3)
        for event in _call(
            random, row, now - timedelta(seconds=random.randrange(300, 85_000)), old=number == 1 and not call
        )
    ]
    return sorted(rows, key=lambda row: (row["event_timestamp"], row["call_leg_id"], row["name"]))


def _call(random: Random, row: Row, started: datetime, *, old: bool) -> list[Row]:
    started -= DAY if old else timedelta()
    leg, session, cause = uuid(random), uuid(random), random.choice(_CAUSES)
    failed = cause != "normal_clearing"
    metadata: dict[str, Any] = {
        "connection_id": row["id"],
        "product": PRODUCT_OF.get(row["record_type"], "call_control"),
        "from": f"+120255501{random.randrange(100):02}",
        "to": f"+141555501{random.randrange(100):02}",
        "direction": "incoming",
        "raw_event": {"client_state": secret("client_state", row["id"]), "sip_headers": ["SECRET-header"]},
    }
    ended = {"hangup_cause": cause, "hangup_source": "caller", "sip_hangup_cause": "486" if failed else "200"}
    steps = (
        ("call.initiated", "webhook", 0, {"failed": False, "status": "init"}),
        ("answer", "command", 2, {"failed": failed, "status": "in_progress"}),
        ("call.hangup", "webhook", 90, {"failed": failed, "status": "completed"} | ended),
    )
    return [
        {
            "record_type": "call_event",
            "call_leg_id": leg,
            "call_session_id": session,
            "event_timestamp": stamp(started + timedelta(seconds=seconds)),
            "name": name,
            "type": kind,
            "metadata": metadata | more,
        }
        for name, kind, seconds, more in steps
    ]
