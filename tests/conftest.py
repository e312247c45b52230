"""What tests share: the async backend, and a client connected to our server."""

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import httpx
import hypothesis
import pytest
from mcp.client import Client

from telnyx_connections_mcp.app import create_server
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.settings import Settings

hypothesis.settings.register_profile("ours", deadline=None)  # speed is measured in benchmarks/, not asserted in tests
hypothesis.settings.load_profile("ours")

Connect = Callable[..., AbstractAsyncContextManager[Client]]
Era = Literal["auto", "legacy"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew", action="store_true", help="write the generated parts of the documents anew")


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
    """Make clients of our server on the sandbox, with a fault if one is named, or on another transport."""
    return _connect


@dataclass
class Process:
    """Our command as a subprocess that speaks JSON lines."""

    popen: "subprocess.Popen[bytes]"

    def send(self, message: dict[str, Any]) -> None:
        self.write(json.dumps({"jsonrpc": "2.0"} | message).encode() + b"\n")

    def write(self, data: bytes) -> None:
        assert self.popen.stdin is not None
        self.popen.stdin.write(data)
        self.popen.stdin.flush()

    def read(self, seconds: float = 20) -> dict[str, Any]:
        """The next message; every line of stdout must be one."""
        assert self.popen.stdout is not None
        if not select.select([self.popen.stdout], [], [], seconds)[0]:
            raise TimeoutError("the server said nothing")
        message: dict[str, Any] = json.loads(self.popen.stdout.readline())
        return message

    def ask(self, number: int, method: str, **params: Any) -> dict[str, Any]:
        """A request, and the answer that carries its number."""
        self.send({"id": number, "method": method, "params": params})
        while (message := self.read()).get("id") != number:
            pass
        return message

    def handshake(self) -> dict[str, Any]:
        """Begin as clients of 2025 do."""
        said = self.ask(
            0,
            "initialize",
            protocolVersion="2025-11-25",
            capabilities={},
            clientInfo={"name": "raw", "version": "1"},
        )
        self.send({"method": "notifications/initialized"})
        return said

    def close(self, seconds: float = 15) -> tuple[int, str]:
        """Close stdin; the exit code and what stood on stderr."""
        assert self.popen.stdin is not None
        assert self.popen.stderr is not None
        self.popen.stdin.close()
        code = self.popen.wait(seconds)
        return code, self.popen.stderr.read().decode()


@pytest.fixture
def start() -> Iterator[Callable[..., Process]]:
    """Start `telnyx-connections-mcp ARGUMENTS` with an environment of its own; it ends with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def run(*arguments: str, **environ: str) -> Process:
        keep = {name: value for name, value in os.environ.items() if not name.startswith("TELNYX_")}
        popen = subprocess.Popen(
            [sys.executable, "-m", "telnyx_connections_mcp", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,  # `read` selects: nothing may wait in a buffer of Python's
            env=keep | environ,
        )
        started.append(popen)
        return Process(popen)

    yield run
    for popen in started:
        popen.kill()
        popen.wait()
        for stream in (popen.stdin, popen.stdout, popen.stderr):
            with contextlib.suppress(BrokenPipeError):
                assert stream is not None
                stream.close()


@pytest.fixture(scope="session")
def sandbox_url() -> Iterator[str]:
    """The origin of a sandbox that serves over a real socket; `/v2`, or `/fault/SPEC/v2`, comes behind it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "telnyx_connections_mcp", "sandbox", "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:[0-9]+", process.stdout.readline())
    assert found is not None
    yield found[0]
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    process.stdout.close()
