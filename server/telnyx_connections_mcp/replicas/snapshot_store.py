"""Where replicas leave the fleets that they have read, and say that they are reading one.

Every time is Redis's, so that the clocks of replicas do not matter.
"""

import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import uuid4

from anyio import current_time, to_thread

from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.replicas.redis_client import LIMIT_FOR_FLEETS, RedisClient, Script, done
from telnyx_connections_mcp.replicas.snapshot_cipher import MOST_SEALED, Seal, TooLargeError, UnusableError

LEASE = 3.0
"""Seconds after which a reader that said nothing is taken for dead."""
MOST_DISAGREEMENT = timedelta(minutes=1)
"""By so much may the age of a fleet differ by Redis's clock and by the clocks of its reader and ours."""

_TIME = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for _, key in ipairs(KEYS) do -- somebody else's value under our name would fail every time
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
local size = redis.call('HSTRLEN', KEYS[1], 'sealed')
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
-- ARGV: owner, lease in ms, pages read, pages known
if owner == ARGV[1] then
  claim()
  redis.call('HSET', KEYS[2], 'read', ARGV[3], 'known', ARGV[4])
end
return 1
"""
)

_TAKE_LUA = _TIME + "return {now, redis.call('PTTL', KEYS[1]), redis.call('HGET', KEYS[1], 'sealed')}"

_PUT_LUA = (
    _TIME
    + """
-- ARGV: owner, ms to keep, when the reading began, the fleet
local before = tonumber(redis.call('HGET', KEYS[1], 'began') or '') or 0
if before <= tonumber(ARGV[3]) or before > now then
  redis.call('DEL', KEYS[1])
  redis.call('HSET', KEYS[1], 'began', ARGV[3], 'sealed', ARGV[4])
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
end
if owner == ARGV[1] then redis.call('DEL', KEYS[2]) end
return 1
"""
)

_LEAVE_LUA = _TIME + "if owner == ARGV[1] then redis.call('DEL', KEYS[2]) end return 1"

_log = logging.getLogger(__name__)
_LATEST = 10**13
"""Milliseconds: the year 2286. What tells a later time tells no time."""


What = Literal["there", "reading", "yours"]
_WHAT: dict[bytes, What] = {b"there": "there", b"reading": "reading", b"yours": "yours"}


@dataclass(frozen=True, slots=True)
class Seen:
    """What a replica that needs a fleet finds: one that is `there`, one `reading` it, or that it is `yours` to read.

    `number` is the size of what is there in bytes, or the pages read; `known` of how many pages, 0 where unknown;
    `now` is Redis's time in milliseconds.
    """

    what: What
    number: int
    known: int
    now: int


def _read_seen(answer: object) -> Seen:
    match answer:
        case [bytes(what), int(number), int(known), int(now)] if (
            what in _WHAT and 0 <= number <= _LATEST and 0 <= known <= _LATEST and 0 <= now <= _LATEST
        ):
            return Seen(_WHAT[what], number, known, now)
    raise ValueError(answer)


def _read_taken(answer: object) -> tuple[int, int, bytes] | None:
    """Redis's time, for how long it lies there yet, both in milliseconds, and the bytes; None where nothing lies."""
    match answer:
        case [int(now), int(left), bytes(sealed)] if 0 < left <= _LATEST and 0 <= now <= _LATEST:
            return now, left, sealed
        case [int(), int(left), bytes() | None] if left <= 0:
            return None
    raise ValueError(answer)


LOOK = Script(_LOOK_LUA, _read_seen)
CLAIM = Script(_CLAIM_LUA, _read_seen)
RENEW = Script(_RENEW_LUA, done)
TAKE = Script(_TAKE_LUA, _read_taken)
PUT = Script(_PUT_LUA, done)
LEAVE = Script(_LEAVE_LUA, done)


@dataclass(frozen=True, slots=True)
class Received:
    """A fleet that another replica has read, and until when it may be used (anyio's clock)."""

    snapshot: Snapshot
    until: float


class Place:
    """The place of one fleet on the shelf, as one replica that needs it sees it.

    Every method may raise `RedisUnavailableError`. A fleet lies there for `keep` seconds; no honest one is older than
    `oldest` seconds.
    """

    def __init__(self, redis: RedisClient, seal: Seal, of: str, *, keep: float, oldest: float) -> None:
        self._redis = redis
        self._seal = seal
        self._name = seal.name("fleet", of)
        self._keys = (self._name, seal.name("reading", of))
        self._keep = keep
        self._oldest = timedelta(seconds=oldest)
        self._owner = uuid4().hex

    async def look(self) -> Seen:
        """What there is; where there is nothing, reading it becomes ours for as long as `renew` says so."""
        return await self._redis.run(LOOK, self._keys, self._owner, _milliseconds(LEASE))

    async def claim(self) -> Seen:
        """Make reading it ours whatever lies there, unless another replica reads it."""
        return await self._redis.run(CLAIM, self._keys, self._owner, _milliseconds(LEASE))

    async def renew(self, read: int, known: int | None) -> None:
        """Say that we still read it, and how many pages are read, of how many."""
        await self._redis.run(RENEW, self._keys, self._owner, _milliseconds(LEASE), read, known or 0)

    async def take(self, size: int) -> Received:
        """The fleet of `size` bytes that lies there. Raises `UnusableError` where it is none."""
        if size > MOST_SEALED:
            raise UnusableError("it is larger than what is shared")
        asked, here = current_time(), datetime.now(UTC)  # before what takes time: a fleet may seem older, never newer
        taken = await self._redis.run(TAKE, self._keys, self._owner, seconds=LIMIT_FOR_FLEETS)
        if taken is None:
            raise UnusableError("it is gone")
        now, left, sealed = taken
        opened = await to_thread.run_sync(self._seal.open, self._name, sealed)
        age = timedelta(milliseconds=max(0, now - opened.began))
        if abs(here - age - opened.snapshot.coverage.as_of) > MOST_DISAGREEMENT:
            raise UnusableError("the clocks of its reader, of Redis and of this replica differ by more than a minute")
        if age > self._oldest:
            raise UnusableError("it is older than a reading and TELNYX_SNAPSHOT_SECONDS together")
        coverage = replace(opened.snapshot.coverage, as_of=here - age)
        return Received(Snapshot(opened.snapshot.database, coverage), asked + min(left / 1000, self._keep))

    async def put(self, snapshot: Snapshot, began: int) -> None:
        """Leave a complete fleet there, unless one lies there that was begun later; our reading is over."""
        try:
            sealed = await to_thread.run_sync(self._seal.seal, self._name, snapshot, began)
        except TooLargeError:
            _log.info("A fleet of %s connections is too large to share", snapshot.count)
            await self.leave()
            return
        keep = _milliseconds(self._keep)
        await self._redis.run(PUT, self._keys, self._owner, keep, began, sealed, seconds=LIMIT_FOR_FLEETS)

    async def leave(self) -> None:
        """Say that we no longer read it."""
        await self._redis.run(LEAVE, self._keys, self._owner)


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))
