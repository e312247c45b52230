"""`/healthz` and `/readyz`: probes for orchestrators and load balancers, without authentication or account data."""

import asyncio
from typing import TYPE_CHECKING

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.telnyx.client import Outcome
from telnyx_connections_mcp.telnyx.errors import TelnyxError, TimedOut
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
    """The settings were valid at startup, but a client can no longer be made from them."""

    in_short = "settings cannot be used"


async def alive(_: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "alive"})


class Readiness:
    """Whether Telnyx can be reached, judging by each account's last request.

    Tool calls send requests, so probes of a server in use add none. If an account's last request is older than
    `max_age` seconds, one cheap request is sent, however many probes are waiting. One reachable account is enough to be
    ready: no other replica would do better for the rest.
    """

    def __init__(self, max_age: float) -> None:
        self._max_age = max_age
        self._accounts: AccountContexts
        self._lock = anyio.Lock()

    def watch(self, accounts: "AccountContexts") -> None:
        """Watch the requests of these accounts, from before the first probe."""
        self._accounts = accounts

    async def answer(self, _: Request) -> Response:
        """The response to a probe: 200, or 503 with the reason in a few words."""
        accounts = self._accounts.by_name.values()
        async with self._lock:
            outcomes = await asyncio.gather(*map(self._outcome, accounts))
        best = min(outcomes, key=lambda outcome: not _reached(outcome))
        body: dict[str, object] = {
            "status": "ready" if _reached(best) else "not ready",
            "telnyx": _word(best),
            "age_seconds": round(anyio.current_time() - best.at),
        }
        if len(outcomes) > 1:
            body |= {"accounts": len(outcomes), "accounts_reached": sum(map(_reached, outcomes))}
        body |= _shared([account.replica for account in accounts if account.replica is not None])
        return JSONResponse(body, 200 if _reached(best) else 503)

    async def _outcome(self, account: "AccountContext") -> Outcome:
        try:
            client = account.client
        except SettingsError as problem:
            return Outcome(anyio.current_time(), _NoClient(str(problem), "see the log"))
        if client.last_outcome is not None and anyio.current_time() - client.last_outcome.at <= self._max_age:
            return client.last_outcome
        error: TelnyxError | None = None
        try:
            with anyio.fail_after(_PROBE_SECONDS):
                await client.list_connections(
                    CONNECTIONS, None, PageRequest(number=1, size=1), None, lambda row: row.id
                )
        except TelnyxError as failed:
            error = failed
        except TimeoutError:
            error = TimedOut("Telnyx did not answer in time", "try again in a minute")
        client.last_outcome = Outcome(anyio.current_time(), error)
        return client.last_outcome


def _shared(replicas: "Sequence[Replica]") -> dict[str, object]:
    """What replicas share, for the worst-off account; nothing without Redis."""
    if not replicas:
        return {}
    status = min((replica.status for replica in replicas), key=lambda status: _WORST_FIRST.index(status.state))
    unusable = next((replica.snapshot_problem for replica in replicas if replica.snapshot_problem), None)
    body = {"sharing": status.state, "sharing_why": status.why, "shared_fleets_unusable": unusable}
    return {name: fact for name, fact in body.items() if fact is not None}


def _reached(outcome: Outcome) -> bool:
    return outcome.error is None or outcome.error.reached


def _word(outcome: Outcome) -> str:
    return "reached" if outcome.error is None or outcome.error.reached else outcome.error.in_short
