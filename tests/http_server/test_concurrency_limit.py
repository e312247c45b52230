"""How many requests run at once, and whose turn it is: real callers with tokens, and a Telnyx that makes them wait."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE, Popen
from types import SimpleNamespace
from typing import Any

import anyio
import httpx
import pytest

from telnyx_connections_mcp.http_server.concurrency_limit import ConcurrencyLimit
from telnyx_connections_mcp.sandbox import SANDBOX_KEY

GUARDED = Path(__file__).with_name("guarded.py")


@pytest.fixture
def guarded(wire: Any) -> Iterator[Callable[..., Any]]:
    """Start our server with authentication, in which `token-NAME` is the token of NAME."""
    started: list[Popen[bytes]] = []

    def run(address: str = "0", **environ: str) -> Any:
        popen = Popen(
            [sys.executable, str(GUARDED), address],
            stderr=PIPE,
            env=dict(os.environ) | {"TELNYX_API_KEY": SANDBOX_KEY} | environ,
        )
        started.append(popen)
        return wire.await_url(SimpleNamespace(popen=popen))

    yield run
    for popen in started:
        popen.terminate()
        popen.wait(15)
        assert popen.stderr is not None
        popen.stderr.close()


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(16) as threads:
        yield threads


@pytest.fixture
def busy(guarded: Any, telnyx: Any, wire: Any, pool: ThreadPoolExecutor) -> Callable[..., Any]:
    """A server, and a way to send it requests as any caller, while Telnyx does not respond."""
    telnyx.open.clear()

    def run(**environ: str) -> Any:
        server = guarded(TELNYX_BASE_URL=telnyx.url, **environ)

        def call(caller: str, version: str = "2026-07-28") -> "Future[httpx.Response]":
            headers = {"authorization": f"Bearer token-{caller}"}
            return pool.submit(wire.call, server.url, version, with_headers=headers)

        return call

    return run


def test_a_caller_over_its_limit_is_told_when_to_retry(busy: Any, telnyx: Any, wire: Any, version: str) -> None:
    """The model reads when to retry, and other callers are served meanwhile."""
    call = busy(TELNYX_HTTP_MAX_CALLS_PER_CALLER="2", TELNYX_HTTP_QUEUE_SECONDS="0.2")
    running = [call("ann", version) for _ in range(2)]
    assert telnyx.waiting.acquire(timeout=10)
    assert telnyx.waiting.acquire(timeout=10)
    refused = wire.result_of(call("ann", version).result(10))
    assert refused["isError"]
    assert re.fullmatch(
        r"This server is busy with other requests: retry in [1-9][0-9]* s\.", refused["content"][0]["text"]
    )
    other = call("bob", version)
    assert telnyx.waiting.acquire(timeout=10)
    telnyx.open.set()
    assert not any(wire.result_of(each.result(10)).get("isError") for each in (*running, other))
    assert not wire.result_of(call("ann", version).result(10)).get("isError")


def test_all_callers_together_have_a_limit(busy: Any, telnyx: Any, wire: Any) -> None:
    """All callers together have a limit too."""
    call = busy(TELNYX_HTTP_MAX_CALLS="2", TELNYX_HTTP_QUEUE_SECONDS="0.2")
    running = [call("ann"), call("bob")]
    assert telnyx.waiting.acquire(timeout=10)
    assert telnyx.waiting.acquire(timeout=10)
    assert "retry in" in wire.result_of(call("cem").result(10))["content"][0]["text"]
    telnyx.open.set()
    assert not any(wire.result_of(each.result(10)).get("isError") for each in running)


def test_a_greedy_caller_starves_nobody(busy: Any, telnyx: Any, wire: Any) -> None:
    """With ten requests of one caller queued, another caller's request comes second, not eleventh."""
    call = busy(TELNYX_HTTP_MAX_CALLS="1", TELNYX_HTTP_QUEUE_SECONDS="20")
    greedy = [call("ann")]
    assert telnyx.waiting.acquire(timeout=10)
    greedy += [call("ann") for _ in range(10)]
    done: list[str] = []
    for each in greedy:
        each.add_done_callback(lambda _: done.append("ann"))
    wire.eventually(lambda: all(each.running() for each in greedy))
    patient = call("bob")
    patient.add_done_callback(lambda _: done.append("bob"))
    wire.eventually(patient.running)
    with pytest.raises(TimeoutError):  # time for the request to reach the queue; being late cannot make this pass
        patient.result(1)
    telnyx.open.set()
    assert not any(wire.result_of(each.result(20)).get("isError") for each in (*greedy, patient))
    assert done.index("bob") <= 3


