"""The account's rate limit, kept by all replicas together: Redis decides when each request may be sent.

Redis counts down the remaining requests that Telnyx last reported, by its own clock, so that replicas agree whatever
their clocks say. Below `NEAR` remaining they count together, below `LOW` requests are spread over the time until the
limit resets, and a 429 for one replica pauses them all. Once a minute one request is sent all the same, to find out
whether the wait still applies. While Redis is unavailable, each replica keeps to an equal share of what is left.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from uuid import uuid4

import anyio
from anyio.abc import TaskGroup

from telnyx_connections_mcp.replicas.redis_client import RedisClient, RedisUnavailableError, Script, done
from telnyx_connections_mcp.telnyx._headers import HIGHEST_COUNT, LONGEST_WAIT, count, limited_for, reset_after
from telnyx_connections_mcp.telnyx._rate_limiter import LOW, PAUSE, PROBE, RateLimiter, rate_limit_error

NEAR = 100
"""Remaining requests below which replicas count them together; one replica never has as many in flight."""
FEWEST_SHARERS = 2
"""Replicas assumed at least: Redis is only set up for two or more."""
MAX_SHARERS = 100
"""Most replicas believed: forged entries in Redis leave each replica a hundredth of the limit, not nothing."""
SEEN_FOR = 600
"""Seconds after its last request for which a replica counts as sharing the limit."""

_COMMON = f"""
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local longest_window = {LONGEST_WAIT * 1000:.0f}
for _, key in ipairs(KEYS) do -- a foreign value under our name would fail every request
  local kind = redis.call('TYPE', key)['ok']
  if kind ~= 'none' and not (kind == 'hash' and key == KEYS[1]) and not (kind == 'zset' and key == KEYS[2]) then
    redis.call('DEL', key)
  end
end
local function number(text, low, high)
  local n = tonumber(text or '')
  if n and n >= low and n <= high then return n end
end
local function put(field, n) redis.call('HSET', KEYS[1], field, string.format('%.0f', n)) end
local saved = redis.call('HMGET', KEYS[1], 'paused', 'ends', 'left', 'next', 'limit', 'span', 'guessed', 'probe')
local paused = number(saved[1], now, now + longest_window) or now
local ends = number(saved[2], now + 1, now + longest_window)
local left = number(saved[3], 0, {HIGHEST_COUNT})
local nearest = number(saved[4], 0, now + longest_window) or now
local limit = number(saved[5], 1, {NEAR})
local span = number(saved[6], 1, longest_window)
local probe_after = {PROBE * 1000:.0f}
local probe = number(saved[8], 0, now + probe_after)
"""

_ACQUIRE_LUA = (
    _COMMON
    + f"""
-- ARGV: replica, 1 if it has waited already, longest wait in ms
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - {SEEN_FOR * 1000})
redis.call('PEXPIRE', KEYS[2], {SEEN_FOR * 1000})
local replicas = redis.call('ZCARD', KEYS[2])
local function later(wait, granted) -- one request a minute finds out whether the wait still applies
  if probe and probe > now then return {{wait, granted, replicas, 0}} end
  put('probe', now + probe_after)
  if not probe then return {{wait, granted, replicas, 0}} end
  return {{0, 1, replicas, 1}}
end
if paused > now then return later(paused - now, tonumber(ARGV[2])) end
if ARGV[2] == '1' then return {{0, 1, replicas, 0}} end
if saved[2] and not ends then -- the window has ended: if its size is known, this request begins another like it
  if limit and span then
    left, ends, nearest = limit, now + span, now
    put('ends', ends) put('next', now) put('guessed', 1)
  else
    redis.call('HDEL', KEYS[1], 'ends', 'left', 'next')
  end
end
if not ends or not left then return {{0, 1, replicas, 0}} end
if left < 1 then return later(ends - now, 0) end
local slot = now
if left <= {LOW} then
  slot = math.max(now, nearest)
  if slot >= ends then return later(ends - now, 0) end
  if slot - now > tonumber(ARGV[3]) then return later(slot - now, 0) end
  put('next', slot + (ends - slot) / (left + 1))
end
put('left', left - 1)
return {{slot - now, 1, replicas, 0}}
"""
)

_UPDATE_LUA = (
    _COMMON
    + """
-- ARGV: ms to pause or 0, requests left or -1, ms until the limit resets, the limit or 0, 1 for the answer to a probe
local pause, said, reset = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('PEXPIRE', KEYS[1], longest_window)
put('probe', now + probe_after)
if ARGV[5] == '1' then -- the answer to a probe is the latest information
  redis.call('HDEL', KEYS[1], 'paused', 'ends', 'left', 'next')
  paused, ends, left = now, nil, nil
