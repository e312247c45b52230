"""An odd page in list_connections is reported, and no wrong next page is offered."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from .pages import Api, empty, meta, shrunk, swollen, with_gaps

pytestmark = pytest.mark.anyio
COUNT = {"group_by": ["record_type"]}


@pytest.mark.parametrize(
    ("said", "page", "why"),
    [
        ({"total_pages": 64_000_000}, {}, "Telnyx reports 64000000 pages for 600 connections"),
        ({"total_pages": 3, "total_results": 10**9}, {}, "Telnyx reports 3 pages for 1000000000 connections"),
        ({"page_number": 1}, {"number": 2}, "page 2 was requested, but page 1 came"),
    ],
)
async def test_a_contradictory_page_offers_no_next_page(
    connect: Callable[..., Any], said: dict[str, Any], page: dict[str, Any], why: str
) -> None:
    """The answer begins with the contradiction, and offers no next page, which may be the same again."""
    async with connect(transport=Api(600, meta(**said), 25)) as client:
        answer = (await client.call_tool("list_connections", {"page": page})).structured_content
    assert answer["summary"].startswith(f"Caution, {why}: what follows is unknown, but search_connections reads ")
    assert answer["page"].keys() == {"number", "size", "total_results"}
    assert len(answer["connections"]) == 25


async def test_an_empty_page_among_others_is_reported(connect: Callable[..., Any]) -> None:
    """An empty page is not taken to mean that there are no connections if Telnyx counts some."""
    async with connect(transport=Api(0, meta(total_results=600, total_pages=24, page_size=25), 25)) as client:
        answer = (await client.call_tool("list_connections", {"page": {"number": 3}})).structured_content
    assert answer["summary"].startswith("Caution, page 3 is empty, but Telnyx counts 600 connections: what follows")


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (shrunk, "Caution, page 1 has 5 of up to 25, but Telnyx counts 600 connections: what follows is unknown"),
        (empty, "Caution, page 1 is empty, but Telnyx counts 600 connections: what follows is unknown"),
        (swollen, "Caution, this page of 25 has 250: what follows is unknown"),
    ],
)
async def test_a_page_of_another_size_is_reported(connect: Callable[..., Any], odd: Any, said: str) -> None:
    """No next page is offered, because it could skip or repeat rows."""
    async with connect(transport=Api(600, odd, per_page=25)) as client:
        answer = (await client.call_tool("list_connections", {"page": {"size": 25}})).structured_content
    assert answer["summary"].startswith(said)
    assert not answer["page"].keys() & {"next", "total_pages"}


@pytest.mark.parametrize("size", [25, 100])
@pytest.mark.parametrize(("number", "held"), [(1, 25), (2, 25), (3, 10)])
async def test_a_page_of_the_right_size_is_shown_without_caution(
    connect: Callable[..., Any], number: int, held: int, size: int
) -> None:
    """The last page has the rest, and a page may be smaller than requested if it says so."""
    async with connect(transport=Api(60, meta(), per_page=25)) as client:
        answer = await client.call_tool("list_connections", {"page": {"number": number, "size": size}})
    assert answer.structured_content["summary"].startswith("Connections ")
    assert len(answer.structured_content["connections"]) == held


@pytest.mark.parametrize(
    ("number", "left", "said"),
    [
        (2, 24, "Caution, page 2 has 24 of up to 25, but Telnyx counts 60 connections"),
        (3, 9, "Caution, page 3 has 9 of up to 25, but Telnyx counts 60 connections"),
        (3, 0, "Caution, page 3 is empty, but Telnyx counts 60 connections"),
    ],
)
async def test_a_page_that_lacks_a_row_is_reported(
    connect: Callable[..., Any], number: int, left: int, said: str
) -> None:
    """A missing row is reported in the middle and at the end."""

    def lacking(_: int, answer: dict[str, Any]) -> None:
        del answer["data"][left:]

    async with connect(transport=Api(60, lacking, per_page=25)) as client:
        answer = await client.call_tool("list_connections", {"page": {"number": number, "size": 25}})
    assert answer.structured_content["summary"].startswith(said)


async def test_a_page_with_gaps_is_shown_without_them(connect: Callable[..., Any]) -> None:
    """The answer says how many elements were not objects; the positions of the others and the next page stay."""
    async with connect(transport=Api(60, with_gaps(0, 11), per_page=25)) as client:
        first = (await client.call_tool("list_connections", {"page": {"size": 25}})).structured_content
        again = (await client.call_tool("search_connections", COUNT)).structured_content
    assert first["summary"].startswith(
        "INCOMPLETE, 2 of the connections that Telnyx listed were not objects: Connections 1 to 25 of 60, newest first"
    )
    assert [row["id"] for row in first["connections"]] == [str(row) for row in range(25) if row not in (0, 11)]
    assert first["page"] == {"number": 1, "size": 25, "total_pages": 3, "total_results": 60, "next": 2}
    assert again["summary"].startswith(
        "INCOMPLETE, only 58 of 60 connections could be read: 2 of the connections that Telnyx listed were not objects."
    )


async def test_paging_on_from_a_shortened_page_with_gaps(connect: Callable[..., Any]) -> None:
    """Paging on neither loses nor repeats a connection, and each gap is reported once."""

    def long(number: int, answer: dict[str, Any]) -> None:
        answer["data"] = [row | {"tags": ["x" * 60] * 20} for row in answer["data"]]
        with_gaps(1, 2, 27, 49)(number, answer)

    class Sized(Api):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.per_page = int(request.url.params["page[size]"])
            return await super().handle_async_request(request)

    ids, gaps, page = [], 0, {"size": 50}
    async with connect(transport=Sized(50, long)) as client:
        while page:
            answer = (await client.call_tool("list_connections", {"page": page, "detail": "full"})).structured_content
            ids += [row["id"] for row in answer["connections"]]
            said = answer["summary"].partition(" of the connections that Telnyx listed")
            gaps += int(said[0].removeprefix("INCOMPLETE, ")) if said[1] else 0
            more = "next" in answer["page"]
            page = {"size": answer["page"]["size"], "number": answer["page"]["next"]} if more else {}
    assert (ids, gaps) == ([str(row) for row in range(50) if row not in (1, 2, 27, 49)], 4)


@pytest.mark.parametrize("total", ["60", -1, 1.5, True, [60], 10**13])
async def test_an_unusable_total_is_reported(connect: Callable[..., Any], total: Any) -> None:
    """The answer tells an unusable total from a missing one."""
    async with connect(transport=Api(60, meta(total_results=total), per_page=25)) as client:
        answer = (await client.call_tool("list_connections", {})).structured_content
    assert answer["summary"].startswith(
        "Page 1, 25 connections of an unknown total (Telnyx gave no usable count of connections), newest first"
    )
    async with connect(transport=Api(0, meta(total_results=total), per_page=25)) as client:
        answer = (await client.call_tool("list_connections", {})).structured_content
    assert answer["summary"] == "No connections on page 1; Telnyx gave no usable count of connections."
