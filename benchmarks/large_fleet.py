"""Time and memory of 100,000 connections, the network apart: reading, one question, sealing for Redis and opening.

`python benchmarks/large_fleet.py [SIZE]`
"""

import json
import resource
import sqlite3
import sys
import time
from datetime import UTC, datetime

import anyio
import httpx

from telnyx_connections_mcp.inventory.fetch import FleetFetch
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.query.choices import where_model
from telnyx_connections_mcp.query.group_by_sql import Groups, count_groups
from telnyx_connections_mcp.query.where_sql import Rows, Slice, read_where
from telnyx_connections_mcp.replicas.snapshot_cipher import SnapshotCipher, SnapshotTooLargeError
from telnyx_connections_mcp.telnyx.client import TelnyxClient

Where = where_model(CONNECTIONS)


def page(number: int, size: int) -> bytes:
    """A page of a fleet of `size`, made when it is asked for, so that only what is read is in memory."""
    first = (number - 1) * 250
    rows = [
        {
            "id": str(1293384261075000000 + row),
            "record_type": ("ip_connection", "credential_connection", "texml_application")[row % 3],
            "active": row % 7 != 0,
            "anchorsite_override": "Latency",
            "connection_name": f"acme-prod-{row:06}",
            "created_at": "2024-03-01T12:00:00Z",
            "updated_at": "2025-03-01T12:00:00Z",
            "outbound_voice_profile_id": str(1293385161000000000 + row % 40),
            "tags": ["prod", "eu"],
            "webhook_event_url": f"https://hooks.acme.example/voice/{row}",
            "webhook_event_failover_url": None,
            "webhook_api_version": "2",
        }
        for row in range(first, min(first + 250, size))
    ]
    meta = {"total_results": size, "total_pages": -(-size // 250), "page_number": number, "page_size": 250}
    return json.dumps({"data": rows, "meta": meta}).encode()


async def main(size: int) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        body = page(int(request.url.params["page[number]"]), size)
        return httpx.Response(200, stream=httpx.ByteStream(body))

    async def report(_: int, __: int | None) -> None:
        """Nobody watches."""

    before = peak()
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="https://telnyx.example/v2") as http:
        reading = FleetFetch(TelnyxClient(http, "KEY0123456789"), CONNECTIONS, None)
        begun = time.perf_counter()
        await reading.run(600)
        read = time.perf_counter() - begun
    snapshot = reading.snapshot()
    assert (snapshot.count, snapshot.coverage.complete) == (size, True)
    begun = time.perf_counter()
    where = Where(name_contains="prod", tags_any=["EU"], created_before="1y")
    matching = read_where(CONNECTIONS, where, datetime.now(UTC)).matching

    def ask(handle: sqlite3.Connection) -> Groups:
        return count_groups(Rows(handle, CONNECTIONS, matching), ["record_type", "active"], Slice(25, 0))

    groups = snapshot.database.query(ask)
    asked = time.perf_counter() - begun
    assert groups.counted == size
    print(
        f"{size} connections: read in {read:.1f} s (making the pages included), one question in {asked:.2f} s (limit 2)"
    )
    print(sealing(snapshot))
    print(f"peak memory of the process {peak():.0f} MB (limit 300), of that {before:.0f} MB before")


def sealing(snapshot: Snapshot) -> str:
    """How large the snapshot is in Redis, and how long a replica works on it."""
    cipher = SnapshotCipher(api_key="KEY0123456789", base_url="https://telnyx.example/v2", snapshot_key=b"")
    begun = time.perf_counter()
    try:
        encrypted = cipher.encrypt("fleet", snapshot, 0)
    except SnapshotTooLargeError:
        return "too large to share through Redis"
    made = time.perf_counter()
    assert cipher.decrypt(CONNECTIONS, "fleet", encrypted).snapshot.count == snapshot.count
    opened = time.perf_counter() - made
    return (
        f"in Redis {len(encrypted) / 2**20:.2f} MiB (limit 32), packed in {made - begun:.2f} s, read in {opened:.2f} s"
    )


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    anyio.run(main, int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
