"""Pages that contradict each other cost few requests, and the answer says why something may be missing."""

from collections.abc import Callable
from typing import Any

import pytest

from .pages import (
    Api,
    always_the_first,
    always_the_first_page,
    another_total_each_time,
    gaps_without_meta,
    meta,
    turned,
    turned_without_meta,
    with_gaps,
    without_ids,
    without_meta,
)

pytestmark = pytest.mark.anyio
COUNT = {"group_by": ["record_type"]}


@pytest.mark.parametrize(
    ("size", "odd", "read", "of", "requests", "why"),
    [
        (3, meta(total_pages=2_000_000_000), 3, 3, 1, "Telnyx reports 2000000000 pages for 3 connections"),
        (600, meta(total_pages=64_000_000), 600, 600, 4, "Telnyx reports 64000000 pages for 600 connections"),
        (600, meta(total_pages=1), 600, 600, 4, "Telnyx reports 1 pages for 600 connections"),
        (600, meta(total_pages=0), 600, 600, 4, "Telnyx reports 0 pages for 600 connections"),
        (0, meta(total_pages=7), 0, 0, 1, "Telnyx reports 7 pages for 0 connections"),
        (3, meta(total_results=10**9), 3, 10**9, 2, "counts 1000000000 connections, but its first page holds 3"),
        (0, meta(total_results=5), 0, 5, 1, "Telnyx counts 5 connections, but its first page holds 0"),
        (
            600,
            meta(total_results=10**9),
            600,
            10**9,
            23,
            "connections, but 10 pages in a row had none",
        ),
        (250, meta(total_results=2750), 250, 2750, 11, "counts 2750 connections, but 10 pages in a row had none"),
        (600, meta(total_results=10**400), 600, None, 3, "Telnyx gave no usable count of connections"),
        (600, meta(total_results=-1), 600, None, 3, "Telnyx gave no usable count of connections"),
        (600, meta(total_results=True), 600, None, 3, "Telnyx gave no usable count of connections"),
        (600, meta(total_results=600.0), 600, None, 3, "Telnyx gave no usable count of connections"),
        (600, meta(total_results="600"), 600, None, 3, "Telnyx gave no usable count of connections"),
        (600, meta(total_results=1), 600, 1, 3, "Telnyx counts 1 connections, but its first page holds 250"),
        (600, meta(total_results=0), 600, 0, 3, "Telnyx counts 0 connections, but its first page holds 250"),
        (600, meta(total_results=599), 600, 599, 12, "lists a different number from what it counts"),
        (600, meta(page_size=7), 600, 600, 4, None),
        (600, meta(page_size=100, total_pages=6), 600, 600, 4, None),
        (600, meta(page_size=0, page_number=None, total_pages=None), 600, 600, 4, None),
        (600, meta(page_number=3), 350, 600, 4, "page 2 was requested, but page 3 came"),
        (600, always_the_first, 250, 600, 3, "has the same connections as page 1, so page[number] is ignored"),
        (600, always_the_first_page, 250, 600, 3, "page 3 was requested, but page 1 came"),
        (10_000, always_the_first, 250, 10_000, 11, "the same connections as page 1, so page[number] is ignored"),
        (600, lambda *_: {"data": [{"id": "1"}] * 250}, 1, None, 2, "page 2 has the same connections as page 1"),
        (10_000, turned, 250, 10_000, 12, "counts 10000 connections, but 10 pages in a row had none"),
        (600, turned_without_meta, 250, None, 2, "Telnyx did not say how many connections there are"),
        (600, without_ids, 500, None, 2, "Telnyx did not say how many connections there are"),
        (600, without_meta, 600, None, 3, "Telnyx did not say how many connections there are"),
        (600, meta(total_results={"of": 600}), 600, None, 3, "Telnyx gave no usable count of connections"),
        (600, with_gaps(0), 599, 600, 4, "1 of the connections that Telnyx listed was not an object"),
        (600, with_gaps(3, 249, 250, 599), 596, 600, 4, "4 of the connections that Telnyx listed were not objects"),
        (600, with_gaps(*range(2, 598)), 4, 600, 4, "page 2 of 3 could not be read: The response is JSON, but not"),
        (
            600,
            gaps_without_meta,
            598,
            None,
            3,
            "Telnyx did not say how many connections there are and 2 of the connections that Telnyx listed were not",
        ),
        (10_000, another_total_each_time, None, None, 60, None),
    ],
)
async def test_pages_that_contradict_each_other(  # noqa: PLR0917  # a row of the table each
    connect: Callable[..., Any], size: int, odd: Any, read: int | None, of: int | None, requests: int, why: str | None
) -> None:
    """What the pages hold is read with few requests, and called incomplete if it may be."""
    api = Api(size, odd)
    async with connect(transport=api) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
    coverage = answer["coverage"]
    assert api.asked <= requests + 9  # so many may be under way when one shows that there is no more
    if read is not None:
        assert (coverage["read"], coverage.get("of"), coverage["complete"]) == (read, of, why is None)
        assert why is None or why in coverage["why"]


