"""Reads what a statement touches: every object of these kinds, but registrations of few connections alone."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from anyio import create_task_group

from telnyx_connections_mcp.audit.checks import CONNECTION_CHECKS
from telnyx_connections_mcp.audit.plan import not_checked
from telnyx_connections_mcp.audit.reading import audit_with, read_first
from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.call_events import CALL_EVENTS
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.kinds.sip_registrations import MAX_CONNECTIONS, SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.snapshot import Coverage, Snapshot
from telnyx_connections_mcp.inventory.sources_reader import NOT_ALLOWED
from telnyx_connections_mcp.sql.guard import StatementRefused
from telnyx_connections_mcp.sql.statement import Statement, read_statement
from telnyx_connections_mcp.sql.tables import FINDINGS, TABLES
from telnyx_connections_mcp.surroundings.reading import read_kinds, read_with_kinds
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
        self.client = client
        self.snapshots = snapshots
        self.queries = queries
        self.notes: Sequence[str] = ()
        """Which checks were not done, and why; a sentence each."""

    async def read(self, statement: Statement, report: ReportProgress, *, fresh: bool) -> Parts:
        """What `statement` touches.

        Raises the `TelnyxError` if that is connections alone, which cannot be read.
        """
        found: Parts
        if statement.kinds == [CONNECTIONS]:
            also = read_first(_checks(statement))
            only, others = await read_with_kinds(self.snapshots, CONNECTIONS, None, also, report, fresh=fresh)
            found = {CONNECTIONS: only, **{kind: others[kind.name] for kind in also}}
        else:
            found = await _Reading(self, statement, report, fresh=fresh).run()
        self.notes = await self.fill_findings(statement, found)
        return {kind: found[kind] for kind in statement.kinds}

    async def fill_findings(self, statement: Statement, parts: Parts) -> Sequence[str]:
        """Compute the findings that `statement` touches. The result says which are missing, and why."""
        connections, checks = parts.get(CONNECTIONS), _checks(statement)
        if not checks or not isinstance(connections, Snapshot):
            return ()
        around = {kind.name: parts[kind] for kind in read_first(checks)}
        return not_checked((await audit_with(self.snapshots, connections, around, checks)).plan)


class _Reading:
    """What was read for one statement."""

    def __init__(self, reader: Reader, statement: Statement, report: ReportProgress, *, fresh: bool) -> None:
        self._reader = reader
        self._statement = statement
        self._report = report
        self._fresh = fresh
        self._found: dict[Kind, Snapshot | Unreadable] = {}

    async def run(self) -> Parts:
        """Read everything at once; registrations follow what says which to ask for, while the rest is still read.

        It includes what the findings are found in.
        """
        kinds = _with_findings(self._statement)
        first, subqueries = self._before_registrations() if SIP_REGISTRATIONS in kinds else ([], [])
        rest = [kind for kind in kinds if kind not in (*first, SIP_REGISTRATIONS)]
        async with create_task_group() as tasks:
            if first:
                tasks.start_soon(self._read_registrations, first, subqueries, _say_nothing if rest else self._report)
            await self._read(rest, self._report)
        return self._found

    def _before_registrations(self) -> tuple[Sequence[Kind], Sequence[Statement] | None]:
        """The kinds that say whose registrations are asked for, and the statements; None for those of all."""
        narrowed = self._statement.narrowed.get(SIP_REGISTRATIONS.name)
        try:
            subqueries = None if narrowed is None else [read_statement(sql) for sql in narrowed.subqueries]
        except StatementRefused:
            subqueries = None
        touched = dict.fromkeys(kind for each in subqueries or () for kind in _with_findings(each))
        if SIP_REGISTRATIONS in touched:
            return [CONNECTION_SETTINGS], None
        return [*(touched | {CONNECTION_SETTINGS: None})], subqueries

    async def _read(self, kinds: Sequence[Kind], report: ReportProgress) -> None:
        """Read these kinds, of one connection those that the statement limits to it."""
        of_one = of_one_connection(self._statement)
        whole = [kind for kind in kinds if kind not in of_one]
        async with create_task_group() as tasks:
            for kind in kinds:
                if kind in of_one:
                    tasks.start_soon(self._read_one, kind, of_one[kind])
            read = await read_kinds(self._reader.snapshots, whole, report, fresh=self._fresh)
        self._found |= {kind: read[kind.name] for kind in whole}

    async def _read_one(self, kind: Kind, connection_id: str) -> None:
        """Read what there is of one connection; the progress of the others is reported."""
        get = self._reader.snapshots.get
        try:
            self._found[kind] = await get(kind, None, _say_nothing, fresh=self._fresh, connection_id=connection_id)
        except TelnyxError as error:
            self._found[kind] = unreadable(kind, error)

    async def _read_registrations(
        self, first: Sequence[Kind], subqueries: Sequence[Statement] | None, report: ReportProgress
    ) -> None:
        """Read `first`, and then the registrations of the connections to which the statement limits them."""
        await self._read(first, report)
        settings = self._found[CONNECTION_SETTINGS]
        if isinstance(settings, Unreadable):
            self._found[SIP_REGISTRATIONS] = Unreadable(f"{settings.why}, which say what to ask for")
            return
        ids = await self._selected(subqueries)
        registrable = [each for each in await _registrable(settings) if ids is None or each.id in ids]
        if len(registrable) > MAX_CONNECTIONS:
            self._found[SIP_REGISTRATIONS] = TooMany(
                f"Telnyx says of one connection at a time whether it is registered, and there are {len(registrable)}",
                refused=True,
            )
            return
        found = await read_registrations(self._reader.client, registrable)
        self._found[SIP_REGISTRATIONS] = _as_far_as_known(found, settings.coverage)

    async def _selected(self, subqueries: Sequence[Statement] | None) -> set[str] | None:
        """The ids of the connections to which the statement limits registrations; None for all."""
        narrowed = self._statement.narrowed.get(SIP_REGISTRATIONS.name)
        if narrowed is None or subqueries is None:
            return None
        ids = set(narrowed.ids)
        for each in subqueries:
            await self._reader.fill_findings(each, self._found)
            try:
                result = await self._reader.queries.run(
                    databases(each, self._found), each, _MAX_IDS, characters=_ID_CHARACTERS * _MAX_IDS
                )
            except StatementRefused:  # it depends on the rest of the statement
                return None
            if result.more:
                return None
            ids |= {str(first) for first, *_ in result.rows}
        return ids


def _checks(statement: Statement) -> Sequence[str]:
    """The checks whose findings the statement touches."""
    if FINDINGS not in statement.tables:
        return ()
    limits = statement.narrowed.get(FINDINGS)
    if limits is None or limits.subqueries:
        return list(CONNECTION_CHECKS)
    return [name for name in CONNECTION_CHECKS if name in limits.ids]


def _with_findings(statement: Statement) -> Sequence[Kind]:
    """The kinds that the statement touches, and those that its findings are found in."""
    return list(dict.fromkeys([*statement.kinds, *read_first(_checks(statement))]))


def _as_far_as_known(found: Snapshot | Unreadable, settings: Coverage) -> Snapshot | Unreadable:
    """Registrations, which are not complete if the settings are not that say what to ask for."""
    why = settings.why or ""
    lost = not (settings.complete or settings.rest_complete)
    lost = lost or any(f"{path} ({NOT_ALLOWED})" in why for path in ("credential_connections", "uac_connections"))
    if not lost or isinstance(found, Unreadable):
        return found
    whys = [f"of the {CONNECTION_SETTINGS.labels}, which say what to ask for, {why}"]
    whys += [found.coverage.why] if found.coverage.why else []
    coverage = replace(found.coverage, of=None, complete=False, why="; ".join(whys))
    return Snapshot(found.database, coverage)


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
