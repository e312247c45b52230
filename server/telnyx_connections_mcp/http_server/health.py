"""`/healthz` and `/readyz`: for whoever starts and watches the server, without authentication and without facts."""

import asyncio
from typing import TYPE_CHECKING

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.telnyx.client import Outcome
from telnyx_connections_mcp.telnyx.errors import (
    Forbidden,
    InvalidRequest,
    KeyRefused,
    NotFound,
    NotTelnyx,
    RateLimited,
    TelnyxError,
    TimedOut,
    TlsFailed,
    Unavailable,
    Unreachable,
)
from telnyx_connections_mcp.telnyx.parameters import PageRequest

if TYPE_CHECKING:
    from collections.abc import Sequence

    from telnyx_connections_mcp.mcp_server.context import AccountContext, AccountContexts
    from telnyx_connections_mcp.replicas.replica import Replica

ALIVE = "/healthz"
READY = "/readyz"
_PROBE_SECONDS = 5.0
_WORST_FIRST = ("away", "untried", "shared")


class _NoClient(TelnyxError):
    """Settings that were good at the start no longer make a client."""


_REACHED = (NotFound, InvalidRequest, Forbidden, RateLimited)
"""Errors that Telnyx itself answered with and that pass, or concern one question only."""
_WORDS: dict[type[TelnyxError], str] = {
    KeyRefused: "key refused",
    TlsFailed: "certificate not trusted",
    TimedOut: "no answer in time",
    Unreachable: "unreachable",
    Unavailable: "unavailable",
    NotTelnyx: "something else answers",
    _NoClient: "settings cannot be used",
    TelnyxError: "no usable answer",
}


async def alive(_: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "alive"})


class Readiness:
    """Whether Telnyx can be reached, as the last request of each account showed.

    Calls of tools are requests, so a server in use asks nothing more; when the last news of an account is older than
    `keep` seconds, one cheap request is made, whoever and how many ask. One account that Telnyx answers is enough to be
    ready: no other replica would do better for the others.
    """

    def __init__(self, keep: float) -> None:
        self._keep = keep
        self._accounts: AccountContexts
        self._asking = anyio.Lock()

    def watch(self, accounts: "AccountContexts") -> None:
        """Look at the requests of these states' clients, from before the first probe on."""
        self._accounts = accounts

    async def answer(self, _: Request) -> Response:
        """The answer to a probe: 200, or 503 with the reason in a few words."""
        accounts = self._accounts.by_name.values()
        async with self._asking:
            all_news = await asyncio.gather(*map(self._news, accounts))
        best = min(all_news, key=lambda news: not _reached(news))
        told: dict[str, object] = {
            "status": "ready" if _reached(best) else "not ready",
            "telnyx": _word(best),
            "age_seconds": round(anyio.current_time() - best.at),
        }
        if len(all_news) > 1:
            told |= {"accounts": len(all_news), "accounts_reached": sum(map(_reached, all_news))}
        told |= _shared([account.replica for account in accounts if account.replica is not None])
        return JSONResponse(told, 200 if _reached(best) else 503)

    async def _news(self, account: "AccountContext") -> Outcome:
        try:
            client = account.client
        except SettingsError as problem:
            return Outcome(anyio.current_time(), _NoClient(str(problem), "see the log"))
        if client.last is not None and anyio.current_time() - client.last.at <= self._keep:
            return client.last
        error: TelnyxError | None = None
        try:
            with anyio.fail_after(_PROBE_SECONDS):
                await client.list_objects(CONNECTIONS, None, PageRequest(number=1, size=1), None, lambda row: row.id)
        except TelnyxError as failed:
            error = failed
        except TimeoutError:
            error = TimedOut("Telnyx did not answer in time", "try again in a minute")
        client.last = Outcome(anyio.current_time(), error)
        return client.last


def _shared(replicas: "Sequence[Replica]") -> dict[str, object]:
    """What replicas share, by the account for which it is worst; nothing where no Redis is set up."""
    if not replicas:
        return {}
    status = min((replica.status for replica in replicas), key=lambda status: _WORST_FIRST.index(status.state))
    unusable = next((replica.fleets_unusable for replica in replicas if replica.fleets_unusable), None)
    told = {"sharing": status.state, "sharing_why": status.why, "shared_fleets_unusable": unusable}
    return {name: fact for name, fact in told.items() if fact is not None}


def _reached(news: Outcome) -> bool:
    return news.error is None or isinstance(news.error, _REACHED)


def _word(news: Outcome) -> str:
    return "reached" if _reached(news) else next(word for kind, word in _WORDS.items() if isinstance(news.error, kind))
