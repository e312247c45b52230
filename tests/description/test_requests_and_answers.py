"""Every request that we send is valid by Telnyx's description, and every answer that it allows gets through truthfully.

Prism makes the answers up: whatever the types allow, such as ids that are words, negative counts and times that are no
times. What it refuses is not a request of the API.
"""

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle
from typing import Any

import anyio
import httpx
import pytest

from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.kinds import CONNECTIONS, KINDS, SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.list_source import ListSource
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.record import Recorder
from telnyx_connections_mcp.inventory.source import Source
from telnyx_connections_mcp.sandbox.cases import RECORD_TYPES
from telnyx_connections_mcp.telnyx.client import TelnyxClient
from telnyx_connections_mcp.telnyx.http import create_http_client
from telnyx_connections_mcp.telnyx.models import Page
from telnyx_connections_mcp.telnyx.parameters import CallsPage
from telnyx_connections_mcp.telnyx.rows import Row

pytestmark = pytest.mark.anyio
ANSWERS = int(os.environ.get("DESCRIBED_ANSWERS", "500"))
"""How many made-up answers each list has to give."""
AT_ONCE = 6
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
ID = "1293384261075731499"
TOOLS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("list_connections", {"filter": {"connection_name": "acme", "fqdn": "sip.example.com"}, "sort": "-created_at"}),
    ("list_connections", {"filter": {"outbound_voice_profile_id": ID}, "page": {"number": 2, "size": 10}}),
    ("search_connections", {"where": {"active": True}, "group_by": ["record_type"]}),
    ("audit_connections", {}),
    (
        "search_connections",
        {"where": {"has_numbers": True, "profile_enabled": True, "srtp": False, "sip_region": "US"}},
    ),
    ("search_connections", {"where": {"number": "+1 202 555 0142"}}),
    ("search_connections", {"where": {"address": "192.0.2.1"}}),
    ("search_connections", {"where": {"address": "sip.example.com"}}),
    ("search_connections", {"where": {"user_name": "acme"}}),
    ("get_connection", {"id": ID}),
    ("get_connection", {"id": ID, "include": ["all"], "detail": "full"}),
    ("get_connection", {"connection_name": "acme"}),
    ("list_active_calls", {"connection_id": ID}),
    *(("query_account", {"sql": f"SELECT count(*) FROM {kind.name}"}) for kind in KINDS),
)
LISTS = [(kind, source) for kind in KINDS if kind is not SIP_REGISTRATIONS for source in kind.sources]


@dataclass
class Wire(httpx.AsyncBaseTransport):
    """The network, of which what came last is kept, and every refused request."""

    inner: httpx.AsyncBaseTransport = field(default_factory=httpx.AsyncHTTPTransport)
    answer: dict[str, Any] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    named: str | None = None
    """The id that every single object has, because a made-up one is never that of the request."""
    types: Iterator[str] = field(default_factory=lambda: cycle(RECORD_TYPES))
    """The types that they have."""
    asked: set[str] = field(default_factory=set)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.add(request.url.path)
        response = await self.inner.handle_async_request(request)
        body = await response.aread()
        if response.status_code != 200:
            self.refused.append(f"{request.url.raw_path.decode()}: {response.status_code} {body.decode()[:500]}")
        else:
            self.answer = json.loads(body)
            if self.named and isinstance(self.answer.get("data"), dict):
                self.answer["data"] |= {"id": self.named, "record_type": next(self.types)}
                body = json.dumps(self.answer).encode()
        headers = {"content-type": response.headers.get("content-type", "")}
        return httpx.Response(response.status_code, headers=headers, stream=httpx.ByteStream(body))

    async def aclose(self) -> None:
        await self.inner.aclose()


@asynccontextmanager
async def client_of(url: str) -> AsyncIterator[tuple[TelnyxClient, Wire]]:
    wire = Wire()
    async with create_http_client(url, timeout=30, transport=wire) as http:
        yield TelnyxClient(http, "KEY_DESCRIBED"), wire


async def repeat(url: str, once: Callable[[TelnyxClient, Wire, int], Awaitable[None]]) -> None:
    """Ask until all answers came, from several clients at once; no request may have been refused."""
    numbers = iter(range(ANSWERS))

    async def work() -> None:
        async with client_of(url) as (client, wire):
            for number in numbers:
                await once(client, wire, number)
                assert wire.refused == []

    async with anyio.create_task_group() as tasks:
        for _ in range(AT_ONCE):
            tasks.start_soon(work)


