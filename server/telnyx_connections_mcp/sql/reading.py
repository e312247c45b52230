"""Reads what a statement touches: every object of these kinds, but registrations of few connections alone."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from telnyx_connections_mcp.audit.findings import audit
from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.kinds.sip_registrations import MAX_CONNECTIONS, SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.sql.guard import StatementRefused
from telnyx_connections_mcp.sql.statement import Statement, read_statement
from telnyx_connections_mcp.sql.tables import FINDINGS
from telnyx_connections_mcp.surroundings.reading import read_kinds
from telnyx_connections_mcp.surroundings.registrations import Registrable, read_registrations
from telnyx_connections_mcp.surroundings.unreadable import Unreadable

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from telnyx_connections_mcp.inventory.snapshots import Snapshots
    from telnyx_connections_mcp.sql.query_process import QueryProcess
    from telnyx_connections_mcp.telnyx.client import TelnyxClient

_MAX_IDS = 10_000
"""Most connections that a subquery may give."""
_ID_CHARACTERS = 40
Parts = Mapping[Kind, Snapshot | Unreadable]
"""What was read of each kind that a statement touches."""


class Reader:
    """Reads for the statements of one account."""

    def __init__(self, client: "TelnyxClient", snapshots: "Snapshots", queries: "QueryProcess") -> None:
        self._client = client
        self._snapshots = snapshots
        self._queries = queries

    async def read(self, statement: Statement, report: ReportProgress, *, fresh: bool) -> Parts:
        """What `statement` touches.

        Raises the `TelnyxError` if that is one kind, which cannot be read, and `StatementRefused` if it asks for the
        registrations of too many connections.
        """
        wanted = [kind for kind in statement.kinds if kind is not SIP_REGISTRATIONS]
        parts: dict[Kind, Snapshot | Unreadable] = {}
        if SIP_REGISTRATIONS in statement.kinds:
            read = await read_kinds(self._snapshots, {*wanted, CONNECTION_SETTINGS}, report, fresh=fresh)
            parts = {kind: read[kind.name] for kind in wanted}
            parts[SIP_REGISTRATIONS] = await self._registrations(statement, parts, read[CONNECTION_SETTINGS.name])
        elif len(wanted) == 1:
            parts = {kind: await self._snapshots.get(kind, None, report, fresh=fresh) for kind in wanted}
        else:
            read = await read_kinds(self._snapshots, wanted, report, fresh=fresh)
            parts = {kind: read[kind.name] for kind in wanted}
        connections = parts.get(CONNECTIONS)
        if FINDINGS in statement.tables and isinstance(connections, Snapshot):
            await audit(connections)
        return parts

    async def _registrations(
        self, statement: Statement, parts: Parts, settings: Snapshot | Unreadable
    ) -> Snapshot | Unreadable:
        """The registrations of the connections to which the statement limits them."""
        if isinstance(settings, Unreadable):
            return Unreadable(f"{settings.why}, which say what to ask for")
        ids = await self._selected(statement, parts)
        registrable = [each for each in await _registrable(settings) if ids is None or each.id in ids]
        if len(registrable) > MAX_CONNECTIONS:
            raise StatementRefused(
                f"Telnyx is asked for sip_registrations one by one, and this statement may need {len(registrable)}: "
                f"select at most {MAX_CONNECTIONS}, with WHERE sip_registrations.connection_id IN "
                "(SELECT id FROM connections WHERE ...)."
            )
        return await read_registrations(self._client, registrable)

    async def _selected(self, statement: Statement, parts: Parts) -> set[str] | None:
        """The ids of those connections; None for all."""
        narrowed = statement.narrowed.get(SIP_REGISTRATIONS.name)
        if narrowed is None:
            return None
        ids = set(narrowed.ids)
        for sql in narrowed.subqueries:
            found = await self._first_column(sql, parts)
            if found is None:
                return None
            ids |= found
        return ids

    async def _first_column(self, sql: str, parts: Parts) -> set[str] | None:
        """What a subquery gives; None if it cannot be run by itself, or gives too much."""
        try:
            subquery = read_statement(sql)
            result = await self._queries.run(
                databases(subquery, parts), subquery, _MAX_IDS, characters=_ID_CHARACTERS * _MAX_IDS
            )
        except (StatementRefused, KeyError):
            return None
        return None if result.more else {str(first) for first, *_ in result.rows}


def databases(statement: Statement, parts: Parts) -> Sequence[Database]:
    """What a statement runs over: what was read, and nothing instead of what could not be read."""
    read = {kind: parts[kind] for kind in statement.kinds}
    return [part.database if isinstance(part, Snapshot) else nothing(kind) for kind, part in read.items()]


@cache
def nothing(kind: Kind) -> Database:
    """A database of no objects."""
    return Snapshot.empty(kind, datetime.now(UTC), None).database


async def _registrable(settings: Snapshot) -> list[Registrable]:
    """The connections that may be registered."""
    rows = await settings.query(
        lambda handle: handle.execute(
            f"SELECT connection_id, record_type, user_name FROM {CONNECTION_SETTINGS.name} ORDER BY n"
        ).fetchall()
    )
    return [each for each in (Registrable(*row) for row in rows) if each.query]
