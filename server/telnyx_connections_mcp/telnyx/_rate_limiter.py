"""Keeping within the account's rate limit: every answer says how much of it is left, and requests heed that.

Telnyx API reference, "Rate limiting": `x-ratelimit-remaining` requests until `x-ratelimit-reset` seconds have
passed; a 429 says how long to wait. One `RateLimiter` belongs to one account, so that a 429 pauses all its requests.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import anyio

from telnyx_connections_mcp.telnyx._headers import LONGEST_WAIT, count, limited_for, number, reset_after
from telnyx_connections_mcp.telnyx.errors import RateLimited, in_seconds
from telnyx_connections_mcp.telnyx.models import RateBudget

LOW = 20
"""From so many remaining requests on, they are spread over the time until the limit resets."""
PAUSE = 1.0
"""Seconds without a request after a 429 that names none."""
PROBE = 60.0
"""Seconds after which one request finds out whether a longer wait is still meant: one odd header stops no account."""


class RateLimiter:
    """When the next request may leave, and how many more may.

    `sharers` replicas of this server use the account: each takes an equal part of what is left.
    """

    def __init__(self) -> None:
        self.budget: RateBudget | None = None
        self.sharers = 1
        self._paused_until = 0.0
        self._probe_at = 0.0
        self._probing = False
        self._interval = 0.0
        self._next = 0.0

    async def acquire(self) -> None:
        """Wait for one's turn. Raises `RateLimited` when that comes after the caller's deadline."""
        while (wait := self._opens() - anyio.current_time()) > 0:
            if anyio.current_time() + wait > anyio.current_effective_deadline():
                raise used_up(max(self._paused_until, self._next) - anyio.current_time())
            await anyio.sleep(wait)
        now = anyio.current_time()
        if now < self._paused_until:
            self._probing, self._probe_at = True, now + PROBE
        self._next = now + self._interval

    def _opens(self) -> float:
        """When the next request may leave: the first of those that find out whether a pause is over, too."""
        return max(min(self._paused_until, self._probe_at), self._next)

    def update(self, status: int, headers: Mapping[str, str]) -> None:
        """Take from an answer how fast the next requests may follow."""
        now = anyio.current_time()
        self.budget = _read_budget(headers) or self.budget
        if self._probing:  # the newest word counts
            self._probing, self._paused_until = False, 0.0
        if status == 429:
            self._paused_until = max(self._paused_until, now + (limited_for(headers) or PAUSE))
            self._probe_at = now + PROBE
            return
        remaining, reset = number(headers, "x-ratelimit-remaining"), reset_after(headers)
        if remaining is None or reset is None or remaining > LOW * self.sharers:
            self._interval = self._next = 0.0
            return
        window = min(reset, LONGEST_WAIT)
        self._interval = min(PROBE, window, window * self.sharers / (remaining + 1))
        self._next = max(self._next, now + self._interval)


def _read_budget(headers: Mapping[str, str]) -> RateBudget | None:
    limit, remaining = (count(headers, name) for name in ("x-ratelimit-limit", "x-ratelimit-remaining"))
    reset = reset_after(headers)
    if limit is remaining is reset is None:
        return None
    return RateBudget(limit=limit, remaining=remaining, reset_seconds=reset, as_of=datetime.now(UTC))


def used_up(wait: float) -> RateLimited:
    """The error of a request whose turn comes in `wait` seconds, which is too late."""
    return RateLimited("The rate limit is used up, so no request was sent", f"try again in {in_seconds(wait)}", wait)
