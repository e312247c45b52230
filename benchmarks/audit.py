"""The audit of a warm snapshot: the first, which finds everything, another question, and the first one again.

`python benchmarks/audit.py [CONNECTIONS ...] [--against CHECKOUT]`, by default 10,000 and 100,000; with a checkout of
an earlier version each size is measured with that, too. Everything runs in one process without a network; the counts
of Telnyx are not offered. While the audit runs, a task that wakes every millisecond notes how late it was: for how long
the event loop was held by the audit, or by whatever else the machine did.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import anyio
import httpx
from mcp.client import Client

try:
    from telnyx_connections_mcp.config.settings import Settings
    from telnyx_connections_mcp.mcp_server.app import create_server
except ImportError:  # before the rooms
    from telnyx_connections_mcp.app import create_server  # type: ignore[no-redef,import-not-found,unused-ignore]
    from telnyx_connections_mcp.settings import Settings  # type: ignore[no-redef,import-not-found,unused-ignore]
from telnyx_connections_mcp.sandbox.fleet import create_fleet

PAGE = 250


def network(size: int) -> httpx.MockTransport:
    """An account of that many connections, its pages made beforehand."""
    rows = create_fleet(size=size, seed=1).connections
    meta = {"page_size": PAGE, "total_pages": -(-size // PAGE), "total_results": size}
    pages = [
        json.dumps({"data": rows[first : first + PAGE], "meta": meta | {"page_number": first // PAGE + 1}}).encode()
        for first in range(0, size, PAGE)
    ]

    def answer(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/connections"):
            return httpx.Response(404, stream=httpx.ByteStream(b"{}"))
        page = pages[int(request.url.params["page[number]"]) - 1]
        return httpx.Response(200, stream=httpx.ByteStream(page))

    return httpx.MockTransport(answer)


async def measure(size: int) -> dict[str, Any]:
    """Milliseconds of each question, and the longest that the event loop was late meanwhile."""
    settings = Settings(api_key="KEY_SANDBOX", base_url="http://localhost/v2", snapshot_seconds=600)
    found: dict[str, Any] = {"size": size}
    async with Client(create_server(settings, lambda: network(size))) as client:
        await client.call_tool("search_connections", {"limit": 1})
        for name, arguments, times in (
            ("first", {}, 1),
            ("another", {"min_severity": "warning"}, 1),
            ("again", {}, 5),
        ):
            found[name], found[f"{name} late"] = await _timed(client, arguments, times)
    return found


async def _timed(client: Client, arguments: dict[str, Any], times: int) -> tuple[float, float]:
    took: list[float] = []
    late: list[float] = []

    async def beat() -> None:
        while True:
            began = time.perf_counter()
            await anyio.sleep(0.001)
            late.append(time.perf_counter() - began - 0.001)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(beat)
        for _ in range(times):
            began = time.perf_counter()
            result = await client.call_tool("audit_connections", arguments)
            took.append(time.perf_counter() - began)
            assert not result.is_error, result
        tasks.cancel_scope.cancel()
    return 1000 * statistics.median(took), 1000 * max(late, default=0)


def show(label: str, found: dict[str, Any]) -> None:
    cells = [
        f"{name} {found[name]:7.1f} ms (late {found[f'{name} late']:5.1f})" for name in ("first", "another", "again")
    ]
    print(f"{label:8} {found['size']:7}: {', '.join(cells)}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=[10_000, 100_000])
    parser.add_argument("--against", type=Path)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    sys.setswitchinterval(0.0005)  # as while HTTP is served
    if given.one:
        print(json.dumps(anyio.run(measure, given.sizes[0])))
        sys.exit()
    for size in given.sizes:
        for label, tree in (("ours", None), ("earlier", given.against)):
            if label == "ours" or tree:
                environ = os.environ | ({"PYTHONPATH": str(tree / "server")} if tree else {})
                command = [sys.executable, __file__, "--one", str(size)]
                found = subprocess.run(command, env=environ, stdout=subprocess.PIPE, check=True).stdout
                show(label, json.loads(found))
