"""Reads what a search needs: the connections, and the other kinds that its conditions and groups are about."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.operators import use_of
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.snapshot import Coverage, Snapshot
from telnyx_connections_mcp.mcp_server.arguments import ArgumentError
from telnyx_connections_mcp.mcp_server.context import AccountContext
from telnyx_connections_mcp.query.counting import has_types
from telnyx_connections_mcp.query.elsewhere_sql import only_spelling
from telnyx_connections_mcp.query.where_sql import Conditions
from telnyx_connections_mcp.surroundings.looking_up import look_up
from telnyx_connections_mcp.surroundings.reading import read_with_kinds
from telnyx_connections_mcp.surroundings.unreadable import Unreadable
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter

if TYPE_CHECKING:  # it imports this
    from telnyx_connections_mcp.mcp_server.tools.search_connections import SearchConnections


@dataclass(frozen=True, slots=True)
class SearchReading:
    """What was read."""

    connections: Snapshot
    api_filter: ConnectionFilter | None = None
    """What Telnyx was asked to limit the connections by."""
    others: Mapping[Kind, Snapshot] = field(default_factory=dict)
    looked_up: Mapping[str, str] = field(default_factory=dict)
    """The condition, and its value, for which Telnyx was asked in place of everything."""


async def read_for(
    arguments: "SearchConnections",
    conditions: Conditions,
    account: AccountContext,
    report: ReportProgress,
) -> SearchReading:
    """All that the question needs, at once.

    Raises the `TelnyxError` if no connections could be read, and `ArgumentError` if a kind that is needed could not.
    """
    kinds = conditions.reads(arguments.group_by)
    snapshots = account.snapshots
    if kinds and not all(snapshots.has(kind) for kind in (CONNECTIONS, *kinds)):
        looked_up = await _looked_up(arguments, conditions, kinds, account)
        if looked_up is not None:
            return looked_up
    api_filter = ConnectionFilter(**conditions.sent) if conditions.sent else None
    connections, read = await read_with_kinds(snapshots, CONNECTIONS, api_filter, kinds, report, fresh=arguments.fresh)
    others: dict[Kind, Snapshot] = {}
    for kind in kinds:
        other = read[kind.name]
        if isinstance(other, Unreadable):
            raise ArgumentError(_not_answered(kind, other, conditions, arguments.group_by or ()))
        others[kind] = other
    return SearchReading(connections, api_filter, others)


async def _looked_up(
    arguments: "SearchConnections", conditions: Conditions, kinds: Sequence[Kind], account: AccountContext
) -> SearchReading | None:
    """What a few requests say of a number or address; None if nothing asks for one, or too little would be known.

    Texts of other conditions are looked for in the whole account, so that misspelled ones are told.
    """
    if conditions.sent or conditions.findings:
        return None
    for name in conditions.tests:
        condition, of = CONNECTIONS.conditions[name]
        if of is None or {place.kind for place in of.elsewhere} != set(kinds):
            continue
        if any(_looked_for(other) for other in conditions.tests if other != name):
            return None
        value = only_spelling(condition, getattr(arguments.where, name))
        if value and (hit := await look_up(account.client, CONNECTIONS, of.elsewhere, value)):
            return SearchReading(hit.connections, None, hit.others, {name: value})
    return None


def _looked_for(name: str) -> bool:
    condition, _ = CONNECTIONS.conditions[name]
    return use_of(condition.operator).looked_for


def _not_answered(kind: Kind, read: Unreadable, conditions: Conditions, group_by: Sequence[str]) -> str:
    """That the question cannot be answered, why, and what can be."""
    named = [
        *(f"`where.{name}`" for name in conditions.tests if kind in CONNECTIONS.reads([name], ())),
        *(f"`group_by` {name}" for name in group_by if kind in CONNECTIONS.reads((), [name])),
    ]
    if read.forbidden:
        instead = f"leave it out, or give the key the right to read {kind.labels}"
    else:
        instead = "leave it out" if read.refused else "try again in a minute, or leave it out"
    return f"{' and '.join(named)} cannot be answered, because {read.why}: {instead}."


def coverage_for(connections: Snapshot, kind: Kind, other: Snapshot) -> Coverage:
    """The coverage of another kind, as far as it is about these connections.

    Lists that were left out matter only if one of the connections is of their types.
    """
    coverage = other.coverage
    if not coverage.rest_complete:
        return coverage
    types = [type_ for each in kind.sources if each.path in coverage.left_out for type_ in each.record_types]
    if connections.coverage.complete and not has_types(connections.database, types):
        return replace(coverage, complete=True, why=None, left_out=(), rest_complete=False)
    return replace(coverage, rest_complete=False)
