"""The page as hosts of MCP Apps find it: on tools, as a resource, and in the capabilities."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import bpe_openai
import pytest

from telnyx_connections_mcp.answers.token_budget import compact_json
from telnyx_connections_mcp.mcp_server.greeter.recording import DIGITS
from telnyx_connections_mcp.mcp_server.view.page import page
from telnyx_connections_mcp.mcp_server.view.uri import RECORDED, digits_of

pytestmark = pytest.mark.anyio
EXTENSION = "io.modelcontextprotocol/ui"
MIME_TYPE = "text/html;profile=mcp-app"
SHOWN = {"search_connections", "audit_connections", "query_account"}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("search_connections", {"where": {"active": True}, "group_by": ["tag"]}),
    ("search_connections", {"limit": 0}),
    ("audit_connections", {}),
    ("query_account", {"sql": "SELECT record_type, count(*) FROM connections GROUP BY 1"}),
    ("get_connection", {"connection_name": "chat bridge"}),
]


def wire(thing: Any) -> Any:
    return thing.model_dump(mode="json", by_alias=True, exclude_none=True)


async def uri_of(client: Any) -> str:
    (uri,) = {tool.meta["ui"]["resourceUri"] for tool in (await client.list_tools()).tools if tool.meta}
    return str(uri)


async def test_tools_name_the_page_under_both_keys(connect: Callable[..., Any], era: str) -> None:
    """The tools whose answers the page shows name one listed resource; the others name none."""
    async with connect(mode=era) as client:
        tools = (await client.list_tools()).tools
        uri = await uri_of(client)
        listed = [resource.uri for resource in (await client.list_resources()).resources]
    assert {tool.name for tool in tools if tool.meta} == SHOWN
    for tool in tools:
        assert tool.meta in (None, {"ui": {"resourceUri": uri}, "ui/resourceUri": uri})
    assert listed.count(uri) == 1
    assert uri.startswith("ui://")


async def test_the_page_is_listed_and_read_with_its_policy(connect: Callable[..., Any], era: str) -> None:
    """Type, policy and border are the same in the list and beside the text, which may be cached like the reference."""
    async with connect(mode=era) as client:
        uri = await uri_of(client)
        (listed,) = [each for each in (await client.list_resources()).resources if each.uri == uri]
        result = await client.read_resource(uri)
        reference = await client.read_resource("telnyx://reference/api")
    (content,) = result.contents
    assert listed.mime_type == content.mime_type == MIME_TYPE
    assert listed.meta == content.meta
    assert content.meta["ui"]["csp"] == {
        name: [] for name in ("connectDomains", "resourceDomains", "frameDomains", "baseUriDomains")
    }
    assert isinstance(content.meta["ui"]["prefersBorder"], bool)
    assert content.text == page()
    assert (result.ttl_ms, result.cache_scope) == (reference.ttl_ms, reference.cache_scope)
    assert era == "legacy" or (result.ttl_ms, result.cache_scope) == (3_600_000, "public")


@pytest.mark.parametrize("old", ["000000000", "123456789", "999999999"])
async def test_an_old_uri_is_answered_with_the_page_of_today(connect: Callable[..., Any], era: str, old: str) -> None:
    """A host that kept `tools/list` of another version gets the current page under the URI that it asked for."""
    async with connect(mode=era) as client:
        result = await client.read_resource(f"ui://connections/{old}")
        now = await client.read_resource(await uri_of(client))
    (content,), (current,) = result.contents, now.contents
    assert content.uri == f"ui://connections/{old}"
    assert wire(content) | {"uri": current.uri} == wire(current)
    assert (result.ttl_ms, result.cache_scope) == (now.ttl_ms, now.cache_scope)


@pytest.mark.parametrize("uri", ["ui://connections/", "ui://connections/12345678a", "ui://other/123456789", "ui://"])
async def test_other_uris_are_unknown(connect: Callable[..., Any], era: str, uri: str) -> None:
    """Only the page's own URIs are answered with it."""
    async with connect(mode=era) as client:
        with pytest.raises(Exception, match="Unknown resource"):
            await client.read_resource(uri)


