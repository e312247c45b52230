"""How many calls run at once: in all and for each caller, with a short queue that is fair to callers."""

import asyncio
from collections import Counter, deque
from math import ceil
from time import monotonic
from typing import Any

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, CallToolResult, TextContent

from telnyx_connections_mcp.http_server.callers import caller_name
from telnyx_connections_mcp.observability.metrics import ACTIVE_REQUESTS
from telnyx_connections_mcp.observability.request_record import failed_with

STOPPING = "This server is stopping and gave up on this request: send it again."
_CALLS = ("tools/call", "resources/read")
_LONGEST_RETRY = 60
_MEMORY = 0.9
"""The weight of what was measured before against the call that just ended."""
_RUNNING = {"state": "running"}
_WAITING = {"state": "waiting"}


class _Turn:
    """A call that waits, until it is granted a place or its time is over."""

    def __init__(self) -> None:
        self.over = anyio.Event()
        self.granted = False


class ConcurrencyLimit:
    """MCP middleware that lets `total` calls run at once, `per_caller` of them for one caller.

    Calls are those of tools and the readings of resources, which are answers of tools.

    A call beyond that waits up to `wait` seconds for its turn, then gets a tool error, because that is what a model
    reads; an HTTP status never reaches it. When a place becomes free, the callers that wait take turns, so that one
    with a hundred calls does not keep out one with a single call.
    """

    def __init__(self, total: int, per_caller: int, wait: float) -> None:
        self._total = total
        self._per_caller = per_caller
        self._wait = wait
        self._running: Counter[str] = Counter()
        self._waiting: dict[str, deque[_Turn]] = {}
        self._scopes: set[anyio.CancelScope] = set()
        self._seconds = 0.0

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Let a call run in its turn, and any other request at once."""
        if ctx.method not in _CALLS:
            return await call_next(ctx)
        with anyio.CancelScope() as scope:
            self._scopes.add(scope)
            try:
                return await self._in_turn(caller_name(), ctx, call_next)
            finally:
                self._scopes.discard(scope)
        failed_with("Stopping")
        return _refused(ctx, STOPPING)

    def stop(self) -> None:
        """End every call that runs or waits with an error that says so."""
        for scope in self._scopes:
            scope.cancel()

    async def _in_turn(self, caller: str, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if not await self._enter(caller):
            failed_with("Busy")
            return _refused(ctx, f"This server is busy with other requests: retry in {self._retry_after(caller)} s.")
        started = monotonic()
        ACTIVE_REQUESTS.add(1, _RUNNING)
        try:
            return await call_next(ctx)
        finally:
            ACTIVE_REQUESTS.add(-1, _RUNNING)
            self._seconds += (1 - _MEMORY) * (monotonic() - started - self._seconds)
            self._leave(caller)

    async def _enter(self, caller: str) -> bool:
        """Take a place, at once or in turn; whether there was one in time."""
        if caller not in self._waiting and self._may_run(caller):
            self._running[caller] += 1
            return True
        turn = _Turn()
        self._waiting.setdefault(caller, deque()).append(turn)
        late = asyncio.get_running_loop().call_later(self._wait, turn.over.set)
        ACTIVE_REQUESTS.add(1, _WAITING)
        try:
            await turn.over.wait()
        except BaseException:  # the caller hung up, or the server stops
            if turn.granted:
                self._leave(caller)
            raise
        finally:
            late.cancel()
            ACTIVE_REQUESTS.add(-1, _WAITING)
            if not turn.granted:
                self._forget(caller, turn)
        return turn.granted

    def _leave(self, caller: str) -> None:
        """Give a place back, and give it to the caller whose turn it is."""
        self._running[caller] -= 1
        if not self._running[caller]:
            del self._running[caller]
        next_one = next((name for name in self._waiting if self._may_run(name)), None)
        if next_one is not None:
            turn = self._waiting[next_one][0]
            self._running[next_one] += 1
            turn.granted = True
            turn.over.set()
            self._forget(next_one, turn)

    def _forget(self, caller: str, turn: _Turn) -> None:
        """Take `turn` out of the queue; the caller's others go to the end of the round."""
        queue = self._waiting.pop(caller)
        queue.remove(turn)
        if queue:
            self._waiting[caller] = queue

    def _may_run(self, caller: str) -> bool:
        return self._running.total() < self._total and self._running[caller] < self._per_caller

    def _retry_after(self, caller: str) -> int:
        """In how many seconds the queue of now will be done, from how long calls took lately."""
        own = len(self._waiting.get(caller, ())) / self._per_caller
        every = sum(map(len, self._waiting.values())) / self._total
        return min(_LONGEST_RETRY, max(1, ceil(self._seconds * (1 + max(own, every)))))


def _refused(ctx: ServerRequestContext[Any, Any], text: str) -> CallToolResult:
    """What to answer instead. Raises `MCPError` where the protocol has no other place for `text`."""
    if ctx.method != "tools/call":
        raise MCPError(INTERNAL_ERROR, text)
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)
