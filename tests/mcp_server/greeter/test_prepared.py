"""What the first request needs is prepared in advance."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from mcp.client import Client

from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.mcp_server.app import create_server
from telnyx_connections_mcp.mcp_server.context import AccountContexts
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app

STANDS_FOR_TRUSTSTORE = """\
import os, pathlib, sys

pathlib.Path(os.environ["TEST_MARK"]).touch()
sys.path.remove(os.path.dirname(__file__))
del sys.modules["truststore"]
import truststore
"""


def test_the_client_is_built_before_the_first_request(start: Callable[..., Any], tmp_path: Path) -> None:
    """The client is built without connecting to Telnyx; if that fails, the first request reports it."""
    mark = tmp_path / "mark"
    (tmp_path / "truststore.py").write_text(STANDS_FOR_TRUSTSTORE, encoding="utf-8")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        server = start(
            TELNYX_API_KEY="KEY0123456789",
            TELNYX_BASE_URL=f"https://127.0.0.1:{listener.getsockname()[1]}/v2",
            SSL_CERT_FILE=str(tmp_path / "nowhere"),
            PYTHONPATH=str(tmp_path),
            TEST_MARK=str(mark),
        )
        server.handshake()
        deadline = time.monotonic() + 20
        while not mark.exists():
            assert time.monotonic() < deadline, "nothing is prepared"
        said = server.ask(1, "tools/call", name="list_connections", arguments={})["result"]
        assert "SSL_CERT_FILE" in str(said["content"])
        with pytest.raises(BlockingIOError):
            listener.accept()
    assert server.close() == (0, "")


@pytest.mark.anyio
async def test_the_first_request_uses_what_was_prepared() -> None:
    """Only one client is built, whoever needs it first."""
    built: list[httpx.AsyncBaseTransport] = []

    def transport() -> httpx.AsyncBaseTransport:
        built.append(httpx.ASGITransport(create_app()))
        return built[0]

    settings = Settings(api_key=SANDBOX_KEY, base_url="http://localhost/v2")
    async with Client(create_server(settings, transport, started=AccountContexts.prepare)) as client:
        assert len(built) == 1
        answer = await client.call_tool("list_connections", {})
        assert not answer.is_error
        assert len(built) == 1
