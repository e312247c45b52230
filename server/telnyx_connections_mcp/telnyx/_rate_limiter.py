"""Keeps requests within the account's rate limit, as reported by the headers of every response.

Telnyx API reference, "Rate limiting": `x-ratelimit-remaining` requests until `x-ratelimit-reset` seconds have passed; a
429 says how long to wait. Each account has one `RateLimiter`, so that a 429 pauses all its requests.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import anyio

from telnyx_connections_mcp.telnyx._headers import LONGEST_WAIT, count, limited_for, number, reset_after
from telnyx_connections_mcp.telnyx.errors import RateLimited, in_seconds
from telnyx_connections_mcp.telnyx.models import RateBudget

LOW = 20
"""Remaining requests from which they are spread over the time until the limit resets."""
PAUSE = 1.0
"""Seconds to pause after a 429 that does not say how long."""
PROBE = 60.0
"""Seconds after which a request checks whether a longer wait still applies: one odd header must not stop an account."""


class RateLimiter:
    """Decides when the next request may be sent.

    `sharers` replicas of this server use the account, each an equal share of what is left.
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
        """Wait until a request may be sent. Raises `RateLimited` if that is after the caller's deadline."""
        while (wait := self._next_send_time() - anyio.current_time()) > 0:
            if anyio.current_time() + wait > anyio.current_effective_deadline():
                raise rate_limit_error(max(self._paused_until, self._next) - anyio.current_time())
            await anyio.sleep(wait)
        now = anyio.current_time()
        if now < self._paused_until:
            self._probing, self._probe_at = True, now + PROBE
        self._next = now + self._interval

    def _next_send_time(self) -> float:
        """When the next request may be sent, including one that finds out whether a pause is over."""
        return max(min(self._paused_until, self._probe_at), self._next)

    def update(self, status: int, headers: Mapping[str, str]) -> None:
        """Learn from a response how soon the next requests may be sent."""
        now = anyio.current_time()
        self.budget = _read_budget(headers) or self.budget
        if self._probing:  # the latest response counts
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


def rate_limit_error(wait: float) -> RateLimited:
    """The error for a request that could only be sent in `wait` seconds."""
    return RateLimited("The rate limit is used up, so no request was sent", f"try again in {in_seconds(wait)}", wait)
