"""Fills the findings that a search asks for."""

from collections.abc import Collection

from telnyx_connections_mcp.audit.reading import audit_with, read_first
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.mcp_server.arguments import ArgumentError
from telnyx_connections_mcp.mcp_server.context import AccountContext
from telnyx_connections_mcp.surroundings.reading import read_kinds


async def find(
    account: AccountContext, connections: Snapshot, checks: Collection[str], report: ReportProgress, *, fresh: bool
) -> str:
    """Do these checks. The result is the beginning of an answer, which says what was checked in part; empty if nothing.

    Raises `ArgumentError` if one of them cannot be done.
    """
    around = await read_kinds(account.snapshots, read_first(checks), report, fresh=fresh)
    planned = (await audit_with(account.snapshots, connections, around, checks)).plan
    for name, why in planned.not_done.items():
        raise ArgumentError(f"`where.finding` {name} cannot be answered, because {why.rstrip('.')}: leave it out.")
    return "".join(f"Only checked in part: {name} ({why.rstrip('.')}). " for name, why in planned.in_part.items())
