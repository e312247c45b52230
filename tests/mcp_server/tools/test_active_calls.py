"""Active calls, however the API pages them: what is shown is clean and bounded, and the rest can be requested."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_connections_mcp.sandbox.fleet import create_fleet
from telnyx_connections_mcp.telnyx.cursors import LONGEST_CURSOR, parameters_of, read_cursor, shown_cursor

pytestmark = pytest.mark.anyio
BUSY = next(id_ for id_, calls in create_fleet().calls.items() if len(calls) == 37)


async def ask(client: Any, **page: Any) -> Any:
    result = await client.call_tool("list_active_calls", {"connection_id": BUSY, "page": {"size": 20} | page})
    assert not result.is_error, result.content[0].text
    return result.structured_content


def answering(meta: Any, *calls: dict[str, Any], asked: list[str] | None = None) -> httpx.MockTransport:
    def handler(request: httpx.Request) -> httpx.Response:
        if asked is not None:
            asked.append(request.url.params.get("page[after]", ""))
        return httpx.Response(
            200, stream=httpx.ByteStream(json.dumps({"data": list(calls), "meta": meta}).encode("utf-8"))
        )

    return httpx.MockTransport(handler)


@pytest.mark.parametrize("fault", ["cursor-calls", "odd-cursor", "next-path"])
async def test_every_call_is_reached(connect: Callable[..., Any], fault: str) -> None:
    """Following the answers shows every call, whatever the cursor contains, and only plain cursors are shown."""
    async with connect(fault=fault) as client:
        first = await ask(client)
        assert first["page"]["after"].isascii()
        assert first["page"]["after"].isprintable()
        assert "more follow" in first["summary"]
        second = await ask(client, after=first["page"]["after"])
        assert "after" not in second["page"]
        legs = {call["call_leg_id"] for answer in (first, second) for call in answer["calls"]}
        assert len(legs) == 37
        assert (await client.call_tool("search_connections", {})).structured_content["matches"] == 55
        odd = await client.call_tool("list_active_calls", {"connection_id": BUSY, "page": {"after": "v1:odd"}})
        assert "Telnyx refused the parameter page[after] (HTTP 422" in odd.content[0].text


async def test_a_full_page_without_total_offers_the_next(connect: Callable[..., Any]) -> None:
    """Without a total the next number is offered until a page is not full."""
    async with connect(fault="no-meta") as client:
        first = await ask(client)
        assert first["summary"].startswith(
            f"20 active calls of connection {BUSY}, more may follow, the longest on this page first: "
        )
        second = await ask(client, number=first["page"]["next"])
        assert "next" not in second["page"]
        assert second["summary"].startswith(f"17 active calls of connection {BUSY}, the longest on this page first: ")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("long-cursor", "because Telnyx's cursor is longer than 2048 characters, or cannot be sent."),
        ("one-of-50", "because Telnyx did not say how to request it."),
    ],
)
async def test_calls_that_cannot_be_reached_are_reported(connect: Callable[..., Any], fault: str, said: str) -> None:
    """A cursor that could not be sent back is not offered, and the list is not called complete."""
    async with connect(fault=fault) as client:
        answer = await ask(client)
    assert "after" not in answer["page"]
    assert answer["summary"].endswith(f" INCOMPLETE: the rest cannot be read, {said}") is (fault == "long-cursor")
    assert len(json.dumps(answer)) < 10_000


@pytest.mark.parametrize(
    ("meta", "why"),
    [
        ({"total_items": 50, "next": "more"}, "page 1 has 1 of up to 20, but Telnyx counts 50 calls"),
        ({"total_results": 2}, "page 1 has 1 of up to 20, but Telnyx counts 2 calls"),
        ({"total_items": 50, "next": "?page[number]=2"}, "page 1 has 1 of up to 20, but Telnyx counts 50 calls"),
        ({"page_number": 9, "page_size": 20, "total_pages": 9}, "page 1 was requested, but page 9 came"),
        ({"cursors": {"after": {"a": 1}}}, "Telnyx did not say how to request it"),
        ({"cursors": {"after": ["x"]}}, "Telnyx did not say how to request it"),
        ({"cursors": {"after": True}}, "Telnyx did not say how to request it"),
    ],
)
async def test_a_partial_list_is_never_called_complete(connect: Callable[..., Any], meta: Any, why: str) -> None:
    """If there is more but no gapless way to it, the answer says so."""
    async with connect(transport=answering(meta, {"call_leg_id": "1"})) as client:
        answer = await ask(client)
    assert answer["summary"].endswith(f" INCOMPLETE: the rest cannot be read, because {why}.")
    assert not answer["page"].keys() & {"next", "after"}


async def test_total_items_is_read(connect: Callable[..., Any]) -> None:
    """`total_items` is read even beside a `next` that leads nowhere."""
    async with connect(fault="one-of-50") as client:
        answer = await ask(client)
        assert answer["summary"].startswith("1 of 50 active calls of connection ")
        assert ", more follow" in answer["summary"]
        last = await ask(client, number=3)
        assert last["summary"].endswith("because page 3 has 1 of up to 20, but Telnyx counts 50 calls.")


async def test_a_total_below_the_number_of_rows_is_ignored(connect: Callable[..., Any]) -> None:
    """A total that is less than what the page holds is not shown."""
    async with connect(transport=answering({"total_items": 0}, {"call_leg_id": "1"})) as client:
        assert (await ask(client))["summary"] == f"1 active call of connection {BUSY}."


@pytest.mark.parametrize(
    ("page", "sent"),
    [
        (None, {"page[size]": "10", "page[limit]": "10"}),
        ({"number": None, "after": None}, {"page[size]": "10", "page[limit]": "10"}),
        ({"size": 7}, {"page[size]": "7", "page[limit]": "7"}),
        ({"number": 1}, {"page[number]": "1", "page[size]": "10"}),
        ({"after": "x", "number": None}, {"page[after]": "x", "page[size]": "10", "page[limit]": "10"}),
    ],
)
async def test_a_page_number_is_sent_only_if_given(connect: Callable[..., Any], page: Any, sent: Any) -> None:
    """Telnyx documents cursors, and a number that nobody gave would change how it pages."""
    requests: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        return httpx.Response(200, stream=httpx.ByteStream(b'{"data": []}'))

    async with connect(transport=httpx.MockTransport(handler)) as client:
        await client.call_tool("list_active_calls", {"connection_id": BUSY, "page": page})
    assert [dict(request.url.params) for request in requests] == [sent]


async def test_a_cursor_that_leads_back_is_not_offered(connect: Callable[..., Any]) -> None:
    """A cursor that leads back to an earlier page is not offered."""
    async with connect(fault="cursor-repeats") as client:
        first = await ask(client)
        second = await ask(client, after=first["page"]["after"])
    assert "after" not in second["page"]
    assert second["summary"].endswith(
        " INCOMPLETE: the rest cannot be read, because Telnyx's cursor leads back to this page."
    )


@pytest.mark.parametrize(
    ("meta", "page"),
    [
        ({"next": "/v2/x/active_calls?page[after]=v1%3Aabc+d&page[size]=1#x"}, {"after": "v1:abc+d"}),
        ({"next": "/v2/x/active_calls?page%5Bnumber%5D=7"}, {"next": 7, "number": 1}),
        ({"next": "/v2/x/active_calls?page[number]=1"}, {"number": 1}),
        ({"next": "/v2/x/active_calls?page[number]=" + "9" * 400}, {"number": 1}),
        ({"next": "?page[after]=" + "x" * 9000}, {"number": 1}),
        ({"next": 7, "cursors": ["after"]}, {"number": 1}),
        ({"next": None, "cursors": {"after": 7}}, {"after": "7"}),
        ({"cursors": {"after": None}}, {"number": 1}),
        ({"total_pages": 10**9, "total_results": 1}, {"number": 1, "total_results": 1}),
        ({"total_pages": 3}, {"number": 1, "next": 2}),
        ({"cursors": {"after": "\ud83d"}}, {"number": 1}),
        ({"total_items": "50", "total_results": -1}, {"number": 1}),
        ({"total_items": 10**400}, {"number": 1}),
        ({"total_items": 50, "total_results": 1, "total_pages": 1}, {"number": 1, "total_results": 1}),
    ],
)
async def test_any_meta_is_read(connect: Callable[..., Any], meta: Any, page: Any) -> None:
    """Meta of any shape is read as far as it makes sense."""
    async with connect(transport=answering(meta, {"call_leg_id": "1"})) as client:
        answer = await ask(client)
    said = {name: value for name, value in answer["page"].items() if name != "size"}
    assert "cannot" in said.pop("unreachable", "cannot") or "next" in meta
    assert said == page | ({} if "number" in page else {"number": 1})


async def test_a_cursor_is_sent_back_as_it_came(connect: Callable[..., Any]) -> None:
    """A cursor is sent back unchanged, and anything else is not sent at all."""
    raw = "\x1b]0;x\x07\u202e日本 \n" + "y" * 600
    asked: list[str] = []
    async with connect(transport=answering({"cursors": {"after": raw}}, asked=asked)) as client:
        after = (await ask(client))["page"]["after"]
        await ask(client, after=after)
        assert asked == ["", raw]
        for wrong in ("two words", "base64:", "base64:!!!", "base64:YWJj", "base64:_w==", "\u202e"):
            result = await client.call_tool("list_active_calls", {"connection_id": "1", "page": {"after": wrong}})
            assert result.content[0].text == (
                "Nothing was sent to Telnyx: `page.after` must be exactly the one from the previous answer."
            )
        assert len(asked) == 2


@given(st.text(st.characters()) | st.text(st.characters(codec="ascii"), min_size=1) | st.just("base64:YWJj"))
def test_every_shown_cursor_can_be_read_back(cursor: str) -> None:
    """A cursor is shown as plain ASCII of bounded length, from which the original can be read."""
    shown = shown_cursor(cursor)
    if shown is not None:
        assert shown.isascii()
        assert shown.isprintable()
        assert len(shown) <= LONGEST_CURSOR
        assert read_cursor(shown) == cursor


@given(st.text() | st.from_regex(r"\?(page\[after\]=[a-z%]{0,5}&?){0,3}"))
def test_any_path_can_be_parsed(path: str) -> None:
    """No path raises an error."""
    assert isinstance(parameters_of(path), dict)


async def test_every_field_of_a_call_is_shown_in_full(connect: Callable[..., Any]) -> None:
    """In full, unknown fields are shown, secrets masked and texts cleaned; a summary has none of them."""
    call = {
        "record_type": "call",
        "call_leg_id": "leg",
        "call_control_id": 5,
        "call_duration": "long",
        "from": "+15550100",
        "sip_password": "s3cret",
        "note": "a\u202eb",
        "more": {"depth": [1, None]},
    }
    async with connect(transport=answering({}, call)) as client:
        for detail, shown in (
            ("summary", {"call_leg_id": "leg"}),
            ("full", call | {"sip_password": "***", "note": "ab"}),
        ):
            result = await client.call_tool("list_active_calls", {"connection_id": "1", "detail": detail})
            assert result.structured_content["calls"] == [shown]


def refusing(detail: str, connection: dict[str, Any]) -> httpx.MockTransport:
    def handler(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/active_calls"):
            error = {"errors": [{"code": "10015", "title": "Invalid", "detail": detail}]}
            return httpx.Response(422, stream=httpx.ByteStream(json.dumps(error).encode()))
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps({"data": connection}).encode()))

    return httpx.MockTransport(handler)


@pytest.mark.parametrize(
    ("connection", "said"),
    [
        ({"record_type": "call_control_application", "webhook_event_url": ""}, "it has no webhook URL"),
        ({"record_type": "ip_connection"}, "it has no webhook URL"),
        ({"webhook_event_url": "https://u:p@hooks.example.com/x"}, 'its webhook is at "hooks.example.com"'),
        ({"webhook_event_url": "nonsense"}, 'its webhook is at "no readable host"'),
    ],
)
async def test_a_connection_without_a_list_of_calls_is_explained(
    connect: Callable[..., Any], connection: dict[str, Any], said: str
) -> None:
    """Telnyx's own words are about an argument to correct, which there is not."""
    detail = "Only Call Control Apps with valid webhook URL can be used"
    network = refusing(detail, {"id": "1", "connection_name": "x"} | connection)
    async with connect(transport=network) as client:
        result = await client.call_tool("list_active_calls", {"connection_id": "1"})
    assert said in result.structured_content["summary"]
    assert "no list of active calls for it, only for" in result.structured_content["summary"]
    assert result.structured_content["calls"] == []


