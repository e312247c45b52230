"""Runs the audit: fills the table `findings`, and reads each finding with its first connections, worst first."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from telnyx_connections_mcp.audit.check import SEVERITIES, AccountCheck, CheckText
from telnyx_connections_mcp.audit.checks import CHECKS, CONNECTION_CHECKS
from telnyx_connections_mcp.audit.fill_findings import WITHOUT_SURROUNDINGS, fill, remove
from telnyx_connections_mcp.audit.plan import Around, Plan, kinds_of, plan
from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.joined import write_with_attached
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.record import Record
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.telnyx.models import Counts

if TYPE_CHECKING:  # imported when it is first asked: every chat starts a server
    import sqlite3

NAMED = 3
"""Connections named per finding."""
SAME_NAMES = 9
"""Duplicate names listed: they are shorter than connections."""


@dataclass(frozen=True, slots=True)
class NamedConnection:
    """A connection as named in a finding."""

    id: str | None
    name: str | None
    rest: str | None
    """What cleaning changed in the two, among other things (`inventory.unusual`)."""
    detail: str | None = None
    """What was found, if the check says it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A failed check: for how many connections, how many of them active, and the first ones.

    One about the account has a `note` instead.
    """

    name: str
    count: int = 0
    active: int = 0
    first: Sequence[NamedConnection] = ()
    fields: Mapping[str, int] = field(default_factory=dict)
    """If it concerns one of several fields: for how many connections each."""
    note: str | None = None

    @property
    def words(self) -> CheckText:
        """The text of the check."""
        return CHECKS[self.name]


@dataclass(frozen=True, slots=True)
class DuplicateName:
    """Connections with the same name."""

    name: str
    """The most common spelling."""
    rest: str | None
    """That of the first of these."""
    count: int
    spellings: Mapping[str, int]
    """Every spelling, the most common first, with its number of connections."""


@dataclass(frozen=True, slots=True)
class Audit:
    """The findings of connection checks in a snapshot."""

    findings: Sequence[Finding]
    """Worst and most frequent first."""
    together: Mapping[frozenset[str], int]
    """How many connections have exactly these findings."""
    names: int
    """How many names are shared by several connections, if case and accents do not count."""
    exact_names: int
    """How many are, spelled exactly alike."""
    exact_count: int
    """How many connections have one of these."""
    same_names: Sequence[DuplicateName]
    """The most frequent of them."""
    plan: Plan
    """Which checks were done, and why not the others."""

    def affected(self, findings: Collection[str]) -> int:
        """How many connections have at least one of these findings."""
        return sum(count for names, count in self.together.items() if not names.isdisjoint(findings))


_TOGETHER = """
WITH bits(finding, bit) AS (VALUES {bits}), failing AS (SELECT DISTINCT n, finding FROM findings)
SELECT mask, active, count(*) FROM (SELECT n, sum(bit) AS mask FROM failing JOIN bits USING (finding) GROUP BY n)
JOIN connections USING (n) GROUP BY mask, active
"""
_FIRST = """
SELECT id, connection_name, rest,
    (SELECT group_concat(detail, '; ') FROM findings WHERE finding = :finding AND n = connections.n) FROM connections
