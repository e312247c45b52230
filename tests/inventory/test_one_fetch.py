"""A single fetch: its time, and what is left of it if nobody waits for it any more."""

import json
from datetime import UTC, datetime

import anyio
import httpx
import pytest

from telnyx_connections_mcp.inventory.fetch import FleetFetch
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.telnyx.client import TelnyxClient
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter

pytestmark = pytest.mark.anyio
BODY = json.dumps({"data": [{"id": "7"}], "meta": {"total_results": 1}}).encode()


def fetch() -> FleetFetch:
    """A fetch of an account of one connection."""
    network = httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(BODY)))
    return FleetFetch(
        TelnyxClient(httpx.AsyncClient(transport=network, base_url="http://localhost/v2"), "KEY"), CONNECTIONS, None
    )


async def test_an_answer_is_as_of_the_start_of_its_fetch() -> None:
    """The time of a snapshot is when its fetch began, in UTC, and not when the fetch was queued."""
    queued = fetch()
    before = datetime.now(UTC)
    await queued.run(20)
    assert before <= queued.snapshot().coverage.as_of <= datetime.now(UTC)
    assert queued.snapshot().coverage.as_of.tzinfo is UTC


async def test_an_abandoned_fetch_has_an_empty_snapshot() -> None:
    """A fetch that is cancelled before its first page gives no rows, and says why."""
    abandoned = fetch()
    abandoned.scope.cancel()
    await abandoned.run(20)
    coverage = abandoned.snapshot().coverage
    assert (coverage.read, coverage.of, coverage.complete) == (0, None, False)
    assert coverage.why == "the reading was abandoned"
    assert coverage.as_of == abandoned.as_of
    assert abandoned.snapshot().database.kind is CONNECTIONS


async def test_only_a_complete_fetch_is_kept() -> None:
    """A complete fetch may answer later questions, and an abandoned one may not."""
    whole, abandoned = fetch(), fetch()
    abandoned.scope.cancel()
    for each in (whole, abandoned):
        await each.run(20)
    assert (whole.usable_for(60), abandoned.usable_for(60)) == (60, 0)


async def test_the_only_page_is_reported_as_progress() -> None:
    """Progress begins with the first page, even if there is no other."""
    short = fetch()
    reported: list[tuple[int, int | None]] = []

    async def report(read: int, known: int | None) -> None:
        reported.append((read, known))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(short.follow, report)
        tasks.start_soon(short.run, 20)
    assert reported == [(1, 1)]


async def test_the_filter_is_sent_with_every_page() -> None:
    """Telnyx filters every page, so that rows that do not match cost no request."""
    queries: list[dict[str, str]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        queries.append(dict(request.url.params))
        rows = [{"id": f"{len(queries)}-{row}", "outbound_voice_profile_id": "5"} for row in range(250)]
        answer = {"data": rows, "meta": {"total_results": 500}}
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(answer).encode()))

    http = httpx.AsyncClient(transport=httpx.MockTransport(handler), base_url="http://localhost/v2")
    await FleetFetch(TelnyxClient(http, "KEY"), CONNECTIONS, ConnectionFilter(outbound_voice_profile_id="5")).run(20)
    assert len(queries) > 2
    assert {query["filter[outbound_voice_profile_id]"] for query in queries} == {"5"}
    assert {query["page[size]"] for query in queries} == {"250"}


async def test_rows_that_the_filter_excludes_are_left_out() -> None:
    """If something on the way ignores the filter, only matching rows are kept, and counted."""
    rows = [{"id": str(row), "outbound_voice_profile_id": "56"[row % 2]} for row in range(9)]
    body = json.dumps({"data": rows, "meta": {"total_results": 9}}).encode()
    network = httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(body)))
    http = httpx.AsyncClient(transport=network, base_url="http://localhost/v2")
    ignored = FleetFetch(TelnyxClient(http, "KEY"), CONNECTIONS, ConnectionFilter(outbound_voice_profile_id="5"))
    await ignored.run(20)
    coverage = ignored.snapshot().coverage
    assert (coverage.read, coverage.of, coverage.complete) == (5, 5, True)
