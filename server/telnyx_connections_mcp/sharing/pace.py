"""The account's rate limit, held by all replicas together: each request takes its turn in Redis.

Redis counts down what Telnyx last said is left, on its own clock, so that replicas whose clocks differ agree. Below
`NEAR` left they count together, below `LOW` turns are spread over the time until the limit resets, and a 429 that one
replica meets pauses them all. With Redis away each goes on alone with its equal part of what is left.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil
from uuid import uuid4

import anyio
from anyio.abc import TaskGroup

from telnyx_connections_mcp.sharing.link import AwayError, Link, Script, done
from telnyx_connections_mcp.telnyx._pace import LONGEST_WINDOW, LOW, PAUSE, Pace, number, used_up
from telnyx_connections_mcp.telnyx._wire import retry_after

NEAR = 100
"""From so many remaining requests on, replicas count them together; one replica alone never has as many under way."""
FEWEST_SHARERS = 2
"""Whoever sets up Redis runs at least two replicas."""
SEEN_FOR = 600
"""Seconds for which a replica that asked counts as one that shares the limit."""
_MOST = 1_000_000_000

_COMMON = f"""
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local longest_window = {LONGEST_WINDOW * 1000:.0f}
for _, key in ipairs(KEYS) do -- somebody else's value under our name would fail every turn
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
local saved = redis.call('HMGET', KEYS[1], 'paused', 'ends', 'left', 'next', 'limit', 'span', 'guessed')
local paused = number(saved[1], now, now + longest_window) or now
local ends = number(saved[2], now + 1, now + longest_window)
local left = number(saved[3], 0, 1e9)
local nearest = number(saved[4], 0, now + longest_window) or now
local limit = number(saved[5], 1, {NEAR})
local span = number(saved[6], 1, longest_window)
"""

_TURN_LUA = (
    _COMMON
    + f"""
-- ARGV: replica, 1 if it waited for its turn already, most milliseconds it can wait
redis.call('ZADD', KEYS[2], now, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - {SEEN_FOR * 1000})
redis.call('PEXPIRE', KEYS[2], {SEEN_FOR * 1000})
local replicas = redis.call('ZCARD', KEYS[2])
if paused > now then return {{paused - now, tonumber(ARGV[2]), replicas}} end
if ARGV[2] == '1' then return {{0, 1, replicas}} end
if saved[2] and not ends then -- the window is over: where its size is known, another like it begins with this request
  if limit and span then
    left, ends, nearest = limit, now + span, now
    put('ends', ends) put('next', now) put('guessed', 1)
  else
    redis.call('HDEL', KEYS[1], 'ends', 'left', 'next')
  end
end
if not ends or not left then return {{0, 1, replicas}} end
if left < 1 then return {{ends - now, 0, replicas}} end
local slot = now
if left <= {LOW} then
  slot = math.max(now, nearest)
  if slot >= ends then return {{ends - now, 0, replicas}} end
  if slot - now > tonumber(ARGV[3]) then return {{slot - now, 0, replicas}} end
  put('next', slot + (ends - slot) / (left + 1))
end
put('left', left - 1)
return {{slot - now, 1, replicas}}
"""
)

_TELL_LUA = (
    _COMMON
    + """
-- ARGV: milliseconds of a pause or 0, what is left, milliseconds until the limit resets, the limit or 0
local pause, said, reset = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
redis.call('PEXPIRE', KEYS[1], longest_window)
if pause > 0 then
  put('paused', math.max(paused, now + pause))
else
  local until_reset = now + reset
  if ends and left and until_reset <= ends + 1500 then -- the same window: answers may overtake each other
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
class Turn:
    """Seconds to wait, whether the turn is then ours or has to be asked for again, and how many replicas ask."""

    wait: float
    granted: bool
    replicas: int


def _read_turn(answer: object) -> Turn:
    match answer:
        case [int(wait), 0 | 1 as granted, int(replicas)] if 0 <= wait <= LONGEST_WINDOW * 1000 and replicas > 0:
            return Turn(wait / 1000, granted == 1, replicas)
    raise ValueError(answer)


TURN = Script(_TURN_LUA, _read_turn)
TELL = Script(_TELL_LUA, done)


class SharedPace(Pace):
    """A pace whose turns Redis hands out to all replicas of an account; without Redis it is a pace with a share."""

    def __init__(self, link: Link, prefix: str, tasks: TaskGroup) -> None:
        super().__init__()
        self.sharers = FEWEST_SHARERS
        self._link = link
        self._keys = (f"{prefix}:budget", f"{prefix}:replicas")
        self._tasks = tasks
        self._replica = uuid4().hex

    async def turn(self) -> None:
        """Wait for one's turn. Raises `RateLimited` when that comes after the caller's deadline."""
        waited = False
        while True:
            left = anyio.current_effective_deadline() - anyio.current_time()
            longest = max(0.0, min(left, LONGEST_WINDOW))  # a cancelled scope's deadline is -inf
            try:
                turn = await self._link.run(TURN, self._keys, self._replica, int(waited), int(longest * 1000))
            except AwayError:
                await super().turn()
                return
            self.sharers = max(FEWEST_SHARERS, turn.replicas)
            if turn.granted and not turn.wait:
                return
            if turn.wait > longest:
                raise used_up(turn.wait)
            await anyio.sleep(turn.wait)
            waited = turn.granted

    def heed(self, status: int, headers: Mapping[str, str]) -> None:
        """Take from an answer how fast the next requests may follow, and tell the other replicas."""
        super().heed(status, headers)
        if status == 429:
            self._tasks.start_soon(self._tell, retry_after(headers) or PAUSE, 0.0, 0.0, 0.0)
            return
        left, reset = number(headers, "x-ratelimit-remaining"), number(headers, "x-ratelimit-reset")
        if left is not None and reset is not None and left <= NEAR:
            limit = number(headers, "x-ratelimit-limit") or 0.0
            self._tasks.start_soon(self._tell, 0.0, left, reset, limit)

    async def _tell(self, pause: float, left: float, reset: float, limit: float) -> None:
        try:
            await self._link.run(
                TELL, self._keys, _milliseconds(pause), int(left), _milliseconds(reset), int(min(limit, _MOST))
            )
        except AwayError:
            return


def _milliseconds(seconds: float) -> int:
    return ceil(min(seconds, LONGEST_WINDOW) * 1000)
