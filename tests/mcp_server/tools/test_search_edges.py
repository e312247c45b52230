"""Edge cases of searches: fields that no connection has, cleaned texts, large offsets, ties."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.anyio
Row = dict[str, Any]


def account(rows: list[Row]) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        first = (int(request.url.params["page[number]"]) - 1) * 250
        body = {"data": rows[first : first + 250], "meta": {"total_results": len(rows)}}
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(body).encode()))

    return httpx.MockTransport(answer)


async def search(connect: Callable[..., Any], rows: list[Row], **arguments: Any) -> Any:
    async with connect(transport=account(rows)) as client:
        result = await client.call_tool("search_connections", arguments)
    assert not result.is_error, result.content[0].text
    return result.structured_content


@pytest.mark.parametrize(
    ("where", "field", "value"),
    [
        ({"active": True}, "active", "true"),
        ({"active": False}, "active", "false"),
        ({"created_after": "2020-01-01"}, "created_at", "2020-01-01"),
        ({"updated_before": "2030-01-01"}, "updated_at", "2030-01-01"),
    ],
)
async def test_a_field_that_no_connection_has_is_reported(
    connect: Callable[..., Any], where: dict[str, Any], field: str, value: str
) -> None:
    """Zero would look like an answer, such as that none is active."""
    (name,) = where
    answer = await search(connect, [{"id": "1", "active": None, "created_at": "soon"}, {"id": "2"}], where=where)
    assert answer["matches"] == 0
    assert answer["summary"] == (
        f"No connection read has a known {field}, so where.{name} matches none. 0 connections of all 2 match."
    )
    assert answer["unknown"] == {name: {"values": [value], "there_are": []}}


async def test_a_field_that_one_connection_has_is_an_answer(connect: Callable[..., Any]) -> None:
    """If one connection has the field, zero is an answer."""
    answer = await search(connect, [{"id": "1", "active": False}, {"id": "2"}], where={"active": True})
    assert answer["summary"] == "0 connections of all 2 match."
    assert "unknown" not in answer


@pytest.mark.parametrize(
    ("row", "key", "shown", "changed"),
    [
        (
            {"connection_name": "ac\u200bme"},
            "connection_name",
            "acme",
            "1 text lost invisible or control characters (group 1)",
        ),
        ({"tags": ["pr\u200bod"]}, "tag", "prod", "1 text lost invisible or control characters (group 1)"),
        ({"record_type": "password=hunter2"}, "record_type", "password=***", "1 value masked as *** (secret, or "),
        (
            {"webhook_event_url": "https://h\u00f6oks.example/\u200b"},
            "webhook_host",
            "h\u00f6oks.example",
            None,
        ),
        ({"connection_name": "x" * 300}, "connection_name", "x" * 250 + "\u2026[cut]", "1 text cut"),
    ],
)
async def test_a_group_says_what_was_changed_in_its_name(
    connect: Callable[..., Any], row: Row, key: str, shown: str, changed: str | None
) -> None:
    """A changed name would not be found elsewhere as it is shown."""
    answer = await search(connect, [{"id": "1"} | row], group_by=[key])
    assert answer["groups"] == [{key: shown, "count": 1}]
    if changed is None:
        assert "changed" not in answer
    else:
        assert answer["changed"].startswith(changed)


async def test_a_shown_name_that_exists_is_not_called_changed(connect: Callable[..., Any]) -> None:
    """A name that some connection has as it is shown can be found."""
    rows = [{"id": "1", "connection_name": "acme"}, {"id": "2", "connection_name": "ac\u200bme"}]
    answer = await search(connect, rows, group_by=["connection_name"])
    assert answer["groups"] == [{"connection_name": "acme", "count": 2}]
    assert "changed" not in answer


async def test_changes_to_suggestions_are_counted(connect: Callable[..., Any]) -> None:
    """A suggestion is shown cleaned, and the answer says so."""
    answer = await search(
        connect, [{"id": "1", "connection_name": "ac\u200bme-prod"}], where={"name_contains": "acme-prd"}
    )
    assert answer["unknown"] == {"name_contains": {"values": ["acme-prd"], "near": ["acme-prod"]}}
    assert answer["changed"] == "1 text lost invisible or control characters (unknown.name_contains)"


async def test_an_offset_beyond_any_number_is_beyond_the_last(connect: Callable[..., Any]) -> None:
    """A huge offset is beyond the last row or group."""
    answer = await search(connect, [{"id": "1"}], offset=10**30)
    assert answer["summary"] == f"1 connection in all; offset {10**30} is beyond the last."
    answer = await search(connect, [{"id": "1"}], offset=10**30, group_by=["tag"])
    assert (answer["matches"], answer["groups"]) == (1, [])


@pytest.mark.parametrize(
    ("sort", "types"),
    [
        ("-created_at", "1 c, 1 b, 1 a, 1 unknown type"),
        ("created_at", "1 a, 1 b, 1 c, 1 unknown type"),
        ("-connection_name", "1 a, 1 unknown type, 1 c, 1 b"),
    ],
)
async def test_groups_of_equal_size_are_in_row_order(connect: Callable[..., Any], sort: str, types: str) -> None:
    """The same question always has the same answer."""
    rows: list[Row] = [
        {"id": "1", "record_type": "c", "created_at": "2024-01-03T00:00:00Z", "connection_name": "2"},
        {"id": "2", "record_type": "a", "created_at": "2024-01-01T00:00:00Z", "connection_name": "4"},
        {"id": "3", "record_type": "b", "created_at": "2024-01-02T00:00:00Z", "connection_name": "1"},
        {"id": "4", "connection_name": "3"},
    ]
    answer = await search(connect, rows, sort=sort)
    assert f" in an unknown state; {types}, " in answer["summary"]


async def test_groups_that_are_skipped_or_left_are_counted(connect: Callable[..., Any]) -> None:
    """Groups before the offset and beyond the limit are counted."""
    rows = [{"id": f"{size}{n}", "connection_name": f"n{size}"} for size in (4, 3, 2, 1) for n in range(size)]
    answer = await search(connect, rows, group_by=["connection_name"], offset=1, limit=1)
    assert answer["groups"] == [{"connection_name": "n3", "count": 3}]
    assert answer["left"] == {"groups": 2, "count": 3, "offset": 2}


async def test_two_keys_spell_each_value_as_most_do(connect: Callable[..., Any]) -> None:
    """Each value of a pair has its most frequent spelling, and an empty tag is no tag."""
    rows = [
        {"id": "1", "connection_name": "acme", "tags": ["eu"], "active": True},
        {"id": "2", "connection_name": "Acme", "tags": ["EU"], "active": True},
        {"id": "3", "connection_name": "Acme", "tags": ["EU"], "active": False},
        {"id": "4", "connection_name": "", "tags": [""], "active": False},
    ]
    answer = await search(connect, rows, group_by=["connection_name", "active"])
    assert answer["groups"] == [
        {"connection_name": "Acme", "active": True, "count": 2},
        {"connection_name": "Acme", "active": False, "count": 1},
        {"connection_name": None, "active": False, "count": 1},
    ]
    answer = await search(connect, rows, group_by=["tag", "connection_name"])
    assert answer["groups"] == [
        {"tag": "EU", "connection_name": "Acme", "count": 3},
        {"tag": None, "connection_name": None, "count": 1},
    ]


async def test_special_characters_mean_themselves(connect: Callable[..., Any]) -> None:
    """Quotation marks, %, _ and brackets mean themselves; only * stands for any text."""
    names = ["50%_a", "50xa", "O'Brien\"; DROP TABLE connections", "[ab]", "a", "c*d", "cxd"]
    rows = [{"id": str(number), "connection_name": name} for number, name in enumerate(names)]
    async with connect(transport=account(rows)) as client:
        for where, found in (
            ({"name_contains": "%_"}, ["0"]),
            ({"name_contains": "'brien\"; drop"}, ["2"]),
            ({"name_glob": "[ab]"}, ["3"]),
            ({"name_glob": "*]"}, ["3"]),
            ({"name_glob": "c*d"}, ["5", "6"]),
            ({"name_glob": "50%_*"}, ["0"]),
        ):
            result = await client.call_tool("search_connections", {"where": where, "sort": "created_at"})
            assert [row["id"] for row in result.structured_content["connections"]] == found


async def test_groups_that_would_take_too_much_memory_are_refused(connect: Callable[..., Any]) -> None:
    """A long name beside each of a hundred tags is refused, while one key alone is counted."""
    rows = [
        {
            "id": str(number),
            "connection_name": f"{number}{'x' * 4000}",
            "tags": [f"{number}-{tag}" for tag in range(100)],
        }
        for number in range(300)
    ]
    async with connect(transport=account(rows)) as client:
        result = await client.call_tool("search_connections", {"group_by": ["tag", "connection_name"]})
        assert result.is_error
        assert result.content[0].text == (
            "Counting these groups would take more than 256 MiB of memory: use fewer group_by keys, or conditions that "
            "match fewer connections."
        )
        for arguments, groups in (
            ({"group_by": ["tag"]}, 30_000),
            ({"group_by": ["tag", "connection_name"], "where": {"ids": ["7"]}}, 100),
        ):
            result = await client.call_tool("search_connections", {**arguments, "limit": 1})
            assert f"; in {groups} groups by tag" in result.content[0].text
