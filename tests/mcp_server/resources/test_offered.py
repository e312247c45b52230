"""Resources: answers of tools under a URI, and how long clients may cache them."""

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
REFERENCE = "telnyx://reference/api"


async def read(client: Any, uri: str) -> Any:
    (content,) = (await client.read_resource(uri)).contents
    assert content.uri == uri
    assert content.mime_type == "application/json"
    return json.loads(content.text)


async def answer(client: Any, tool: str, **arguments: Any) -> Any:
    return (await client.call_tool(tool, arguments)).structured_content


def timeless(said: Any) -> Any:
    """`said` without the time of the snapshot."""
    if isinstance(said, dict):
        return {name: timeless(value) for name, value in said.items() if name != "as_of"}
    return said


async def test_resources_are_listed(connect: Callable[..., Any], era: str) -> None:
    """Three resources, the page and a template are listed in order, with title, description, type and audience."""
    async with connect(mode=era) as client:
        listed = (await client.list_resources()).resources
        assert [resource.uri for resource in listed[:3]] == ["telnyx://fleet", "telnyx://audit", REFERENCE]
        assert [resource.uri.partition("/")[0] for resource in listed[3:]] == ["ui:"]
        (template,) = (await client.list_resource_templates()).resource_templates
        assert template.uri_template == "telnyx://connections/{id}"
        for offered in (*listed, template):
            assert offered.title
            assert offered.description
            assert offered.mime_type
            assert offered.annotations.audience
            assert 0 < offered.annotations.priority < 1
            assert not offered.icons
        text = (await client.read_resource(REFERENCE)).contents[0].text
        assert [resource.size for resource in listed] == [None, None, len(text.encode()), None]
        assert client.server_capabilities.resources
        assert client.server_capabilities.prompts
        assert client.server_capabilities.completions


async def test_resources_equal_the_answers_of_tools(connect: Callable[..., Any], era: str) -> None:
    """A resource is as masked, clean and complete as the answer of its tool."""
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
async def test_an_unknown_resource_is_invalid_params(
    connect: Callable[..., Any], era: str, uri: str, said: str
) -> None:
    """The error has a sentence and the URI, in both eras (SEP-2164)."""
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
    """A failure is an internal error that says what to do; the reference needs neither key nor network."""
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


async def test_each_resource_says_how_long_it_may_be_cached(connect: Callable[..., Any]) -> None:
    """Account data is private and holds as long as its snapshot; the rest is public for an hour."""
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


async def test_an_incomplete_account_is_not_cached(connect: Callable[..., Any]) -> None:
    """The answer says that it is incomplete, and reading again moments later gives a newer one."""
    async with connect(fault="no-meta") as client:
        for uri in ("telnyx://fleet", "telnyx://audit"):
            result = await client.read_resource(uri)
            assert not json.loads(result.contents[0].text)["coverage"]["complete"]
            assert (result.ttl_ms, result.cache_scope) == (0, "private")


async def test_a_404_of_the_api_is_not_a_missing_resource(connect: Callable[..., Any], era: str) -> None:
    """`telnyx://fleet` always exists, so a 404 of the base URL is an internal error."""
    async with connect(mode=era, fault="404") as client:
        with pytest.raises(MCPError, match="check the id, or TELNYX_BASE_URL") as refused:
            await client.read_resource("telnyx://fleet")
    assert refused.value.error.code == -32603


def test_old_clients_get_no_cache_hints(start: Callable[..., Any]) -> None:
    """Clients of the 2025 era get no cache hints, which they do not know."""
    server = start("--sandbox")
    server.handshake()
    for uri in ("telnyx://fleet", "telnyx://reference/api"):
        assert set(server.ask(1, "resources/read", uri=uri)["result"]) == {"contents"}
    assert server.close() == (0, "")


async def test_several_accounts_without_default_are_an_error(era: str) -> None:
    """A resource names no account, so one sentence says so and nothing is requested."""
    settings = Settings(api_key="KEY0123456789", base_url="http://127.0.0.1:9/v2")
    accounts = Accounts(settings=settings, by_name={"berlin": settings, "paris": settings}, default=None)
    async with Client(create_server(settings, accounts=accounts), mode=era) as client:
        with pytest.raises(MCPError, match="Nothing was sent to Telnyx: name one of your accounts"):
            await client.read_resource("telnyx://fleet")
