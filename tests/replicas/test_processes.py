"""Replicas as processes of their own, which share a Redis and get killed."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app

from .conftest import RedisServer

Start = Callable[..., Any]  # tests/conftest.py: start
COUNT = {"name": "search_connections", "arguments": {"group_by": ["record_type"]}}


class FirstHeld:
    """An account whose first request is never answered; it counts the others."""

    def __init__(self, account: ASGIApp) -> None:
        self._account = account
        self.asked = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        if self.asked == 1:
            while (await receive())["type"] != "http.disconnect":
                pass
            return
        await self._account(scope, receive, send)


@pytest.fixture
def held() -> Iterator[tuple[FirstHeld, str]]:
    """Such an account, and its address."""
    account = FirstHeld(create_app(size=600))
    server = uvicorn.Server(uvicorn.Config(account, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)  # uvicorn tells nobody that it listens
    yield account, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v2"
    server.should_exit = True
    thread.join()


def requests_so_far(url: str) -> int:
    """How many requests the sandbox has had, this one included."""
    answer = httpx.get(f"{url}/v2/connections/count", headers={"authorization": f"Bearer {SANDBOX_KEY}"})
    return int(answer.headers["x-ratelimit-limit"]) - int(answer.headers["x-ratelimit-remaining"])


def call(process: Any, number: int) -> Any:
    answer = process.ask(number, "tools/call", **COUNT)["result"]
    assert not answer["isError"], answer
    return answer["structuredContent"]


def test_two_processes_share_one_fetch(start: Start, sandbox_url: str, redis_server: RedisServer) -> None:
    """55 connections cost one request, whichever process is used, and however often."""
    environ = {
        "TELNYX_BASE_URL": f"{sandbox_url}/v2",
        "TELNYX_API_KEY": SANDBOX_KEY,
        "TELNYX_REDIS_URL": redis_server.url,
    }
    processes = [start(**environ) for _ in range(2)]
    for process in processes:
        process.handshake()
    before = requests_so_far(sandbox_url)
    with ThreadPoolExecutor() as pool:
        first = list(pool.map(call, processes, (1, 1)))
        again = list(pool.map(call, processes, (2, 2)))
    assert requests_so_far(sandbox_url) - before - 1 == 1
    assert [answer["matches"] for answer in first + again] == [55] * 4
    for process in processes:
        code, said = process.close()
        assert (code, said) == (0, "")


def test_when_a_process_dies_another_takes_over(
    start: Start, held: tuple[FirstHeld, str], redis_server: RedisServer
) -> None:
    """A process killed during its fetch delays the others no longer than its lease."""
    account, url = held
    environ = {"TELNYX_BASE_URL": url, "TELNYX_API_KEY": SANDBOX_KEY, "TELNYX_REDIS_URL": redis_server.url}
    doomed, other = start(**environ), start(**environ)
    doomed.handshake()
    other.handshake()
    doomed.send({"id": 1, "method": "tools/call", "params": COUNT})
    end = time.monotonic() + 20
    while not account.asked:
        assert time.monotonic() < end
        time.sleep(0.01)  # the request of another process
    doomed.popen.kill()
    begun = time.monotonic()
    answer = call(other, 1)
    assert (answer["matches"], answer["coverage"]["complete"]) == (600, True)
    assert time.monotonic() - begun < 10
    assert account.asked == 1 + 4
    other.close()


def test_redis_away_is_one_line_on_stderr(start: Start, sandbox_url: str) -> None:
    """The process answers all the same, and the line shows no secret."""
    process = start(
        TELNYX_BASE_URL=f"{sandbox_url}/v2",
        TELNYX_API_KEY=SANDBOX_KEY,
        TELNYX_REDIS_URL="redis://:s3cret@127.0.0.1:1/0",
    )
    process.handshake()
    for number in (1, 2):
        assert call(process, number)["coverage"]["complete"]
    code, said = process.close()
    assert code == 0
    assert said.count("\n") == 1
    assert "Redis at 127.0.0.1:1 cannot be reached" in said
    assert "s3cret" not in said
