"""Where replicas leave their snapshots for each other, and claim the fetching of one.

All times are Redis's, so that the clocks of replicas do not matter.
"""

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import uuid4

from anyio import current_time, to_thread

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.replicas.redis_client import TRANSFER_TIMEOUT, RedisClient, Script, done
from telnyx_connections_mcp.replicas.snapshot_cipher import (
    MAX_ENCRYPTED_BYTES,
    SnapshotCipher,
    SnapshotTooLargeError,
    UnusableSnapshotError,
)

LEASE = 3.0
"""Seconds after which a claim that was not renewed ends."""
MAX_CLOCK_SKEW = timedelta(minutes=1)
"""Largest difference between the age of a snapshot by Redis's clock and by the clocks of the replicas."""

_TIME = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, key in ipairs(KEYS) do -- a foreign value under our name would fail every time
  local kind = redis.call('TYPE', key)['ok']
  if kind ~= 'none' and kind ~= 'hash' then redis.call('DEL', key) end
end
local function claim()
  redis.call('HSET', KEYS[2], 'owner', ARGV[1])
  redis.call('PEXPIRE', KEYS[2], ARGV[2])
end
local owner = redis.call('HGET', KEYS[2], 'owner')
"""

_LOOK_LUA = (
    _TIME
    + """
-- ARGV: owner, lease in ms
local size = redis.call('HSTRLEN', KEYS[1], 'snapshot')
if size > 0 then return {'there', size, 0, now} end
if owner and owner ~= ARGV[1] then
  local said = redis.call('HMGET', KEYS[2], 'read', 'known')
  return {'reading', tonumber(said[1] or '') or 0, tonumber(said[2] or '') or 0, now}
end
claim()
return {'yours', 0, 0, now}
"""
)

_CLAIM_LUA = (
    _TIME
    + """
-- ARGV: owner, lease in ms
if owner and owner ~= ARGV[1] then return {'reading', 0, 0, now} end
claim()
return {'yours', 0, 0, now}
"""
)

_RENEW_LUA = (
    _TIME
    + """
-- ARGV: owner, lease in ms, pages fetched, pages in all
if owner == ARGV[1] then
  claim()
  redis.call('HSET', KEYS[2], 'read', ARGV[3], 'known', ARGV[4])
end
return 1
"""
)

_TAKE_LUA = _TIME + "return {now, redis.call('PTTL', KEYS[1]), redis.call('HGET', KEYS[1], 'snapshot')}"

_PUT_LUA = (
    _TIME
    + """
-- ARGV: owner, ms to keep, when the fetch began, the snapshot
local before = tonumber(redis.call('HGET', KEYS[1], 'began') or '') or 0
if before <= tonumber(ARGV[3]) or before > now then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'began', ARGV[3], 'snapshot', ARGV[4])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
if owner == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1
"""
)

_LEAVE_LUA = _TIME + "if owner == ARGV[1] then redis.call('DEL', KEYS[2]) end return 1"

_log = logging.getLogger(__name__)
_LATEST = 10**13
"""Milliseconds: the year 2286. Anything later is not a time."""


State = Literal["there", "reading", "yours"]
_STATES: dict[bytes, State] = {b"there": "there", b"reading": "reading", b"yours": "yours"}


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a replica finds: a snapshot is `there`, another replica is `reading` it, or the claim is `yours`.

    `number` is the size of the snapshot in bytes, or the pages fetched so far; `known` the number of pages in all, 0 if
    unknown; `now` is Redis's time in milliseconds.
    """

    state: State
    number: int
    known: int
    now: int


def _read_lookup(answer: object) -> Lookup:
    match answer:
        case [bytes(state), int(number), int(known), int(now)] if (
            state in _STATES and 0 <= number <= _LATEST and 0 <= known <= _LATEST and 0 <= now <= _LATEST
        ):
            return Lookup(_STATES[state], number, known, now)
    raise ValueError(answer)


def _read_taken(answer: object) -> tuple[int, int, bytes] | None:
    """Redis's time and the time left before expiry, in milliseconds, and the value; None if there is none."""
    match answer:
        case [int(now), int(left), bytes(encrypted)] if 0 < left <= _LATEST and 0 <= now <= _LATEST:
            return now, left, encrypted
        case [int(), int(left), bytes() | None] if left <= 0:
            return None
    raise ValueError(answer)


