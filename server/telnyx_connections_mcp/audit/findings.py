"""What the checks found, put together: worst first, each with its first connections."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from telnyx_connections_mcp.audit.checks import (
    CHECKS,
    SEVERITIES,
    Check,
    CheckName,
    duplicate_names,
    faults_of,
    reached_limits,
)
from telnyx_connections_mcp.query.conditions import name_of
from telnyx_connections_mcp.telnyx.models import Connection, Counts


@dataclass(frozen=True, slots=True)
class Finding:
    """A check that failed, and for which connections; `note` says more where the check is about the account."""

    name: CheckName
    connections: Sequence[Connection]
    note: str | None = None

    @property
    def check(self) -> Check:
        """What was looked for."""
        return CHECKS[self.name]


def audit(connections: Sequence[Connection], selected: Collection[CheckName], now: datetime) -> list[Finding]:
    """The findings of the selected checks that look at connections, worst and most frequent first."""
    failing: dict[CheckName, list[Connection]] = {name: [] for name in CHECKS}
    duplicates = duplicate_names(connections)
    for connection in connections:
        for name in faults_of(connection, now):
            failing[name].append(connection)
        if name_of(connection) in duplicates:
            failing["duplicate_name"].append(connection)
    failing["duplicate_name"].sort(key=name_of)
    return worst_first([Finding(name, found) for name, found in failing.items() if found and name in selected])


def limit_finding(counts: Counts) -> Finding | None:
    """The finding of an account that has used 90 % of a limit of connections; None for any other."""
    reached = reached_limits(counts.counts, counts.limits)
    said = ", ".join(f"{used} of {limit} ({name})" for name, used, limit in reached)
    return Finding("near_connection_limit", (), said) if reached else None


def worst_first(findings: Sequence[Finding]) -> list[Finding]:
    """By severity, then by how many connections they are about."""
    rank: Mapping[str, int] = {severity: place for place, severity in enumerate(SEVERITIES)}
    return sorted(findings, key=lambda finding: (rank[finding.check.severity], -len(finding.connections)))
