"""A fetch that first checks whether another replica has the same snapshot or is fetching it now."""

import logging
from collections.abc import Callable

import anyio

from telnyx_connections_mcp.inventory.fetch import FleetFetch
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.replicas.redis_client import RedisUnavailableError
from telnyx_connections_mcp.replicas.snapshot_cipher import UnusableSnapshotError
from telnyx_connections_mcp.replicas.snapshot_store import LEASE, Lookup, ReceivedSnapshot, SnapshotStore

POLL = 0.1
"""Seconds between two checks of another replica's progress."""
_MAX_WAIT_SHARE = 0.5
"""Fraction of the time for a fetch spent waiting for another replica; the rest is kept for fetching here."""

_log = logging.getLogger(__name__)


class SharedFetch:
    """Runs `fetch` only if no other replica has its snapshot or is fetching it; the result is left for the others."""

    def __init__(
        self, fetch: FleetFetch, store: SnapshotStore, report_unusable: Callable[[str | None], None], *, fresh: bool
    ) -> None:
        self.done = anyio.Event()
        self.scope = anyio.CancelScope()
        self._fetch = fetch
        self._store = store
        self._report_unusable = report_unusable
        self._fresh = fresh
        self._received: ReceivedSnapshot | None = None
        self._progress: tuple[int, int | None] = (0, None)
        self._step = anyio.Event()
        self._fetching = False

    async def run(self, seconds: float) -> None:
        """Get the snapshot within `seconds`. Never raises: `snapshot` does."""
        end = anyio.current_time() + seconds
        try:
            with self.scope:
                lookup = await self._look(seconds * _MAX_WAIT_SHARE)
                if self._received is None:
                    await self._run(lookup, end - anyio.current_time())
        finally:
            self.done.set()
            self._advance()

    async def follow(self, report: ReportProgress) -> None:
        """Wait until it is done, passing progress to `report`, whichever replica is fetching."""
        reported = 0

        async def forward(read: int, known: int | None) -> None:
            nonlocal reported
            if read > reported:  # a replica that takes over starts again, but progress may only grow
                reported = read
                await report(read, known)

        while not self.done.is_set():
            if self._fetching:
                await self._fetch.follow(forward)
                return
            await self._step.wait()
            await forward(*self._progress)

    @property
    def weight(self) -> int:
        """Memory used, in bytes."""
        return self._fetch.weight if self._received is None else self._received.snapshot.database.size

    def usable_for(self, keep: float) -> float:
        """Seconds for which it may answer further questions; a complete one may for `keep`."""
        if self._received is None:
            return self._fetch.usable_for(keep)
        return self._received.until - anyio.current_time()

    def snapshot(self) -> Snapshot:
        """The snapshot. Raises what went wrong if there is none."""
        return self._fetch.snapshot() if self._received is None else self._received.snapshot

    async def _look(self, seconds: float) -> Lookup | None:
        """Take the snapshot from another replica; else the lookup that shows that this one must fetch it."""
        lookup = None
        try:
            if self._fresh:
                return await self._store.claim()
            with anyio.move_on_after(seconds):
                while (lookup := await self._store.look()).state == "reading":
                    self._progress = (lookup.number, lookup.known or None)
                    self._advance()
                    await anyio.sleep(POLL)
                return lookup if lookup.state == "yours" else await self._take(lookup)
        except RedisUnavailableError:
            return None
        return lookup

    async def _take(self, lookup: Lookup) -> Lookup | None:
        try:
            self._received = await self._store.take(lookup.number)
        except UnusableSnapshotError as error:
            self._report_unusable(str(error))
            return await self._store.claim()
        self._report_unusable(None)
        return None

    async def _run(self, lookup: Lookup | None, seconds: float) -> None:
        """Fetch it, and tell the others meanwhile if this replica holds the claim."""
        self._fetching = True
        self._advance()
        async with anyio.create_task_group() as tasks:
            if lookup is not None and lookup.state == "yours":
                tasks.start_soon(self._renew)
            try:
                await self._fetch.run(seconds)
                self.done.set()
                if lookup is not None:
                    await self._publish(lookup.now)
            except anyio.get_cancelled_exc_class():
                with anyio.CancelScope(shield=True):
                    await self._publish(None)
                raise
            tasks.cancel_scope.cancel()

    async def _renew(self) -> None:
        while True:
            try:
                await self._store.renew(*self._fetch.progress)
            except RedisUnavailableError:
                _log.debug("cannot tell the other replicas that this one is reading")
            await anyio.sleep(LEASE / 3)

    async def _publish(self, began: int | None) -> None:
        """Leave a snapshot of everything that can be read for the others; otherwise let them fetch it."""
        try:
            if began is not None and self._fetch.shareable:
                await self._store.put(self._fetch.snapshot(), began)
            else:
                await self._store.leave()
        except RedisUnavailableError:
            return

    def _advance(self) -> None:
        self._step.set()
        self._step = anyio.Event()
