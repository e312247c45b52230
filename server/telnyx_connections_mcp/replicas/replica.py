"""What a replica shares with the others of its account."""

import logging

from anyio.abc import TaskGroup

from telnyx_connections_mcp.config.replica_settings import RedisSettings
from telnyx_connections_mcp.inventory.fetch import FleetFetch
from telnyx_connections_mcp.replicas.rate_limiter import SharedRateLimiter
from telnyx_connections_mcp.replicas.redis_client import RedisClient, RedisStatus
from telnyx_connections_mcp.replicas.shared_fetch import SharedFetch
from telnyx_connections_mcp.replicas.snapshot_cipher import SnapshotCipher
from telnyx_connections_mcp.replicas.snapshot_store import SnapshotStore

_log = logging.getLogger(__name__)


class Replica:
    """One account's rate limit and snapshots, shared through Redis.

    Snapshots stay there for `keep` seconds; one older than `oldest` seconds is a replay.
    """

    def __init__(
        self, settings: RedisSettings, tasks: TaskGroup, cipher: SnapshotCipher, *, keep: float, oldest: float
    ) -> None:
        self._redis = RedisClient(settings)
        self._cipher = cipher
        self._keep = keep
        self._oldest = oldest
        self._unusable: str | None = None
        self.rate_limiter = SharedRateLimiter(self._redis, self._cipher.keys.prefix, tasks)

    @property
    def status(self) -> RedisStatus:
        """Whether replicas share anything now."""
        return self._redis.status

    @property
    def snapshot_problem(self) -> str | None:
        """Why the last snapshot in Redis could not be used; None if it could."""
        return self._unusable

    def share(self, fetch: FleetFetch, name: str, *, fresh: bool) -> SharedFetch:
        """`fetch`, run only if no other replica has the snapshot `name` or is fetching it; always if `fresh`."""
        store = SnapshotStore(self._redis, self._cipher, (fetch.kind, name), keep=self._keep, oldest=self._oldest)
        return SharedFetch(fetch, store, self._note_unusable, fresh=fresh)

    def _note_unusable(self, why: str | None) -> None:
        if why is not None and self._unusable is None:
            _log.warning("A snapshot in Redis cannot be used, so this replica reads for itself: %s", why)
        elif why is None and self._unusable is not None:
            _log.warning("Snapshots in Redis can be used again")
        self._unusable = why

    async def aclose(self) -> None:
        """Close the connections to Redis."""
        await self._redis.aclose()
