"""Reads what checks need besides connections, no more than the selected ones do, and audits."""

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from telnyx_connections_mcp.audit.findings import Audit, audit
from telnyx_connections_mcp.audit.plan import Around, kinds_of
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.kinds.sip_registrations import MAX_CONNECTIONS, SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.surroundings.reading import read_with_kinds
from telnyx_connections_mcp.surroundings.registrations import Registrable, read_registrations
from telnyx_connections_mcp.surroundings.unreadable import Unreadable
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter

if TYPE_CHECKING:  # httpx and sqlite3 are not imported before the first call: every chat starts a server
    import sqlite3

    from telnyx_connections_mcp.inventory.snapshots import Snapshots

_REGISTRABLE = "credential_connection"
_ACTIVE = f"SELECT id FROM connections WHERE active = 1 AND record_type = '{_REGISTRABLE}'"


async def read_and_audit(
    snapshots: "Snapshots",
    api_filter: ConnectionFilter | None,
    checks: Collection[str],
    report: ReportProgress,
    *,
    fresh: bool = False,
) -> tuple[Snapshot, Audit]:
    """The connections that the filter selects, and their audit by the named checks; everything is read at once.

    Raises the `TelnyxError` if the connections cannot be read. A check that lacks anything else is not done.
    """
    kinds = read_first(checks)
    connections, around = await read_with_kinds(snapshots, CONNECTIONS, api_filter, kinds, report, fresh=fresh)
    return connections, await audit_with(snapshots, connections, around, checks)


def read_first(checks: Collection[str]) -> Sequence[Kind]:
    """What the named checks read besides connections; registrations are read later, as the settings say whose."""
    return [kind for kind in kinds_of(checks) if kind is not SIP_REGISTRATIONS]


async def audit_with(snapshots: "Snapshots", connections: Snapshot, around: Around, checks: Collection[str]) -> Audit:
    """The audit of `connections` by the named checks with what was read, as `read_first` says, and registrations."""
    if SIP_REGISTRATIONS in kinds_of(checks):
        settings = around[CONNECTION_SETTINGS.name]
        read = await _registrations(snapshots, connections, settings) if isinstance(settings, Snapshot) else settings
        around = {**around, SIP_REGISTRATIONS.name: read}
    return await audit(connections, around, checks)


async def _registrations(snapshots: "Snapshots", connections: Snapshot, settings: Snapshot) -> Snapshot | Unreadable:
    """The registrations of active credential connections, at most 50; kept as long as the settings."""
    active = [name for (name,) in await connections.query(lambda handle: handle.execute(_ACTIVE).fetchall())]
    if len(active) > MAX_CONNECTIONS:
        return Unreadable(
            f"{SIP_REGISTRATIONS.labels} are asked for at most {MAX_CONNECTIONS} connections, not for {len(active)}"
        )

    def with_user_names(handle: "sqlite3.Connection") -> list[Registrable]:
        wanted = f"connection_id IN ({', '.join('?' * len(active))})"
        rows = handle.execute(f"SELECT connection_id, user_name FROM connection_settings WHERE {wanted}", active)
        return [Registrable(name, _REGISTRABLE, user_name) for name, user_name in rows]

    return await settings.remembered(
        f"registrations {connections.database.uri}",
        lambda: read_registrations(snapshots.client, settings.database.query(with_user_names)),
        keep=lambda read: isinstance(read, Snapshot),
    )
