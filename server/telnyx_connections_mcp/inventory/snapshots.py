"""Fleets that were read a moment ago, so that one reading answers many questions and concurrent callers share it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from anyio import CancelScope, Event, current_time, move_on_after
from anyio.abc import TaskGroup

from telnyx_connections_mcp.inventory.fetch import FleetFetch, Report
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.paging import MOST_WEIGHT
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.observability.metrics import SNAPSHOT_AGE, SNAPSHOT_READS
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter

if TYPE_CHECKING:  # see fetch.py
    from telnyx_connections_mcp.telnyx.client import TelnyxClient

MOST_KEPT = 8


class Fetch(Protocol):
    """A way to come by a fleet: `FleetFetch`, or one that asks other replicas first. See there for each part."""

    done: Event
    scope: CancelScope

    @property
    def weight(self) -> int:
        """Bytes of memory that it takes."""
        ...

    async def run(self, seconds: float) -> None:
        """Come by the fleet."""
        ...

    async def follow(self, report: Report) -> None:
        """Wait until it is there."""
        ...

    def usable_for(self, keep: float) -> float:
        """For how many seconds it may be used."""
        ...

    def snapshot(self) -> Snapshot:
        """What was read."""
        ...


class Sharer(Protocol):
    """Makes readings whose fleets replicas share."""

    def share(self, reading: FleetFetch, name: str, *, fresh: bool) -> Fetch:
        """`reading`, run only where no other replica has the fleet `name`, or reads it now; always if `fresh`."""
        ...


class Snapshots:
    """The fleets of one account, by filter.

    A complete reading is kept for `keep` seconds (0: not at all), one under way is shared by all who ask for it and
    ends early only when none of them waits any more. Readings run in `tasks` and take at most `limit` seconds. With a
    `sharer` other replicas' readings are used too.
    """

    def __init__(
        self, client: "TelnyxClient", tasks: TaskGroup, *, keep: float, limit: float, sharer: Sharer | None = None
    ) -> None:
        self._client = client
        self._tasks = tasks
        self._sharer = sharer
        self._keep = keep
        self._limit = limit
        self._readings: dict[str, _Shared] = {}

    async def get(self, connection_filter: ConnectionFilter | None, report: Report, *, fresh: bool = False) -> Snapshot:
        """Every connection that the filter selects, from the snapshot unless `fresh`.

        A fleet that could be read in part only says so in its coverage. Raises the `TelnyxError` that stood in the
        way when nothing could be read.
        """
        key, shared = self._shared(connection_filter, fresh=fresh)
        shared.waiting += 1
        try:
            await shared.reading.follow(report)
        except BaseException:  # the caller was cancelled, or cannot be told of progress
            if shared.waiting == 1 and not shared.reading.done.is_set():
                shared.reading.scope.cancel()
                if self._readings.get(key) is shared:
                    del self._readings[key]
            raise
        finally:
            shared.waiting -= 1
        snapshot = shared.reading.snapshot()
        SNAPSHOT_AGE.record((datetime.now(UTC) - snapshot.coverage.as_of).total_seconds())
        return snapshot

    async def soon(self, seconds: float) -> Snapshot | None:
        """Every connection of the account if they are here within `seconds`, else None; the reading then goes on.

        So who asks again a moment later, as a completion does at every key, waits for the same reading. Raises as `get`
        does.
        """
        _, shared = self._shared(None, fresh=False)
        shared.waiting += 1  # so a tool call that is cancelled meanwhile does not end the reading either
        try:
            with move_on_after(seconds):
                await shared.reading.done.wait()
                return shared.reading.snapshot()
        finally:
            shared.waiting -= 1
        return None

    def _shared(self, connection_filter: ConnectionFilter | None, *, fresh: bool) -> "tuple[str, _Shared]":
        """The reading with that filter, begun unless there is one that may be used; and its key."""
        self._forget()
        key = connection_filter.model_dump_json(exclude_none=True) if connection_filter else "{}"
        shared = None if fresh else self._readings.get(key)
        SNAPSHOT_READS.add(1, {"hit": shared is not None})
        if shared is None:
            reading = FleetFetch(self._client, CONNECTIONS, connection_filter, lambda weight: self._fits(begun, weight))
            shared = begun = _Shared(self._sharer.share(reading, key, fresh=fresh) if self._sharer else reading)
            self._readings[key] = shared
            self._tasks.start_soon(self._run, shared)
        return key, shared

    def _fits(self, growing: "_Shared", weight: int) -> bool:
        """Whether a reading may grow to `weight` beside the others; the oldest that are done make room for it."""
        others = {key: shared for key, shared in self._readings.items() if shared is not growing}
        over = weight + sum(shared.reading.weight for shared in others.values()) - MOST_WEIGHT
        for key, shared in others.items():
            if over > 0 and shared.reading.done.is_set():
                over -= shared.reading.weight
                del self._readings[key]
        return over <= 0

    async def _run(self, shared: "_Shared") -> None:
        await shared.reading.run(self._limit)
        shared.until = current_time() + shared.reading.usable_for(self._keep)
        self._forget()

    def _forget(self) -> None:
        """Drop what is over its time, and the oldest of too many."""
        now = current_time()
        kept = {key: shared for key, shared in self._readings.items() if shared.until is None or shared.until > now}
        self._readings = dict(list(kept.items())[-MOST_KEPT:])


class _Shared:
    """A reading, how many wait for it, and until when it may be used (None while it is under way)."""

    def __init__(self, reading: Fetch) -> None:
        self.reading = reading
        self.waiting = 0
        self.until: float | None = None