LOOK = Script(_LOOK_LUA, _read_lookup)
CLAIM = Script(_CLAIM_LUA, _read_lookup)
RENEW = Script(_RENEW_LUA, done)
TAKE = Script(_TAKE_LUA, _read_taken)
PUT = Script(_PUT_LUA, done)
LEAVE = Script(_LEAVE_LUA, done)


@dataclass(frozen=True, slots=True)
class ReceivedSnapshot:
    """A snapshot from another replica, and until when it may be used, by anyio's clock."""

    snapshot: Snapshot
    until: float


class SnapshotStore:
    """One snapshot in Redis, as one replica sees it: `of` is its kind and its name.

    Every method may raise `RedisUnavailableError`. The snapshot stays there for `keep` seconds; one older than `oldest`
    seconds is a replay.
    """

    def __init__(
        self, redis: RedisClient, cipher: SnapshotCipher, of: tuple[Kind, str], *, keep: float, oldest: float
    ) -> None:
        self._redis = redis
        self._cipher = cipher
        self._kind, _ = of
        self._name = cipher.keys.name("fleet", *of)
        self._keys = (self._name, cipher.keys.name("reading", *of))
        self._keep = keep
        self._oldest = timedelta(seconds=oldest)
        self._owner = uuid4().hex

    async def look(self) -> Lookup:
        """Look for the snapshot; if there is none, claim it for as long as `renew` is called."""
        return await self._redis.run(LOOK, self._keys, self._owner, _milliseconds(LEASE))

    async def claim(self) -> Lookup:
        """Claim it even if there is a snapshot, unless another replica holds the claim."""
        return await self._redis.run(CLAIM, self._keys, self._owner, _milliseconds(LEASE))

    async def renew(self, read: int, known: int | None) -> None:
        """Renew the claim, with the pages fetched so far and in all."""
        await self._redis.run(RENEW, self._keys, self._owner, _milliseconds(LEASE), read, known or 0)

    async def take(self, size: int) -> ReceivedSnapshot:
        """Take the snapshot of `size` bytes. Raises `UnusableSnapshotError`."""
        if size > MAX_ENCRYPTED_BYTES:
            raise UnusableSnapshotError("it is too large to be shared")
        # Read before anything slow: a snapshot may seem older, never newer.
        requested_at, here = current_time(), datetime.now(UTC)
        taken = await self._redis.run(TAKE, self._keys, self._owner, seconds=TRANSFER_TIMEOUT)
        if taken is None:
            raise UnusableSnapshotError("it is gone")
        now, left, encrypted = taken
        decrypted = await to_thread.run_sync(self._cipher.decrypt, self._kind, self._name, encrypted)
        age = timedelta(milliseconds=max(0, now - decrypted.began))
        if abs(here - age - decrypted.snapshot.coverage.as_of) > MAX_CLOCK_SKEW:
            raise UnusableSnapshotError(
                "the clocks of its reader, of Redis and of this replica differ by more than a minute"
            )
        if age > self._oldest:
            raise UnusableSnapshotError("it is older than the longest reading plus TELNYX_SNAPSHOT_SECONDS")
        coverage = replace(decrypted.snapshot.coverage, as_of=here - age)
        return ReceivedSnapshot(
            Snapshot(decrypted.snapshot.database, coverage), requested_at + min(left / 1000, self._keep)
        )

    async def put(self, snapshot: Snapshot, began: int) -> None:
        """Leave a complete snapshot, unless one is there that was begun later, and end the claim."""
        try:
            encrypted = await to_thread.run_sync(self._cipher.encrypt, self._name, snapshot, began)
        except SnapshotTooLargeError:
            _log.info("A snapshot of %s %s is too large to share", snapshot.count, self._kind.labels)
            await self.leave()
            return
        keep = _milliseconds(self._keep)
        await self._redis.run(PUT, self._keys, self._owner, keep, began, encrypted, seconds=TRANSFER_TIMEOUT)

    async def leave(self) -> None:
        """End the claim."""
        await self._redis.run(LEAVE, self._keys, self._owner)


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))
