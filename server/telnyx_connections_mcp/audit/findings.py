"""What answers say of the table `findings`: each finding with its first connections, worst first."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from telnyx_connections_mcp.audit.checks import CHECKS, SEVERITIES, AccountCheck, Severity, Words
from telnyx_connections_mcp.audit.table import fill
from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.fetch import Fleet
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.record import Record
from telnyx_connections_mcp.telnyx.models import Counts


@dataclass(frozen=True, slots=True)
class Named:
    """A connection as far as it is named."""

    id: str | None
    name: str | None
    rest: str | None
    """What cleaning changed in the two, among other things (`inventory.unusual`)."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that failed, for how many connections, how many of them are active, and the first of them.

    One about the account has a `note` instead.
    """

    name: str
    count: int = 0
    active: int = 0
    first: Sequence[Named] = ()
    note: str | None = None

    @property
    def words(self) -> Words:
        """What was looked for."""
        return CHECKS[self.name]


@dataclass(frozen=True, slots=True)
class SameName:
    """Connections of one name."""

    named: Named
    """The first that is spelled as most are."""
    count: int
    spellings: Sequence[str]
    """Every spelling, in the order of the connections."""


@dataclass(frozen=True, slots=True)
class Audit:
    """The findings of some checks, worst and most frequent first."""

    findings: Sequence[Finding]
    affected: int
    """How many connections have one."""
    affected_by: Mapping[Severity, int]
    """The same by the severity of the finding."""
    names: int
    """How many names several connections have; 0 where that was not checked."""
    same_names: Sequence[SameName]
    """The most frequent of them."""


_SAME_NAMES = """
WITH spellings AS (
    SELECT connection_name_folded AS folded, connection_name AS name, count(*) AS count, min(n) AS first
    FROM findings JOIN connections USING (n) WHERE finding = 'duplicate_name' GROUP BY folded, name
), ranked AS (
    SELECT *, sum(count) OVER (PARTITION BY folded) AS total,
        row_number() OVER (PARTITION BY folded ORDER BY count DESC, name) AS place
    FROM spellings
)
SELECT folded, id, name, rest, total, count(*) OVER () FROM ranked JOIN connections ON n = first WHERE place = 1
ORDER BY total DESC, name LIMIT ?
"""


async def audit(fleet: Fleet, checks: Sequence[str], *, shown: int, names: int) -> Audit:
    """The findings of `checks`, with the first `shown` connections of each and the most frequent `names`."""
    await fleet.prepared("findings", _fill)
    question = f"audit {shown} {names} {' '.join(checks)}"
    return await fleet.once(
        question, lambda: fleet.database.query(lambda database: _read_audit(database, checks, shown, names))
    )


def audit_one(record: Record) -> list[Finding]:
    """The findings of one connection by itself."""
    database = Database(CONNECTIONS)
    database.load(1, [record])
    database.write(_fill)
    rows = database.query(lambda handle: handle.execute("SELECT DISTINCT finding FROM findings").fetchall())
    return worst_first([Finding(name, 1) for (name,) in rows])


def _fill(database: sqlite3.Connection) -> None:
    fill(database, datetime.now(UTC))


def account_findings(counts: Counts) -> list[Finding]:
    """The findings of the checks of the account as a whole."""
    notes = {name: check.finds(counts) for name, check in CHECKS.items() if isinstance(check, AccountCheck)}
    return [Finding(name, note=note) for name, note in notes.items() if note]


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """By severity, then by how many connections they are about, then in the order of the checks."""
    names = list(CHECKS)
    return sorted(
        findings,
        key=lambda finding: (SEVERITIES.index(finding.words.severity), -finding.count, names.index(finding.name)),
    )


def _read_audit(database: sqlite3.Connection, checks: Sequence[str], shown: int, most: int) -> Audit:
    among = f"finding IN ({', '.join('?' * len(checks))})"
    counts = database.execute(
        "SELECT finding, count(DISTINCT n), count(DISTINCT iif(active, n, NULL)) FROM findings "
        f"JOIN connections USING (n) WHERE {among} GROUP BY finding",
        checks,
    ).fetchall()
    affected_by = database.execute(
        f"SELECT severity, count(DISTINCT n) FROM findings WHERE {among} GROUP BY severity", checks
    ).fetchall()
    ((affected,),) = database.execute(f"SELECT count(DISTINCT n) FROM findings WHERE {among}", checks)
    findings = [Finding(name, count, active, _first(database, name, shown)) for name, count, active in counts]
    names, same_names = _same_names(database, most) if "duplicate_name" in checks else (0, [])
    return Audit(worst_first(findings), affected, dict(affected_by), names, same_names)


def _first(database: sqlite3.Connection, finding: str, shown: int) -> list[Named]:
    rows = database.execute(
        "SELECT id, connection_name, rest FROM connections "
        "WHERE n IN (SELECT DISTINCT n FROM findings WHERE finding = ? ORDER BY n LIMIT ?) ORDER BY n",
        [finding, shown],
    )
    return [Named(*row) for row in rows]


def _same_names(database: sqlite3.Connection, most: int) -> tuple[int, list[SameName]]:
    """How many names several connections have, and the most frequent of them."""
    rows = database.execute(_SAME_NAMES, [most]).fetchall()
    spellings: dict[str, list[str]] = {folded: [] for folded, *_ in rows}
    written = database.execute(
        "SELECT connection_name_folded, connection_name FROM connections WHERE connection_name_folded IN "
        f"({', '.join('?' * len(rows))}) GROUP BY connection_name_folded, connection_name ORDER BY min(n)",
        list(spellings),
    )
    for folded, spelling in written:
        spellings[folded].append(spelling)
    same = [SameName(Named(id_, name, rest), total, spellings[folded]) for folded, id_, name, rest, total, _ in rows]
    return rows[0][-1] if rows else 0, same