WHERE n IN (SELECT DISTINCT n FROM findings WHERE finding = :finding ORDER BY n LIMIT :named) ORDER BY n
"""
_FIELDS = "SELECT field, count(*) FROM findings WHERE finding = ? GROUP BY field ORDER BY count(*) DESC, field"
_SAME_NAMES = """
WITH spellings AS MATERIALIZED (
    SELECT connection_name_folded AS folded, connection_name AS name, count(*) AS count, min(n) AS first
    FROM findings JOIN connections USING (n) WHERE finding = 'duplicate_name' GROUP BY folded, name
), ranked AS (
    SELECT *, sum(count) OVER (PARTITION BY folded) AS total,
        row_number() OVER (PARTITION BY folded ORDER BY count DESC, name) AS place
    FROM spellings
)
SELECT folded, name, rest, total, count(*) OVER (), exact, exact_count
FROM ranked JOIN connections ON n = first
JOIN (SELECT count(*) AS exact, sum(count) AS exact_count FROM spellings WHERE count > 1) WHERE place = 1
ORDER BY total DESC, name LIMIT ?
"""


async def audit(connections: Snapshot, around: Around | None = None, checks: Collection[str] | None = None) -> Audit:
    """The findings of the named checks, by default of all that read connections alone, or of all with `around`.

    A check is repeated only if something that it reads was read again. The findings of checks that cannot be done are
    removed from the table.
    """
    chosen = checks if checks is not None else WITHOUT_SURROUNDINGS if around is None else tuple(CONNECTION_CHECKS)
    around = around or {}
    partial = any(isinstance(read, Snapshot) and read.coverage.left_out for read in around.values())
    types = await connections.query(_types) if partial else frozenset[str]()
    planned = plan(chosen, around, types)
    known: Audit | None = connections.last("findings")
    if known is not None and known.plan.covers(planned):
        return replace(known, findings=[each for each in known.findings if each.name in planned.done], plan=planned)
    return await connections.prepared("findings", lambda database: _audited(database, planned), planned.version)


def audit_one(record: Record) -> Sequence[Finding]:
    """The findings of a single connection, by the checks that read nothing else."""
    database = Database(CONNECTIONS)
    database.load(1, [record])
    return _audited(database, plan(WITHOUT_SURROUNDINGS, {}, frozenset())).findings


def account_findings(counts: Counts) -> list[Finding]:
    """The findings of the account checks."""
    notes = {name: check.finds(counts) for name, check in CHECKS.items() if isinstance(check, AccountCheck)}
    return [Finding(name, note=note) for name, note in notes.items() if note]


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """By severity, then by number of connections, then in the order of the checks."""
    names = list(CHECKS)
    return sorted(
        findings,
        key=lambda finding: (SEVERITIES.index(finding.words.severity), -finding.count, names.index(finding.name)),
    )


def _types(handle: "sqlite3.Connection") -> frozenset[str]:
    """The types of the connections."""
    return frozenset(name for (name,) in handle.execute("SELECT DISTINCT record_type FROM connections"))


def _audited(database: Database, planned: Plan) -> Audit:
    """Do what is planned, unless the table has it already."""
    inputs = {name: planned.inputs(name) for name in planned.done}
    due = [name for name in inputs if database.findings.get(name) != inputs[name]]
    void = [name for name in planned.not_done if name in database.findings]

    def work(owner: "sqlite3.Connection") -> None:
        remove(owner, void)
        fill(owner, datetime.now(UTC), due)

    if due or void:
        write_with_attached(database, {kind.name: planned.databases[kind.name] for kind in kinds_of(due)}, work)
        database.findings = {name: of for name, of in database.findings.items() if name not in void} | inputs
    return database.query(lambda handle: _read_audit(handle, planned))


def _read_audit(handle: "sqlite3.Connection", planned: Plan) -> Audit:
    bits = {name: 1 << place for place, name in enumerate(planned.done)}
    values = ", ".join(f"('{name}', {bit})" for name, bit in bits.items()) or "(NULL, 0)"
    sets = handle.execute(_TOGETHER.format(bits=values)).fetchall()
    together: Counter[frozenset[str]] = Counter()
    for mask, _, count in sets:
        together[frozenset(name for name, bit in bits.items() if mask & bit)] += count
    findings = []
    for name, bit in bits.items():
        counts = [(active, count) for mask, active, count in sets if mask & bit]
        if counts:
            first = [NamedConnection(*row) for row in handle.execute(_FIRST, {"finding": name, "named": NAMED})]
            active = sum(count for is_active, count in counts if is_active)
            several = CONNECTION_CHECKS[name].several_fields
            fields = dict(handle.execute(_FIELDS, [name])) if several else {}
            findings.append(Finding(name, sum(count for _, count in counts), active, first, fields))
    return Audit(worst_first(findings), together, *_same_names(handle), planned)


def _same_names(handle: "sqlite3.Connection") -> tuple[int, int, int, list[DuplicateName]]:
    """How many names are shared by several connections, and how many exactly; and the most frequent of them."""
    rows = handle.execute(_SAME_NAMES, [SAME_NAMES]).fetchall()
    spellings: dict[str, dict[str, int]] = {folded: {} for folded, *_ in rows}
    written = handle.execute(
        "SELECT connection_name_folded, connection_name, count(*) FROM connections WHERE connection_name_folded IN "
        f"({', '.join('?' * len(rows))}) GROUP BY connection_name_folded, connection_name ORDER BY 3 DESC, 2",
        list(spellings),
    )
    for folded, spelling, count in written:
        spellings[folded][spelling] = count
    same = [DuplicateName(name, rest, total, spellings[folded]) for folded, name, rest, total, *_ in rows]
    names, exact, exact_count = rows[0][-3:] if rows else (0, 0, 0)
    return names, exact, exact_count or 0, same
