"""What one replica shares with the others of its account."""

import logging

from anyio.abc import TaskGroup

from telnyx_connections_mcp.config.replica_settings import RedisSettings
from telnyx_connections_mcp.inventory.fetch import FleetFetch
from telnyx_connections_mcp.replicas.fetch import SharedReading
from telnyx_connections_mcp.replicas.rate_limiter import SharedRateLimiter
from telnyx_connections_mcp.replicas.redis_client import RedisClient, Status
from telnyx_connections_mcp.replicas.snapshot_cipher import Seal
from telnyx_connections_mcp.replicas.snapshot_store import Place

_log = logging.getLogger(__name__)


class Replica:
    """The rate limit and the fleets of one account, shared through Redis. What it sends to Telnyx is its caller's.

    Fleets lie there for `keep` seconds; one that is older than `oldest` seconds was put there again.
    """

    def __init__(self, settings: RedisSettings, tasks: TaskGroup, seal: Seal, *, keep: float, oldest: float) -> None:
        self._redis = RedisClient(settings)
        self._seal = seal
        self._keep = keep
        self._oldest = oldest
        self._unusable: str | None = None
        self.rate_limiter = SharedRateLimiter(self._redis, self._seal.prefix, tasks)

    @property
    def status(self) -> Status:
        """Whether replicas share anything now."""
        return self._redis.status

    @property
    def fleets_unusable(self) -> str | None:
        """Why the last fleet that lay in Redis could not be used; None where it could."""
        return self._unusable

    def share(self, reading: FleetFetch, name: str, *, fresh: bool) -> SharedReading:
        """`reading`, run only where no other replica has the fleet `name`, or reads it now; always if `fresh`."""
        place = Place(self._redis, self._seal, name, keep=self._keep, oldest=self._oldest)
        return SharedReading(reading, place, self._note_unusable, fresh=fresh)

    def _note_unusable(self, why: str | None) -> None:
        if why is not None and self._unusable is None:
            _log.warning("A fleet in Redis cannot be used, so this replica reads for itself: %s", why)
        elif why is None and self._unusable is not None:
            _log.warning("Fleets in Redis can be used again")
        self._unusable = why

    async def aclose(self) -> None:
        """Close the connections to Redis."""
        await self._redis.aclose()
