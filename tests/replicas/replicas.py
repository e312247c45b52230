"""Replicas of our server in this process, which share a Redis and the network that they query."""

import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio
import httpx
import pytest

from telnyx_connections_mcp.config.replica_settings import read_redis_settings
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.mcp_server.context import AccountContext
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter

BASE_URL = "http://localhost/v2"


class Network(httpx.AsyncBaseTransport):
    """The sandbox that every replica queries, counting requests and refusals; nothing passes while it is `held`."""

    def __init__(self, **account: Any) -> None:
        self._inner = httpx.ASGITransport(create_app(**{"size": 600} | account))
        self.asked = 0
        self.refused = 0
        self.passes = anyio.Event()
        self.passes.set()

    def hold(self) -> None:
        self.passes = anyio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        await self.passes.wait()
        response = await self._inner.handle_async_request(request)
        self.refused += response.status_code == 429
        return response


class RunningReplica:
    """A replica in this process, and the progress that it reported."""

    def __init__(self, context: AccountContext) -> None:
        self.context = context
        self.reported: list[tuple[int, int | None]] = []

    async def read(self, contains: str | None = None, *, fresh: bool = False) -> Snapshot:
        """The snapshot of the account, as a tool gets it."""

        async def report(read: int, known: int | None) -> None:
            self.reported.append((read, known))

        asked = ConnectionFilter(fqdn=contains) if contains else None
        return await self.context.snapshots.get(CONNECTIONS, asked, report, fresh=fresh)

    @property
    def status(self) -> str:
        assert self.context.replica is not None
        return self.context.replica.status.state


def rows(snapshot: Snapshot) -> list[Any]:
    """All rows of a snapshot."""
    tables = ("connections", "connection_tags")
    return snapshot.database.query(
        lambda handle: [handle.execute(f"SELECT * FROM {each}").fetchall() for each in tables]
    )


@asynccontextmanager
async def replica(url: str, network: httpx.AsyncBaseTransport, **settings: Any) -> AsyncIterator[RunningReplica]:
    """A replica with these `TELNYX_` settings for Redis, in lower case without the prefix.

    Redis gets `timeout` seconds, more than usual, because tests may keep this machine busy.
    """
    environ = {"TELNYX_REDIS_URL": url} | {
        f"TELNYX_{name.upper()}": settings.pop(name)
        for name in ("redis_password_file", "snapshot_key", "snapshot_key_file")
        if name in settings
    }
    redis = replace(read_redis_settings(environ), timeout=settings.pop("timeout", 2.0))
    given = {"api_key": SANDBOX_KEY, "base_url": BASE_URL, "tool_timeout": 10.0} | settings
    tasks = anyio.create_task_group()
    context = AccountContext(Settings(redis=redis, **given), tasks, lambda: network)
    try:
        async with tasks:
            yield RunningReplica(context)
            tasks.cancel_scope.cancel()
    finally:
        with anyio.CancelScope(shield=True):
            await context.aclose()


async def until(holds: Callable[[], object]) -> None:
    """Wait until something has happened in another task, a process or Redis."""
    with anyio.fail_after(10):
        while not holds():  # noqa: ASYNC110  # nothing in this process tells of it
            await anyio.sleep(0.01)


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    """The log lines about sharing."""
    return [
        record.getMessage()
        for record in caplog.records
        if ".replicas." in record.name and record.levelno >= logging.WARNING
    ]
