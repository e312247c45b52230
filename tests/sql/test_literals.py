"""The search for values that no row has runs in the server, so it is bounded whatever the statement says."""

import pytest
from tests.sql.conftest import snapshot_of

from telnyx_connections_mcp.sql import literals
from telnyx_connections_mcp.sql.literals import Search, unknown_literals
from telnyx_connections_mcp.sql.statement import read_statement

pytestmark = pytest.mark.anyio

SIZE = 2_000


async def unknown(condition: str, search: Search | None = None, size: int = SIZE) -> dict[str, dict[str, object]]:
    """What a statement with this condition is told."""
    database = (await snapshot_of(size)).database
    asked = read_statement(f"SELECT 1 FROM connections WHERE {condition}").literals
    told = database.query(lambda handle: unknown_literals(handle, asked, search or Search()))
    assert database.count() == size, "later questions on the handle are not interrupted"
    return {column: what for (_, column), what in told.items()}


async def test_a_search_ends_with_its_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is given up without a word."""
    monkeypatch.setattr(literals, "SECONDS", 0)
    assert await unknown("webhook_path = '/voicee'") == {}


async def test_a_search_ends_with_its_request() -> None:
    """Nobody waits for it any more."""
    search = Search()
    search.cancelled.set()
    assert await unknown("webhook_path = '/voicee'", search) == {}


async def test_what_was_found_in_time_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a documented value it takes no time to say that no row has it; similar ones are left out."""
    monkeypatch.setattr(literals, "SECONDS", 0)
    told = await unknown("webhook_path = '/voicee' OR id IN (SELECT connection_id FROM findings WHERE finding = 'x')")
    assert told == {}
    told = await unknown("id IN (SELECT connection_id FROM findings WHERE finding = 'x') OR webhook_path = '/voicee'")
    assert told == {"finding": {"values": ["x"]}}


async def test_similar_texts_are_not_sought_without_time() -> None:
    """All that there are, if few, cost nothing."""
    search = Search()
    search.cancelled.set()
    told = await unknown("record_type = 'ip_conection'", search, size=5)  # too few rows for SQLite to look at the clock
    assert "ip_connection" in told["record_type"].pop("there_are")  # type: ignore[operator]  # a list
    assert told == {"record_type": {"values": ["ip_conection"]}}


async def test_similar_texts_are_not_sought_among_very_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Comparing with each takes longer than the search may."""
    assert (await unknown("webhook_path = '/voicee'"))["webhook_path"]["near"] == ["/voice"]
    monkeypatch.setattr(literals, "_MAX_COMPARED", 2)
    assert await unknown("webhook_path = '/voicee'") == {"webhook_path": {"values": ["/voicee"]}}
