"""Pages, memory, cursors and groups are bounded, whatever Telnyx says."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from telnyx_connections_mcp.inventory import paging
from telnyx_connections_mcp.telnyx.cursors import CursorHistory

from .pages import Api, always_new, meta, no_end

pytestmark = pytest.mark.anyio
COUNT = {"group_by": ["record_type"]}


@pytest.mark.parametrize("odd", [always_new, no_end])
async def test_an_endless_list_is_read_to_our_own_limit(
    connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, odd: Any
) -> None:
    """An endless list is read to our own limit, whatever the count says."""
    monkeypatch.setattr("telnyx_connections_mcp.inventory.page_reader.MAX_PAGES", 30)
    api = Api(0, odd)
    async with connect(transport=api) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
    assert (api.asked, answer["coverage"]["read"], answer["coverage"]["complete"]) == (30, 7500, False)
    assert "30 pages" in answer["coverage"]["why"]


async def test_a_fetch_ends_if_it_takes_too_much_memory(
    connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snapshots of an account share a memory limit, for which an older one is dropped."""
    monkeypatch.setattr("telnyx_connections_mcp.inventory.snapshots.MAX_WEIGHT", 110_000)
    async with connect(transport=Api(1000, meta())) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
        assert answer["coverage"]["complete"] is False
        assert "take more memory than this server allows for one account" in answer["coverage"]["why"]
    api = Api(400, meta())
    async with connect(transport=api) as client:
        for profile in ("", "1", "2", ""):
            where = {"outbound_voice_profile_id": profile} if profile else {}
            answer = (await client.call_tool("search_connections", {"where": where})).structured_content
            assert answer["coverage"]["complete"]
    assert api.asked == 12
    monkeypatch.setattr("telnyx_connections_mcp.inventory.snapshots.MAX_WEIGHT", 1)
    async with connect(transport=Api(600, meta())) as client:
        result = await client.call_tool("search_connections", COUNT)
        assert "take more memory than this server allows for one account: use a filter" in result.content[0].text


@pytest.mark.parametrize("circle", ["A", "AB", "ABC", "ABCDEFGH"])
async def test_cursors_in_a_circle_end(connect: Callable[..., Any], circle: str) -> None:
    """Each page of a circle is offered once, and the list can be read again from its beginning."""

    def calls(request: httpx.Request) -> httpx.Response:
        at = circle.find(request.url.params.get("page[after]", "-"))
        answer = {
            "data": [{"call_control_id": f"{at}"}],
            "meta": {"cursors": {"after": circle[(at + 1) % len(circle)]}},
        }
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(answer).encode()))

    async with connect(transport=httpx.MockTransport(calls)) as client:
        for _ in range(3):
            asked, pages = {"connection_id": "7"}, 0
            while asked:
                answer = (await client.call_tool("list_active_calls", asked)).structured_content
                pages += 1
                after = answer["page"].get("after")
                asked = {"connection_id": "7", "page": {"after": after}} if after else {}
            assert pages == len(circle) + 1
            assert "INCOMPLETE: the rest cannot be read, because Telnyx's cursor leads back" in answer["summary"]


def test_the_cursor_history_is_bounded() -> None:
    """A thousand steps are remembered over all lists."""
    trails = CursorHistory()
    for number in range(2500):
        assert not trails.is_cycle("x", str(number - 1) if number else None, str(number))
    assert trails.is_cycle("x", "2499", "2000")
    assert not trails.is_cycle("x", "2499", "1000")


async def test_too_many_groups_are_refused(connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The error says what to do, and a key that is named twice does not multiply the groups."""
    monkeypatch.setattr("telnyx_connections_mcp.query.group_by_sql.MAX_GROUPS", 1000)

    def tagged(_: int, answer: dict[str, Any]) -> None:
        for row in answer["data"]:
            row["tags"] = [f"{row['id']}-{tag}" for tag in range(20)]

    async with connect(transport=Api(60, tagged)) as client:
        result = await client.call_tool("search_connections", {"group_by": ["tag", "record_type"]})
        assert result.content[0].text == (
            "There are more than 1000 groups: use fewer group_by keys, or conditions that match fewer connections."
        )
        asked = {"group_by": ["tag", "tag"], "where": {"ids": ["7"]}}
        answer = (await client.call_tool("search_connections", asked)).structured_content
        assert answer["groups"][0] == {"tag": "7-0", "count": 1}
        assert len(answer["groups"]) == 20


def test_the_documented_limit_of_pages() -> None:
    """docs/operating.md says 200,000 connections."""
    assert paging.MAX_PAGES * paging.PAGE_SIZE == 200_000