@pytest.mark.parametrize("per_page", [100, 20])
@pytest.mark.parametrize("says", [{}, {"page_size": 250}, {"page_size": None}])
async def test_smaller_pages_than_requested_are_all_read(
    connect: Callable[..., Any], per_page: int, says: dict[str, Any]
) -> None:
    """Every page is read even if the API returns fewer connections a page than requested, whether or not it says so."""
    api = Api(730, meta(**says), per_page)
    async with connect(transport=api) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
    assert answer["coverage"]["read"] == 730
    assert answer["coverage"]["complete"] is (says == {})


@pytest.mark.parametrize(
    ("size", "asked"),
    [(0, [1]), (1, [1]), (250, [1]), (251, [1, 2, 2]), (500, [1, 2, 2]), (501, [1, 2, 3, 3])],
)
async def test_the_last_page_is_fetched_again(connect: Callable[..., Any], size: int, asked: list[int]) -> None:
    """The last of several pages is fetched again, because nothing else shows whether the account changed."""
    numbers: list[int] = []

    def note(number: int, _: dict[str, Any]) -> None:
        numbers.append(number)

    async with connect(transport=Api(size, note)) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
    assert sorted(numbers) == asked
    assert (answer["coverage"]["read"], answer["coverage"]["complete"]) == (size, True)


async def test_a_fetch_gives_up_after_two_rereads(connect: Callable[..., Any]) -> None:
    """If the count stays wrong, all three pages are read three times, and each time the last one again."""
    api = Api(600, meta(total_results=599))
    async with connect(transport=api) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
    assert (api.asked, answer["coverage"]["complete"]) == (12, False)
    assert answer["coverage"]["why"] == (
        "the account kept changing while it was read, or Telnyx lists a different number from what it counts"
    )


@pytest.mark.parametrize(("size", "complete"), [(500, True), (501, False)])
async def test_an_account_may_have_as_many_pages_as_are_read(
    connect: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
    size: int,
    complete: bool,  # noqa: FBT001  # a table's column
) -> None:
    """An account of exactly that many full pages is complete; one connection more is reported."""
    monkeypatch.setattr("telnyx_connections_mcp.inventory.page_reader.MAX_PAGES", 2)
    async with connect(transport=Api(size, meta())) as client:
        coverage = (await client.call_tool("search_connections", COUNT)).structured_content["coverage"]
    assert (coverage["read"], coverage["of"], coverage["complete"]) == (500, size, complete)
    assert complete or coverage["why"] == "at most 2 pages of 250 connections are read from one list"


async def test_only_pages_from_before_a_deletion_are_read_again(connect: Callable[..., Any]) -> None:
    """If a connection is deleted while four pages are read, those with the old count are read again, last first."""
    numbers: list[int] = []

    def deleted(number: int, answer: dict[str, Any]) -> None:
        numbers.append(number)
        if 2 in numbers:  # connection 0 is deleted just before page 2 is read
            answer["data"] = [{"id": str(row)} for row in range(1, 1000)][(number - 1) * 250 : number * 250]
            answer["meta"]["total_results"] = 999

    async with connect(transport=Api(1000, deleted)) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
    assert numbers == [1, 4, 3, 2, 4, 3, 1, 4]
    assert (answer["coverage"]["read"], answer["coverage"]["complete"]) == (999, True)