def test_reading_a_resource_counts_as_a_request(guarded: Any, telnyx: Any, wire: Any, version: str) -> None:
    """A resource costs what its tool costs, so it waits its turn and may be told to retry."""
    telnyx.open.clear()
    few = {"TELNYX_HTTP_MAX_CALLS_PER_CALLER": "1", "TELNYX_HTTP_QUEUE_SECONDS": "0.2"}
    server = guarded(TELNYX_BASE_URL=telnyx.url, **few)
    uri = "telnyx://audit"
    how = {"with_headers": {"authorization": "Bearer token-ann", "mcp-name": uri}, "params": {"uri": uri}}
    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(wire.ask, server.url, version, "resources/read", **how)
        assert telnyx.waiting.acquire(timeout=10)
        refused = wire.ask(server.url, version, "resources/read", **how)
        telnyx.open.set()
        assert wire.result_of(first.result(10))["contents"]
    assert "This server is busy with other requests: retry in " in refused.text


def test_a_queued_caller_that_disconnects_frees_its_place(telnyx: Any, wire: Any, guarded: Any) -> None:
    """Its turn goes to the next."""
    telnyx.open.clear()
    server = guarded(TELNYX_BASE_URL=telnyx.url, TELNYX_HTTP_MAX_CALLS="1", TELNYX_HTTP_QUEUE_SECONDS="20")
    headers = {"authorization": "Bearer token-ann"}
    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(wire.call, server.url, with_headers=headers)
        assert telnyx.waiting.acquire(timeout=10)
        with pytest.raises(httpx.ReadTimeout):
            wire.call(server.url, with_headers=headers, timeout=0.5)
        telnyx.open.set()
        assert not wire.result_of(first.result(10)).get("isError")
    assert not wire.result_of(wire.call(server.url, with_headers=headers)).get("isError")


def test_every_address_is_served_with_authentication(guarded: Any, wire: Any, version: str) -> None:
    """On every address a request without a valid token is refused; health checks need none."""
    server = guarded("0.0.0.0:0", TELNYX_SANDBOX="1")
    url = f"http://127.0.0.1:{server.port}/mcp"
    for refused in (wire.ask(url, version), wire.ask(url, version, with_headers={"authorization": "Bearer wrong"})):
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"].startswith("Bearer")
    assert wire.ask(url, version, with_headers={"authorization": "Bearer token-ann"}).status_code == 200
    assert httpx.get(url.replace("/mcp", "/healthz")).status_code == 200


def test_tokens_are_not_logged(guarded: Any, wire: Any) -> None:
    """Neither tokens nor queries are logged, even at the lowest level."""
    server = guarded(TELNYX_SANDBOX="1", TELNYX_LOG_LEVEL="DEBUG")
    url = f"{server.url}?token=in-the-query"
    assert wire.ask(url, with_headers={"authorization": "Bearer token-ann"}).status_code == 200
    assert wire.ask(url, with_headers={"authorization": "Bearer wrong-one"}).status_code == 401
    code, log = server.stop()
    assert code == 0
    assert "POST http /mcp: 200" in log
    for secret in ("token-ann", "wrong-one", "in-the-query", SANDBOX_KEY):
        assert secret not in log


@pytest.mark.anyio
async def test_a_turn_given_to_a_disconnected_caller_goes_to_the_next() -> None:
    """This holds even if both happen at once, which no socket can be made to do."""
    limit = ConcurrencyLimit(1, 1, 20)
    asked: Any = SimpleNamespace(method="tools/call")
    began, go = anyio.Event(), anyio.Event()
    gone = anyio.CancelScope()

    async def first(_: Any) -> None:
        began.set()
        await go.wait()
        gone.cancel()

    async def never(_: Any) -> None:
        raise AssertionError

    async def wait_and_go() -> None:
        with gone:
            await limit(asked, never)

    async def served(_: Any) -> dict[str, Any]:
        return {"served": True}

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(limit, asked, first)
        await began.wait()
        tasks.start_soon(wait_and_go)
        await anyio.wait_all_tasks_blocked()
        go.set()
    with anyio.fail_after(5):
        assert await limit(asked, served) == {"served": True}
