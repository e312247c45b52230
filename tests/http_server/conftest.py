"""Fixtures for HTTP: our server as a process on a real socket, and a Telnyx that can be watched."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import anyio
import httpx
import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from telnyx_connections_mcp.observability.request_lines import REQUEST_LOGGER
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app

MODERN = "2026-07-28"
LEGACY = "2025-11-25"


@dataclass
class Served:
    """Our server over HTTP, as a process."""

    popen: "subprocess.Popen[bytes]"
    url: str

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return self.url.removesuffix("/mcp")

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.origin.rpartition(":")[2])

    def connect(self) -> socket.socket:
        """A bare connection with a time limit of ten seconds."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=10)

    def stop(self, seconds: float = 15) -> tuple[int, str]:
        """Ask it to stop; the exit code, and stderr without the first line and those about requests."""
        self.popen.send_signal(signal.SIGTERM)
        return self.end(seconds)

    def end(self, seconds: float = 15) -> tuple[int, str]:
        """Wait for its end; the exit code, and stderr without the first line and those about requests."""
        assert self.popen.stderr is not None
        code = self.popen.wait(seconds)
        lines = self.popen.stderr.read().decode().splitlines(keepends=True)
        return code, "".join(line for line in lines if f" {REQUEST_LOGGER}: " not in line)


def await_url(process: Any) -> Served:
    """The server that a started process becomes once it prints its URL."""
    said: list[str] = []
    while line := process.popen.stderr.readline().decode():
        said.append(line)
        if found := re.search(r"serves MCP at (https?://\S+/mcp)", line):
            return Served(process.popen, found[1])
    raise AssertionError("".join(said))


Serve = Callable[..., Served]


@pytest.fixture
def serve(start: Callable[..., Any]) -> Iterator[Serve]:
    """Start `serve --http ADDRESS OPTIONS` on the sandbox or `TELNYX_BASE_URL`; it must exit normally."""
    started: list[Served] = []

    def run(*options: str, address: str = "0", **environ: str) -> Served:
        key = {"TELNYX_API_KEY": SANDBOX_KEY} if "TELNYX_BASE_URL" in environ else {"TELNYX_SANDBOX": "1"}
        started.append(await_url(start("serve", "--http", address, *options, **key, **environ)))
        return started[-1]

    yield run
    for served in started:
        if served.popen.poll() is None:
            assert served.stop()[0] == 0


@pytest.fixture(scope="session")
def plain() -> Iterator[Served]:
    """One server on the sandbox, shared by all tests that need no settings of their own."""
    popen = subprocess.Popen(
        [sys.executable, "-m", "telnyx_connections_mcp", "serve", "--sandbox", "--http", "0"],
        stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if not name.startswith("TELNYX_")},
    )
    served = await_url(SimpleNamespace(popen=popen))
    assert popen.stderr is not None
    lines = threading.Thread(target=popen.stderr.read)  # else its last lines would wait two seconds at the end
    lines.start()
    yield served
    assert served.stop()[0] == 0
    lines.join(10)
    popen.stderr.close()


@dataclass
class Telnyx:
    """The sandbox on a socket, which records its requests and can delay its responses."""

    url: str = ""
    asked: list[str] = field(default_factory=list)
    open: threading.Event = field(default_factory=threading.Event)
    """Unset: requests wait."""
    waiting: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released by each request that begins to wait."""
    dropped: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    """Released by each request whose asker hung up while it waited."""

    def application(self) -> Any:
        """The sandbox behind the recorder."""
        sandbox = create_app()

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            self.asked.append(scope["path"])
            if not self.open.is_set():
                self.waiting.release()
            async with anyio.create_task_group() as tasks:

                async def watch() -> None:
                    while (await receive())["type"] != "http.disconnect":
                        pass
                    self.dropped.release()
                    tasks.cancel_scope.cancel()

                if not self.open.is_set():
                    tasks.start_soon(watch)
                while not self.open.is_set():  # noqa: ASYNC110  # another thread sets it
                    await anyio.sleep(0.01)
                tasks.cancel_scope.cancel()
            if self.open.is_set():
                await sandbox(scope, receive, send)

        return app


@pytest.fixture
def telnyx() -> Iterator[Telnyx]:
    """A watched Telnyx that responds at once by default."""
    told = Telnyx()
    told.open.set()
    listener = socket.create_server(("127.0.0.1", 0))
    told.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v2"
    server = uvicorn.Server(uvicorn.Config(told.application(), log_level="critical", lifespan="off", log_config=None))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    yield told
    told.open.set()
    server.should_exit = True
    thread.join(10)


def message(era: str, method: str, params: dict[str, Any], number: int = 1) -> dict[str, Any]:
    """A JSON-RPC request as clients of that protocol version send it."""
    if era == MODERN:
        meta = {"io.modelcontextprotocol/protocolVersion": era, "io.modelcontextprotocol/clientCapabilities": {}}
        params = params | {"_meta": meta | params.get("_meta", {})}
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def headers(era: str, method: str, params: dict[str, Any]) -> dict[str, str]:
    """The headers of such a request."""
    given = {"accept": "application/json, text/event-stream", "mcp-protocol-version": era}
    if era == MODERN:
        given |= {"mcp-method": method} | ({"mcp-name": params["name"]} if "name" in params else {})
    return given


def ask(url: str, era: str = MODERN, method: str = "tools/list", /, **how: Any) -> httpx.Response:
    """Send one request to our server."""
    params, more = how.pop("params", {}), how.pop("with_headers", {})
    how = {"timeout": 30} | how
    return httpx.post(url, json=message(era, method, params), headers=headers(era, method, params) | more, **how)


def call(url: str, era: str = MODERN, name: str = "list_connections", /, **how: Any) -> httpx.Response:
    """Use one tool."""
    params = {"name": name, "arguments": how.pop("arguments", {})} | how.pop("params", {})
    return ask(url, era, "tools/call", params=params, **how)


def result_of(response: httpx.Response) -> dict[str, Any]:
    """The result of a response, whether JSON or the last event of a stream."""
    assert response.status_code == 200, response.text
    text = response.text
    if response.headers["content-type"].startswith("text/event-stream"):
        text = [line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: ")][-1]
    result: dict[str, Any] = json.loads(text)["result"]
    return result


class Wire:
    """The functions above as a fixture, because tests cannot import a conftest."""

    ask = staticmethod(ask)
    call = staticmethod(call)
    result_of = staticmethod(result_of)
    message = staticmethod(message)
    headers = staticmethod(headers)
    await_url = staticmethod(await_url)

    @staticmethod
    def eventually(true: Callable[[], object], seconds: float = 10) -> None:
        """Wait until something becomes true."""
        end = time.monotonic() + seconds
        while not true():
            assert time.monotonic() < end, "it never became true"
            time.sleep(0.01)


@pytest.fixture
def wire() -> Wire:
    """Requests on the wire."""
    return Wire()


@pytest.fixture(params=[MODERN, LEGACY])
def version(request: pytest.FixtureRequest) -> str:
    """A protocol version of either era."""
    version: str = request.param
    return version
