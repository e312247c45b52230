"""Results that are encoded once are those that the SDK would send."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from telnyx_connections_mcp.config.http_settings import HttpSettings
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.http_server.app import create_app
from telnyx_connections_mcp.http_server.concurrency_limit import ConcurrencyLimit
from telnyx_connections_mcp.http_server.encoded_results import EncodedResults, encode_result
from telnyx_connections_mcp.http_server.host_and_origin import host_policy
from telnyx_connections_mcp.mcp_server.app import create_server
from telnyx_connections_mcp.mcp_server.uris import REFERENCE
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app as create_sandbox

ARGUMENTS: list[tuple[str, dict[str, Any]]] = [
    ("search_connections", {}),
    ("search_connections", {"group_by": ["tag"], "where": {"tags_none": ["no such tag \u2028 \U0001f4de"]}}),
    ("search_connections", {"fields": ["connection_name", "webhook_event_url"], "limit": 250}),
    ("search_connections", {"where": {"host": "http://"}}),
    ("list_connections", {"page": {"size": 250}, "detail": "full"}),
    ("list_connections", {"page": {"size": -1}}),
    ("audit_connections", {}),
    ("get_connection", {"id": "no such id"}),
    ("list_active_calls", {"connection_id": "1"}),
    ("query_account", {"sql": "SELECT connection_name, '\u260e\"result\":{}' AS sign FROM connections LIMIT 3"}),
    ("query_account", {"sql": "SELECT no_such_column FROM connections"}),
]
"""For every tool an answer or an error."""
OTHERS: list[tuple[str, dict[str, Any]]] = [
    ("tools/list", {}),
    ("resources/list", {}),
    ("prompts/list", {}),
    ("resources/templates/list", {}),
    ("resources/read", {"uri": REFERENCE}),
    ("no/such", {}),
]
SECONDS = re.compile(r"[0-9T:.-]{19,}Z")


@asynccontextmanager
async def served() -> AsyncIterator[tuple[httpx.AsyncClient, Any]]:
    """A client of our application over HTTP, in this process, and its server."""
    settings = Settings(api_key=SANDBOX_KEY, base_url="http://localhost/v2", snapshot_seconds=3600)
    server = create_server(settings, lambda: httpx.ASGITransport(create_sandbox(size=412)))
    http = HttpSettings()
    policy = host_policy(http, "127.0.0.1", 80)
    app = create_app(server, http, policy, ConcurrencyLimit(9, 9, 9), {})

    async def with_state(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, "state": {}}, receive, send)

    async with (
        server.session_manager.run(),
        httpx.AsyncClient(transport=httpx.ASGITransport(with_state), base_url="http://127.0.0.1") as client,
    ):
        yield client, server


@pytest.mark.anyio
@pytest.mark.parametrize("spoken", ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"])
@pytest.mark.parametrize("more", [{}, {"progressToken": "t"}], ids=["plain", "progress"])
async def test_every_result_equals_the_sdks(wire: Any, spoken: str, more: dict[str, Any]) -> None:
    """For every tool and list, in each version: status, headers and what the SDK would encode itself."""
    requests = [("tools/call", {"name": name, "arguments": arguments}) for name, arguments in ARGUMENTS] + OTHERS

    async def answers(client: httpx.AsyncClient) -> list[Any]:
        told = []
        for method, params in requests:
            asked = wire.message(spoken, method, params | ({"_meta": more} if more else {}))
            given = wire.headers(spoken, method, params) | ({"mcp-name": params["uri"]} if "uri" in params else {})
            response = await client.post("/mcp", json=asked, headers=given)
            length = response.headers.get("content-length", len(response.content))
            assert int(length) == len(response.content)
            *_, line = re.findall(r"(?:^|data: )(\{.*\})", response.text)
            told.append((response.status_code, response.headers["content-type"], json.loads(SECONDS.sub("", line))))
        return told

    async with served() as (client, server):
        await answers(client)  # so that both know the account
        encoded_once = await answers(client)
        server.middleware.remove(encode_result)
        assert await answers(client) == encoded_once
    assert sum("result" in message for *_, message in encoded_once) >= len(requests) - 1


@pytest.mark.anyio
async def test_a_question_to_a_warm_snapshot_starts_no_task(wire: Any) -> None:
    """It is answered in the task of its request: each further one would cost a tenth of the time."""
    started = 0

    def counting(loop: asyncio.AbstractEventLoop, coroutine: Any, **how: Any) -> asyncio.Task[Any]:
        nonlocal started
        started += 1
        return asyncio.Task(coroutine, loop=loop, **how)

    async with served() as (client, _):
        for warm in (False, True):
            where = {"active": True, "created_after": f"200{warm:d}-01-01"}
            params = {"name": "search_connections", "arguments": {"where": where, "limit": 5}}
            asked, given = (
                wire.message("2026-07-28", "tools/call", params),
                wire.headers("2026-07-28", "tools/call", params),
            )
            asyncio.get_running_loop().set_task_factory(counting if warm else None)
            assert wire.result_of(await client.post("/mcp", json=asked, headers=given))["isError"] is False
        asyncio.get_running_loop().set_task_factory(None)
    assert started == 0


@pytest.mark.anyio
async def test_a_response_without_a_place_for_the_result_is_an_error() -> None:
    """A client never gets an empty result in place of its own, should the SDK write its responses otherwise."""

    async def other_sdk(_: Any, __: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b'{"result": {}}'})

    sent: list[Any] = []

    async def send(message: Any) -> None:
        sent.append(message)

    with pytest.raises(RuntimeError, match="no place for the result"):
        await EncodedResults(other_sdk)({"type": "http", "state": {"encoded_result": b"{}"}}, None, send)
    assert sent == []
