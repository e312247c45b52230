"""A join over all tables of an account, against the official SDK doing the same reads one after the other.

Every request takes 50 ms more. Ours over stdio with no snapshot (`fresh: true`), the SDK with its pages of 250, in
turn. The account has 10,000 connections, 20,000 numbers and 40 voice profiles; of 50 connections the registration is
asked for. `python benchmarks/surroundings.py [SIZE] [ROUNDS]`
"""

import json
import statistics
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import httpx
from mcp.client import Client
from stdio import KEY, OURS, Stdio, sandbox

from telnyx import Telnyx
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.mcp_server.app import create_server
from telnyx_connections_mcp.sandbox.app import create_app

PAGE = 250
ASKED = 50
LIMIT = 6
SQL = """
SELECT count(DISTINCT c.id), count(DISTINCT p.id), count(DISTINCT v.id), count(DISTINCT i.id), count(DISTINCT f.id),
    count(DISTINCT d.id), count(DISTINCT e.call_leg_id), count(DISTINCT a.id), count(DISTINCT r.connection_id)
FROM connections c LEFT JOIN connection_settings s ON s.connection_id = c.id
LEFT JOIN outbound_voice_profiles v ON v.id = c.outbound_voice_profile_id
LEFT JOIN phone_numbers p ON p.connection_id = c.id LEFT JOIN ips i ON i.connection_id = c.id
LEFT JOIN fqdns f ON f.connection_id = c.id LEFT JOIN webhook_deliveries d ON d.connection_id = c.id
LEFT JOIN call_events e ON e.connection_id = c.id LEFT JOIN account_changes a ON a.resource_id = c.id
LEFT JOIN (SELECT * FROM sip_registrations WHERE connection_id IN (
    SELECT id FROM connections WHERE record_type = 'credential_connection' ORDER BY id LIMIT 50)) r
ON r.connection_id = c.id
"""


class Counted(httpx.AsyncBaseTransport):
    """The sandbox in this process, without the 50 ms, and how many requests it got."""

    def __init__(self, size: int) -> None:
        self.requests = 0
        self._sandbox = httpx.ASGITransport(create_app(size=size))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        return await self._sandbox.handle_async_request(request)


async def requests_of_ours(size: int) -> int:
    network = Counted(size)
    settings = Settings(api_key=KEY, base_url="http://localhost/v2", tool_timeout=600)
    async with Client(create_server(settings, lambda: network)) as client:
        result = await client.call_tool("query_account", {"sql": SQL})
        assert not result.is_error, result.content
    return network.requests


def seconds_of_ours(server: Stdio) -> tuple[float, dict[str, Any]]:
    begun = time.perf_counter()
    answer = server.call("query_account", sql=SQL, fresh=True)
    return time.perf_counter() - begun, json.loads(answer)["result"]["structuredContent"]


def lists(client: Telnyx) -> Iterator[tuple[str, Any]]:
    """Every list that the statement needs, by table."""
    day = (datetime.now(UTC) - timedelta(days=1)).isoformat()
    month = (datetime.now(UTC) - timedelta(days=30)).isoformat()
    yield "connections", client.connections.list(page_size=PAGE)
    yield "outbound_voice_profiles", client.outbound_voice_profiles.list(page_size=PAGE)
    numbers = client.phone_numbers.slim_list(page_size=PAGE, include_connection=True, include_tags=True)
    yield "phone_numbers", numbers
    yield "ips", client.ips.list(page_size=PAGE)
    yield "fqdns", client.fqdns.list(page_size=PAGE)
    settings: tuple[Any, ...] = (
        *(client.ip_connections, client.fqdn_connections, client.credential_connections),
        *(client.call_control_applications, client.texml_applications, client.fax_applications),
        *(client.external_connections, client.mobile_voice_connections, client.uac_connections),
    )
    for each in settings:
        yield "connection_settings", each.list(page_size=PAGE)
    failed: Any = {"status": {"eq": "failed"}, "started_at": {"gte": day}}
    yield "webhook_deliveries", client.webhook_deliveries.list(page_size=PAGE, filter=failed)
    since: Any = {"occurred_at": {"gte": day}}
    yield "call_events", client.call_events.list(page_size=PAGE, filter=since)
    after: Any = {"created_after": month}
    yield "account_changes", client.audit_events.list(page_size=PAGE, filter=after)


def of_sdk(base_url: str) -> tuple[float, int, dict[str, int]]:
    """Seconds, requests, and rows by table."""
    sent: list[httpx.Request] = []
    begun = time.perf_counter()
    counts: dict[str, int] = {}
    logins: dict[str, str] = {}
    http = httpx.Client(event_hooks={"request": [sent.append]})
    with Telnyx(api_key=KEY, base_url=base_url, http_client=http) as client:
        for table, pages in lists(client):
            rows = list(pages)
            counts[table] = counts.get(table, 0) + len(rows)
            if table == "connection_settings" and rows and rows[0].record_type == "credential_connection":
                logins = {str(row.id): str(row.user_name) for row in rows}
        for connection in sorted(logins)[:ASKED]:
            query = {"credential_type": "sip_credential_connection", "username": logins[connection]}
            client.get("/sip_registration_status", cast_to=httpx.Response, options={"params": query})
            counts["sip_registrations"] = counts.get("sip_registrations", 0) + 1
    return time.perf_counter() - begun, len(sent), counts


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    requests = anyio.run(requests_of_ours, size)
    with sandbox("--size", str(size)) as base_url:
        slow = base_url.replace("/v2", "/fault/slow=0.05/v2")
        server = Stdio(OURS, TELNYX_BASE_URL=slow, TELNYX_API_KEY=KEY, TELNYX_TOOL_TIMEOUT="600")
        server.call("search_connections", group_by=["record_type"])  # warm: the HTTP client
        pairs = []
        for _ in range(rounds):
            ours, answer = seconds_of_ours(server)
            sdk, sent, counts = of_sdk(slow)
            read = {table: part["read"] for table, part in answer["coverage"].items()}
            assert all(part["complete"] for part in answer["coverage"].values()), answer["summary"]
            assert read == counts, (read, counts)
            pairs.append((ours, sdk))
        server.close()
    ours, sdk = (statistics.median(column) for column in zip(*pairs, strict=True))
    print(f"{', '.join(f'{count} {table}' for table, count in read.items())}, at 50 ms a request:")
    print(f"ours {ours:.2f} s, {requests} requests; the SDK {sdk:.2f} s, {sent} requests (median of {rounds} in turn)")
    print(f"times faster, pair by pair, median: {statistics.median(b / a for a, b in pairs):.1f} (limit {LIMIT})")


if __name__ == "__main__":
    main()
