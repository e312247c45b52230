"""Recent snapshots, so that one fetch answers many questions and concurrent callers share it."""

from datetime import UTC, datetime
from time import monotonic
from typing import TYPE_CHECKING, Protocol

from anyio import CancelScope, Event, Semaphore, move_on_after
from anyio.abc import TaskGroup

from telnyx_connections_mcp.inventory.fetch import MAX_REQUESTS, FleetFetch
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.paging import MAX_WEIGHT
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.observability.metrics import SNAPSHOT_AGE, SNAPSHOT_READS
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter

if TYPE_CHECKING:  # see fetch.py
    from telnyx_connections_mcp.telnyx.client import TelnyxClient

MAX_KEPT = 20
"""Most snapshots of one account: one of every kind, and as many of filters."""


class Fetch(Protocol):
    """A way to get a snapshot: `FleetFetch`, which explains each member, or one that asks other replicas first."""

    done: Event
    scope: CancelScope

    @property
    def weight(self) -> int:
        """Memory used, in bytes."""
        ...

    async def run(self, seconds: float) -> None:
        """Get the snapshot."""
        ...

    async def follow(self, report: ReportProgress) -> None:
        """Wait until it is done."""
        ...

    def usable_for(self, keep: float) -> float:
        """Seconds for which it may be used."""
        ...

    def snapshot(self) -> Snapshot:
        """The snapshot."""
        ...


class SnapshotSharer(Protocol):
    """Makes fetches whose snapshots replicas share."""

    def share(self, fetch: FleetFetch, name: str, *, fresh: bool) -> Fetch:
        """`fetch`, run only if no other replica has the snapshot `name` or is fetching it; always if `fresh`."""
        ...


class Snapshots:
    """The snapshots of one account, by kind and filter.

    A complete one is kept for `keep` seconds (0: not at all), and so is the refusal of a kind. A running fetch is
    shared by all callers that need it, and cancelled only once none of them is waiting. Fetches run in `tasks` for at
    most `max_seconds`, and share a limit of concurrent requests. With a `sharer`, other replicas' snapshots are used
    too.
    """

    def __init__(
        self,
        client: "TelnyxClient",
        tasks: TaskGroup,
        *,
        keep: float,
        max_seconds: float,
        sharer: SnapshotSharer | None = None,
    ) -> None:
        self.client = client
        self._tasks = tasks
        self._sharer = sharer
        self._keep = keep
        self._max_seconds = max_seconds
        self._slots = Semaphore(MAX_REQUESTS)
        self._fetches: dict[str, _SharedFetch] = {}

    async def get(
        self,
        kind: Kind,
        api_filter: ConnectionFilter | None,
        report: ReportProgress,
        *,
        fresh: bool = False,
        connection_id: str | None = None,
    ) -> Snapshot:
        """Every object of `kind` that the filter selects, or of one connection, from a recent snapshot unless `fresh`.

        The coverage of a partial one says so. Raises the `TelnyxError` if nothing could be fetched.
        """
        key, shared = self._fetch_for(kind, api_filter, fresh=fresh, connection_id=connection_id)
        shared.waiting += 1
        try:
            await shared.fetch.follow(report)
        except BaseException:  # the caller was cancelled, or reporting progress failed
            if shared.waiting == 1 and not shared.fetch.done.is_set():
                shared.fetch.scope.cancel()
                if self._fetches.get(key) is shared:
                    del self._fetches[key]
            raise
        finally:
            shared.waiting -= 1
        snapshot = shared.fetch.snapshot()
        SNAPSHOT_AGE.record((datetime.now(UTC) - snapshot.coverage.as_of).total_seconds())
        return snapshot

    def has(self, kind: Kind) -> bool:
        """Whether every object of `kind` is there already, or is being fetched."""
        self._forget()
        return _key(kind) in self._fetches

    async def soon(self, kind: Kind, seconds: float) -> Snapshot | None:
        """Every object of `kind` in the account if fetched within `seconds`, else None, and the fetch goes on.

        So a caller that asks again a moment later, as completion does at every keystroke, waits for the same fetch.
        Raises what `get` raises.
        """
        _, shared = self._fetch_for(kind, None, fresh=False)
        shared.waiting += 1  # so that cancelling a tool call meanwhile does not end the fetch
        try:
            with move_on_after(seconds):
                await shared.fetch.done.wait()
                return shared.fetch.snapshot()
        finally:
            shared.waiting -= 1
        return None

    def _fetch_for(
        self, kind: Kind, api_filter: ConnectionFilter | None, *, fresh: bool, connection_id: str | None = None
    ) -> "tuple[str, _SharedFetch]":
        """The fetch for that kind and filter, started unless there is a usable one, and its key."""
        self._forget()
        key = _key(kind, api_filter, connection_id)
        shared = None if fresh else self._fetches.get(key)
        SNAPSHOT_READS.add(1, {"hit": shared is not None})
        if shared is None:
            fetch = FleetFetch(
                self.client,
                kind,
                api_filter,
                lambda weight: self._fits(begun, weight),
                connection_id=connection_id,
                slots=self._slots,
            )
            shared = begun = _SharedFetch(self._sharer.share(fetch, key, fresh=fresh) if self._sharer else fetch)
            self._fetches[key] = shared
            self._tasks.start_soon(self._run, shared)
        return key, shared

    def _fits(self, growing: "_SharedFetch", weight: int) -> bool:
        """Whether a fetch may grow to `weight` beside the others; the oldest finished ones make room for it."""
        others = {key: shared for key, shared in self._fetches.items() if shared is not growing}
        over = weight + sum(shared.fetch.weight for shared in others.values()) - MAX_WEIGHT
        for key, shared in others.items():
            if over > 0 and shared.fetch.done.is_set():
                over -= shared.fetch.weight
                del self._fetches[key]
        return over <= 0

    async def _run(self, shared: "_SharedFetch") -> None:
        await shared.fetch.run(self._max_seconds)
        shared.until = monotonic() + shared.fetch.usable_for(self._keep)
        self._forget()

    def _forget(self) -> None:
        """Drop expired fetches, and the oldest if there are too many."""
        now = monotonic()
        for key in [key for key, shared in self._fetches.items() if shared.until is not None and shared.until <= now]:
            del self._fetches[key]
        while len(self._fetches) > MAX_KEPT:
            del self._fetches[next(iter(self._fetches))]


def _key(kind: Kind, api_filter: ConnectionFilter | None = None, connection_id: str | None = None) -> str:
    """The key of a fetch, which replicas share."""
    of = "" if connection_id is None else f" of {connection_id}"
    return f"{kind.name} {api_filter.model_dump_json(exclude_none=True) if api_filter else '{}'}{of}"


class _SharedFetch:
    """A fetch, how many callers wait for it, and until when it may be used (None while it is running)."""

    def __init__(self, fetch: Fetch) -> None:
        self.fetch = fetch
        self.waiting = 0
        self.until: float | None = None