async def test_other_refusals_stay_as_they_are(connect: Callable[..., Any]) -> None:
    """Only an error about webhooks is about the connection."""
    async with connect(transport=refusing("page[size] is too large", {"id": "1"})) as client:
        result = await client.call_tool("list_active_calls", {"connection_id": "1"})
    assert result.is_error
    assert "Telnyx refused a parameter (HTTP 422, code 10015: page[size] is too large)" in result.content[0].text


async def test_calls_that_are_not_objects_are_counted_and_left_out(connect: Callable[..., Any]) -> None:
    """The other calls are shown, and the list is not called complete."""
    calls: list[Any] = [None, {"call_leg_id": "1", "call_duration": 61}, "x"]
    async with connect(transport=answering({"total_results": 3}, *calls)) as client:
        answer = await ask(client)
    assert [call["call_leg_id"] for call in answer["calls"]] == ["1"]
    assert answer["summary"] == (
        "INCOMPLETE, 2 of the calls that Telnyx listed were not objects: "
        f"1 of 3 active calls of connection {BUSY}, the longest on this page first: 1 min 1 s."
    )


@pytest.mark.parametrize(
    "meta",
    [{"total_results": "2"}, {"total_results": -2}, {"total_items": 2.0}, {"total_results": None, "total_items": ""}],
)
async def test_an_unusable_number_of_calls_is_reported(connect: Callable[..., Any], meta: Any) -> None:
    """The calls shown are not taken for all there are."""
    said = " Telnyx gave no usable count of calls, so there may be more."
    async with connect(transport=answering(meta, {"call_leg_id": "1"})) as client:
        assert (await ask(client))["summary"] == f"1 active call of connection {BUSY}.{said}"
    async with connect(transport=answering(meta)) as client:
        assert (await ask(client))["summary"] == f"No active calls of connection {BUSY}.{said}"
