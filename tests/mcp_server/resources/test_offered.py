"""Resources: the tools' answers under a URI, and what a client may keep of them."""

import json
from collections.abc import Callable
from typing import Any

import bpe_openai
import pytest
from mcp.client import Client
from mcp.shared.exceptions import MCPError

from telnyx_connections_mcp.config.accounts import Accounts
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.mcp_server.app import create_server
from telnyx_connections_mcp.sandbox.fleet import create_fleet

pytestmark = pytest.mark.anyio
O200K = bpe_openai.get_encoding("o200k_base")
ID = "1293384261090955790"


async def read(client: Any, uri: str) -> Any:
    (content,) = (await client.read_resource(uri)).contents
    assert content.uri == uri
    assert content.mime_type == "application/json"
    return json.loads(content.text)


async def answer(client: Any, tool: str, **arguments: Any) -> Any:
    return (await client.call_tool(tool, arguments)).structured_content


def timeless(said: Any) -> Any:
    """`said` without the times at which Telnyx was asked."""
    if isinstance(said, dict):
        return {name: timeless(value) for name, value in said.items() if name != "as_of"}
    return said


async def test_a_client_finds_them(connect: Callable[..., Any], era: str) -> None:
    """Three resources and a template, each with a title, a description, a type and for whom it is, in one order."""
    async with connect(mode=era) as client:
        listed = (await client.list_resources()).resources
        assert [resource.uri for resource in listed] == ["telnyx://fleet", "telnyx://audit", "telnyx://reference/api"]
        (template,) = (await client.list_resource_templates()).resource_templates
        assert template.uri_template == "telnyx://connections/{id}"
        for offered in (*listed, template):
            assert offered.title
            assert offered.description
            assert offered.mime_type
            assert offered.annotations.audience
            assert 0 < offered.annotations.priority < 1
            assert not offered.icons
        text = (await client.read_resource("telnyx://reference/api")).contents[0].text
        assert [resource.size for resource in listed] == [None, None, len(text.encode())]
        assert client.server_capabilities.resources
        assert client.server_capabilities.prompts
        assert client.server_capabilities.completions


async def test_they_say_what_the_tools_say(connect: Callable[..., Any], era: str) -> None:
    """One truth: masked, cleaned and complete as the tools give it."""
    async with connect(mode=era) as client:
        rows = create_fleet().connections
        for row in rows[13:17]:
            said = await read(client, f"telnyx://connections/{row['id']}")
            assert timeless(said) == timeless(await answer(client, "get_connection", id=row["id"]))
            assert "hunter2" not in json.dumps(said)
        assert timeless(await read(client, "telnyx://audit")) == timeless(await answer(client, "audit_connections"))
        fleet = await read(client, "telnyx://fleet")
        assert sum(group["count"] for group in fleet["groups"]) == fleet["matches"] == len(rows)
        assert fleet["coverage"]["complete"]
        assert len(O200K.encode(json.dumps(fleet))) < 600


@pytest.mark.parametrize(
    ("uri", "said"),
    [
        ("telnyx://connections/1", "no connection with id 1: check the id"),
        ("telnyx://connections/a!b", "`id` must be an id of 1 to 64 letters, digits and hyphens, not"),
        ("telnyx://connections/..", "Unknown resource"),
        ("telnyx://connections/a/b", "Unknown resource"),
        ("telnyx://nope", "Unknown resource: telnyx://nope"),
    ],
)
async def test_what_is_not_there_is_told_as_the_protocol_says(
    connect: Callable[..., Any], era: str, uri: str, said: str
) -> None:
    """Invalid params with a sentence and the URI, in both eras (SEP-2164)."""
    async with connect(mode=era) as client:
        with pytest.raises(MCPError, match=said) as refused:
            await client.read_resource(uri)
    assert refused.value.error.code == -32602
    assert refused.value.error.data == {"uri": uri}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"problem": "No Telnyx API key is set."}, "No Telnyx API key is set."),
        ({"fault": "401"}, "Telnyx refused the API key"),
        ({"fault": "stall", "tool_timeout": 1}, "request took longer than 1 s"),
    ],
)
@pytest.mark.parametrize("uri", [f"telnyx://connections/{ID}", "telnyx://audit"])
async def test_trouble_is_one_sentence(
    connect: Callable[..., Any], era: str, settings: dict[str, Any], said: str, uri: str
) -> None:
    """An internal error that says what to do, never a stack or the key; the reference needs neither key nor network."""
    async with connect(mode=era, **settings) as client:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(uri)
        assert (await client.read_resource("telnyx://reference/api")).contents[0].text
    message = refused.value.error.message
    if uri == "telnyx://audit" and "tool_timeout" in settings:
        said = "Telnyx did not respond in time"  # reading the fleet leaves time to say so
    assert said in message
    assert refused.value.error.code == -32603
    assert "\n" not in message
    assert "KEY_SANDBOX" not in message


async def test_each_says_for_how_long_it_holds(connect: Callable[..., Any]) -> None:
    """Account data is private and as old as a snapshot may be; what is the same for everybody is public for an hour."""
    async with connect(snapshot_seconds=12.5) as client:
        for uri in ("telnyx://fleet", f"telnyx://connections/{ID}"):
            result = await client.read_resource(uri)
            assert (result.ttl_ms, result.cache_scope) == (12_500, "private")
        for result in (
            await client.read_resource("telnyx://reference/api"),
            await client.list_resources(),
            await client.list_resource_templates(),
            await client.list_prompts(),
            await client.list_tools(),
        ):
            assert (result.ttl_ms, result.cache_scope) == (3_600_000, "public")


async def test_a_part_of_the_account_is_not_to_be_kept(connect: Callable[..., Any]) -> None:
    """Whoever reads again a moment later is not shown the old part; the answer says that it is one."""
    async with connect(fault="no-meta") as client:
        for uri in ("telnyx://fleet", "telnyx://audit"):
            result = await client.read_resource(uri)
            assert not json.loads(result.contents[0].text)["coverage"]["complete"]
            assert (result.ttl_ms, result.cache_scope) == (0, "private")


async def test_an_api_that_is_not_there_is_no_missing_resource(connect: Callable[..., Any], era: str) -> None:
    """`telnyx://fleet` exists whatever answers at the base URL, so its 404 is an internal error."""
    async with connect(mode=era, fault="404") as client:
        with pytest.raises(MCPError, match="check the id, or TELNYX_BASE_URL") as refused:
            await client.read_resource("telnyx://fleet")
    assert refused.value.error.code == -32603


def test_an_old_client_is_sent_no_word_it_does_not_know(start: Callable[..., Any]) -> None:
    """Without cache hints on the wire in the 2025 era."""
    server = start("--sandbox")
    server.handshake()
    for uri in ("telnyx://fleet", "telnyx://reference/api"):
        assert set(server.ask(1, "resources/read", uri=uri)["result"]) == {"contents"}
    assert server.close() == (0, "")


async def test_who_has_several_accounts_and_no_default_is_told(era: str) -> None:
    """A resource names no account, so nothing tells which is meant: one sentence, and nothing is asked."""
    settings = Settings(api_key="KEY0123456789", base_url="http://127.0.0.1:9/v2")
    accounts = Accounts(settings=settings, by_name={"berlin": settings, "paris": settings}, default=None)
    async with Client(create_server(settings, accounts=accounts), mode=era) as client:
        with pytest.raises(MCPError, match="Nothing was sent to Telnyx: name one of your accounts"):
            await client.read_resource("telnyx://fleet")
