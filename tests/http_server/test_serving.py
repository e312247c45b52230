"""Serving over HTTP: real clients of both eras, progress, cancellation, shared state."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import anyio
import httpx
import pytest
from mcp.client import Client

Serve = Callable[..., Any]


@pytest.mark.anyio
@pytest.mark.parametrize(("mode", "spoken"), [("auto", "2026-07-28"), ("legacy", "2025-11-25")])
async def test_a_client_of_either_era_is_served(plain: Any, mode: Any, spoken: str) -> None:
    """It lists the tools, and gets the same answer as over stdio."""
    async with Client(plain.url, mode=mode) as client:
        assert client.protocol_version == spoken
        assert "search_connections" in {tool.name for tool in (await client.list_tools()).tools}
        result = await client.call_tool("list_connections", {"page": {"size": 2}})
    assert result.structured_content is not None
    assert len(result.structured_content["connections"]) == 2


@pytest.mark.parametrize("spoken", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"])
def test_every_protocol_version_is_spoken(plain: Any, wire: Any, spoken: str) -> None:
    """A tool works in each version that the SDK knows."""
    assert not wire.result_of(wire.call(plain.url, spoken)).get("isError")


@pytest.mark.anyio
async def test_progress_arrives_before_the_answer(serve: Serve, telnyx: Any, era: Any) -> None:
    """The pages of a fetch are reported before its answer."""
    server = await anyio.to_thread.run_sync(lambda: serve(TELNYX_BASE_URL=telnyx.url))
    told: list[float] = []

    async def progress(done: float, total: float | None, text: str | None) -> None:  # noqa: ARG001  # the SDK's
        told.append(done)

    async with Client(server.url, mode=era) as client:
        await client.call_tool("search_connections", {}, progress_callback=progress)
    assert told
    assert told == sorted(told)


@pytest.mark.parametrize("accept", ["application/json, text/event-stream", "application/json"])
def test_a_disconnect_cancels_the_request(serve: Serve, telnyx: Any, wire: Any, version: str, accept: str) -> None:
    """The request to Telnyx is dropped as well, and the server goes on."""
    telnyx.open.clear()
    server = serve(TELNYX_BASE_URL=telnyx.url)
    params = {"name": "list_connections", "arguments": {}}
    request = httpx.Request(
        "POST",
        server.url,
        json=wire.message(version, "tools/call", params),
        headers=wire.headers(version, "tools/call", params) | {"accept": accept},
    )
    with server.connect() as connection:
        lines = [f"{name}: {value}" for name, value in request.headers.items()]
        connection.sendall("\r\n".join(["POST /mcp HTTP/1.1", *lines, "", ""]).encode() + request.content)
        assert telnyx.waiting.acquire(timeout=10)
    assert telnyx.dropped.acquire(timeout=10)
    telnyx.open.set()
    assert not wire.result_of(wire.call(server.url, version)).get("isError")


def test_all_requests_share_one_state(serve: Serve, telnyx: Any, wire: Any) -> None:
    """Forty concurrent callers of both eras cost one fetch."""
    server = serve(TELNYX_BASE_URL=telnyx.url)
    with ThreadPoolExecutor(10) as pool:
        eras = ["2026-07-28", "2025-11-25"] * 20
        answers = list(pool.map(lambda era: wire.call(server.url, era, "search_connections"), eras))
    assert not any(wire.result_of(answer).get("isError") for answer in answers)
    assert len(telnyx.asked) == 1, "55 connections are one page, and one page needs no second look"


def test_a_get_is_refused_at_once(plain: Any, version: str) -> None:
    """A server without sessions has no stream to offer, and holds no connection open for one."""
    response = httpx.get(plain.url, headers={"accept": "text/event-stream", "mcp-protocol-version": version})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


PLAIN = [
    "application/json",
    "APPLICATION/JSON; charset=utf-8",
    "*/*",
    "*/*;q=much",
    "application/*;q=0.1",
    "text/*;q=0, */*",
    "",
]
STREAMS = ["application/json, text/event-stream", "text/event-stream;q=0.5, */*;q=0.1", "text/*, application/*"]


@pytest.mark.parametrize(("accept", "streams"), [*((a, False) for a in PLAIN), *((a, True) for a in STREAMS)])
def test_a_client_gets_the_format_it_accepts(plain: Any, wire: Any, version: str, accept: str, streams: bool) -> None:  # noqa: FBT001  # a table's column
    """Responses and errors are plain JSON unless the client accepts only a stream of events, in both eras."""
    answer = wire.call(plain.url, version, "search_connections", with_headers={"accept": accept})
    assert answer.headers["content-type"].startswith(
        "text/event-stream" if streams and version == "2025-11-25" else "application/json"
    )
    assert wire.result_of(answer)["structuredContent"]["matches"] == 55
    unknown = wire.ask(plain.url, version, "no/such", with_headers={"accept": accept})
    assert "-32601" in unknown.text


def test_a_client_that_accepts_no_stream_gets_no_progress(serve: Serve, telnyx: Any, wire: Any, version: str) -> None:
    """Progress is left out, and the answer is one JSON object."""
    params = {"name": "search_connections", "arguments": {}, "_meta": {"progressToken": "t"}}
    how = {"params": params, "with_headers": {"accept": "application/json", "mcp-name": "search_connections"}}
    answer = wire.ask(serve(TELNYX_BASE_URL=telnyx.url).url, version, "tools/call", **how)
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["result"]["structuredContent"]["matches"] == 55


@pytest.mark.parametrize("accept", ["text/event-stream", "text/html", "application/json;q=0", "*/*;q=0", "nonsense"])
def test_a_client_that_accepts_no_json_is_refused(plain: Any, wire: Any, version: str, accept: str) -> None:
    """The error says which formats there are, and is itself JSON."""
    answer = wire.ask(plain.url, version, with_headers={"accept": accept})
    assert answer.status_code == 406
    assert "application/json" in answer.text


@pytest.mark.parametrize("level", ["info", "debug"])
def test_no_log_level_shows_arguments_or_answers(serve: Serve, wire: Any, version: str, level: str) -> None:
    """The SDK's own lines do not show them either, apart from the name of a resource."""
    server = serve("--log-level", level)
    answered = wire.result_of(wire.call(server.url, version))["structuredContent"]["connections"][0]["connection_name"]
    wire.call(server.url, version, "get_connection", arguments={"id": "asked-for"})
    wire.call(server.url, version, arguments={"asked-for": 1})
    code, log = server.stop()
    assert code == 0
    assert "POST http /mcp: 200" in log
    assert answered not in log
    assert "asked-for" not in log
