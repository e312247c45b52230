"""Pages that contradict themselves or each other: few requests, what was read, and why it may not be all."""

import json
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest

from telnyx_connections_mcp.inventory import paging
from telnyx_connections_mcp.telnyx.cursors import CursorHistory

pytestmark = pytest.mark.anyio
COUNT = {"group_by": ["record_type"]}


class Api(httpx.AsyncBaseTransport):
    """An API of `size` connections whose pages are as `odd` makes them; counts what it is asked."""

    def __init__(self, size: int, odd: Callable[[int, dict[str, Any]], Any], per_page: int = 250) -> None:
        self.size, self.odd, self.per_page = size, odd, per_page
        self.asked = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        await anyio.lowlevel.checkpoint()
        number = int(request.url.params["page[number]"])
        rows = [{"id": str(row)} for row in range(self.size)][(number - 1) * self.per_page : number * self.per_page]
        meta = {
            "total_pages": -(-self.size // self.per_page),
            "total_results": self.size,
            "page_number": number,
            "page_size": self.per_page,
        }
        answer = {"data": rows, "meta": meta}
        body = json.dumps(self.odd(number, answer) or answer).encode()
        return httpx.Response(200, stream=httpx.ByteStream(body))


def meta(**said: Any) -> Callable[[int, dict[str, Any]], None]:
    """Pages whose meta says this; what is None it does not say."""

    def odd(_: int, answer: dict[str, Any]) -> None:
        answer["meta"] = {name: value for name, value in (answer["meta"] | said).items() if value is not None}

    return odd


def without_meta(_: int, answer: dict[str, Any]) -> None:
    del answer["meta"]


def always_the_first(_: int, answer: dict[str, Any]) -> None:
    answer["data"] = [{"id": str(row)} for row in range(250)]


def always_the_first_page(number: int, answer: dict[str, Any]) -> None:
    always_the_first(number, answer)
    answer["meta"]["page_number"] = 1


def the_first_turned(number: int, answer: dict[str, Any]) -> None:
    without_meta(number, answer)
    answer["data"] = [{"id": str((row + number) % 250)} for row in range(250)]


def always_new(number: int, answer: dict[str, Any]) -> None:
    without_meta(number, answer)
    answer["data"] = [{"id": f"{number}-{row}"} for row in range(250)]


def shrunk(_: int, answer: dict[str, Any]) -> None:
    del answer["data"][5:]


def empty(_: int, answer: dict[str, Any]) -> None:
    answer["data"] = []


def swollen(_: int, answer: dict[str, Any]) -> None:
    answer["data"] = [{"id": str(row)} for row in range(250)]


def without_ids(number: int, answer: dict[str, Any]) -> None:
    without_meta(number, answer)
    answer["data"] = [{"connection_name": "x"}] * 250


def with_gaps(*positions: int) -> Callable[[int, dict[str, Any]], None]:
    """Pages that have something else than an object at these positions of the list."""

    def odd(number: int, answer: dict[str, Any]) -> None:
        for position in positions:
            at = position - (number - 1) * answer["meta"]["page_size"]
            if 0 <= at < len(answer["data"]):
                answer["data"][at] = (None, "x", 7, [{}], True)[position % 5]

    return odd


def gaps_without_meta(number: int, answer: dict[str, Any]) -> None:
    with_gaps(0, 300)(number, answer)
    without_meta(number, answer)


def another_total_each_time(number: int, answer: dict[str, Any]) -> None:
    answer["meta"]["total_results"] = 10 ** (number % 9 + 3)


def no_end(number: int, answer: dict[str, Any]) -> None:
    always_new(number, answer)
    answer["meta"] = {"total_results": 10**12, "total_pages": 4 * 10**9, "page_number": number, "page_size": 250}


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
        (600, meta(page_size=0, page_number=None, total_pages=None), 600, 600, 4, None),
        (600, meta(page_number=3), 350, 600, 4, "page 2 was requested, but page 3 came"),
        (600, always_the_first, 250, 600, 3, "has the same connections as page 1, so page[number] is ignored"),
        (600, always_the_first_page, 250, 600, 3, "page 3 was requested, but page 1 came"),
        (10_000, always_the_first, 250, 10_000, 11, "the same connections as page 1, so page[number] is ignored"),
        (600, lambda *_: {"data": [{"id": "1"}] * 250}, 1, None, 2, "page 2 has the same connections as page 1"),
        (600, the_first_turned, 250, None, 2, "Telnyx did not say how many connections there are"),
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
    """What the pages hold is read with few requests, and called incomplete with what cannot be."""
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
async def test_smaller_pages_than_asked_for_are_read_all(
    connect: Callable[..., Any], per_page: int, says: dict[str, Any]
) -> None:
    """An API that gives fewer connections a page than it is asked for, whether or not it says so."""
    api = Api(730, meta(**says), per_page)
    async with connect(transport=api) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
    assert answer["coverage"]["read"] == 730
    assert answer["coverage"]["complete"] is (says == {})


@pytest.mark.parametrize("odd", [always_new, no_end])
async def test_a_list_without_end_is_read_to_our_own_bound(
    connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, odd: Any
) -> None:
    """Whatever is said of how many there are."""
    monkeypatch.setattr("telnyx_connections_mcp.inventory.page_reader.MAX_PAGES", 30)
    api = Api(0, odd)
    async with connect(transport=api) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
    assert (api.asked, answer["coverage"]["read"], answer["coverage"]["complete"]) == (30, 7500, False)
    assert "30 pages" in answer["coverage"]["why"]


async def test_connections_that_take_too_much_memory_end_the_reading(
    connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One fleet, or several of one account; a complete one that is older makes room."""
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


@pytest.mark.parametrize(
    ("said", "page", "why"),
    [
        ({"total_pages": 64_000_000}, {}, "Telnyx reports 64000000 pages for 600 connections"),
        ({"total_pages": 3, "total_results": 10**9}, {}, "Telnyx reports 3 pages for 1000000000 connections"),
        ({"page_number": 1}, {"number": 2}, "page 2 was requested, but page 1 came"),
    ],
)
async def test_one_page_that_contradicts_itself_leads_nowhere(
    connect: Callable[..., Any], said: dict[str, Any], page: dict[str, Any], why: str
) -> None:
    """No next page is offered, which may be the same again, and the answer begins with why."""
    async with connect(transport=Api(600, meta(**said), 25)) as client:
        answer = (await client.call_tool("list_connections", {"page": page})).structured_content
    assert answer["summary"].startswith(f"Caution, {why}: what follows is unknown, but search_connections reads ")
    assert answer["page"].keys() == {"number", "size", "total_results"}
    assert len(answer["connections"]) == 25


async def test_an_empty_page_among_others_is_told(connect: Callable[..., Any]) -> None:
    """Nothing is said of there being no connections where Telnyx counts some."""
    async with connect(transport=Api(0, meta(total_results=600, total_pages=24, page_size=25), 25)) as client:
        answer = (await client.call_tool("list_connections", {"page": {"number": 3}})).structured_content
    assert answer["summary"].startswith("Caution, page 3 is empty, but Telnyx counts 600 connections: what follows")


@pytest.mark.parametrize("circle", ["A", "AB", "ABC", "ABCDEFGH"])
async def test_cursors_in_a_circle_come_to_an_end(connect: Callable[..., Any], circle: str) -> None:
    """However long it is, each page is offered once; the same list may be read again from its beginning."""

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


def test_trails_are_forgotten() -> None:
    """Of any number of lists a thousand steps are remembered."""
    trails = CursorHistory()
    for number in range(2500):
        assert not trails.is_cycle("x", str(number - 1) if number else None, str(number))
    assert trails.is_cycle("x", "2499", "2000")
    assert not trails.is_cycle("x", "2499", "1000")


async def test_more_groups_than_are_counted_are_refused(
    connect: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With what to do; a key that is named twice makes no more groups than once."""
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


def test_the_bound_of_pages_is_what_is_written_down() -> None:
    """docs/operating.md says 200,000 connections."""
    assert paging.MAX_PAGES * paging.PAGE_SIZE == 200_000


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (shrunk, "Caution, page 1 has 5 of up to 25, but Telnyx counts 600 connections: what follows is unknown"),
        (empty, "Caution, page 1 is empty, but Telnyx counts 600 connections: what follows is unknown"),
        (swollen, "Caution, this page of 25 has 250: what follows is unknown"),
    ],
)
async def test_a_page_of_another_size_is_told(connect: Callable[..., Any], odd: Any, said: str) -> None:
    """Whoever went on to the next page would lose the rows between, or see them twice: none is offered."""
    async with connect(transport=Api(600, odd, per_page=25)) as client:
        answer = (await client.call_tool("list_connections", {"page": {"size": 25}})).structured_content
    assert answer["summary"].startswith(said)
    assert not answer["page"].keys() & {"next", "total_pages"}


