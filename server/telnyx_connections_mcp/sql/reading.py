"""Reads what a statement touches: every object of these kinds, but registrations of few connections alone."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from anyio import create_task_group

from telnyx_connections_mcp.audit.findings import audit
from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.call_events import CALL_EVENTS
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.kinds.sip_registrations import MAX_CONNECTIONS, SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.sql.guard import StatementRefused
from telnyx_connections_mcp.sql.statement import Statement, read_statement
from telnyx_connections_mcp.sql.tables import FINDINGS, TABLES
from telnyx_connections_mcp.surroundings.reading import read_kinds
from telnyx_connections_mcp.surroundings.registrations import Registrable, read_registrations
from telnyx_connections_mcp.surroundings.unreadable import Unreadable, unreadable
from telnyx_connections_mcp.telnyx.errors import TelnyxError

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from telnyx_connections_mcp.inventory.snapshots import Snapshots
    from telnyx_connections_mcp.sql.query_process import QueryProcess
    from telnyx_connections_mcp.telnyx.client import TelnyxClient

_MAX_IDS = 10_000
"""Most connections that a subquery may give."""
_ID_CHARACTERS = 40
_ID = re.compile("[0-9A-Za-z-]{1,40}")
EVERYTHING = Statement(sql="", tables=list(TABLES), literals=[], narrowed={}, notes=[])
"""What an export reads."""
Parts = Mapping[Kind, Snapshot | Unreadable]
"""What was read of each kind that a statement touches."""


class TooMany(Unreadable):
    """Registrations of more connections than are asked for."""

    instead = (
        f"select at most {MAX_CONNECTIONS}, with WHERE sip_registrations.connection_id IN "
        "(SELECT id FROM connections WHERE ...)"
    )
    """How to narrow the statement."""


class Reader:
    """Reads for the statements of one account."""

    def __init__(self, client: "TelnyxClient", snapshots: "Snapshots", queries: "QueryProcess") -> None:
        self._client = client
        self._snapshots = snapshots
        self._queries = queries

    async def read(self, statement: Statement, report: ReportProgress, *, fresh: bool) -> Parts:
        """What `statement` touches.

        Raises the `TelnyxError` if that is connections alone, which cannot be read.
        """
        if statement.kinds == [CONNECTIONS]:
            parts: Parts = {CONNECTIONS: await self._snapshots.get(CONNECTIONS, None, report, fresh=fresh)}
        else:
            parts = await self._several(statement, report, fresh=fresh)
        connections = parts.get(CONNECTIONS)
        if FINDINGS in statement.tables and isinstance(connections, Snapshot):
            await audit(connections)
        return parts

    async def _several(self, statement: Statement, report: ReportProgress, *, fresh: bool) -> Parts:
        """Several kinds at once; then registrations, because the settings say what to ask for."""
        of_one = of_one_connection(statement)
        found: dict[Kind, Snapshot | Unreadable] = {}
        registrations = SIP_REGISTRATIONS in statement.kinds
        needed = [*statement.kinds, *([CONNECTION_SETTINGS] if registrations else [])]

        async def read_one(kind: Kind, connection_id: str) -> None:
            try:
                get = self._snapshots.get(kind, None, _say_nothing, fresh=fresh, connection_id=connection_id)
                found[kind] = await get
            except TelnyxError as error:
                found[kind] = unreadable(kind, error)

        async with create_task_group() as tasks:
            for kind, connection_id in of_one.items():
                tasks.start_soon(read_one, kind, connection_id)
            whole = {kind for kind in needed if kind is not SIP_REGISTRATIONS and kind not in of_one}
            read = await read_kinds(self._snapshots, whole, report, fresh=fresh)
        found |= {kind: read[kind.name] for kind in whole}
        if registrations:
            found[SIP_REGISTRATIONS] = await self._registrations(statement, found, found[CONNECTION_SETTINGS])
        return {kind: found[kind] for kind in statement.kinds}

    async def _registrations(
        self, statement: Statement, parts: Parts, settings: Snapshot | Unreadable
    ) -> Snapshot | Unreadable:
        """The registrations of the connections to which the statement limits them."""
        if isinstance(settings, Unreadable):
            return Unreadable(f"{settings.why}, which say what to ask for")
        ids = await self._selected(statement, parts)
        registrable = [each for each in await _registrable(settings) if ids is None or each.id in ids]
        if len(registrable) > MAX_CONNECTIONS:
            return TooMany(
                f"Telnyx says of one connection at a time whether it is registered, and there are {len(registrable)}",
                refused=True,
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


def of_one_connection(statement: Statement) -> Mapping[Kind, str]:
    """The kinds that are read of one connection alone, because the statement limits them to it."""
    limits = statement.narrowed.get(CALL_EVENTS.name)
    alone = limits is not None and not limits.subqueries and len(limits.ids) == 1
    return {CALL_EVENTS: limits.ids[0]} if limits and alone and _ID.fullmatch(limits.ids[0]) else {}


async def _say_nothing(_: int, __: int | None) -> None:
    """Report no progress: that of the other kinds is reported."""


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
