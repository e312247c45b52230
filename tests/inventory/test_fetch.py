"""Reading a whole fleet: complete if it is, and called incomplete if it is not."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import anyio
import httpx
import pytest
from mcp_types import PromptReference

from telnyx_connections_mcp.inventory.fetch import FleetFetch
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.loading import Loader
from telnyx_connections_mcp.inventory.snapshot import Coverage
from telnyx_connections_mcp.inventory.snapshots import MAX_KEPT, Snapshots
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.telnyx.client import TelnyxClient
from telnyx_connections_mcp.telnyx.models import Page
from telnyx_connections_mcp.telnyx.rows import Row

pytestmark = pytest.mark.anyio
COUNT = {"group_by": ["record_type"]}


class Counting(httpx.AsyncBaseTransport):
    """The sandbox, counting requests; with `hold` they wait until it is set."""

    def __init__(self, *, hold: anyio.Event | None = None, size: int = 600, fault: str | None = None) -> None:
        self.inner = httpx.ASGITransport(create_app(size=size, fault=fault))
        self.asked = 0
        self.given_up = 0
        self.hold = hold

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.hold is not None:
            try:
                await self.hold.wait()
            except anyio.get_cancelled_exc_class():
                self.given_up += 1
                raise
        return await self.inner.handle_async_request(request)


async def ask(client: Any, tool: str = "search_connections", **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    return result.structured_content


@pytest.mark.parametrize("size", [0, 1, 249, 250, 251, 500, 777])
async def test_every_connection_is_read_once(connect: Callable[..., Any], size: int) -> None:
    """Count and coverage are exact for any number of pages."""
    async with connect(size=size) as client:
        answer = await ask(client, **COUNT)
        assert answer["matches"] == sum(group["count"] for group in answer["groups"]) == size
        assert (answer["coverage"]["read"], answer["coverage"]["of"], answer["coverage"]["complete"]) == (
            size,
            size,
            True,
        )


@pytest.mark.parametrize("fault", ["shrinks=1", "shrinks=2", "grows=1", "grows=3", "grows=1000"])
async def test_a_fleet_that_settles_is_read_whole(connect: Callable[..., Any], fault: str) -> None:
    """Pages that changed meanwhile are read again until everything is there."""
    async with connect(size=1100, fault=fault) as client:
        answer = await ask(client, limit=1)
        assert answer["coverage"]["complete"]
        assert answer["coverage"]["read"] == answer["coverage"]["of"] == answer["matches"]


async def test_new_connections_on_a_new_page_are_read(connect: Callable[..., Any]) -> None:
    """If the fleet grows beyond its last page, the new page is read too."""
    async with connect(size=500, fault="grows=2") as client:
        answer = await ask(client, limit=1)
        assert (answer["coverage"]["read"], answer["coverage"]["complete"]) == (502, True)


async def test_a_fleet_that_does_not_settle_is_called_incomplete(connect: Callable[..., Any]) -> None:
    """If pages still change after two rereads, the answer says that it is incomplete."""
    async with connect(size=1100, fault="shrinks=500") as client:
        answer = await ask(client, **COUNT)
        assert not answer["coverage"]["complete"]
        assert "kept changing" in answer["coverage"]["why"]
        assert answer["summary"].startswith("INCOMPLETE, only ")
        assert f"{answer['matches']} connections read" in answer["summary"]


async def fetched(kind: Kind, size: int) -> tuple[Coverage, list[str | None]]:
    """The coverage of a fetch of that kind, and the `sort` of its requests."""
    sorts: list[str | None] = []
    inner = Counting(size=size)

    async def handler(request: httpx.Request) -> httpx.Response:
        sorts.append(request.url.params.get("sort"))
        return await inner.handle_async_request(request)

    async with httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="http://localhost/v2") as http:
        fetch = FleetFetch(TelnyxClient(http, SANDBOX_KEY), kind, None)
        await fetch.run(20)
    return fetch.snapshot().coverage, sorts


def sorted_by(sort: str | None) -> Kind:
    return replace(CONNECTIONS, sources=(replace(CONNECTIONS.sources[0], fetch_sort=sort),))


@pytest.mark.parametrize("size", [0, 250, 251, 600])
async def test_an_unsorted_list_is_complete_if_all_counts_agree(size: int) -> None:
    """Without an order the counts of all pages, and as many different ids, show that nothing is missing."""
    coverage, sorts = await fetched(sorted_by(None), size)
    assert (coverage.read, coverage.of, coverage.complete, coverage.why) == (size, size, True, None)
    assert sorts == [None] * max(1, -(-size // 250))  # and no page is read twice


@pytest.mark.parametrize(
    ("fault", "read"), [("shrinks=1", 1099), ("grows=1", 1101), ("shrinks=500", None), ("grows=500", None)]
)
async def test_an_unsorted_list_that_changes_is_read_again(fault: str, read: int | None) -> None:
    """If it settles it is complete, and else it is called incomplete."""
    inner = Counting(size=1100, fault=fault)
    async with httpx.AsyncClient(transport=inner, base_url="http://localhost/v2") as http:
        fetch = FleetFetch(TelnyxClient(http, SANDBOX_KEY), sorted_by(None), None)
        await fetch.run(20)
    coverage = fetch.snapshot().coverage
    assert coverage.complete is (read is not None)
    assert read in (None, coverage.read)
    assert coverage.complete or "kept changing" in str(coverage.why)


async def test_a_kind_is_fetched_in_its_own_order() -> None:
    """Each kind names the order in which new objects come last."""
    coverage, sorts = await fetched(sorted_by("created_at"), 600)
    assert coverage.complete
    assert set(sorts) == {"created_at"}


async def test_two_kinds_with_the_same_filter_share_no_snapshot() -> None:
    """Each kind is fetched once, and neither is returned for the other."""
    network = Counting(size=3)
    other = replace(CONNECTIONS, name="others")

    async def report(_: int, __: int | None) -> None:
        """Ignore progress."""

    async with (
        httpx.AsyncClient(transport=network, base_url="http://localhost/v2") as http,
        anyio.create_task_group() as tasks,
    ):
        snapshots = Snapshots(TelnyxClient(http, SANDBOX_KEY), tasks, keep=60, max_seconds=20)
        for kind in (CONNECTIONS, other, CONNECTIONS, other):
            assert (await snapshots.get(kind, None, report)).database.kind is kind
        assert network.asked == 2
        soon = await snapshots.soon(other, 20)
        assert soon is not None
        assert soon.database.kind is other


async def test_a_page_that_fails_is_named(connect: Callable[..., Any]) -> None:
    """The other pages are read, and the answer says what is missing and why."""
    async with connect(size=1100, fault="fail-page=2") as client:
        answer = await ask(client, **COUNT)
        assert (answer["coverage"]["read"], answer["coverage"]["of"]) == (850, 1100)
        assert "page 2 of 5 could not be read: Telnyx could not answer (HTTP 500" in answer["coverage"]["why"]


async def test_the_first_page_that_fails_is_an_error(connect: Callable[..., Any]) -> None:
    """If the first page fails, there is nothing to answer from."""
    async with connect(fault="401") as client:
        result = await client.call_tool("search_connections", {})
        assert result.is_error
        assert "Telnyx refused the API key" in result.content[0].text


async def test_a_key_that_is_refused_midway_stops_the_fetch(connect: Callable[..., Any]) -> None:
    """An error that will not go away is not repeated for every page."""
    inner = Counting(size=5000)

    async def handler(request: httpx.Request) -> httpx.Response:
        if request.url.params["page[number]"] == "1":
            return await inner.handle_async_request(request)
        inner.asked += 1
        return httpx.Response(401, stream=httpx.ByteStream(b"{}"))

    async with connect(transport=httpx.MockTransport(handler)) as client:
        answer = await ask(client, **COUNT)
        assert (answer["coverage"]["read"], answer["coverage"]["complete"]) == (250, False)
        assert inner.asked <= 11


async def test_without_a_total_pages_are_read_until_one_is_not_full(connect: Callable[..., Any]) -> None:
    """The answer calls the total unknown."""
    async with connect(size=600, fault="no-meta") as client:
        answer = await ask(client, **COUNT)
        assert answer["matches"] == 600
        assert answer["coverage"]["why"] == "Telnyx did not say how many connections there are"
        assert "of" not in answer["coverage"]
        assert "only 600 of an unknown number of connections" in answer["summary"]


async def test_what_was_read_in_time_is_answered(connect: Callable[..., Any]) -> None:
    """If the time limit comes first, the answer covers what was read by then."""
    inner = Counting(size=1000)

    async def handler(request: httpx.Request) -> httpx.Response:
        if request.url.params["page[number]"] == "3":
            await anyio.sleep_forever()
        return await inner.handle_async_request(request)

    async with connect(transport=httpx.MockTransport(handler), tool_timeout=0.6) as client:
        answer = await ask(client, **COUNT)
        assert answer["coverage"]["read"] == 750
        assert answer["coverage"]["why"] == "the time limit of a request was reached (raise TELNYX_TOOL_TIMEOUT)"


async def test_nothing_in_time_is_an_error(connect: Callable[..., Any]) -> None:
    """If not even the first page arrives in time, the answer is a time-out."""
    async with connect(transport=Counting(hold=anyio.Event()), tool_timeout=2) as client:
        result = await client.call_tool("search_connections", {})
        assert result.is_error
        assert result.content[0].text == "Telnyx did not respond in time: try again in a minute."


async def test_a_defect_while_reading_shows_no_internals(connect: Callable[..., Any]) -> None:
    """A defect is an error of that request, and the server goes on."""

    def handler(_: httpx.Request) -> httpx.Response:
        raise RuntimeError("inner detail")

    async with connect(transport=httpx.MockTransport(handler)) as client:
        for _ in range(2):
            result = await client.call_tool("search_connections", {})
            assert result.content[0].text.startswith("search_connections failed because of a defect in this server")


async def test_a_snapshot_answers_the_next_question(connect: Callable[..., Any]) -> None:
    """600 connections take three pages and a check of the last; after that nothing is requested until `fresh`."""
    network = Counting()
    async with connect(transport=network) as client:
        first = await ask(client, **COUNT)
        assert network.asked == 4
        second = await ask(client, limit=3)
        assert network.asked == 4
        assert second["coverage"] == first["coverage"]
        await ask(client, fresh=True)
        assert network.asked == 8


async def test_snapshots_can_be_turned_off(connect: Callable[..., Any]) -> None:
    """With 0 seconds each request reads the account again."""
    network = Counting()
    async with connect(transport=network, snapshot_seconds=0) as client:
        await ask(client)
        await ask(client)
        assert network.asked == 8


async def test_concurrent_callers_share_one_fetch(connect: Callable[..., Any]) -> None:
    """Five concurrent questions cost one fetch."""
    network = Counting()
    async with connect(transport=network) as client, anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(lambda: ask(client, **COUNT))
    assert network.asked == 4


async def test_a_cancelled_caller_does_not_cancel_the_fetch_of_others(connect: Callable[..., Any]) -> None:
    """If one of two callers gives up, the other gets its answer from the same fetch."""
    hold = anyio.Event()
    network = Counting(hold=hold)
    answers = []
    async with connect(transport=network) as client, anyio.create_task_group() as tasks:

        async def patient() -> None:
            answers.append(await ask(client, **COUNT))

        async def impatient(scope: anyio.CancelScope) -> None:
            with scope:
                await ask(client, **COUNT)

        scope = anyio.CancelScope()
        tasks.start_soon(patient)
        tasks.start_soon(impatient, scope)
        while not network.asked:
            await anyio.lowlevel.checkpoint()
        await anyio.wait_all_tasks_blocked()
        scope.cancel()
        await anyio.wait_all_tasks_blocked()
        hold.set()
    assert network.asked == 4
    assert answers[0]["matches"] == 600


async def test_a_cancelled_tool_does_not_cancel_the_fetch_of_a_completion(connect: Callable[..., Any]) -> None:
    """A completion still gets its values if the tool request that shared its fetch is cancelled."""
    hold = anyio.Event()
    network = Counting(hold=hold)
    offered = []
    async with connect(transport=network) as client, anyio.create_task_group() as tasks:

        async def typing() -> None:
            reference = PromptReference(type="ref/prompt", name="connection-report")
            argument = {"name": "connection_name", "value": "acme"}
            offered.append((await client.complete(reference, argument)).completion)

        async def impatient(scope: anyio.CancelScope) -> None:
            with scope:
                await ask(client, **COUNT)

        scope = anyio.CancelScope()
        tasks.start_soon(typing)
        tasks.start_soon(impatient, scope)
        while not network.asked:
            await anyio.lowlevel.checkpoint()
        await anyio.wait_all_tasks_blocked()
        scope.cancel()
        await anyio.wait_all_tasks_blocked()
        hold.set()
    assert network.asked == 4
    assert offered[0].total == len(offered[0].values) > 0


async def test_a_fetch_stops_when_the_last_caller_gives_up(connect: Callable[..., Any]) -> None:
    """Its requests are cancelled, and the next question starts a new fetch."""
    hold = anyio.Event()
    network = Counting(hold=hold)
    async with connect(transport=network) as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lambda: ask(client, **COUNT))
            while not network.asked:
                await anyio.lowlevel.checkpoint()
            await anyio.wait_all_tasks_blocked()
            tasks.cancel_scope.cancel()
        with anyio.fail_after(5):
            while not network.given_up:
                await anyio.lowlevel.checkpoint()
        hold.set()
        assert (await ask(client, **COUNT))["matches"] == 600


async def test_a_fresh_fetch_outlives_the_one_it_replaces(connect: Callable[..., Any]) -> None:
    """Giving up an older fetch does not cancel the newer one."""
    hold = anyio.Event()
    network = Counting(hold=hold)
    async with connect(transport=network) as client, anyio.create_task_group() as tasks:

        async def impatient(scope: anyio.CancelScope) -> None:
            with scope:
                await ask(client, **COUNT)

        scope = anyio.CancelScope()
        tasks.start_soon(impatient, scope)
        while network.asked < 1:
            await anyio.lowlevel.checkpoint()
        tasks.start_soon(lambda: ask(client, fresh=True))
        while network.asked < 2:
            await anyio.lowlevel.checkpoint()
        scope.cancel()
        await anyio.wait_all_tasks_blocked()
        hold.set()
    assert network.given_up == 1


async def test_progress_counts_pages_upwards(connect: Callable[..., Any]) -> None:
    """Progress only grows, and never exceeds its total."""
    told: list[tuple[float, float | None]] = []

    async def progress(done: float, total: float | None, message: str | None) -> None:
        told.append((done, total))
        assert message is not None

    async with connect(size=1200) as client:
        await client.call_tool("search_connections", COUNT, progress_callback=progress)
        await anyio.wait_all_tasks_blocked()
    assert told
    assert [done for done, _ in told] == sorted({done for done, _ in told})
    assert all(total is not None and total >= done for done, total in told)


async def test_only_so_many_snapshots_are_kept(connect: Callable[..., Any]) -> None:
    """With many filters the oldest snapshots are dropped."""
    network = Counting(size=55)
    async with connect(transport=network) as client:
        for number in range(MAX_KEPT + 1):
            await ask(client, where={"fqdn": f"sip-{number}.example.com"})
        asked = network.asked
        await ask(client, where={"fqdn": f"sip-{MAX_KEPT}.example.com"})
        assert network.asked == asked
        await ask(client, where={"fqdn": "sip-0.example.com"})
        assert network.asked > asked


async def test_many_questions_about_one_snapshot_are_not_mixed_up(connect: Callable[..., Any]) -> None:
    """More questions than are cached each get their own rows, also when repeated or fresh."""
    questions = [{"offset": offset, "limit": 1, "sort": "created_at"} for offset in range(70)]
    async with connect(size=80) as client:
        first = [(await client.call_tool("search_connections", question)).structured_content for question in questions]
        again = [(await client.call_tool("search_connections", question)).structured_content for question in questions]
        assert first == again
        assert len({answer["connections"][0]["id"] for answer in first}) == 70
        fresh = (await client.call_tool("search_connections", questions[0] | {"fresh": True})).structured_content
        assert fresh["connections"] == first[0]["connections"]


async def test_an_old_sqlite_is_reported(connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to do, and tools that need no snapshot still work."""
    monkeypatch.setattr("telnyx_connections_mcp.inventory.database.OLDEST", (99, 0))
    async with connect() as client:
        result = await client.call_tool("search_connections", COUNT)
        assert result.is_error
        assert "This Python comes with SQLite 3." in result.content[0].text
        assert "run the server with a Python from python.org" in result.content[0].text
        assert not (await client.call_tool("list_connections", {})).is_error


