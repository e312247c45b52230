"""Results that are about one connection link to its resource, where a client can follow a link."""

import json
from collections.abc import Callable
from typing import Any

import bpe_openai
import pytest

from telnyx_connections_mcp.links import connection_link
from telnyx_connections_mcp.sandbox.fleet import create_fleet

pytestmark = pytest.mark.anyio
O200K = bpe_openai.get_encoding("o200k_base")
ID = "1293384261090955790"
FLEET = create_fleet()
QUIET = next(row["id"] for row in FLEET.connections if row["id"] not in FLEET.calls and "ip" in row["record_type"])


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("get_connection", {"id": ID}),
        ("get_connection", {"connection_name": "SALES@wonka.example"}),
        ("list_active_calls", {"connection_id": int(ID)}),
    ],
)
async def test_an_answer_about_one_connection_links_to_it(
    connect: Callable[..., Any], era: str, tool: str, arguments: dict[str, Any]
) -> None:
    """The text is still the whole answer; the link costs at most 45 tokens and can be read."""
    async with connect(mode=era) as client:
        result = await client.call_tool(tool, arguments)
        text, link = result.content
        assert json.loads(text.text) == result.structured_content
        assert link.uri == f"telnyx://connections/{ID}"
        assert len(O200K.encode(link.model_dump_json(by_alias=True, exclude_none=True))) <= 45
        (content,) = (await client.read_resource(link.uri)).contents
        assert json.loads(content.text)["connection"]["id"] == ID


@pytest.mark.parametrize(
    ("tool", "arguments"),
    [
        ("list_connections", {}),
        ("search_connections", {}),
        ("audit_connections", {}),
        ("get_connection", {"connection_name": "acme-prod-eu-01"}),
        ("get_connection", {"id": "1"}),
        ("list_active_calls", {"connection_id": QUIET}),
    ],
)
async def test_other_answers_hold_the_text_alone(
    connect: Callable[..., Any], tool: str, arguments: dict[str, Any]
) -> None:
    """A list, an answer about several, an error, and that there are no calls."""
    async with connect() as client:
        assert [block.type for block in (await client.call_tool(tool, arguments)).content] == ["text"]


@pytest.mark.parametrize(("version", "blocks"), [("2025-03-26", ["text"]), ("2025-06-18", ["text", "resource_link"])])
def test_a_client_from_before_links_is_sent_none(start: Callable[..., Any], version: str, blocks: list[str]) -> None:
    """It might refuse the whole result."""
    server = start("--sandbox")
    server.ask(0, "initialize", protocolVersion=version, capabilities={}, clientInfo={"name": "raw", "version": "1"})
    server.send({"method": "notifications/initialized"})
    result = server.ask(1, "tools/call", name="get_connection", arguments={"id": ID})["result"]
    assert [block["type"] for block in result["content"]] == blocks
    assert server.close() == (0, "")


@pytest.mark.parametrize("wrong", ["", "a/b", "é", "x" * 65, "a\nb", None, 7])
def test_what_is_no_id_is_not_linked(wrong: object) -> None:
    """Nothing of a foreign text gets into a URI."""
    assert connection_link(wrong, "2026-07-28") is None
    assert connection_link("a-1", None) is None