@pytest.mark.parametrize("size", [25, 100])
@pytest.mark.parametrize(("number", "held"), [(1, 25), (2, 25), (3, 10)])
async def test_a_page_that_holds_what_it_should_is_told_as_it_is(
    connect: Callable[..., Any], number: int, held: int, size: int
) -> None:
    """The last holds what is left; a page may be smaller than asked for if it says so."""
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
async def test_a_page_that_lacks_one_is_told(connect: Callable[..., Any], number: int, left: int, said: str) -> None:
    """In the middle and at the end."""

    def lacking(_: int, answer: dict[str, Any]) -> None:
        del answer["data"][left:]

    async with connect(transport=Api(60, lacking, per_page=25)) as client:
        answer = await client.call_tool("list_connections", {"page": {"number": number, "size": 25}})
    assert answer.structured_content["summary"].startswith(said)


@pytest.mark.parametrize(
    ("size", "asked"),
    [(0, [1]), (1, [1]), (250, [1]), (251, [1, 2, 2]), (500, [1, 2, 2]), (501, [1, 2, 3, 3])],
)
async def test_the_last_page_is_fetched_again(connect: Callable[..., Any], size: int, asked: list[int]) -> None:
    """Of any account of two pages or more: nothing else shows that it has not changed meanwhile."""
    numbers: list[int] = []

    def note(number: int, _: dict[str, Any]) -> None:
        numbers.append(number)

    async with connect(transport=Api(size, note)) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
    assert sorted(numbers) == asked
    assert (answer["coverage"]["read"], answer["coverage"]["complete"]) == (size, True)


