"""Shared fixtures: the async backend, a client connected to our server, and our command as a process."""

import contextlib
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx
import hypothesis
import pytest
from mcp.client import Client

from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.mcp_server.app import create_server
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app

# Speed is measured in benchmarks/, not asserted in tests. Half of the usual examples found all that was found here.
hypothesis.settings.register_profile("ours", deadline=None, max_examples=50)
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
    """Both protocol eras: per request (2026) and with a handshake (2025)."""
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
    """Connect clients to our server on the sandbox, optionally with a fault, or on another transport."""
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
        """Send a request and return the response with its number."""
        self.send({"id": number, "method": method, "params": params})
        while (message := self.read()).get("id") != number:
            pass
        return message

    def handshake(self, seconds: float = 20, version: str = "2025-11-25") -> dict[str, Any]:
        """Start as clients of 2025 do, waiting up to `seconds` for the response."""
        client = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "raw", "version": "1"}}
        self.send({"id": 0, "method": "initialize", "params": client})
        said = self.read(seconds)
        self.send({"method": "notifications/initialized"})
        return said

    def close(self, seconds: float = 15) -> tuple[int, str]:
        """Close stdin; the exit code and the content of stderr."""
        assert self.popen.stdin is not None
        assert self.popen.stderr is not None
        self.popen.stdin.close()
        code = self.popen.wait(seconds)
        return code, self.popen.stderr.read().decode()


@pytest.fixture
def start() -> Iterator[Callable[..., Process]]:
    """Start `telnyx-connections-mcp ARGUMENTS` with an environment of its own, until the test ends.

    `command` starts an installed server instead of ours, which then sees no package of this environment.
    """
    started: list[subprocess.Popen[bytes]] = []

    def run(*arguments: str, command: Sequence[str | Path] = (), **environ: str) -> Process:
        without = ("TELNYX_", "PYTHONPATH", "COVERAGE_", "VIRTUAL_ENV") if command else ("TELNYX_",)
        keep = {name: value for name, value in os.environ.items() if not name.startswith(without)}
        popen = subprocess.Popen(
            [*(command or (sys.executable, "-m", "telnyx_connections_mcp")), *arguments],
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
    """The origin of a sandbox on a real socket, to which `/v2` or `/fault/SPEC/v2` is appended."""
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


def missing_tool() -> str | None:
    """What prevents running Node.js programs on this machine."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return "this test needs Node.js 20 or newer and npm, and they are not installed"
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").partition(".")[0]) < 20:
        return f"this test needs Node.js 20 or newer, and this is {version}"
    return None


@pytest.fixture(scope="session")
def npm_install() -> Callable[..., None]:
    """Install npm packages into a directory: those of its package.json, or the given ones."""

    def install(directory: Path, *packages: str) -> None:
        if reason := missing_tool():
            if os.environ.get("CI") == "true":
                pytest.fail(f"{reason}; CI must run this test")
            pytest.skip(reason)
        npm = [shutil.which("npm") or "npm", "install", "--prefix", str(directory)]
        quiet = ["--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
        done = subprocess.run(
            [*npm, *quiet, *packages], cwd=directory, capture_output=True, text=True, timeout=300, check=False
        )
        assert done.returncode == 0, done.stderr

    return install


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """Our server over HTTP, on the sandbox."""
    command = [sys.executable, "-m", "telnyx_connections_mcp", "serve", "--sandbox", "--http", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        found = re.search(r"http://\S+/mcp", process.stderr.readline())
        assert found is not None
        threading.Thread(target=process.stderr.read, daemon=True).start()  # else its last lines wait at the end
        yield found[0]
        process.terminate()