@pytest.mark.parametrize("version", ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"])
def test_every_handshake_names_the_capability(start: Callable[..., Any], version: str) -> None:
    """The recorded ones too, and to clients that declare nothing."""
    server = start("--sandbox")
    assert server.handshake(version=version)["result"]["capabilities"]["extensions"] == {EXTENSION: {}}
    assert server.close() == (0, "")


def test_the_uri_changes_with_the_page(request: pytest.FixtureRequest) -> None:
    """The digits of its URI are recorded, so whoever changes the page renews them."""
    now = f"{digits_of(page())}\n"
    if request.config.getoption("--renew"):
        RECORDED.write_text(now, encoding="utf-8")
    assert RECORDED.read_text(encoding="utf-8") == now, "python -m pytest --renew tests/mcp_server/view/test_serving.py"
    assert Path(DIGITS).samefile(RECORDED)
    assert re.fullmatch(r"[0-9]{9}\n", now)


async def test_the_capability_is_named_in_both_eras(connect: Callable[..., Any], era: str) -> None:
    """In the 2026 era as well as after a handshake."""
    async with connect(mode=era) as client:
        assert client.server_capabilities.extensions == {EXTENSION: {}}


async def test_it_can_be_turned_off(connect: Callable[..., Any], era: str) -> None:
    """With TELNYX_APP=0 nothing of it is left: no key on a tool, resource, capability, or part of a result."""
    async with connect(mode=era, app=False) as client:
        assert not client.server_capabilities.extensions
        assert not [tool.name for tool in (await client.list_tools()).tools if tool.meta]
        assert not [each for each in (await client.list_resources()).resources if each.uri.startswith("ui:")]
        with pytest.raises(Exception, match="Unknown resource"):
            await client.read_resource("ui://connections/000000001")
        for name, arguments in CALLS:
            assert "telnyx-connections-mcp/view" not in json.dumps(wire(await client.call_tool(name, arguments)))


def test_a_server_without_it_does_not_greet_with_it(start: Callable[..., Any]) -> None:
    """The recorded greeting is of a server with the page, so one without it answers by itself."""
    server = start("--sandbox", TELNYX_APP="0")
    assert "extensions" not in server.handshake()["result"]["capabilities"]
    assert "ui://" not in json.dumps([server.ask(1, "tools/list"), server.ask(2, "resources/list")])
    assert server.close() == (0, "")


async def test_it_costs_at_most_100_tokens(connect: Callable[..., Any]) -> None:
    """`tools/list` grows by at most 100 o200k tokens, whatever the digits of the page's URI are."""
    sizes = []
    for app in (True, False):
        async with connect(app=app) as client:
            listed = compact_json([wire(tool) for tool in (await client.list_tools()).tools])
            sizes.append(len(bpe_openai.get_encoding("o200k_base").encode(listed)))
    assert 0 < sizes[0] - sizes[1] <= 100


async def test_no_output_schema_has_a_choice(connect: Callable[..., Any], era: str) -> None:
    """A host is said to show no page for a tool with `anyOf` in its output schema, so none has one."""
    async with connect(mode=era) as client:
        tools = (await client.list_tools()).tools
    for tool in tools:
        said = json.dumps(tool.output_schema)
        assert not [word for word in ("anyOf", "oneOf", "allOf", "$ref") if f'"{word}"' in said], tool.name


async def test_a_result_with_the_page_links_to_nothing(connect: Callable[..., Any], era: str) -> None:
    """A host is said to drop a result with a link if its tool has a page: there is one block of text."""
    async with connect(mode=era) as client:
        for name, arguments in CALLS:
            result = await client.call_tool(name, arguments)
            assert [block.type for block in result.content] == ["text"]