async def test_a_swap_in_an_account_of_two_pages_is_noticed(connect: Callable[..., Any]) -> None:
    """One connection is deleted and one created after both pages were read: the count stays, the last page changes."""
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


async def test_no_only_where_all_that_are_counted_were_read(connect: Callable[..., Any]) -> None:
    """Only 600 of 600 would be no sentence; why it may not be the whole is."""
    async with connect(transport=Api(600, meta(total_pages=64_000_000))) as client:
        answer = (await client.call_tool("search_connections", COUNT)).structured_content
    assert answer["summary"].startswith(
        "INCOMPLETE, although 600 connections were read: Telnyx reports 64000000 pages for 600 connections. "
    )


async def test_a_page_with_gaps_is_shown_without_them(connect: Callable[..., Any]) -> None:
    """With how many of it were not objects; the positions of the others, and the way on, stay as they are."""
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


async def test_a_shortened_page_with_gaps_goes_on_behind_its_last_row(connect: Callable[..., Any]) -> None:
    """Going on neither loses nor repeats a connection, and each gap is told once."""

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
async def test_a_total_that_is_none_is_told(connect: Callable[..., Any], total: Any) -> None:
    """That Telnyx gave a number that cannot be used is another thing than that it gave none."""
    async with connect(transport=Api(60, meta(total_results=total), per_page=25)) as client:
        answer = (await client.call_tool("list_connections", {})).structured_content
    assert answer["summary"].startswith(
        "Page 1, 25 connections of an unknown total (Telnyx gave no usable count of connections), newest first"
    )
    async with connect(transport=Api(0, meta(total_results=total), per_page=25)) as client:
        answer = (await client.call_tool("list_connections", {})).structured_content
    assert answer["summary"] == "No connections on page 1; Telnyx gave no usable count of connections."
