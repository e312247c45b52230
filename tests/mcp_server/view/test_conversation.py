"""What the page and the server tell each other, and that it changes nothing for anybody else."""

import json
import re
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from mcp.client import Client

from telnyx_connections_mcp.config.accounts import Accounts
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.mcp_server.app import create_server
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app

pytestmark = pytest.mark.anyio
VIEW = "telnyx-connections-mcp/view"
PAGE = {VIEW: {"page": True}}
SEARCH, AUDIT, QUERY = "search_connections", "audit_connections", "query_account"
SQL = "SELECT record_type, count(*) AS n FROM connections GROUP BY 1"
CALLS: list[tuple[str, dict[str, Any]]] = [
    (SEARCH, {}),
    (SEARCH, {"where": {"active": True, "updated_before": "2y"}, "limit": 250, "detail": "full"}),
    (SEARCH, {"group_by": ["tag", "record_type"], "limit": 250}),
    (SEARCH, {"where": {"name_contains": ""}, "limit": 0}),
    (SEARCH, {"where": {"actve": True}}),
    (AUDIT, {"min_severity": "warning"}),
    (QUERY, {"sql": SQL}),
    (QUERY, {"sql": "SELECT 1 +"}),
    ("get_connection", {"connection_name": "chat bridge"}),
    ("list_connections", {}),
]


