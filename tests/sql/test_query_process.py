"""What statements are answered, and what they cannot see."""

import pytest

from telnyx_connections_mcp.sql.guard import StatementRefused

from .conftest import Ask

pytestmark = pytest.mark.anyio


async def test_a_statement_is_answered(ask: Ask) -> None:
    """Its columns and rows come back, and how many there are beyond the limit."""
    result = await ask("SELECT record_type, count(*) AS n FROM connections GROUP BY 1 ORDER BY 2 DESC, 1", 2)
    assert result.columns == ["record_type", "n"]
    assert len(result.rows) == 2
    assert result.more
    assert result.total == 13


async def test_findings_are_there_once_asked_for(ask: Ask) -> None:
    """The audit runs for the first statement that names the table."""
    assert (await ask("SELECT count(*) FROM connections")).rows == [[55]]
    (row,) = (await ask("SELECT count(*) FROM findings WHERE finding = 'duplicate_name'")).rows
    assert row != [0]


@pytest.mark.parametrize(
    "sql", ["SELECT rest FROM connections", "SELECT n FROM connections", 'SELECT * FROM "main".connections']
)
async def test_hidden_columns_are_not_seen(ask: Ask, sql: str) -> None:
    """Only the public columns exist."""
    with pytest.raises(StatementRefused):
        await ask(sql)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT count(*) FROM connections a, connections b, connections c, connections d, connections e", "second"),
        (
            "SELECT a.id||b.id||c.id FROM connections a, connections b, connections c, connections d ORDER BY 1",
            "memory",
        ),
    ],
)
async def test_an_expensive_statement_is_stopped(ask: Ask, sql: str, said: str) -> None:
    """After a second, or at its limit of memory; the next one is answered."""
    with pytest.raises(StatementRefused, match=said):
        await ask(sql)
    assert (await ask("SELECT count(*) FROM connections")).rows == [[55]]
