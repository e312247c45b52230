"""Arguments that mean nothing, or nothing certain: empty ones, hosts with a port, commas, Unix times."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from telnyx_connections_mcp.mcp_server.app import TOOLS

pytestmark = pytest.mark.anyio


async def ask(client: Any, tool: str, arguments: dict[str, Any]) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    return result.structured_content


async def refused(client: Any, tool: str, arguments: dict[str, Any]) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error, result.structured_content
    return str(result.content[0].text)


def one_connection(**fields: Any) -> httpx.MockTransport:
    content = {"data": [{"id": "1", **fields}], "meta": {"total_pages": 1, "total_results": 1}}
    return httpx.MockTransport(lambda _: httpx.Response(200, stream=httpx.ByteStream(json.dumps(content).encode())))


def everything_empty(schema: dict[str, Any]) -> Any:
    """Arguments from a framework that makes all of them required."""
    if schema.get("type") == "object":
        return {name: everything_empty(node) for name, node in schema["properties"].items()}
    return [] if schema["type"] == "array" else ""


@pytest.mark.parametrize("nothing", ["everything", "", " \u00a0", None, "nested", [], {}])
@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
async def test_an_empty_optional_argument_counts_as_missing(
    connect: Callable[..., Any], tool: Any, nothing: Any
) -> None:
    """The answer is the one without it, at every level and for every tool."""
    needed = {
        "get_connection": {"connection_name": "chat bridge"},
        "list_active_calls": {"connection_id": "1293"},
        "query_account": {"sql": "SELECT count(*) FROM connections"},
    }
    asked: dict[str, Any] = needed.get(tool.name, {})
    filled: dict[str, Any] = {}
    for name, node in tool.parameters["properties"].items():
        if nothing == "nested":
            filled[name] = everything_empty(node)
        elif nothing == "everything":
            filled[name] = {"array": [], "object": {}}.get(node["type"], "")
        else:
            filled[name] = nothing
    async with connect() as client:
        plain = await client.call_tool(tool.name, asked)
        told = await client.call_tool(tool.name, filled | asked)
    if tool.name == "list_active_calls":  # there is no such connection: both say so
        assert told.content[0].text == plain.content[0].text
        return
    summary = told.structured_content["summary"]
    assert summary.partition(" Ignored because")[0] == plain.structured_content["summary"]
    assert ("Ignored because empty" in summary) == (
        nothing == "nested" and {"where", "filter"} & filled.keys() != set()
    )


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("search_connections", {"where": {"ids": []}}, "where.ids"),
        ("search_connections", {"where": {"ids": [""], "active": True}}, "where.ids[0]"),
        ("search_connections", {"where": {"tags_any": ["prod", "  "]}}, "where.tags_any[1]"),
        ("search_connections", {"where": {"name_contains": "\t"}}, "where.name_contains"),
        (
            "search_connections",
            {"where": '{"ids": [], "record_type": [], "active": ""}'},
            "where.ids, where.record_type",
        ),
        ("list_connections", {"filter": {"connection_name": {"contains": ""}}}, "filter.connection_name.contains"),
        ("audit_connections", {"filter": {"connection_name": {}}}, "filter.connection_name"),
    ],
)
async def test_a_condition_that_is_empty_is_named(
    connect: Callable[..., Any], tool: str, arguments: dict[str, Any], said: str
) -> None:
    """An empty list is reported as no condition, because the caller may mean "none of them"."""
    async with connect() as client:
        summary = (await ask(client, tool, arguments))["summary"]
    assert f"Ignored because empty: {said}" in summary


async def test_at_most_three_empty_conditions_are_named(connect: Callable[..., Any]) -> None:
    """A framework that sends all of them empty pays little for it."""
    search = next(tool for tool in TOOLS if tool.name == "search_connections")
    async with connect() as client:
        summary = (await ask(client, "search_connections", everything_empty(search.parameters)))["summary"]
    assert summary.endswith("empty: where.name_contains, where.name_not_contains, where.name_glob, 40 more.")


async def test_null_is_silently_no_condition(connect: Callable[..., Any]) -> None:
    """Null means nothing else, and so does the text "null" unless the condition is text."""
    asked = {"where": {"ids": None, "tags_any": [None], "active": "null"}, "group_by": "null", "limit": "None"}
    async with connect() as client:
        for _ in range(2):
            assert (await ask(client, "search_connections", asked)) == await ask(client, "search_connections", {})
            asked["group_by"] = None


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        ("get_connection", {"id": "", "connection_name": ""}, "give exactly one of `id` and `connection_name`"),
        ("get_connection", {"id": None, "connection_name": " "}, "give exactly one of `id` and `connection_name`"),
        ("list_active_calls", {"connection_id": ""}, "`connection_id` is missing: give an id of 1 to 64"),
        ("list_active_calls", {"connection_id": None, "page": {}}, "`connection_id` is missing: give an id of 1 to 64"),
        ("get_connection", {"connection_id": "1"}, "`connection_id` is unknown (did you mean `id`?)"),
        ("get_connection", {"id": "chat bridge"}, 'not "chat bridge" (a name goes in `connection_name`)'),
        ("list_active_calls", {"connection_id": "a b"}, 'not "a b" (get_connection finds the id for a name)'),
        (
            "list_active_calls",
            {"connection_name": "chat bridge"},
            "`connection_name` is unknown (get_connection finds the id for a name); this tool takes",
        ),
        ("list_connections", {"": ""}, "`` is unknown"),
        ("list_connections", {"where": {}}, "`where` is unknown (search_connections has `where`)"),
        ("list_connections", {"limit": 5}, "`limit` is unknown (did you mean `page.size`?)"),
        ("search_connections", {"filter": {"active": True}}, "`filter` is unknown (did you mean `where`?)"),
        ("search_connections", {"wher": {}}, "`wher` is unknown (did you mean `where`?)"),
        ("search_connections", {"where": {"tags_any": "prod, eu"}}, 'not "prod, eu" (as in ["prod", "eu"])'),
        ("search_connections", {"where": {"ids": [{}]}}, "`where.ids[0]` must be text"),
    ],
)
async def test_missing_and_unknown_arguments_are_reported(
    connect: Callable[..., Any], tool: str, arguments: dict[str, Any], said: str
) -> None:
    """An empty required argument is missing, and an unknown one is an error even if empty."""
    async with connect() as client:
        assert said in await refused(client, tool, arguments)


@pytest.mark.parametrize(
    ("arguments", "plain"),
    [
        ({"group_by": "record_type, active"}, {"group_by": ["record_type", "active"]}),
        ({"where": {"record_type": "IP Connection"}}, {"where": {"record_type": ["ip_connection"]}}),
        ({"where": {"record_type_not": [" FAX-Application "]}}, {"where": {"record_type_not": ["fax_application"]}}),
        ({"where": {"anchorsite_override": "chicago,IL"}}, {"where": {"anchorsite_override": "Chicago, IL"}}),
        ({"where": {"webhook_host": " Hooks.ACME.example. "}}, {"where": {"webhook_host": "hooks.acme.example"}}),
        ({"where": {"webhook_host": ".acme.example"}}, {"where": {"webhook_host": "acme.example"}}),
        (
            {"where": {"webhook_host": "https://hooks.acme.example/x"}},
            {"where": {"webhook_host": "hooks.acme.example"}},
        ),
    ],
)
async def test_certain_meanings_are_accepted(
    connect: Callable[..., Any], arguments: dict[str, Any], plain: dict[str, Any]
) -> None:
    """Comma-separated words, types as people write them, and a host with a trailing dot are accepted."""
    async with connect(size=412) as client:
        answer = await ask(client, "search_connections", arguments)
        assert answer["matches"] > 0
        assert answer == await ask(client, "search_connections", plain)


@pytest.mark.parametrize(
    ("host", "within"),
    [
        ("hooks.acme.example:443", "hooks.acme.example"),
        ("*.acme.example", "acme.example"),
        ("hooks.acme.example/voice", "hooks.acme.example"),
        ("bob@hooks.acme.example", "hooks.acme.example"),
        ("*.acme.example:8443/x?y#z", "acme.example"),
        ("[2001:db8::1]:443", "[2001:db8::1]"),
        ("acme.*", None),
        ("two words", None),
        ("a.example,b.example", None),
        ("a..example", None),
        ("https://", None),
        ("\u2100.example", None),
        ("\u00fc" * 256, None),
    ],
)
async def test_a_webhook_host_that_is_more_than_a_host_is_refused(
    connect: Callable[..., Any], host: str, within: str | None
) -> None:
    """The error suggests the host, instead of searching for one that no connection has."""
    async with connect() as client:
        said = await refused(client, "search_connections", {"where": {"webhook_host": host}})
    assert f"`where.webhook_host` must be a host such as {within or 'hooks.example.com'}, not" in said
    assert ("audit_connections has the check webhook_not_https" in said) == (host == "https://")
    assert "\n" not in said


@pytest.mark.parametrize(
    ("webhook", "asked"),
    [
        ("https://bücher.example/x", "xn--bcher-kva.example"),
        ("https://xn--bcher-kva.example/x", "Bücher.example"),
        ("https://[2001:DB8:0::1]:8443/x", "2001:db8::1"),
        ("https://[2001:db8::1]/x", "[2001:db8:0:0::1]"),
        ("https://192.0.2.7/x", "192.0.2.7"),
        ("https://_sip.h.example./x", "h.example"),
    ],
)
async def test_equivalent_hosts_are_equal(connect: Callable[..., Any], webhook: str, asked: str) -> None:
    """Internationalized names and IP addresses are compared by meaning."""
    async with connect(transport=one_connection(webhook_event_url=webhook)) as client:
        answer = await ask(client, "search_connections", {"where": {"webhook_host": asked}})
    assert answer["matches"] == 1
    assert "unknown" not in answer


@pytest.mark.parametrize("text", [1770121500000, "1770121500000", "2024-W09-5", "2024", "20240301", "10:00"])
async def test_an_invalid_instant_is_refused_with_the_valid_forms(connect: Callable[..., Any], text: Any) -> None:
    """A Unix time is not read as the year 1770."""
    async with connect() as client:
        said = await refused(client, "search_connections", {"where": {"created_before": text}})
    assert 'must be an ISO date such as "2024-03-01", a date-time such as' in said
    assert said.endswith(f'or an age such as "90d", "6m", "2y", not "{text}".')


async def test_a_date_with_an_offset_is_a_local_day(connect: Callable[..., Any]) -> None:
    """Midnight at UTC+2 is 22:00 in UTC, and the answer says so."""
    async with connect() as client:
        answer = await ask(client, "search_connections", {"where": {"created_after": "2026-03-01+02:00"}})
    assert answer["resolved"] == {"created_after": "2026-02-28T22:00:00Z"}
