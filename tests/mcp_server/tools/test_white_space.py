"""Names that differ only in white space look the same, so they count as the same, and the difference is shown."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_connections_mcp.text.cleaning import fold, spelled

pytestmark = pytest.mark.anyio
LOOK_ALIKES = ["Main trunk", "Main trunk ", "Main\u00a0trunk"]


def account(names: Sequence[str]) -> httpx.MockTransport:
    rows = [
        {"id": str(number), "connection_name": name, "record_type": "ip_connection", "active": True, "tags": [name]}
        for number, name in enumerate(names, 1)
    ]
    meta = {"page_number": 1, "page_size": 250, "total_pages": 1, "total_results": len(rows)}

    def answer(request: httpx.Request) -> httpx.Response:
        if (wanted := request.url.path.rpartition("/")[2]) != "connections":
            return body({"data": rows[int(wanted) - 1]})
        return body({"data": rows, "meta": meta})

    return httpx.MockTransport(answer)


def body(content: dict[str, Any]) -> httpx.Response:
    return httpx.Response(200, stream=httpx.ByteStream(json.dumps(content).encode()))


async def ask(client: Any, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    return result.structured_content


@pytest.mark.parametrize("asked", ["Main trunk", "main  trunk", "\u3000Main\ttrunk\n", "Main\u2007trunk"])
async def test_names_that_look_alike_are_all_candidates(connect: Callable[..., Any], asked: str) -> None:
    """None of three is picked; each is listed with its id, and its white space if that is unusual."""
    async with connect(transport=account([*LOOK_ALIKES, "Main trunks"])) as client:
        answer = await ask(client, "get_connection", connection_name=asked)
    assert answer["summary"].startswith("3 connections are named")
    assert [(row["id"], row.get("spelled")) for row in answer["candidates"]] == [
        ("1", None),
        ("2", "Main trunk\\u0020"),
        ("3", "Main\\u00a0trunk"),
    ]


async def test_a_connection_found_by_its_look_shows_its_spelling(connect: Callable[..., Any]) -> None:
    """The spelling is shown whether it was found by name or by id."""
    async with connect(transport=account(["  Main trunk", "other"])) as client:
        for arguments in ({"connection_name": "Main trunk"}, {"id": "1"}):
            answer = await ask(client, "get_connection", **arguments)
            assert answer["connection"]["id"] == "1"
            assert '(spelled "\\u0020\\u0020Main trunk")' in answer["summary"]


async def test_an_odd_spelling_is_told_even_if_there_is_no_other(connect: Callable[..., Any]) -> None:
    """Whoever looks for the name as it looks would not find it by its exact spelling."""
    async with connect(transport=account(["acme ", "acme "])) as client:
        (finding,) = (await ask(client, "audit_connections", checks=["duplicate_name"]))["findings"]
        assert finding["groups"] == [{"connection_name": "acme ", "count": 2, "spellings": {"acme\\u0020": 2}}]
        found = await ask(client, "search_connections", where={"name_exact": "acme"}, limit=0)
        assert (found["matches"], found["unknown"]["name_exact"]["near"]) == (0, ["acme "])
        assert (await ask(client, "search_connections", where={"name_exact": "acme "}, limit=0))["matches"] == 2


async def test_the_audit_finds_names_that_look_alike(connect: Callable[..., Any]) -> None:
    """They are one duplicate name, listed with spellings that look the same."""
    async with connect(transport=account([*LOOK_ALIKES, "other", "Twice", "twice"])) as client:
        (finding,) = (await ask(client, "audit_connections", checks=["duplicate_name"]))["findings"]
    assert finding["count"] == 5
    assert finding["groups"] == [
        {
            "connection_name": "Main trunk",
            "count": 3,
            "spellings": {"Main trunk": 1, "Main trunk\\u0020": 1, "Main\\u00a0trunk": 1},
        },
        {"connection_name": "Twice", "count": 2, "spellings": {"Twice": 1, "twice": 1}},
    ]


@pytest.mark.parametrize(
    "where",
    [
        {"name_glob": "main trunk"},
        {"name_contains": "N  TRUNK"},
        {"tags_any": ["main trunk"]},
        {"tags_all": ["main\u202ftrunk"]},
    ],
)
async def test_conditions_and_groups_ignore_kinds_of_white_space(
    connect: Callable[..., Any], where: dict[str, Any]
) -> None:
    """A condition finds all that look alike, and they are one group."""
    async with connect(transport=account(LOOK_ALIKES)) as client:
        answer = await ask(client, "search_connections", where=where, group_by=["connection_name"])
    assert answer["matches"] == 3
    assert "unknown" not in answer
    assert [group["count"] for group in answer["groups"]] == [3]


@given(st.text(), st.text(st.characters(categories=["Zs"]), min_size=1, max_size=3))
def test_any_white_space_is_one_space(word: str, space: str) -> None:
    """All white space folds to single spaces, and an escaped spelling contains nothing but those."""
    assert fold(f"a{space}b") == "a b"
    assert fold(f"{space}{word}{space}") == fold(word)
    shown = spelled(f"{word}{space}{word}")
    assert shown == " ".join(shown.split())
