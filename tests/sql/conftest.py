"""Fixtures for statements: snapshots of invented accounts, and processes that answer statements about them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime

import anyio
import httpx
import pytest

from telnyx_connections_mcp.audit.findings import audit
from telnyx_connections_mcp.config.accounts import one_account
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds import KINDS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.mcp_server.context import open_accounts
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.sql.query_process import QueryProcess, StatementResult
from telnyx_connections_mcp.sql.statement import read_statement
from telnyx_connections_mcp.sql.tables import FINDINGS

Ask = Callable[..., Awaitable[StatementResult]]


async def snapshot_of(size: int, seed: int = 0) -> Snapshot:
    """Every connection of a sandbox account."""

    async def silent(*_: object) -> None:
        pass

    network = httpx.ASGITransport(create_app(size=size, seed=seed, fault=None))
    settings = Settings(api_key=SANDBOX_KEY, base_url="http://localhost/v2")
    async with open_accounts(one_account(settings), lambda: network) as contexts:
        (context,) = contexts.by_name.values()
        return await context.snapshots.get(CONNECTIONS, None, silent)


def empty(kind: Kind) -> Database:
    """A snapshot without objects."""
    return Snapshot.empty(kind, datetime.now(UTC), None).database


@pytest.fixture
async def process() -> AsyncIterator[QueryProcess]:
    """The query process of an account, not started yet."""
    async with anyio.create_task_group() as tasks:
        process = QueryProcess(tasks)
        yield process
        await process.aclose()
        tasks.cancel_scope.cancel()


@pytest.fixture
async def ask(process: QueryProcess) -> Ask:
    """Run a statement on 55 connections, or on another snapshot."""
    usual = await snapshot_of(55)
    others = {kind: empty(kind) for kind in KINDS}

    async def run(sql: str, limit: int = 100, snapshot: Snapshot = usual) -> StatementResult:
        statement = read_statement(sql)
        if FINDINGS in statement.tables:
            await audit(snapshot)
        databases = [snapshot.database if kind is CONNECTIONS else others[kind] for kind in statement.kinds]
        return await process.run(databases, statement, limit)

    return run
