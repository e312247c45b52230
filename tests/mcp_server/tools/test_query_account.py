"""`query_account` answers one SELECT, and says of how much of the account."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.anyio


async def ask(client: Any, sql: str, **arguments: Any) -> dict[str, Any]:
    """The answer to a statement."""
    result = await client.call_tool("query_account", {"sql": sql, **arguments})
    assert not result.is_error, result.content[0].text
    answer: dict[str, Any] = result.structured_content
    return answer


async def refused(client: Any, sql: str) -> str:
    """Why a statement is refused."""
    result = await client.call_tool("query_account", {"sql": sql})
    assert result.is_error, result.content[0].text
    text: str = result.content[0].text
    return text


async def test_a_statement_is_answered(connect: Callable[..., Any]) -> None:
    """With its columns, its rows, and the coverage of what it touched."""
    async with connect() as client:
        answer = await ask(client, "SELECT active, count(*) AS n FROM connections GROUP BY active ORDER BY n")
    as_of = answer["coverage"]["as_of"]
    assert answer["summary"] == f"2 rows; connections 55 of 55 as of {as_of}."
    assert answer["columns"] == ["active", "n"]
    assert [row[0] for row in answer["rows"]] == [0, 1]
    assert sum(row[1] for row in answer["rows"]) == 55
    assert answer["coverage"] == {"read": 55, "of": 55, "complete": True, "as_of": as_of}
    assert "shortened" not in answer


async def test_what_is_left_out_is_said(connect: Callable[..., Any]) -> None:
    """Rows beyond `limit` are counted, and the answer says how to get them."""
    async with connect() as client:
        answer = await ask(client, "SELECT id FROM connections ORDER BY id", limit=10)
    assert answer["summary"].startswith("The first 10 of 55 rows; connections 55 of 55 ")
    assert len(answer["rows"]) == 10
    assert answer["shortened"] == (
        "`limit` is 10: raise `limit` (up to 1000), or end the statement with ORDER BY ... LIMIT n OFFSET 10."
    )


async def test_an_answer_keeps_to_its_budget(connect: Callable[..., Any]) -> None:
    """Rows that do not fit are left out, and counted."""
    async with connect(size=412, max_answer_tokens=2_000) as client:
        answer = await ask(client, "SELECT * FROM connections", limit=1_000)
    shown = len(answer["rows"])
    assert 1 < shown < 412
    assert answer["summary"].startswith(f"The first {shown} of 412 rows; ")
    assert answer["shortened"].startswith(f"{shown} rows shown to keep the answer short: select less, count, or ")


async def test_an_incomplete_account_is_said_first(connect: Callable[..., Any]) -> None:
    """So that nobody takes a count of a part for the whole."""
    async with connect(size=600, fault="fail-page") as client:
        answer = await ask(client, "SELECT count(*) FROM connections")
    assert answer["summary"].startswith("INCOMPLETE, only ")
    assert not answer["coverage"]["complete"]


async def test_a_statement_without_a_table_reads_nothing(connect: Callable[..., Any]) -> None:
    """It is answered even if Telnyx cannot be reached."""
    async with connect(fault="401") as client:
        answer = await ask(client, "SELECT 1 + 1 AS two")
    assert answer == {"summary": "1 row.", "columns": ["two"], "rows": [[2]]}


async def test_query_can_be_taken_away(connect: Callable[..., Any]) -> None:
    """With TELNYX_QUERY=0 there is neither the tool nor a word about it."""
    async with connect(query=False) as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        assert len(tools) == 5
        assert "query_account" not in tools
        assert "query_account" not in (client.instructions or "")
