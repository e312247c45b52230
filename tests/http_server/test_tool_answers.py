"""Answers that bypass the SDK's models equal those that the SDK makes."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

Serve = Callable[..., Any]
REFUSED: list[dict[str, Any]] = [
    {"name": "search_connections", "arguments": {"limit": 0}},
    {"name": "get_connection", "arguments": {"connection_id": "1"}},
    {"name": "search_connections", "arguments": "x"},
    {"name": "search_connections", "arguments": ["x"]},
    {"name": "search_connections", "arguments": {}, "_meta": {"progressToken": [1]}},
    {"name": "no_such_tool", "arguments": {}},
    {"name": ["search_connections"], "arguments": {}},
    {"arguments": {}},
]
ANSWERED: list[dict[str, Any]] = [
    {"name": "search_connections", "arguments": {"group_by": ["tag"], "limit": 3}},
    {"name": "search_connections", "arguments": None},
    {"name": "search_connections"},
]


@pytest.mark.parametrize("version", ["2025-03-26", "2025-06-18", "2025-11-25", "2026-07-28"])
def test_every_answer_equals_one_of_the_sdk(serve: Serve, wire: Any, version: str) -> None:
    """The SDK makes the first answer of each version; later ones and errors have the same form."""

    def told(server: Any, params: dict[str, Any]) -> Any:
        request = wire.message(version, "tools/call", params)
        headers = wire.headers(version, "tools/call", {"name": str(params.get("name"))})
        response = httpx.post(server.url, json=request, headers=headers, timeout=30)
        return response.status_code, httpx.Response(200, text=response.text.rpartition("data: ")[2].strip()).json()

    server = serve(TELNYX_SNAPSHOT_SECONDS="3600")
    refused = [told(server, params) for params in REFUSED]
    first = told(server, ANSWERED[0])
    assert first[1]["result"]["isError"] is False
    assert first[1]["result"]["structuredContent"]["matches"] == 55
    assert told(server, ANSWERED[0]) == first
    assert [told(server, params) for params in REFUSED] == refused
    assert told(server, ANSWERED[1]) == told(server, ANSWERED[2])


def test_a_statement_is_answered(serve: Serve, wire: Any) -> None:
    """A statement is answered by the query process, over HTTP as well."""
    server = serve(TELNYX_SNAPSHOT_SECONDS="3600")
    for sql, is_error in (("SELECT sum(active) AS n FROM connections", False), ("SELECT a FROM connections", True)):
        request = wire.message("2026-07-28", "tools/call", {"name": "query_account", "arguments": {"sql": sql}})
        headers = wire.headers("2026-07-28", "tools/call", {"name": "query_account"})
        response = httpx.post(server.url, json=request, headers=headers, timeout=30)
        result = httpx.Response(200, text=response.text.rpartition("data: ")[2].strip()).json()["result"]
        assert result["isError"] is is_error
        assert is_error or result["structuredContent"]["columns"] == ["n"]


@pytest.mark.parametrize("version", ["2025-06-18", "2026-07-28"])
def test_the_page_is_answered_at_length(serve: Serve, wire: Any, version: str) -> None:
    """Its requests get more than a model's, and every answer tells it how to ask for the rest, as the first does."""
    server = serve(TELNYX_MAX_ANSWER_TOKENS="2000")
    page = {"telnyx-connections-mcp/view": {"page": True}}

    def rows(meta: dict[str, Any]) -> int:
        params = {"name": "search_connections", "arguments": {"limit": 250}, "_meta": meta}
        request = wire.message(version, "tools/call", params)
        headers = wire.headers(version, "tools/call", {"name": "search_connections"})
        response = httpx.post(server.url, json=request, headers=headers, timeout=30)
        result = httpx.Response(200, text=response.text.rpartition("data: ")[2].strip()).json()["result"]
        assert result["_meta"]["telnyx-connections-mcp/view"] == {
            "tool": "search_connections",
            "arguments": {"limit": 250},
        }
        return len(result["structuredContent"]["connections"])

    first, *others = [rows(meta) for meta in ({}, page, {}, page, page)]
    assert 5 < first < 40
    assert others == [55, first, 55, 55]
