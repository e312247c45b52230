"""One `list_connections` call of 25 rows, the sandbox behind a socket, against a bare httpx GET of the same page.

Measured in turn: the bare GET with its JSON parsed; the tool's own run, which makes the same request; the same call
over stdio as a client waits for it; and a hello-world tool over stdio, which is what the SDK and the pipe cost alone.
`python benchmarks/call_overhead.py [CALLS]`
"""

import os
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any, cast

import anyio
import httpx
from stdio import HELLO, KEY, OURS, Stdio, sandbox

from telnyx_connections_mcp.config.accounts import one_account
from telnyx_connections_mcp.config.settings import read_settings
from telnyx_connections_mcp.mcp_server.context import AccountContexts
from telnyx_connections_mcp.mcp_server.tools.list_connections import TOOL

PAGE = {"page[number]": 1, "page[size]": 25}


async def measure(base_url: str, calls: int) -> None:
    environ = {"TELNYX_BASE_URL": base_url, "TELNYX_API_KEY": KEY}
    ours, hello = Stdio(OURS, **environ), Stdio(HELLO)

    async def bare(http: httpx.AsyncClient) -> None:
        answer = await http.get(f"{base_url}/connections", params=PAGE)
        assert len(answer.json()["data"]) == 25

    async def stdio(server: Stdio, tool: str, **arguments: str) -> None:
        server.call(tool, **arguments)

    async with (
        anyio.create_task_group() as tasks,
        httpx.AsyncClient(headers={"authorization": f"Bearer {KEY}"}) as http,
    ):
        states = AccountContexts(one_account(read_settings(os.environ | environ)), tasks)
        context = cast("Any", SimpleNamespace(request_context=SimpleNamespace(lifespan_context=states)))
        ways: list[tuple[str, Callable[[], Awaitable[object]]]] = [
            ("bare httpx GET", lambda: bare(http)),
            ("the tool's run", lambda: TOOL.run({}, context)),
            ("over stdio", lambda: stdio(ours, "list_connections")),
            ("hello world over stdio", lambda: stdio(hello, "hello", name="x")),
        ]
        rounds = [[await milliseconds(way) for _, way in ways] for _ in range(calls + 5)][5:]  # the first ones warm up
        await states.aclose()
    ours.close()
    hello.close()
    print(f"25 rows, {calls} rounds in turn, median; ratio to the bare GET pair by pair, median:")
    for column, (name, _) in enumerate(ways):
        median = statistics.median(row[column] for row in rounds)
        ratio = statistics.median(row[column] / row[0] for row in rounds)
        print(f"  {name:24}{median:6.2f} ms {ratio:6.2f}{'  (limit 2)' if column == 1 else ''}")


async def milliseconds(way: Callable[[], Awaitable[object]]) -> float:
    begun = time.perf_counter()
    await way()
    return (time.perf_counter() - begun) * 1000


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with sandbox() as base_url:
        anyio.run(measure, base_url, calls)


if __name__ == "__main__":
    main()
