"""Exactly what was requested: chosen fields, counts alone, and rows as the output schema describes them."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS

pytestmark = pytest.mark.anyio
Row = dict[str, Any]
TOOLS = ("list_connections", "search_connections")
SECRET = "https://bob:pw@Hooks.Example.com:8443/x?token=s3cret"


def account(*rows: Row) -> httpx.MockTransport:
    """An API with these connections."""
    page = {"data": rows, "meta": {"page_number": 1, "page_size": 250, "total_pages": 1, "total_results": len(rows)}}
    return httpx.MockTransport(
        lambda _: httpx.Response(200, stream=httpx.ByteStream(json.dumps(page).encode("utf-8", "surrogatepass")))
    )


async def ask(client: Any, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    return result.structured_content


async def refused(client: Any, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return str(result.content[0].text)


@pytest.mark.parametrize("tool", TOOLS)
async def test_only_the_fields_that_were_asked_for_are_shown(connect: Callable[..., Any], tool: str) -> None:
    """Fields come in the given order, once, null if unset, with exact times and without secrets."""
    rows: list[Row] = [
        {"id": "1", "connection_name": "a", "created_at": "2024-05-06T07:08:09Z", "webhook_event_url": SECRET},
        {"id": "2", "connection_name": "", "tags": [], "active": False, "anchorsite_override": "Latency"},
    ]
    async with connect(transport=account(*rows)) as client:
        answer = await ask(client, tool, fields=["webhook_event_url", "id", "created_at", "id"])
        assert [list(row.items()) for row in answer["connections"]] == [
            [
                ("webhook_event_url", "https://***:***@Hooks.Example.com:8443/x?token=***"),
                ("id", "1"),
                ("created_at", "2024-05-06T07:08:09Z"),
            ],
            [("webhook_event_url", None), ("id", "2"), ("created_at", None)],
        ]
        assert answer["changed"] == "1 value masked as *** (secret, or possibly secret)"
        answer = await ask(client, tool, fields=["connection_name", "tags", "active", "anchorsite_override"])
        assert list(answer["connections"][1].values()) == [None, None, False, "Latency"]
        assert "changed" not in answer


@pytest.mark.parametrize("tool", TOOLS)
async def test_what_is_derived_from_a_url_can_be_asked_for(connect: Callable[..., Any], tool: str) -> None:
    """Host, scheme and whether there are credentials can be chosen for both webhooks, null without one."""
    rows: list[Row] = [
        {"id": "1", "webhook_event_url": SECRET, "webhook_event_failover_url": "HTTP://b.example/"},
        {"id": "2", "webhook_event_url": "hooks.example.com"},
    ]
    names = [f"webhook{which}_{part}" for which in ("", "_failover") for part in ("host", "scheme", "has_credentials")]
    async with connect(transport=account(*rows)) as client:
        answer = await ask(client, tool, fields=names)
    assert [list(row.values()) for row in answer["connections"]] == [
        ["hooks.example.com", "https", True, "b.example", "http", False],
        ["(unreadable)", None, False, None, None, None],
    ]


@pytest.mark.parametrize("tool", TOOLS)
async def test_an_unknown_field_is_refused_with_the_nearest(connect: Callable[..., Any], tool: str) -> None:
    """Nothing is sent, every name is listed, and a count has no fields."""
    async with connect() as client:
        text = await refused(client, tool, fields=["id", "webhook_hosts"])
        assert text.startswith("Nothing was sent to Telnyx: `fields[1]` must be one of id, connection_name, ")
        assert '"webhook_hosts" (did you mean `webhook_host`?)' in text
        text = await refused(client, tool, fields=["name", "host"])
        assert text.count("webhook_failover_scheme") == 1
        assert '; `fields[1]` must be one of the same, not "host" (did you mean `webhook_host` or ' in text
        assert await ask(client, tool, fields="id,webhook_scheme")
    async with connect() as client:
        text = await refused(client, "search_connections", fields=["id"], group_by=["active"])
        assert text.endswith("and `group_by` answers with counts instead of rows: give one of them.")


@pytest.mark.parametrize("tool", TOOLS)
async def test_chosen_fields_say_what_was_changed_in_them(connect: Callable[..., Any], tool: str) -> None:
    """The answer says in which rows invisible characters were removed, for the chosen fields only."""
    rows: list[Row] = [
        {"id": f"{n}", "connection_name": "a\u200bb", "tags": ["c\u200bd", "e"], "created_at": "2024-01-01"}
        for n in range(7)
    ]
    rows[3] |= {"webhook_event_url": "https://h.exam\u200bple/" + "x" * 5000, "active": "some\u200btimes"}
    async with connect(transport=account(*rows)) as client:
        answer = await ask(client, tool, fields=["connection_name"])
        assert answer["changed"] == (
            "7 texts lost invisible or control characters (id 0, id 1, id 2, id 3, id 4 and 2 more)"
        )
        answer = await ask(client, tool, fields=["webhook_event_url", "active"])
        assert answer["changed"] == "2 texts lost invisible or control characters (id 3); 1 text cut"
        assert answer["connections"][3]["active"] == "sometimes"
        answer = await ask(client, tool, fields=["tags", "connection_name"])
        assert answer["changed"].startswith("14 texts lost invisible or control characters (id 0, id 1, id 2, ")
        assert "changed" not in await ask(client, tool, fields=["id", "created_at"])
    async with connect(transport=account({"id": "1", "tags": [f"t{n}" for n in range(300)]})) as client:
        assert (await ask(client, tool, fields=["tags"]))["changed"] == "1 text cut"
        assert "changed" not in await ask(client, tool, fields=["id"])


@pytest.mark.parametrize("tool", TOOLS)
async def test_chosen_fields_that_are_too_long_leave_rows_out(connect: Callable[..., Any], tool: str) -> None:
    """Fewer rows are shown rather than less of each, and paging on loses none."""
    rows = [{"id": f"{n}", "connection_name": f"{n} " + "word " * 100} for n in range(40)]
    async with connect(transport=account(*rows), max_answer_tokens=2000) as client:
        many = {"page": {"size": 40}} if tool == "list_connections" else {"limit": 40}
        answer = await ask(client, tool, fields=["connection_name"], detail="full", **many)
    shown = len(answer["connections"])
    assert 2 < shown < 40
    assert all(list(row) == ["connection_name"] for row in answer["connections"])
    assert answer["shortened"].startswith("fewer rows than")


async def test_only_rows_that_lost_characters_are_named(connect: Callable[..., Any]) -> None:
    """What is masked or cut can be seen."""
    rows = [
        {"id": "1", "connection_name": "password=hunter2"},
        {"id": "2", "connection_name": "x" * 300},
        {"connection_name": "a\u200bb"},
        {"id": "4", "connection_name": "plain"},
    ]
    async with connect(transport=account(*rows)) as client:
        for tool in TOOLS:
            answer = await ask(client, tool)
            assert answer["changed"] == (
                "1 text lost invisible or control characters (row 3); 1 text cut; "
                "1 value masked as *** (secret, or possibly secret)"
            )


async def test_a_limit_of_0_answers_a_count_alone(connect: Callable[..., Any]) -> None:
    """The answer has the whole summary, and neither rows, groups nor a next page."""
    async with connect() as client:
        answer = await ask(client, "search_connections", where={"active": True}, limit=0)
        assert set(answer) == {"summary", "matches", "coverage"}
        assert answer["summary"].startswith(f"{answer['matches']} connections of all 55 match: ")
        assert not {"shown", "first"} & set(answer["summary"].split())
        later = await ask(client, "search_connections", where={"active": True}, limit=0, offset=1000)
        assert later == answer
        grouped = await ask(client, "search_connections", group_by=["tag"], limit=0)
        assert set(grouped) == {"summary", "matches", "coverage"}
        assert " groups by tag" in grouped["summary"]
        assert "shown" not in grouped["summary"]
        none = await ask(client, "search_connections", where={"name_contains": "zzz"}, limit=0)
        assert none["summary"].endswith("0 connections of all 55 match.")
        assert "excluded_most" not in none


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        ({"count_only": True}, "`count_only` is unknown (`limit` 0 answers a count alone)"),
        ({"where": {"webhook_has_credentials": True}}, "(`where.finding` has webhook_credentials)"),
        ({"where": {"webhook_failover_has_credentials": True}}, "(`where.finding` has webhook_credentials)"),
        ({"where": {"webhook_scheme": "hooks.example.com/x"}}, "must be the scheme of a URL, such as https, not"),
        ({"limit": 251}, "`limit` must be a whole number from 0 to 250, not 251"),
        ({"limit": -1}, "`limit` must be a whole number from 0 to 250, not -1"),
    ],
)
async def test_what_cannot_be_asked_in_this_way_says_how_it_can(
    connect: Callable[..., Any], arguments: Row, hint: str
) -> None:
    """The error says how to ask instead, and nothing is sent."""
    async with connect() as client:
        text = await refused(client, "search_connections", **arguments)
    assert text.startswith("Nothing was sent to Telnyx: ")
    assert hint in text


async def test_a_scheme_that_no_webhook_has_is_unknown(connect: Callable[..., Any]) -> None:
    """The existing schemes are listed, and none is suggested as near."""
    rows = [
        {"id": "1", "webhook_event_url": "https://a.example/"},
        {"id": "2", "webhook_event_url": "http://b.example"},
    ]
    async with connect(transport=account(*rows)) as client:
        answer = await ask(client, "search_connections", where={"webhook_scheme": "wss"})
        assert answer["unknown"] == {"webhook_scheme": {"values": ["wss"], "there_are": ["http", "https"]}}
        answer = await ask(client, "search_connections", where={"webhook_failover_scheme": "http"})
        assert answer["unknown"] == {"webhook_failover_scheme": {"values": ["http"]}}
        answer = await ask(client, "search_connections", where={"webhook_scheme": "httpss"})
        assert answer["unknown"] == {"webhook_scheme": {"values": ["httpss"], "there_are": ["http", "https"]}}
        answer = await ask(client, "search_connections", where={"webhook_url_contains": "a.exampel"})
        assert answer["unknown"] == {"webhook_url_contains": {"values": ["a.exampel"]}}
        assert answer["summary"].startswith('No connection read has a primary webhook URL containing "a.exampel". ')
        answer = await ask(client, "search_connections", where={"webhook_failover_url_contains": "x", "active": True})
        assert 'has a failover webhook URL containing "x"' in answer["summary"]


async def test_ten_rows_and_25_groups_unless_more_are_asked_for(connect: Callable[..., Any]) -> None:
    """The summary says how many there are in all."""
    rows = [{"id": f"{n}", "connection_name": f"n{n}"} for n in range(30)]
    async with connect(transport=account(*rows)) as client:
        answer = await ask(client, "search_connections")
        assert len(answer["connections"]) == 10
        assert answer["summary"].startswith("30 connections in all: ")
        assert "; 1 to 10 are shown, newest first." in answer["summary"]
        assert answer["left"] == {"count": 20, "offset": 10}
        groups = await ask(client, "search_connections", group_by=["connection_name"])
        assert len(groups["groups"]) == 25
        assert groups["left"] == {"groups": 5, "count": 5, "offset": 25}
        assert len((await ask(client, "search_connections", group_by=["connection_name"], limit=10))["groups"]) == 10


async def test_rows_hold_what_the_output_schema_says(connect: Callable[..., Any]) -> None:
    """The schema has every field of the kind and derived ones, requires none, and allows others."""
    async with connect() as client:
        tools = {tool.name: tool.output_schema for tool in (await client.list_tools()).tools}
    rows = [tools[name]["properties"]["connections"]["items"] for name in TOOLS]
    rows += [tools["get_connection"]["properties"]["connection"] | {"description": None}]
    for row in rows:
        assert list(row["properties"]) == list(CONNECTIONS.shown)
        assert "required" not in row
        assert row.get("additionalProperties", True)
        types = {name: schema["type"] for name, schema in row["properties"].items()}
        assert types["connection_name"] == ["string", "null"]
        assert types["active"] == ["boolean", "null", "string"]
        assert types["webhook_has_credentials"] == ["boolean", "null"]
        assert row["properties"]["tags"]["items"] == {"type": "string"}
    groups = tools["search_connections"]["properties"]["groups"]["items"]["properties"]
    assert (groups["created_year"]["type"], groups["active"]["type"]) == (["integer", "null"], ["boolean", "null"])
    assert (groups["tag"]["type"], groups["count"]["type"]) == (["string", "null"], "integer")


ODD = [7, 1.5, True, [], [1, None], {"a": 1}, "x", ""]


@pytest.mark.parametrize("sent", ODD)
async def test_a_value_of_another_type_is_shown_as_text(connect: Callable[..., Any], sent: Any) -> None:
    """A client that validates answers against the output schema, as this one does, loses none."""
    row = dict.fromkeys(CONNECTIONS.names, sent) | {"id": "1"}
    as_text = sent if isinstance(sent, str) else json.dumps(sent, separators=(",", ":"))
    async with connect(transport=account(row)) as client:
        for tool in TOOLS:
            (full,) = (await ask(client, tool, detail="full"))["connections"]
            assert full["created_at"] == as_text
            assert full["active"] == (True if sent is True else as_text)
            assert full["tags"] == ([] if sent == [] else as_text)
            (chosen,) = (await ask(client, tool, fields=sorted(CONNECTIONS.shown)))["connections"]
            assert chosen["created_at"] == (None if sent in ("", []) else as_text)
            assert (chosen["webhook_scheme"], chosen["id"]) == (None, "1")
            assert (await ask(client, "get_connection", connection_name="nobody"))["nearest_names"] is not None
