"""The content of an answer."""

import json
from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.anyio
ID = "1293384261090955790"
CALLS = [
    ("list_connections", {}),
    ("search_connections", {"group_by": ["record_type"]}),
    ("audit_connections", {}),
    ("get_connection", {"id": ID}),
    ("get_connection", {"connection_name": "SALES@wonka.example"}),
    ("get_connection", {"connection_name": "acme-prod-eu-01"}),
    ("list_active_calls", {"connection_id": ID}),
]


@pytest.mark.parametrize(("tool", "arguments"), CALLS)
async def test_an_answer_is_one_block_of_text(
    connect: Callable[..., Any], era: str, tool: str, arguments: dict[str, Any]
) -> None:
    """In both eras it is the structured content as JSON and nothing else, because many clients fail at other blocks."""
    async with connect(mode=era) as client:
        result = await client.call_tool(tool, arguments)
        (block,) = result.content
        assert block.type == "text"
        assert json.loads(block.text) == result.structured_content


@pytest.mark.parametrize("arguments", [{"id": "1"}, {"id": ID, "connection_name": "x"}, {"name": "x"}])
async def test_an_error_is_one_block_of_text(connect: Callable[..., Any], era: str, arguments: dict[str, Any]) -> None:
    """An error is one block of text too."""
    async with connect(mode=era) as client:
        result = await client.call_tool("get_connection", arguments)
        assert result.is_error
        assert [block.type for block in result.content] == ["text"]
