"""How many requests run at once, in all and per caller, with a short queue that is fair to callers."""

import asyncio
from collections import Counter, deque
from math import ceil
from time import monotonic
from typing import Any, cast

import anyio
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, CallToolResult, TextContent

from telnyx_connections_mcp.auth.caller import current_caller
from telnyx_connections_mcp.observability.metrics import ACTIVE_REQUESTS
from telnyx_connections_mcp.observability.request_record import set_failure

STOPPING = "This server is stopping and gave up on this request: send it again."
_LIMITED = ("tools/call", "resources/read")
_LONGEST_RETRY_SECONDS = 60
_SMOOTHING = 0.9
"""Weight of earlier durations against that of the request that has just ended."""
_LOCAL = "local"
"""The caller of all requests to a server without authentication, which only this machine can reach."""
_RUNNING = {"state": "running"}
_WAITING = {"state": "waiting"}


class _Waiter:
    """A request in the queue, until it gets a slot or its time is up."""

    def __init__(self) -> None:
        self.done = anyio.Event()
        self.granted = False


class ConcurrencyLimit:
    """MCP middleware that lets `total` requests run at once, `per_caller` of them for one caller.

    It counts tool calls and resource reads, which are answers of tools.

    Any request beyond that waits up to `queue_seconds` for a slot, then gets a tool error, because a model reads that
    and never sees an HTTP status. Free slots go to the waiting callers in turn, so that one caller with a hundred
    requests does not keep out another with one.
    """

    def __init__(self, total: int, per_caller: int, queue_seconds: float) -> None:
        self._total = total
        self._per_caller = per_caller
        self._queue_seconds = queue_seconds
        self._running: Counter[str] = Counter()
        self._queues: dict[str, deque[_Waiter]] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        """Those of the requests that are running or waiting."""
        self._stopping = False
        self._average_seconds = 0.0

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Run the request once it has a slot; one of another method needs none."""
        if ctx.method not in _LIMITED:
            return await call_next(ctx)
        caller, task = current_caller(), cast("asyncio.Task[Any]", asyncio.current_task())
        self._tasks.add(task)  # cheaper than a cancel scope
        try:
            return await self._run(caller.client_id if caller else _LOCAL, ctx, call_next)
        except asyncio.CancelledError:
            if not self._stopping:  # the client has disconnected
                raise
            task.uncancel()
        finally:
            self._tasks.discard(task)
        set_failure("Stopping")
        return _refused(ctx, STOPPING)

    def stop(self) -> None:
        """End every request that is running or waiting with an error that says so."""
        self._stopping = True
        for task in self._tasks:
            task.cancel()

    async def _run(self, caller: str, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        if not await self._acquire(caller):
            set_failure("Busy")
            return _refused(ctx, f"This server is busy with other requests: retry in {self._retry_after(caller)} s.")
        started = monotonic()
        ACTIVE_REQUESTS.add(1, _RUNNING)
        try:
            return await call_next(ctx)
        finally:
            ACTIVE_REQUESTS.add(-1, _RUNNING)
            self._average_seconds += (1 - _SMOOTHING) * (monotonic() - started - self._average_seconds)
            self._release(caller)

    async def _acquire(self, caller: str) -> bool:
        """Take a slot, at once or from the queue; whether there was one in time."""
        if caller not in self._queues and self._may_run(caller):
            self._running[caller] += 1
            return True
        waiter = _Waiter()
        self._queues.setdefault(caller, deque()).append(waiter)
        timer = asyncio.get_running_loop().call_later(self._queue_seconds, waiter.done.set)
        ACTIVE_REQUESTS.add(1, _WAITING)
        try:
            await waiter.done.wait()
        except BaseException:  # the client disconnected, or the server is stopping
            if waiter.granted:
                self._release(caller)
            raise
        finally:
            timer.cancel()
            ACTIVE_REQUESTS.add(-1, _WAITING)
            if not waiter.granted:
                self._dequeue(caller, waiter)
        return waiter.granted

    def _release(self, caller: str) -> None:
        """Free a slot, and give it to the next caller in the queue."""
        self._running[caller] -= 1
        if not self._running[caller]:
            del self._running[caller]
        next_caller = next((name for name in self._queues if self._may_run(name)), None)
        if next_caller is not None:
            waiter = self._queues[next_caller][0]
            self._running[next_caller] += 1
            waiter.granted = True
            waiter.done.set()
            self._dequeue(next_caller, waiter)

    def _dequeue(self, caller: str, waiter: _Waiter) -> None:
        """Take `waiter` out of the queue; its caller's other requests go to the end of the round."""
        queue = self._queues.pop(caller)
        queue.remove(waiter)
        if queue:
            self._queues[caller] = queue

    def _may_run(self, caller: str) -> bool:
        return self._running.total() < self._total and self._running[caller] < self._per_caller

    def _retry_after(self, caller: str) -> int:
        """Seconds until the current queue should be done, from how long requests took lately."""
        own = len(self._queues.get(caller, ())) / self._per_caller
        every = sum(map(len, self._queues.values())) / self._total
        return min(_LONGEST_RETRY_SECONDS, max(1, ceil(self._average_seconds * (1 + max(own, every)))))


def _refused(ctx: ServerRequestContext[Any, Any], text: str) -> CallToolResult:
    """A tool error. Raises `MCPError` for other methods, whose results have no place for `text`."""
    if ctx.method != "tools/call":
        raise MCPError(INTERNAL_ERROR, text)
    return CallToolResult(content=[TextContent(type="text", text=text)], is_error=True)