@pytest.mark.parametrize(("kind", "source"), LISTS, ids=[source.path for _, source in LISTS])
async def test_a_list_gets_through(kind: Kind, source: Source, prism_url: str) -> None:
    """Whole or of one connection, each object of a list has its described values, and no others."""

    async def once(client: TelnyxClient, wire: Wire, number: int) -> None:
        of_one = ID if source.of_connection and number % 2 else None
        page = await ListSource(client, kind, source, anyio.Semaphore(1), now=NOW, connection_id=of_one).page(1)
        expect_numbers(page, wire.answer["meta"])
        assert page.gaps == ()
        for row, raw in zip(page.items, wire.answer["data"], strict=True):
            expect_same(kind, row, raw)
        assert len(Recorder(kind).records(page.items)) == len(page.items)

    await repeat(prism_url, once)


async def test_a_registration_gets_through(prism_url: str) -> None:
    """The answer is the object itself; it is asked for by user name, or by the connection of a UAC credential."""
    queries = [
        [("credential_type", "sip_credential_connection"), ("username", "acme")],
        [("credential_type", "uac_external_credential"), ("connection_id", ID)],
    ]

    async def once(client: TelnyxClient, wire: Wire, number: int) -> None:
        row = await client.get_status(SIP_REGISTRATIONS, SIP_REGISTRATIONS.sources[0].path, queries[number % 2])
        expect_same(SIP_REGISTRATIONS, row, wire.answer)

    await repeat(prism_url, once)


async def test_active_calls_get_through(prism_url: str) -> None:
    """By cursor and by number, each call has the values that came, those that are no durations among the others."""

    async def once(client: TelnyxClient, wire: Wire, number: int) -> None:
        page = await client.list_active_calls(ID, CallsPage(number=1) if number % 2 else CallsPage())
        for call, raw in zip(page.items, wire.answer["data"], strict=True):
            said = {name: getattr(call, name, None) for name in raw} | dict(call.other or {})
            assert {name: said[name] for name in raw} == raw

    await repeat(prism_url, once)


async def test_counts_get_through(prism_url: str) -> None:
    """Each count that is one is what came; a negative one is none."""

    async def once(client: TelnyxClient, wire: Wire, _: int) -> None:
        counts = await client.count_connections()
        came = wire.answer["data"].get("counts", {})
        assert counts.counts == {name: value for name, value in came.items() if type(value) is int and value >= 0}

    await repeat(prism_url, once)


@pytest.mark.parametrize(("tool", "arguments"), TOOLS, ids=[f"{tool} {json.dumps(each)[:60]}" for tool, each in TOOLS])
async def test_every_tool_sends_valid_requests(
    tool: str, arguments: dict[str, Any], prism_url: str, connect: Callable[..., Any]
) -> None:
    """Whatever comes back, there is an answer or one sentence, and nothing counts as a defect."""
    wire = Wire(named=ID)
    async with connect(transport=wire, base_url=prism_url, api_key="KEY_DESCRIBED") as client:
        for _ in range(max(1, ANSWERS // 50)):
            result = await client.call_tool(tool, arguments)
            assert "defect" not in result.content[0].text
    assert wire.refused == []
    assert wire.asked


def expect_numbers(page: Page[Row], meta: Mapping[str, Any]) -> None:
    """Counts are as they came; one that no list can have is none."""
    for said, name in ((page.total_results, "total_results"), (page.number, "page_number"), (page.size, "page_size")):
        came = meta.get(name)
        assert said == (came if isinstance(came, int) and came >= 0 else None)


def expect_same(kind: Kind, row: Row, raw: Mapping[str, Any]) -> None:
    """A row has the values of its described fields as they came, and nothing else."""
    assert row.lost == ()
    if kind is CONNECTIONS:
        assert row.fields == raw
        return
    assert row.fields.keys() <= {one.name for one in kind.fields}
    prepared = kind.prepare(raw) if kind.prepare else raw
    for one in kind.fields:
        came = [value for path in one.at or (one.name,) for value in typed(one, prepared, path)]
        assert row.fields.get(one.name) in (came[:1] or [None]), one.name


def typed(one: Field, raw: Mapping[str, Any], path: str) -> Iterator[Any]:
    """The value at a path, if it is of the field's type."""
    value: Any = raw
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    match one.type, value:
        case (Type.BOOLEAN, bool()) | (Type.TEXT | Type.TIME | Type.URL | Type.ID, str()):
            yield value
        case (Type.NUMBER, int() | float()) if not isinstance(value, bool):
            yield value
        case (Type.TAGS, list()):
            yield value
        case (Type.LIST, [_, *_]):
            yield ", ".join(value)