end
if pause > 0 then
  put('paused', math.max(paused, now + pause))
elseif said >= 0 then
  local until_reset = now + reset
  if ends and left and until_reset <= ends + 1500 then -- the same window: responses may overtake each other
    said = math.min(left, said)
    if saved[7] ~= '1' then until_reset = math.max(ends, until_reset) end
  else
    redis.call('HDEL', KEYS[1], 'next')
  end
  put('left', said) put('ends', until_reset) put('limit', ARGV[4])
  put('span', math.max(saved[7] ~= '1' and span or 0, reset))
  redis.call('HDEL', KEYS[1], 'guessed')
end
redis.call('PEXPIRE', KEYS[1], longest_window)
return 1
"""
)


@dataclass(frozen=True, slots=True)
class Reservation:
    """When a request may be sent: after `wait` seconds, if `granted`; otherwise ask again then.

    `probe`: this request finds out whether a longer wait still applies.
    """

    wait: float
    granted: bool
    replicas: int
    probe: bool


def _read_reservation(answer: object) -> Reservation:
    match answer:
        case [int(wait), 0 | 1 as granted, int(replicas), 0 | 1 as probe] if (
            0 <= wait <= LONGEST_WAIT * 1000 and replicas > 0
        ):
            return Reservation(wait / 1000, granted == 1, replicas, probe == 1)
    raise ValueError(answer)


ACQUIRE = Script(_ACQUIRE_LUA, _read_reservation)
UPDATE = Script(_UPDATE_LUA, done)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Update:
    """What a response said: seconds to pause, requests left (-1: not stated), seconds until reset, the limit."""

    pause: float = 0.0
    left: int = -1
    reset: float = 0.0
    limit: int = 0
    probe: bool = False
    """Whether it answered a probe."""


class SharedRateLimiter(RateLimiter):
    """A rate limiter for all replicas of an account, through Redis; without Redis it keeps to this replica's share."""

    def __init__(self, redis: RedisClient, prefix: str, tasks: TaskGroup) -> None:
        super().__init__()
        self.sharers = FEWEST_SHARERS
        self._redis = redis
        self._keys = (f"{prefix}:budget", f"{prefix}:replicas")
        self._tasks = tasks
        self._replica = uuid4().hex

    async def acquire(self) -> None:
        """Wait until a request may be sent. Raises `RateLimited` if that is after the caller's deadline."""
        waited = False
        while True:
            left = anyio.current_effective_deadline() - anyio.current_time()
            longest = max(0.0, min(left, LONGEST_WAIT))  # a cancelled scope's deadline is -inf
            try:
                reservation = await self._redis.run(
                    ACQUIRE, self._keys, self._replica, int(waited), int(longest * 1000)
                )
            except RedisUnavailableError:
                await super().acquire()
                return
            self.sharers = min(MAX_SHARERS, max(FEWEST_SHARERS, reservation.replicas))
            self._probing = self._probing or reservation.probe
            if reservation.granted and not reservation.wait:
                return
            if reservation.wait > longest:
                raise rate_limit_error(reservation.wait)
            await anyio.sleep(reservation.wait)
            waited = reservation.granted

    def update(self, status: int, headers: Mapping[str, str]) -> None:
        """Learn from a response how soon the next requests may be sent, and tell the other replicas."""
        probe = self._probing
        super().update(status, headers)
        left, reset = count(headers, "x-ratelimit-remaining"), reset_after(headers)
        if status == 429:
            self._tasks.start_soon(self._publish, _Update(pause=limited_for(headers) or PAUSE, probe=probe))
        elif left is not None and reset is not None and left <= NEAR:
            limit = count(headers, "x-ratelimit-limit") or 0
            self._tasks.start_soon(self._publish, _Update(left=left, reset=reset, limit=limit, probe=probe))
        elif probe:
            self._tasks.start_soon(self._publish, _Update(probe=True))

    async def _publish(self, update: _Update) -> None:
        values = _milliseconds(update.pause), update.left, _milliseconds(update.reset), update.limit, int(update.probe)
        try:
            await self._redis.run(UPDATE, self._keys, *values)
        except RedisUnavailableError:
            return


def _milliseconds(seconds: float) -> int:
    return ceil(min(seconds, LONGEST_WAIT) * 1000)
