"""What else the key may read: a request for one object of every other list, and what lacks if it is refused."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import anyio

from telnyx_connections_mcp.audit.checks import CONNECTION_CHECKS
from telnyx_connections_mcp.cli.doctor.check_result import CheckResult, ok, warning
from telnyx_connections_mcp.cli.doctor.checks_account import each_account, open_client
from telnyx_connections_mcp.cli.doctor.subject import Subject
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds import KINDS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.kinds.sip_registrations import SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.source import Source
from telnyx_connections_mcp.telnyx.client import TelnyxClient
from telnyx_connections_mcp.telnyx.errors import Forbidden, NotFound, TelnyxError
from telnyx_connections_mcp.telnyx.parameters import PageRequest, connections_query

_LISTED = tuple(kind for kind in KINDS if kind not in (CONNECTIONS, SIP_REGISTRATIONS))
"""Registrations are asked for by connection, so there is nothing to try."""


async def check_rights(subject: Subject) -> CheckResult:
    """What the key may read besides connections."""
    return await each_account(subject, _rights)


async def _rights(settings: Settings) -> CheckResult:
    refused: dict[str, TelnyxError] = {}

    async def ask(kind: Kind, source: Source) -> None:
        try:
            await _first(client, kind, source)
        except TelnyxError as error:
            refused[source.path] = error

    async with open_client(settings) as client, anyio.create_task_group() as tasks:
        for kind in _LISTED:
            for source in kind.sources:
                tasks.start_soon(ask, kind, source)
    readable = [kind.labels for kind in _LISTED if any(source.path not in refused for source in kind.sources)]
    detail = f"The key may read {', '.join(readable) or 'nothing besides connections'}"
    if lacking := "; ".join(_lacking(refused)):
        detail += f". Not so: {lacking}"
    if all(isinstance(error, NotFound) for error in refused.values()):
        return ok(detail)
    if any(isinstance(error, Forbidden) for error in refused.values()):
        return warning(detail, "use a key that may read them, or do without")
    return warning(detail, "try again")


async def _first(client: TelnyxClient, kind: Kind, source: Source) -> None:
    query = [
        *connections_query(None, PageRequest(size=1), source.fetch_sort),
        *source.parameters(datetime.now(UTC)),
    ]
    try:
        await client.list_objects(kind, source.path, query, lambda row: row.id)
    except NotFound:
        if source.otherwise is None:
            raise
        await client.list_objects(kind, source.otherwise, query, lambda row: row.id)


def _lacking(refused: Mapping[str, TelnyxError]) -> Iterator[str]:
    """What cannot be read, why, and what lacks for it."""
    for kind in _LISTED:
        paths = [source.path for source in kind.sources if source.path in refused]
        checks = [name for name, check in CONNECTION_CHECKS.items() if kind in check.reads]
        without = f", so no {', '.join(checks)} in the audit" if checks and len(paths) == len(kind.sources) else ""
        for path in paths:
            last = without if path == paths[-1] else ""
            yield f"{path} ({_in_short(refused[path])}){last}"


def _in_short(error: TelnyxError) -> str:
    if isinstance(error, Forbidden):
        return "not allowed"
    return "not offered" if isinstance(error, NotFound) else error.what