def untimed(text: str) -> str:
    return re.sub(r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z", "TIME", text)


async def told(client: Any, name: str, arguments: dict[str, Any], **more: Any) -> Any:
    """What a result tells the page."""
    result = await client.call_tool(name, arguments, **more)
    return (result.meta or {}).get(VIEW)


@pytest.mark.parametrize(("name", "arguments"), CALLS)
async def test_models_are_told_the_same_with_and_without_the_page(
    connect: Callable[..., Any], era: str, name: str, arguments: dict[str, Any]
) -> None:
    """Text and structured content are the same byte for byte, and so is whether it is an error."""
    said = []
    for app in (True, False):
        async with connect(mode=era, app=app, size=412, seed=42) as client:
            result = await client.call_tool(name, arguments)
        (block,) = result.content
        said.append((untimed(block.text), untimed(json.dumps(result.structured_content)), result.is_error))
    assert said[0] == said[1]


@pytest.mark.parametrize("modern", [True, False])
def test_the_wire_is_the_same_but_for_the_part_of_the_page(start: Callable[..., Any], *, modern: bool) -> None:
    """A result has one more key in its `_meta`, and nothing else."""
    key = "io.modelcontextprotocol/"
    envelope = {"_meta": {f"{key}protocolVersion": "2026-07-28", f"{key}clientCapabilities": {}}} if modern else {}
    results = []
    for app in ("1", "0"):
        server = start("--sandbox", TELNYX_APP=app)
        if not modern:
            server.handshake()
        asked = {"name": SEARCH, "arguments": {"group_by": ["active"]}}
        result = server.ask(1, "tools/call", **asked, **envelope)["result"]
        assert server.close() == (0, "")
        view = result.get("_meta", {}).pop(VIEW, None)
        assert (view is not None) is (app == "1")
        results.append(untimed(json.dumps({**result, "_meta": result.get("_meta") or {}}, sort_keys=True)))
    assert results[0] == results[1]


async def test_a_result_says_how_to_ask_for_the_rest(connect: Callable[..., Any], era: str) -> None:
    """It names the tool and the arguments as they were understood; without `fresh`, so that parts fit together."""
    async with connect(mode=era) as client:
        asked = {"where": '{"active": "true", "tags_any": "prod"}', "limit": "3", "fresh": True, "fields": ""}
        assert await told(client, SEARCH, asked) == {
            "tool": SEARCH,
            "arguments": {"where": {"active": True, "tags_any": ["prod"]}, "limit": 3},
        }
        assert await told(client, SEARCH, {}) == {"tool": SEARCH, "arguments": {}}
        asked = {"filter": {"connection_name": "acme"}}
        assert await told(client, AUDIT, asked) == {
            "tool": AUDIT,
            "arguments": {"filter": {"connection_name": {"contains": "acme"}}},
        }
        assert await told(client, QUERY, {"sql": SQL}) == {"tool": QUERY, "arguments": {"sql": SQL}}
        assert await told(client, "list_connections", {}) is None
        assert await told(client, "get_connection", {"connection_name": "chat bridge"}) is None
        assert await told(client, SEARCH, {"where": {"actve": True}}) is None


async def test_with_several_accounts_it_names_the_one_that_was_asked(era: str) -> None:
    """The page repeats the account of the answer, also if the model left it out."""
    settings = Settings(api_key=SANDBOX_KEY, base_url="http://localhost/v2")
    accounts = Accounts(settings=settings, by_name={"berlin": settings, "paris": settings}, default="berlin")
    network = httpx.ASGITransport(create_app())
    async with Client(create_server(settings, lambda: network, accounts=accounts), mode=era) as client:
        for asked, account in (({}, "berlin"), ({"account": "paris"}, "paris"), ({"account": " "}, "berlin")):
            said = await told(client, SEARCH, {"limit": 1, **asked})
            assert said["arguments"] == {"limit": 1, "account": account}


async def test_the_page_gets_250_rows_at_once(connect: Callable[..., Any], era: str) -> None:
    """5,000 connections take the page 20 calls; a model's answer stays as small as ever."""
    async with connect(mode=era, size=5000) as client:
        asked: dict[str, Any] = {"limit": 250, "sort": "created_at"}
        for_model = (await client.call_tool(SEARCH, asked)).structured_content
        assert "shortened" in for_model
        assert len(for_model["connections"]) < 150
        seen: list[str] = []
        while len(seen) < 5000:
            answer = (await client.call_tool(SEARCH, {**asked, "offset": len(seen)}, meta=PAGE)).structured_content
            assert "shortened" not in answer
            assert len(answer["connections"]) == 250
            seen += [row["id"] for row in answer["connections"]]
        assert len(set(seen)) == 5000
        assert (await client.call_tool(SEARCH, asked)).structured_content["connections"] == for_model["connections"]


async def test_the_larger_answer_is_bounded_too(connect: Callable[..., Any], era: str) -> None:
    """No more rows than a model may ask for, and 40,000 tokens, whatever a row holds."""
    async with connect(mode=era, size=5000) as client:
        refused = await client.call_tool(SEARCH, {"limit": 251}, meta=PAGE)
        assert refused.is_error
        full = (await client.call_tool(SEARCH, {"limit": 250, "detail": "full"}, meta=PAGE)).structured_content
        assert len(json.dumps(full)) < 40_000 * 4
        wide = "SELECT *, * FROM connections"
        for meta, least, most in ((None, 20, 90), (PAGE, 100, 350)):
            answer = (await client.call_tool(QUERY, {"sql": wide, "limit": 1000}, meta=meta)).structured_content
            assert least < len(answer["rows"]) < most
            assert "shortened" in answer


async def test_a_row_opens_whole(connect: Callable[..., Any], era: str) -> None:
    """What surrounds a connection is shortened for a model, and as long as it is for the page."""
    async with connect(mode=era, max_answer_tokens=2000) as client:
        numbers = "SELECT connection_id FROM phone_numbers WHERE connection_id > '' GROUP BY 1 ORDER BY count(*) DESC"
        id_ = (await client.call_tool(QUERY, {"sql": numbers, "limit": 1})).structured_content["rows"][0][0]
        asked = {"id": id_, "include": ["all"], "detail": "full"}
        short = (await client.call_tool("get_connection", asked)).structured_content
        whole = (await client.call_tool("get_connection", asked, meta=PAGE)).structured_content
    assert "shortened" in short
    assert "shortened" not in whole
    assert len(json.dumps(whole)) > len(json.dumps(short))


@pytest.mark.parametrize(
    "meta",
    [None, {VIEW: {}}, {VIEW: {"page": False}}, {VIEW: {"page": "true"}}, {VIEW: [1]}, {VIEW: True}, {"page": True}],
)
async def test_only_the_page_is_answered_at_length(connect: Callable[..., Any], era: str, meta: Any) -> None:
    """Anything but `{"page": true}` under our key is a model's request."""
    async with connect(mode=era, size=412) as client:
        answer = (await client.call_tool(SEARCH, {"limit": 250}, meta=meta)).structured_content
    assert len(answer["connections"]) < 150


async def test_nobody_is_answered_at_length_if_there_is_no_page(connect: Callable[..., Any], era: str) -> None:
    """With TELNYX_APP=0 the request's `_meta` changes nothing; a larger budget for models holds for the page too."""
    async with connect(mode=era, size=412, app=False) as client:
        answer = (await client.call_tool(SEARCH, {"limit": 250}, meta=PAGE)).structured_content
        assert len(answer["connections"]) < 150
    async with connect(mode=era, size=412, max_answer_tokens=200_000) as client:
        asked = {"limit": 250, "detail": "full"}
        answer = (await client.call_tool(SEARCH, asked, meta=PAGE)).structured_content
        assert len(answer["connections"]) == 250


async def test_arguments_too_long_to_repeat_are_not_repeated(connect: Callable[..., Any], era: str) -> None:
    """Then the page is told nothing, and the answer is as usual."""
    async with connect(mode=era) as client:
        names = [f"{number:04}{'x' * 252}" for number in range(250)]
        assert await told(client, SEARCH, {"where": {"ids": names[:249]}}) is not None
        assert await told(client, SEARCH, {"where": {"ids": names, "tags_any": names}}) is None


async def test_what_the_page_is_told_holds_no_key_of_ours(connect: Callable[..., Any], era: str) -> None:
    """The final search covers it: even a key that the client itself sent does not come back."""
    async with connect(mode=era) as client:
        said = json.dumps(await told(client, SEARCH, {"where": {"name_contains": f"a {SANDBOX_KEY}"}}))
        assert SANDBOX_KEY not in said
        assert "[the API key]" in said
        said = json.dumps(await told(client, QUERY, {"sql": f"SELECT '{SANDBOX_KEY}' AS a"}))
        assert SANDBOX_KEY not in said
