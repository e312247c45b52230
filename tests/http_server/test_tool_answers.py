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
