"""Reads several kinds at once; one that cannot be read is said, and does not stop the others."""

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

import anyio

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.surroundings.unreadable import Unreadable, unreadable
from telnyx_connections_mcp.telnyx.errors import TelnyxError

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from telnyx_connections_mcp.inventory.snapshots import Snapshots
    from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter


async def read_kinds(
    snapshots: "Snapshots", kinds: Iterable[Kind], report: ReportProgress, *, fresh: bool = False
) -> Mapping[str, Snapshot | Unreadable]:
    """Every object of each of the kinds, by its name; from recent snapshots unless `fresh`.

    Not of `sip_registrations`, which `registrations.py` reads. Raises only defects.
    """
    read: dict[str, Snapshot | Unreadable] = {}
    progress = _Progress(report)

    async def one(kind: Kind) -> None:
        try:
            read[kind.name] = await snapshots.get(kind, None, progress.of(kind), fresh=fresh)
        except TelnyxError as error:
            read[kind.name] = unreadable(kind, error)

    async with anyio.create_task_group() as tasks:
        for kind in kinds:
            tasks.start_soon(one, kind)
    return read


async def read_with_kinds(  # noqa: PLR0913  # as `read_kinds`, and `Snapshots.get`
    snapshots: "Snapshots",
    kind: Kind,
    api_filter: "ConnectionFilter | None",
    others: Collection[Kind],
    report: ReportProgress,
    *,
    fresh: bool = False,
) -> tuple[Snapshot, Mapping[str, Snapshot | Unreadable]]:
    """The objects of `kind` that the filter selects and, as `read_kinds`, all `others`, at once.

    Raises the `TelnyxError` if none of `kind` could be fetched.
    """
    if not others:
        return await snapshots.get(kind, api_filter, report, fresh=fresh), {}
    progress = _Progress(report)
    read: dict[str, Snapshot | Unreadable] = {}
    found: list[Snapshot] = []
    failed: list[TelnyxError] = []

    async def others_too() -> None:
        read.update(await read_kinds(snapshots, others, progress.of(next(iter(others))), fresh=fresh))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(others_too)
        try:
            found.append(await snapshots.get(kind, api_filter, progress.of(kind), fresh=fresh))
        except TelnyxError as error:
            failed.append(error)
            tasks.cancel_scope.cancel()
    if failed:
        raise failed[0]
    return found[0], read


class _Progress:
    """Reports the pages of all fetches together; the number of all pages once it is known of each that has begun."""

    def __init__(self, report: ReportProgress) -> None:
        self._report = report
        self._pages: dict[str, tuple[int, int | None]] = {}

    def of(self, kind: Kind) -> ReportProgress:
        """What the fetch of that kind reports to."""

        async def report(read: int, known: int | None) -> None:
            self._pages[kind.name] = (read, known)
            totals = [each for _, each in self._pages.values()]
            known_in_all = None if None in totals else sum(filter(None, totals))
            await self._report(sum(pages for pages, _ in self._pages.values()), known_in_all)

        return report
