"""Keeping within the account's rate limit: every answer says how much of it is left, and requests heed that.

Telnyx API reference, "Rate limiting": `x-ratelimit-remaining` requests until `x-ratelimit-reset` seconds have
passed; a 429 says how long to wait. One `Pace` belongs to one account, so that a 429 pauses all its requests.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from math import ceil

import anyio

from telnyx_connections_mcp.telnyx._wire import retry_after
from telnyx_connections_mcp.telnyx.errors import RateLimited
from telnyx_connections_mcp.telnyx.models import RateBudget

LOW = 20
"""From so many remaining requests on, they are spread over the time until the limit resets."""
PAUSE = 1.0
"""Seconds without a request after a 429 that names none."""
LONGEST_WINDOW = 3600.0
_HIGHEST_COUNT = 10**9


class Pace:
    """When the next request may leave, and how many more may.

    `sharers` replicas of this server use the account: each takes an equal part of what is left.
    """

    def __init__(self) -> None:
        self.budget: RateBudget | None = None
        self.sharers = 1
        self._paused_until = 0.0
        self._interval = 0.0
        self._next = 0.0

    async def turn(self) -> None:
        """Wait for one's turn. Raises `RateLimited` when that comes after the caller's deadline."""
        while (wait := max(self._paused_until, self._next) - anyio.current_time()) > 0:
            if anyio.current_time() + wait > anyio.current_effective_deadline():
                raise used_up(wait)
            await anyio.sleep(wait)
        self._next = anyio.current_time() + self._interval

    def heed(self, status: int, headers: Mapping[str, str]) -> None:
        """Take from an answer how fast the next requests may follow."""
        now = anyio.current_time()
        self.budget = _read_budget(headers) or self.budget
        if status == 429:
            self._paused_until = max(self._paused_until, now + (retry_after(headers) or PAUSE))
            return
        remaining, reset = number(headers, "x-ratelimit-remaining"), number(headers, "x-ratelimit-reset")
        if remaining is None or reset is None or remaining > LOW * self.sharers:
            self._interval = self._next = 0.0
            return
        self._interval = min(reset, LONGEST_WINDOW) * self.sharers / (remaining + 1)
        self._next = max(self._next, now + self._interval)


def _read_budget(headers: Mapping[str, str]) -> RateBudget | None:
    limit, remaining = (_count(headers, name) for name in ("x-ratelimit-limit", "x-ratelimit-remaining"))
    reset = number(headers, "x-ratelimit-reset")
    if limit is remaining is reset is None:
        return None
    return RateBudget(limit=limit, remaining=remaining, reset_seconds=reset, as_of=datetime.now(UTC))


def _count(headers: Mapping[str, str], name: str) -> int | None:
    given = number(headers, name)
    return int(given) if given is not None and given <= _HIGHEST_COUNT else None


def used_up(wait: float) -> RateLimited:
    """The error of a request whose turn comes in `wait` seconds, which is too late."""
    seconds = ceil(wait)
    return RateLimited(
        "The rate limit of this Telnyx account is used up, and nothing was sent",
        f"call again in {seconds} second{'' if seconds == 1 else 's'}",
        wait,
    )


def number(headers: Mapping[str, str], name: str) -> float | None:
    """The number that a header holds; None where it is missing or holds something else."""
    text = headers.get(name, "").strip()
    return float(text) if text.isascii() and text.replace(".", "", 1).isdigit() else None
