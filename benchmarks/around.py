"""Requests and time that `search_connections` takes for what surrounds connections.

`around.py [SIZE]`: the sandbox in process, each request to Telnyx 50 ms late. From nothing: the requests and the
seconds of the first answer. From snapshots that are there: the shortest of seven answers, in ms, none from memory.
"""

import asyncio
import sys
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import httpx
from mcp.client import Client

from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.mcp_server.app import create_server
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.sandbox.fleet import create_fleet
from telnyx_connections_mcp.sandbox.surroundings.account import Surroundings

SECONDS_LATE = 0.05
TIMES = 7


class Late(httpx.ASGITransport):
    """The sandbox, as far away as Telnyx."""

    requests = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        await asyncio.sleep(SECONDS_LATE)
        return await super().handle_async_request(request)


def questions(size: int) -> list[Mapping[str, Any]]:
    account = Surroundings(create_fleet(size=size), 0, datetime.now(UTC))
    ringing = [row["phone_number"] for row in account.numbers if row.get("connection_id")]
    number, ip, fqdn = ringing[len(ringing) // 2], account.ips[1]["ip_address"], account.fqdns[1]["fqdn"]
    login = account.settings("credential_connection")[1]["user_name"]
    conditions: list[dict[str, Any]] = [
        *({"number": number}, {"number": number[2:]}, {"number": "+19995550123"}, {"address": ip}, {"address": fqdn}),
        *({"user_name": login}, {"has_numbers": True}, {"has_numbers": False}, {"has_address": True}, {"srtp": True}),
        *({"transport": "TLS"}, {"sip_region": "US"}, {"profile_name": "out"}, {"profile_enabled": False}),
    ]
    groups = (["has_numbers"], ["has_address"], ["profile_name"], ["srtp"], ["sip_region"], ["srtp", "transport"])
    return [*({"where": where} for where in conditions), *({"group_by": keys} for keys in groups)]


async def main(size: int) -> None:
    network = Late(create_app(size=size))
    settings = Settings(api_key=SANDBOX_KEY, base_url="http://localhost/v2", snapshot_seconds=3600)

    async def ask(client: Client, question: Mapping[str, Any], offset: int) -> tuple[int, float]:
        """The requests and the seconds that an answer takes; one with another offset is not remembered."""
        network.requests, begun = 0, time.perf_counter()
        result = await client.call_tool("search_connections", {**question, "offset": offset})
        assert not result.is_error, result
        return network.requests, time.perf_counter() - begun

    print("| question | requests from nothing | seconds | ms from snapshots |\n|---|---|---|---|")
    async with Client(create_server(settings, lambda: network)) as warm:
        for keys in (["has_address", "srtp"], ["has_numbers", "profile_name"]):
            await ask(warm, {"group_by": keys}, 0)
        for question in questions(size):
            async with Client(create_server(settings, lambda: network)) as cold:
                requests, seconds = await ask(cold, question, 0)
            best = 1000 * min([(await ask(warm, question, offset))[1] for offset in range(TIMES)])
            where, keys = question.get("where", {}), question.get("group_by", ())
            said = ", ".join(f"{name}: {value}" for name, value in where.items()) or f"by {', '.join(keys)}"
            print(f"| {said} | {requests} | {seconds:.2f} | {best:.0f} |")


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000))