async def test_the_later_of_two_rows_with_one_id_is_kept(connect: Callable[..., Any]) -> None:
    """It keeps its first place and has only its own tags; rows without an id are all kept."""

    def page(request: httpx.Request) -> httpx.Response:
        pages = {
            "1": [{"id": str(row), "tags": ["old"]} for row in range(250)],
            "2": [{"id": "7", "connection_name": "again", "tags": ["new"]}, {"connection_name": "bare"}, {"tags": []}],
        }
        rows = pages[request.url.params["page[number]"]]
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps({"data": rows}).encode()))

    async with connect(transport=httpx.MockTransport(page)) as client:
        answer = await ask(client, sort="created_at", limit=250)
        assert answer["matches"] == 252
        assert answer["connections"][7] == {"id": "7", "connection_name": "again", "tags": ["new"]}
        assert (await ask(client, where={"tags_any": ["old"]}))["matches"] == 249


async def test_queued_pages_are_loaded_when_time_is_up() -> None:
    """Every wanted page that was read is loaded."""
    loader = Loader(CONNECTIONS, (), lambda _: True, lambda: None)
    with loader:
        for number in (1, 2):
            rows = [Row({"id": f"{number}-{row}"}, ()) for row in range(3)]
            await loader.put(number, Page(items=rows, number=number, size=3, total_pages=2, total_results=6))
        settled = await loader.settle([2])
        assert settled is not None
        assert (settled.kept, settled.database.count(), loader.count) == (3, 3, 2)
