"""Runs the checks over connections and what surrounds them, as the API sends it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from telnyx_connections_mcp.audit.checks import CONNECTION_CHECKS
from telnyx_connections_mcp.audit.findings import Audit, audit
from telnyx_connections_mcp.audit.plan import Around, kinds_of
from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.record import record
from telnyx_connections_mcp.inventory.snapshot import Coverage, Snapshot
from telnyx_connections_mcp.surroundings.unreadable import Unreadable
from telnyx_connections_mcp.telnyx.rows import row_of

Rows = Sequence[Mapping[str, Any]]


def snapshot_of(kind: Kind, rows: Rows, **coverage: Any) -> Snapshot:
    """A snapshot of these rows; complete unless `coverage` says otherwise."""
    database = Database(kind)
    database.load(1, [record(kind, row_of(kind, row).fields) for row in rows])
    database.finish()
    whole = {"read": len(rows), "of": len(rows), "complete": True, "as_of": datetime.now(UTC)}
    return Snapshot(database, Coverage(**whole | coverage))


def around(**rows: Rows | Snapshot | Unreadable) -> Around:
    """What was read of each kind that a check reads: of those that are not named there is nothing."""
    read: dict[str, Snapshot | Unreadable] = {}
    for kind in kinds_of(CONNECTION_CHECKS):
        given = rows.get(kind.name, ())
        read[kind.name] = given if isinstance(given, Snapshot | Unreadable) else snapshot_of(kind, given)
    return read


async def audited(connections: Rows, checks: Sequence[str], **rows: Rows | Snapshot | Unreadable) -> Audit:
    """The audit of these connections."""
    return await audit(snapshot_of(CONNECTIONS, connections), around(**rows), checks)


async def found(check: str, connections: Rows, **rows: Rows | Snapshot | Unreadable) -> list[tuple[str, str, Any]]:
    """What a check finds: the id of each connection, the field, and what was found in words."""
    snapshot = snapshot_of(CONNECTIONS, connections)
    await audit(snapshot, around(**rows), [check])
    return await snapshot.query(
        lambda handle: handle.execute("SELECT connection_id, field, detail FROM findings ORDER BY 1, 2").fetchall()
    )
