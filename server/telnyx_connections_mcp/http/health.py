"""`/healthz` and `/readyz`: for whoever starts and watches the server, without authentication and without facts."""

from typing import TYPE_CHECKING

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from telnyx_connections_mcp.telnyx.client import Outcome
from telnyx_connections_mcp.telnyx.errors import (
    Forbidden,
    InvalidRequest,
    KeyRefused,
    NotFound,
    RateLimited,
    TelnyxError,
    TimedOut,
    TlsFailed,
    Unavailable,
    Unreachable,
)
from telnyx_connections_mcp.telnyx.query import PageRequest

if TYPE_CHECKING:
    from telnyx_connections_mcp.state import State

ALIVE = "/healthz"
READY = "/readyz"
_PROBE_SECONDS = 5.0
_REACHED = (NotFound, InvalidRequest, Forbidden, RateLimited)
"""Errors that Telnyx itself answered with and that pass, or concern one question only."""
_WORDS: dict[type[TelnyxError], str] = {
    KeyRefused: "key refused",
    TlsFailed: "certificate not trusted",
    TimedOut: "no answer in time",
    Unreachable: "unreachable",
    Unavailable: "unavailable",
    TelnyxError: "no usable answer",
}


async def alive(_: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "alive"})


class Readiness:
    """Whether Telnyx can be reached, as the last request showed.

    Calls of tools are requests, so a server in use asks nothing more; when the last news is older than `keep`
    seconds, one cheap request is made, whoever and how many ask.
    """

    def __init__(self, keep: float) -> None:
        self._keep = keep
        self._state: State
        self._asking = anyio.Lock()

    def watch(self, state: "State") -> None:
        """Look at the requests of this state's client, from before the first probe on."""
        self._state = state

    async def answer(self, _: Request) -> Response:
        """The answer to a probe: 200, or 503 with the reason in a few words."""
        async with self._asking:
            news = await self._news()
        reached = news.error is None or isinstance(news.error, _REACHED)
        why = "reached" if reached else next(word for kind, word in _WORDS.items() if isinstance(news.error, kind))
        age = round(anyio.current_time() - news.at)
        told = {"status": "ready" if reached else "not ready", "telnyx": why, "age_seconds": age}
        return JSONResponse(told, 200 if reached else 503)

    async def _news(self) -> Outcome:
        client = self._state.client
        if client.last is not None and anyio.current_time() - client.last.at <= self._keep:
            return client.last
        error: TelnyxError | None = None
        try:
            with anyio.fail_after(_PROBE_SECONDS):
                await client.list_connections(None, PageRequest(number=1, size=1), None)
        except TelnyxError as failed:
            error = failed
        except TimeoutError:
            error = TimedOut("Telnyx did not answer in time", "try again in a minute")
        client.last = Outcome(anyio.current_time(), error)
        return client.last
