"""Requests that take time: pings, progress, and errors, on one application that also answers others at once."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import anyio
import pytest
from anyio.abc import TaskGroup
from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError
from starlette.types import ASGIApp, Message

from telnyx_connections_mcp.http_server.body_limit import BodyLimit
from telnyx_connections_mcp.http_server.message_bodies import MessageBodies
from telnyx_connections_mcp.http_server.plain_responses import PlainResponses

pytestmark = pytest.mark.anyio


class Slow:
    """A server of the SDK with a tool that waits until it may go on, behind `PlainResponses`."""

    def __init__(self, ping_seconds: float) -> None:
        self.may_go_on = anyio.Event()
        self.server = MCPServer("slow", log_level="WARNING")
        self.server.add_tool(self.wait, name="wait")
        self.server.streamable_http_app(stateless_http=True)
        sessions = self.server.session_manager
        plain = PlainResponses(sessions, sessions.asgi_app.app, ping_seconds)
        self.app: ASGIApp = BodyLimit(MessageBodies(plain), 10_000)

    async def wait(self, context: Context[Any], fail: bool) -> str:  # noqa: FBT001  # an argument of a tool
        """Wait."""
        await context.report_progress(1, 2)
        await self.may_go_on.wait()
        if fail:
            raise ToolError("failed")
        return "done"

    def call(self, tasks: TaskGroup, wire: Any, *, fail: bool = False, **meta: Any) -> "Exchange":
        """Call the tool."""
        params = {"name": "wait", "arguments": {"fail": fail}, "_meta": meta}
        headers = {"host": "127.0.0.1:80", "content-type": "application/json"}
        headers |= wire.headers("2026-07-28", "tools/call", params)
        exchange = Exchange(json.dumps(wire.message("2026-07-28", "tools/call", params)).encode(), headers)
        tasks.start_soon(self.app, exchange.scope, exchange.receive, exchange.send)
        return exchange


class Exchange:
    """A request, and what was sent in response."""

    def __init__(self, body: bytes, headers: dict[str, str]) -> None:
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": "/mcp",
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
            "state": {},
        }
        self.hung_up = anyio.Event()
        self._parts: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        self._sent: asyncio.Queue[Message] = asyncio.Queue()

    async def receive(self) -> Message:
        if self._parts:
            return self._parts.pop()
        await self.hung_up.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        await self._sent.put(message)

    async def message(self) -> Message:
        """The next message."""
        return await self._sent.get()

    async def next(self) -> Any:
        """The next message: the content type of the response, then parts of its body."""
        message = await self.message()
        if message["type"] == "http.response.start":
            return dict(message["headers"])[b"content-type"].decode()
        return message["body"].decode()


@asynccontextmanager
async def running(ping_seconds: float) -> AsyncIterator[tuple[Slow, TaskGroup]]:
    slow = Slow(ping_seconds)
    with anyio.fail_after(20):
        async with slow.server.session_manager.run(), anyio.create_task_group() as tasks:
            yield slow, tasks


def result_of(event: str) -> Any:
    """The result in an event."""
    assert event.startswith("event: message\r\ndata: {")
    assert event.endswith("}\r\n\r\n")
    return json.loads(event.partition("data: ")[2])["result"]


@pytest.mark.parametrize("fail", [False, True])
async def test_pings_keep_the_connection_of_a_slow_request_open(wire: Any, fail: bool) -> None:  # noqa: FBT001  # a table's column
    """The response becomes a stream: pings, then the answer or the error as its only event."""
    async with running(0.01) as (slow, tasks):
        exchange = slow.call(tasks, wire, fail=fail)
        assert await exchange.next() == "text/event-stream"
        assert [await exchange.next() for _ in range(3)] == [": ping\r\n\r\n"] * 3
        slow.may_go_on.set()
        while (event := await exchange.next()) == ": ping\r\n\r\n":
            pass
        assert result_of(event)["isError"] is fail
        exchange.hung_up.set()


async def test_each_stream_has_headers_of_its_own(wire: Any) -> None:
    """What middleware adds to the headers of one response, such as a request id, is in no other."""
    async with running(0.01) as (slow, tasks):
        for _ in range(2):
            exchange = slow.call(tasks, wire)
            begun = await exchange.message()
            assert [name for name, _ in begun["headers"]].count(b"x-request-id") == 0
            begun["headers"].append((b"x-request-id", b"mine"))
            (await exchange.message())["body"] = b"changed"
            assert await exchange.next() == ": ping\r\n\r\n"
            exchange.hung_up.set()


async def test_a_request_without_progress_gets_plain_json(wire: Any) -> None:
    """One that is answered before the first ping gets an object, though others stream progress meanwhile."""
    async with running(60) as (slow, tasks):
        plain, progress = slow.call(tasks, wire), slow.call(tasks, wire, progressToken="t")
        assert await progress.next() == "text/event-stream"
        assert '"progressToken":"t"' in await progress.next()
        late = slow.call(tasks, wire)
        slow.may_go_on.set()
        assert result_of(await progress.next())["content"][0]["text"] == "done"
        for each in (plain, late):
            assert await each.next() == "application/json"
            assert json.loads(await each.next())["result"]["content"][0]["text"] == "done"


@pytest.mark.parametrize("meta", [{}, {"progressToken": "t"}], ids=["plain", "progress"])
async def test_a_disconnect_ends_the_request(wire: Any, meta: dict[str, Any]) -> None:
    """Nothing is sent to a client that is gone, and its tool does not go on waiting."""
    async with running(60) as (slow, tasks):
        exchange = slow.call(tasks, wire, **meta)
        exchange.hung_up.set()  # so that leaving the group, which waits for the request, shows that it has ended
    assert not slow.may_go_on.is_set()
