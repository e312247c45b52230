"""SQL that models write by habit from other databases is understood, or refused with the right spelling."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.sql.corrections import correction
from telnyx_connections_mcp.sql.statement import read_statement
from telnyx_connections_mcp.sql.tables import tables_of

from .conftest import Ask

pytestmark = pytest.mark.anyio

HERE = Path(__file__).parent


def table(name: str) -> dict[str, str]:
    """The statements in a file, each with the line below it."""
    blocks = (HERE / name).read_text(encoding="utf-8").strip().split("\n\n")
    pairs = [block.split("\n= ") for block in blocks]
    return {sql.replace("\\n", "\n"): expected for sql, expected in pairs}


def test_unknown_messages_of_sqlite_are_not_passed_on() -> None:
    """A message that is not known may quote the content of rows."""
    said = correction("malformed JSON near hunter2", read_statement("SELECT 1"))
    assert said == "SQLite cannot run the statement: write it more simply, as one SELECT with SQLite's own functions."


def test_messages_of_newer_sqlite_are_known() -> None:
    """Since 3.41 one of them ends in a question."""
    newer = 'no such column: "typ" - should this be a string literal in single-quotes?'
    assert correction(newer, read_statement("SELECT 1")).startswith("There is no column typ: write ")


def test_another_kind_has_its_own_tables() -> None:
    """Tables are derived from the kind, and without tags there is no table of them."""
    fields = tuple(
        field for field in CONNECTIONS.fields if field.name in ("id", "connection_name", "record_type", "created_at")
    )
    names = [condition.name for field in fields for condition in field.conditions]
    kind = replace(
        CONNECTIONS,
        name="numbers",
        noun="number",
        fields=fields,
        api_conditions=(),
        around=(),
        where=tuple(names),
        group_by=("record_type", "connection_name", "created_year"),
        sort=("created_at", "connection_name"),
        state=None,
        finding=None,
    )
    tables = {table.name: [*table.by_name] for table in tables_of(kind)}
    assert tables == {
        "numbers": ["id", "connection_name", "record_type", "created_at"],
    }


async def test_a_clear_foreign_spelling_is_understood(connect: Callable[..., Any]) -> None:
    """Each statement gives the same rows as its equivalent in SQLite."""
    wrong = {}
    async with connect(snapshot_seconds=3600) as client:
        for foreign, plain in table("understood.txt").items():
            answers = [await client.call_tool("query_account", {"sql": sql}) for sql in (foreign, plain)]
            first, second = ((each.structured_content or {}).get("rows") for each in answers)
            if first != second or first is None:
                wrong[foreign] = [each.content[0].text for each in answers]
    assert wrong == {}


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        (
            "SELECT string_agg(tag, ', ' ORDER BY tag), 1::int FROM connection_tags;",
            "string_agg(tag, ', ' ORDER BY tag)|1::int",
        ),
        (
            "SELECT DISTINCT left(id, 3) AS x, left(id, 2) y, '1'::text 'z', length(id) FROM connections",
            "x|y|z|length(id)",
        ),
        ("WITH a AS (SELECT now() AS t) SELECT t::date, public.connections.id FROM a, connections", "t::date|id"),
        ("SELECT *, created_at::date FROM (SELECT created_at FROM connections)", "created_at|created_at::date"),
        (
            "SELECT max(tag) OVER w::text, tag FROM connection_tags WINDOW w AS (ORDER BY tag)",
            "max(tag) OVER w::text|tag",
        ),
        ("SELECT active IS DISTINCT FROM 1, 1 FROM connections UNION SELECT 2::int, 3", "active IS DISTINCT FROM 1|1"),
        ("SELECT CASE WHEN 1 THEN len('a') END n, len('\"')", "n|len('\"')"),
        ("(SELECT len('a')) UNION SELECT 1", "length('a')"),
        ("VALUES (1)", "column1"),
        ("SELECT mode() WITHIN GROUP (ORDER BY tag), 1 FROM connection_tags", "mode() WITHIN GROUP (ORDER BY tag)|1"),
    ],
)
async def test_a_column_is_called_as_it_was_written(ask: Ask, sql: str, columns: str) -> None:
    """A heading shows nothing of what the statement was rewritten to, unless its first SELECT is in parentheses."""
    assert "|".join((await ask(sql)).columns) == columns


async def test_a_misleading_spelling_is_refused(connect: Callable[..., Any]) -> None:
    """Each error is one sentence with the right spelling, and not a message of SQLite's."""
    wrong = {}
    async with connect(snapshot_seconds=3600) as client:
        for sql, said in table("refused.txt").items():
            result = await client.call_tool("query_account", {"sql": sql})
            text = result.content[0].text
            if not result.is_error or said not in text or "syntax error" in text or not text.endswith("."):
                wrong[sql] = text
    assert wrong == {}
