"""An account of the sandbox whose lists may be refused, or answer otherwise."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio
import httpx

from telnyx_connections_mcp.inventory.snapshots import Snapshots
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.telnyx.client import TelnyxClient

Answer = Callable[[httpx.Request], httpx.Response | None]
REFUSED = {403: "10004", 404: "10005", 500: "10007"}


def refusal(status: int) -> httpx.Response:
    """An error in Telnyx's own form."""
    return answer({"errors": [{"code": REFUSED[status], "title": "Refused"}]}, status)


def answer(body: Any, status: int = 200) -> httpx.Response:
    """A response with that JSON."""
    return httpx.Response(status, stream=httpx.ByteStream(json.dumps(body).encode()))


class Network(httpx.AsyncBaseTransport):
    """The sandbox; what `answers` has for a path below `/v2` comes instead. Counts requests and how many are open."""

    def __init__(self, answers: Mapping[str, int | Answer] | None = None, **account: Any) -> None:
        self.answers = answers or {}
        self.asked: Counter[str] = Counter()
        self.requests: list[httpx.Request] = []
        self.most_at_once = 0
        self._at_once = 0
        self._inner = httpx.ASGITransport(create_app(**account))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v2/")
        self.asked[path] += 1
        self.requests.append(request)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await anyio.lowlevel.checkpoint()
        try:
            given = self.answers.get(path)
            if isinstance(given, int):
                return refusal(given)
            other = given(request) if given else None
            return other or await self._inner.handle_async_request(request)
        finally:
            self._at_once -= 1


async def silent(_: int, __: int | None) -> None:
    """Ignore progress."""


@asynccontextmanager
async def opened(network: httpx.AsyncBaseTransport, keep: float = 60) -> AsyncIterator[Snapshots]:
    """The snapshots of the account behind `network`."""
    async with (
        httpx.AsyncClient(transport=network, base_url="http://localhost/v2") as http,
        anyio.create_task_group() as tasks,
    ):
        yield Snapshots(TelnyxClient(http, SANDBOX_KEY), tasks, keep=keep, max_seconds=20)
        tasks.cancel_scope.cancel()
