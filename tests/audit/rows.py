"""Runs the checks over rows as the API sends them."""

from datetime import UTC, datetime
from typing import Any

from telnyx_connections_mcp.audit.fill_findings import fill
from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.record import record
from telnyx_connections_mcp.telnyx.rows import bounded

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def table_of(*rows: dict[str, Any]) -> list[tuple[str, str | None, str, str, str]]:
    """The table `findings` of an account with these rows: row number, id, finding, severity, field."""
    database = Database(CONNECTIONS)
    bound = [bounded(row, CONNECTIONS.names) for row in rows]
    database.load(0, [record(CONNECTIONS, each.fields, each.lost) for each in bound])
    database.write(lambda owner: fill(owner, NOW))
    found = "SELECT n, connection_id, finding, severity, field FROM findings ORDER BY finding, n, field"
    return database.query(lambda handle: handle.execute(found).fetchall())


def findings_of(*rows: dict[str, Any]) -> list[tuple[str, str]]:
    """The findings of one row, and the fields they concern."""
    return [(finding, field) for _, _, finding, _, field in table_of(*rows)]
