"""The sandbox pages active calls as Telnyx documents, and refuses connections that have none."""

import json
from typing import Any

import httpx
import pytest

from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.sandbox.fleet import create_fleet

pytestmark = pytest.mark.anyio
FLEET = create_fleet()
APP = create_app()
BUSY = max(FLEET.calls, key=lambda id_: len(FLEET.calls[id_]))
CALLS = FLEET.calls[BUSY]


async def get(path: str, **query: Any) -> httpx.Response:
    """GET `path` of the sandbox, where `after` and the like mean `page[after]`."""
    headers = {"authorization": f"Bearer {SANDBOX_KEY}"}
    pages = {f"page[{name}]": value for name, value in query.items()}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://sandbox") as http:
        return await http.get(path, params=pages or None, headers=headers)


async def calls(id_: str = BUSY, root: str = "/v2", **query: Any) -> httpx.Response:
    return await get(f"{root}/connections/{id_}/active_calls", **query)


async def test_calls_are_paged_by_cursor_unless_a_number_is_given() -> None:
    """A page has 20 calls; the first has no way back and the last no way on."""
    first = (await calls()).json()
    assert first["data"] == CALLS[:20]
    assert set(first["meta"]) == {"cursors", "total_items", "next"}
    assert first["meta"]["total_items"] == 37
    last = (await calls(after=first["meta"]["cursors"]["after"])).json()
    assert last["data"] == CALLS[20:]
    assert set(last["meta"]) == {"cursors", "total_items", "previous"}
    numbered = (await calls(number=2)).json()
    assert numbered["data"] == CALLS[20:]
    assert numbered["meta"] == {"total_pages": 2, "total_results": 37, "page_number": 2, "page_size": 20}


@pytest.mark.parametrize("word", ["limit", "size"])
@pytest.mark.parametrize("count", [1, 7, 36, 37, 38, 250])
async def test_cursors_go_forward_and_back(word: str, count: int) -> None:
    """Paging forward and back again shows each call once, in order."""
    page = (await calls(**{word: count})).json()
    forth = page["data"]
    while after := page["meta"]["cursors"].get("after"):
        page = (await calls(after=after, **{word: count})).json()
        forth += page["data"]
    assert forth == CALLS
    back = page["data"]
    while before := page["meta"]["cursors"].get("before"):
        page = (await calls(before=before, **{word: count})).json()
        back = page["data"] + back
    assert back == CALLS


@pytest.mark.parametrize("root", ["/v2", "/fault/cursor-calls/v2"])
async def test_next_and_previous_are_usable_paths(root: str) -> None:
    """The paths `next` and `previous` can be requested as they are."""
    first = (await calls(root=root)).json()
    second = (await get(first["meta"]["next"])).json()
    assert second["data"] == CALLS[20:]
    assert (await get(second["meta"]["previous"])).json() == first


async def test_the_two_ways_of_paging_name_the_size_differently() -> None:
    """`limit` counts for cursors and `size` for page numbers; both cursors default to the word null."""
    assert len((await calls(limit=3, size=5)).json()["data"]) == 3
    assert len((await calls(limit=3, size=5, number=1)).json()["data"]) == 5
    assert len((await calls(limit=3, number=1)).json()["data"]) == 3
    assert (await calls(after="null", before="null")).json() == (await calls()).json()


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"limit": 251}, "page[limit]"),
        ({"limit": 0}, "page[limit]"),
        ({"size": "x"}, "page[size]"),
        ({"number": 0}, "page[number]"),
        ({"after": "c2"}, "page[after]"),
        ({"after": ""}, "page[after]"),
        ({"after": "v1:Y2FsbDAwMDAwMDAy\u00e9"}, "page[after]"),
        ({"before": "v1:Y2FsbC0wMDAwMDAx"}, "page[before]"),
        ({"number": 1, "after": "v1:Y2FsbDAwMDAwMDAy"}, "page[after]"),
        ({"after": "v1:Y2FsbDAwMDAwMDAy", "before": "v1:Y2FsbDAwMDAwMDAy"}, "page[before]"),
        ({"x~/": 1}, "page[x~/]"),
    ],
)
async def test_an_invalid_page_of_calls_is_422(query: dict[str, Any], parameter: str) -> None:
    """An invalid page gets a 422 that names the parameter in pointer and parameter."""
    answer = await calls(**query)
    (error,) = answer.json()["errors"]
    pointer = "/" + parameter.replace("~", "~0").replace("/", "~1")
    assert (answer.status_code, error["code"]) == (422, "10015")
    assert error["source"] == {"pointer": pointer, "parameter": parameter}


async def test_which_connections_have_active_calls() -> None:
    """Call Control, TeXML and SIP with a webhook have a list, others get a 422, and an unknown id a 404."""
    has, without = set(), set()
    for row in FLEET.connections:
        answer = await calls(row["id"])
        kind = row["record_type"], bool(row["webhook_event_url"])
        if answer.status_code == 200:
            has.add(kind)
        else:
            (error,) = answer.json()["errors"]
            assert (answer.status_code, error["code"]) == (422, "10015")
            assert error["source"] == {"pointer": "/connection_id"}
            without.add(kind)
    assert not has & without
    assert {("texml_application", False), ("call_control_application", False), ("ip_connection", True)} <= has
    assert {("ip_connection", False), ("credential_connection", False), ("fax_application", True)} <= without
    assert (await calls("1")).status_code == 404


async def test_a_fault_can_allow_only_one_way_of_paging() -> None:
    """With the fault, cursors come although a number was given, or the other way round."""
    by_cursor = await calls(root="/fault/cursor-calls/v2", number=2, size=5)
    assert by_cursor.headers["content-type"] == "application/json"
    assert (by_cursor.json()["data"], by_cursor.json()["meta"]["total_items"]) == (CALLS[:5], 37)
    numbered = (await calls(root="/fault/numbered-calls/v2", after="v1:Y2FsbDAwMDAwMDAy", size=5)).json()
    assert (numbered["data"], numbered["meta"]["total_pages"]) == (CALLS[:5], 8)
    assert (await calls(root="/fault/numbered-calls/v2", number=8, size=5)).json()["data"] == CALLS[35:]
    assert json.loads((await get("/fault/numbered-calls/v2/connections")).text)["meta"]["total_results"] == 55
