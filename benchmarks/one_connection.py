"""Everything around one connection: requests, milliseconds at 50 ms a request, and tokens.

`get_connection` with `include: all` through an MCP client in the same process. The sandbox answers each request once;
then its answers come again, 50 ms after the request, so that its own work does not count.
`python benchmarks/one_connection.py [SIZE] [ROUNDS]`
"""

import statistics
import sys
import time
from datetime import UTC, datetime
from typing import Any

import anyio
import bpe_openai
import httpx
from mcp.client import Client

from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.mcp_server.app import create_server
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.sandbox.fleet import create_fleet
from telnyx_connections_mcp.sandbox.surroundings.account import Surroundings

ENCODING = bpe_openai.get_encoding("o200k_base")
SECONDS = 0.05


class Replayed(httpx.AsyncBaseTransport):
    """The sandbox, whose answers are kept by path and page."""

    def __init__(self, size: int) -> None:
        self.requests = 0
        self._sandbox = httpx.ASGITransport(create_app(size=size))
        self._kept: dict[tuple[str, str], bytes] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        key = request.url.path, request.url.params.get("page[number]", "")
        if key not in self._kept:
            self._kept[key] = await (await self._sandbox.handle_async_request(request)).aread()
        else:
            await anyio.sleep(SECONDS)
        return httpx.Response(200, stream=httpx.ByteStream(self._kept[key]))


async def measure(size: int, rounds: int, questions: dict[str, dict[str, Any]]) -> None:
    network = Replayed(size)
    settings = Settings(api_key=SANDBOX_KEY, base_url="http://localhost/v2", snapshot_seconds=3600)
    async with Client(create_server(settings, lambda: network)) as client:
        await client.call_tool("search_connections", {})  # the snapshot, for a name
        for what, about in questions.items():
            times = []
            for again in range(rounds + 1):
                network.requests = 0
                begun = time.perf_counter()
                result = await client.call_tool("get_connection", about | {"include": ["all"]})
                if again:
                    times.append((time.perf_counter() - begun) * 1000)
            tokens = len(ENCODING.encode(result.content[0].text))
            print(f"{what}: {network.requests} requests, {statistics.median(times):.0f} ms, {tokens} tokens")


def main() -> None:
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 15
    around = Surroundings(create_fleet(size=size, seed=0), 0, datetime.now(UTC))
    rows = around.account.connections
    names = [row["connection_name"] for row in rows]
    credential = next(row["id"] for row in rows if row["record_type"] == "credential_connection")
    questions = {
        "a trunk": {"id": around.busiest},
        "a trunk, in full": {"id": around.busiest, "detail": "full"},
        "a credential connection, whose registration comes third": {"id": credential},
        "a connection by name, with a snapshot": {"connection_name": next(n for n in names if names.count(n) == 1)},
    }
    anyio.run(measure, size, rounds, questions)


if __name__ == "__main__":
    main()