async def test_rereading_many_pages_counts_as_progress(connect: Callable[..., Any]) -> None:
    """Ten pages that are read again bring no new connection, but are not mistaken for empty ones."""
    numbers: list[int] = []

    def deleted(number: int, answer: dict[str, Any]) -> None:
        numbers.append(number)
        if 2 in numbers:  # the newest connection is deleted just before page 2 is read
            answer["data"] = [row for row in answer["data"] if row["id"] != "2999"]
            answer["meta"]["total_results"] = 2999

    async with connect(transport=Api(3000, deleted)) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
    assert (answer["coverage"]["read"], answer["coverage"]["complete"]) == (2999, True)
    assert len(numbers) == 12 + 1 + 10 + 1


async def test_the_tenth_empty_page_ends_the_fetch(connect: Callable[..., Any]) -> None:
    """Nine pages without connections are followed by a last look, which is the tenth."""
    api = Api(250, meta(total_results=2500, total_pages=10))
    async with connect(transport=api) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
    assert "but 10 pages in a row had none" in answer["coverage"]["why"]
    assert api.asked == 1 + 9 + 1


async def test_after_a_second_deletion_every_page_is_read_again(connect: Callable[..., Any]) -> None:
    """If a connection is also deleted while the pages in doubt are read, all pages are read once more."""
    numbers: list[int] = []

    def deleted(number: int, answer: dict[str, Any]) -> None:
        numbers.append(number)
        first = (2 in numbers) + (numbers.count(1) > 1)
        answer["data"] = [{"id": str(row)} for row in range(first, 1000)][(number - 1) * 250 : number * 250]
        answer["meta"]["total_results"] = 1000 - first

    async with connect(transport=Api(1000, deleted)) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
    assert numbers == [1, 4, 3, 2, 4, 3, 1, 4, 4, 3, 2, 1, 4]
    assert (answer["coverage"]["read"], answer["coverage"]["complete"]) == (998, True)


async def test_new_pages_are_read_once(connect: Callable[..., Any]) -> None:
    """If the account grows by two pages meanwhile, only those are read in addition, and the new last page again."""
    api = Api(500, lambda *_: None)
    numbers: list[int] = []

    def growing(number: int, _: dict[str, Any]) -> None:
        numbers.append(number)
        api.size = 1000 if numbers.count(2) == 1 else api.size

    api.odd = growing
    async with connect(transport=api) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
    assert numbers == [1, 2, 2, 4, 3, 4]
    assert (answer["coverage"]["read"], answer["coverage"]["complete"]) == (1000, True)


async def test_pages_of_a_single_row_are_read_without_a_total(connect: Callable[..., Any]) -> None:
    """Without a count even pages of one row are read until one is empty."""
    api = Api(3, without_meta, per_page=1)
    async with connect(transport=api) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
    assert (answer["matches"], api.asked) == (3, 4)


async def test_a_swap_in_an_account_of_two_pages_is_noticed(connect: Callable[..., Any]) -> None:
    """A deletion and a creation that leave the count alone are noticed, because the last page changes."""
    numbers: list[int] = []

    def swapped(number: int, answer: dict[str, Any]) -> None:
        numbers.append(number)
        if numbers.count(2) > 1:  # the first connection is gone, and connection 300 is new
            answer["data"] = [{"id": str(row + 1)} for row in range(300)][(number - 1) * 250 : number * 250]

    async with connect(transport=Api(300, swapped)) as client:
        arguments = {"where": {"ids": ["0", "300"]}}
        answer = (await client.call_tool("search_connections", arguments)).structured_content
    assert [row["id"] for row in answer["connections"]] == ["300"]
    assert answer["coverage"]["complete"]


async def test_an_incomplete_answer_with_all_that_were_counted(connect: Callable[..., Any]) -> None:
    """If as many were read as counted, the summary does not say "only", but why the answer may be incomplete."""
    async with connect(transport=Api(600, meta(total_pages=64_000_000))) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
    assert answer["summary"].startswith(
        "INCOMPLETE, although 600 connections were read: Telnyx reports 64000000 pages for 600 connections. "
    )
