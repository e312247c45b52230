"""Two replicas with a Redis behind a load balancer, as deploy/local.sh starts them: killing one loses no request."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import anyio
import pytest
import uvicorn
from mcp.client import Client
from starlette.types import Receive, Scope, Send

from telnyx_connections_mcp.cli.serve import OPTIONS
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app

from .conftest import SERVER

LOCAL = Path(__file__).parents[2] / "deploy" / "local.sh"
HAPROXY = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
COUNT: dict[str, Any] = {"group_by": ["record_type"]}
SECONDS = 10.0
"""How long a caller waits before it asks again."""

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif("--http" not in OPTIONS, reason="this version does not serve over HTTP"),
]


class Deployment:
    """What local.sh has started: its address, and the processes by the names that it prints."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stdout is not None
        self._told = dict(pair.split("=", 1) for pair in process.stdout.readline().split())
        self.url = self._told["URL"]

    def kill(self, name: str) -> None:
        os.kill(int(self._told[name]), signal.SIGKILL)

    def start_redis(self) -> "subprocess.Popen[bytes]":
        """Start another Redis in place of the first."""
        command = [SERVER or "", "--port", self._told["REDIS_PORT"], "--bind", "127.0.0.1", "--save", ""]
        return subprocess.Popen(command, stdout=subprocess.DEVNULL)


class Account:
    """A fleet of 55 on a socket that takes 0.3 s for each request, and signals the first."""

    def __init__(self) -> None:
        self.asked = threading.Event()
        self._sandbox = create_app(fault="slow=0.3")
        listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}/v2"
        config = uvicorn.Config(self._app, interface="asgi3", log_level="critical", lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listener]})
        self._thread.start()

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked.set()
        await self._sandbox(scope, receive, send)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)


@pytest.fixture
def account() -> Iterator[Account]:
    """The account that the replicas query."""
    asked = Account()
    yield asked
    asked.stop()


@pytest.fixture
def deployment(account: Account) -> Iterator[Deployment]:
    """Two replicas that share a Redis, behind a load balancer."""
    if SERVER is None or HAPROXY is None:
        reason = "redis-server or valkey-server, and haproxy, must be installed (Debian: apt-get install ...)"
        assert os.environ.get("CI") != "true", reason
        pytest.skip(reason)
    keep = {name: value for name, value in os.environ.items() if not name.startswith("TELNYX_")}
    ours = {"TELNYX_BASE_URL": account.url, "TELNYX_API_KEY": SANDBOX_KEY, "PYTHON": sys.executable}
    process = subprocess.Popen([str(LOCAL)], stdout=subprocess.PIPE, text=True, env=keep | ours)
    yield Deployment(process)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    assert process.stdout is not None
    process.stdout.close()


async def ask(url: str, era: Literal["auto", "legacy"], *, fresh: bool = False) -> int:
    """Count the connections, as a client that retries once if it gets no answer."""
    for last in (False, True):
        try:
            with anyio.fail_after(SECONDS):
                async with Client(url, mode=era) as client:
                    result = await client.call_tool("search_connections", COUNT | {"fresh": fresh})
            assert not result.is_error, result.content
            assert result.structured_content is not None
            assert result.structured_content["coverage"]["complete"]
            return int(result.structured_content["matches"])
        except Exception:
            if last:
                raise
    raise AssertionError


async def test_callers_are_answered_while_replicas_and_redis_come_and_go(
    deployment: Deployment, account: Account, era: Literal["auto", "legacy"]
) -> None:
    """With a replica killed during a request, and Redis gone and back, every request gets the right answer."""
    answers: list[int] = []

    async def caller(*, fresh: bool) -> None:
        answers.append(await ask(deployment.url, era, fresh=fresh))

    async def callers(*killed: str) -> None:
        async with anyio.create_task_group() as tasks:
            account.asked.clear()
            for number in range(8):
                tasks.start_soon(lambda fresh: caller(fresh=fresh), number % 2 == 0)
            await anyio.to_thread.run_sync(lambda: account.asked.wait(SECONDS))
            for name in killed:
                deployment.kill(name)

    await callers()
    await callers("REDIS")
    server = deployment.start_redis()
    try:
        await callers()
        await callers("REPLICA_1")
        await callers()
    finally:
        server.kill()
        server.wait()
    assert answers == [55] * 40
