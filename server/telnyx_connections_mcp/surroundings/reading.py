"""Reads several kinds at once; one that cannot be read is said, and does not stop the others."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import anyio

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.surroundings.unreadable import Unreadable, unreadable
from telnyx_connections_mcp.telnyx.errors import TelnyxError

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from telnyx_connections_mcp.inventory.snapshots import Snapshots


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
