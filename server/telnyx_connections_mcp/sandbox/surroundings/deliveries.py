"""Webhook deliveries of the last day: those to one host fail, unless there is a failover URL."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any
from urllib.parse import urlsplit

from telnyx_connections_mcp.sandbox.fleet import Row
from telnyx_connections_mcp.sandbox.surroundings.values import USER, generator, secret, stamp, uuid

FAILING_HOST = "hooks.umbrella.example"
MOST = 5_000
_EVENTS = ("call.initiated", "call.answered", "call.hangup")


def deliveries(connections: Sequence[Row], now: datetime, seed: int) -> list[Row]:
    """Two for each active connection with a webhook, newest first; the first connections' alone in a large account."""
    random = generator(seed, "deliveries")
    sending = [row for row in connections if row["active"] and row["webhook_event_url"]][: MOST // 2]
    rows = [
        _delivery(random, row, event, now - timedelta(seconds=random.randrange(60, 86_000)))
        for row in sending
        for event in random.sample(_EVENTS, 2)
    ]
    return sorted(rows, key=lambda row: (row["started_at"], row["id"]), reverse=True)


def _delivery(random: Random, row: Row, event: str, started: datetime) -> Row:
    attempts = _attempts(row, started)
    return {
        "id": uuid(random),
        "user_id": USER,
        "record_type": "webhook_delivery",
        "status": attempts[0]["status"],
        "webhook": {
            "record_type": "event",
            "event_type": event,
            "id": uuid(random),
            "occurred_at": stamp(started - timedelta(seconds=1)),
            "payload": {
                "connection_id": row["id"],
                "call_leg_id": uuid(random),
                "from": "+12025550123",
                "to": "+12025550188",
                "client_state": secret("client_state", row["id"]),
            },
        },
        "started_at": stamp(started),
        "finished_at": attempts[0]["finished_at"],
        "attempts": attempts,
    }


def _attempts(row: Row, started: datetime) -> list[dict[str, Any]]:
    """The latest first: the failover URL is tried where there is one, else the same URL again."""
    url, failover = row["webhook_event_url"], row["webhook_event_failover_url"]
    if urlsplit(url).hostname != FAILING_HOST:
        return [_attempt(url, row, started, failed=False)]
    later = started + timedelta(seconds=3)
    return [_attempt(failover or url, row, later, failed=not failover), _attempt(url, row, started, failed=True)]


def _attempt(url: str, row: Row, started: datetime, *, failed: bool) -> dict[str, Any]:
    status, body = (503, "SECRET-body of an error page") if failed else (200, "SECRET-body")
    return {
        "status": "failed" if failed else "delivered",
        "started_at": stamp(started),
        "finished_at": stamp(started + timedelta(milliseconds=250)),
        "http": {
            "request": {"url": url, "headers": [["Telnyx-Signature-Ed25519", secret("signature", row["id"])]]},
            "response": {"status": status, "headers": [["Set-Cookie", secret("cookie", row["id"])]], "body": body},
        },
        "errors": [75_499] if failed else [],
    }
