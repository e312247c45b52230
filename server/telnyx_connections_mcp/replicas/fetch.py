"""A reading that first asks whether another replica has read the same fleet, or is reading it now."""

import logging
from collections.abc import Callable

import anyio

from telnyx_connections_mcp.inventory.fetch import FleetFetch, Report
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.replicas.redis_client import RedisUnavailableError
from telnyx_connections_mcp.replicas.snapshot_cipher import UnusableError
from telnyx_connections_mcp.replicas.snapshot_store import LEASE, Place, Received, Seen

POLL = 0.1
"""Seconds between two looks at what another replica is reading."""
_LONGEST_WAIT = 0.5
"""The part of the time for a reading that may pass while another replica reads: the rest is kept to read oneself."""

_log = logging.getLogger(__name__)


class SharedReading:
    """`reading` is run only where nobody else has its fleet, or reads it; what it read is left for the others."""

    def __init__(
        self, reading: FleetFetch, place: Place, unusable: Callable[[str | None], None], *, fresh: bool
    ) -> None:
        self.done = anyio.Event()
        self.scope = anyio.CancelScope()
        self._reading = reading
        self._place = place
        self._unusable = unusable
        self._fresh = fresh
        self._received: Received | None = None
        self._progress: tuple[int, int | None] = (0, None)
        self._step = anyio.Event()
        self._reads_itself = False

    async def run(self, seconds: float) -> None:
        """Come by the fleet in at most `seconds`. Never raises: `snapshot` tells how it ended."""
        end = anyio.current_time() + seconds
        try:
            with self.scope:
                seen = await self._find(seconds * _LONGEST_WAIT)
                if self._received is None:
                    await self._read(seen, end - anyio.current_time())
        finally:
            self.done.set()
            self._advance()

    async def follow(self, report: Report) -> None:
        """Wait until it is there, telling `report` of each page, whoever reads it."""
        told = 0

        async def forward(read: int, known: int | None) -> None:
            nonlocal told
            if read > told:  # a replica that takes over begins anew, progress may only grow
                told = read
                await report(read, known)

        while not self.done.is_set():
            if self._reads_itself:
                await self._reading.follow(forward)
                return
            await self._step.wait()
            await forward(*self._progress)

    @property
    def weight(self) -> int:
        """Bytes of memory that it takes."""
        return self._reading.weight if self._received is None else self._received.snapshot.database.size

    def usable_for(self, keep: float) -> float:
        """For how many seconds it may answer further questions, where a complete one may for `keep`."""
        if self._received is None:
            return self._reading.usable_for(keep)
        return self._received.until - anyio.current_time()

    def snapshot(self) -> Snapshot:
        """What was read. Raises what stood in the way when nothing was."""
        return self._reading.snapshot() if self._received is None else self._received.snapshot

    async def _find(self, seconds: float) -> Seen | None:
        """Take the fleet from another replica, or what was seen when it turned out that we must read it ourselves."""
        seen = None
        try:
            if self._fresh:
                return await self._place.claim()
            with anyio.move_on_after(seconds):
                while (seen := await self._place.look()).what == "reading":
                    self._progress = (seen.number, seen.known or None)
                    self._advance()
                    await anyio.sleep(POLL)
                return seen if seen.what == "yours" else await self._take(seen)
        except RedisUnavailableError:
            return None
        return seen

    async def _take(self, seen: Seen) -> Seen | None:
        try:
            self._received = await self._place.take(seen.number)
        except UnusableError as error:
            self._unusable(str(error))
            return await self._place.claim()
        self._unusable(None)
        return None

    async def _read(self, seen: Seen | None, seconds: float) -> None:
        """Read it; meanwhile others are told of it where it is ours to read."""
        self._reads_itself = True
        self._advance()
        async with anyio.create_task_group() as tasks:
            if seen is not None and seen.what == "yours":
                tasks.start_soon(self._renew)
            try:
                await self._reading.run(seconds)
                self.done.set()
                if seen is not None:
                    await self._leave(seen.now)
            except anyio.get_cancelled_exc_class():
                with anyio.CancelScope(shield=True):
                    await self._leave(None)
                raise
            tasks.cancel_scope.cancel()

    async def _renew(self) -> None:
        while True:
            try:
                await self._place.renew(*self._reading.progress)
            except RedisUnavailableError:
                _log.debug("the other replicas cannot be told that this one reads")
            await anyio.sleep(LEASE / 3)

    async def _leave(self, began: int | None) -> None:
        """Leave what was read for the others; they read it themselves where it is not whole."""
        try:
            if began is not None and self._reading.complete:
                await self._place.put(self._reading.snapshot(), began)
            else:
                await self._place.leave()
        except RedisUnavailableError:
            return

    def _advance(self) -> None:
        self._step.set()
        self._step = anyio.Event()
