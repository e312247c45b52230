"""What tests share: the async backend, and a client connected to our server."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Literal

import httpx
import pytest
from mcp.client import Client

from telnyx_connections_mcp.app import create_server
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.settings import Settings

Connect = Callable[..., AbstractAsyncContextManager[Client]]
Era = Literal["auto", "legacy"]


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["auto", "legacy"])
def era(request: pytest.FixtureRequest) -> Era:
    """Both protocol eras: per request (2026) and handshake (2025)."""
    era: Era = request.param
    return era


@asynccontextmanager
async def _connect(
    *,
    fault: str | None = None,
    size: int = 55,
    seed: int = 0,
    transport: httpx.AsyncBaseTransport | None = None,
    mode: Era = "auto",
    **settings: Any,
) -> AsyncIterator[Client]:
    given = {"api_key": SANDBOX_KEY, "base_url": "http://localhost/v2"} | settings
    network = transport or httpx.ASGITransport(create_app(size=size, seed=seed, fault=fault))
    async with Client(create_server(Settings(**given), lambda: network), mode=mode) as client:
        yield client


@pytest.fixture
def connect() -> Connect:
    """A client of our server, on the sandbox or another transport: `async with connect(fault="500") as client`."""
    return _connect
