"""Serving over HTTP until told to stop."""

import asyncio
import gc
import logging
import signal
import socket
import sys
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn
from sse_starlette.sse import AppStatus
from uvicorn.server import HANDLED_SIGNALS

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.config.http_settings import PATH, HttpSettings
from telnyx_connections_mcp.http_server.accept_loop import AcceptedConnection, AcceptLoop
from telnyx_connections_mcp.http_server.app import create_app
from telnyx_connections_mcp.http_server.connections import BoundedConnection
from telnyx_connections_mcp.http_server.health import Readiness
from telnyx_connections_mcp.http_server.limits import ConcurrencyLimit
from telnyx_connections_mcp.http_server.listening import listen, most_connections, tls_context
from telnyx_connections_mcp.http_server.security import reach_of
from telnyx_connections_mcp.mcp_server.app import create_server
from telnyx_connections_mcp.mcp_server.context import network_of
from telnyx_connections_mcp.telnyx.address import is_loopback
from telnyx_connections_mcp.text.authority import in_url

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from telnyx_connections_mcp.auth.setup import Auth
    from telnyx_connections_mcp.config.accounts import Accounts

_KEEP_ALIVE_SECONDS = 75
"""Longer than load balancers keep their connections (60 s is usual), so that none is closed under a request."""
_LAST_ANSWERS_SECONDS = 2
_GARBAGE = 10_000
"""So many more objects than before, and it is looked for those in circles: a call leaves a few dozen. Python: 700."""
_SWITCH_SECONDS = 0.0005
"""After so long a thread that looks at a fleet lets the others on, each time that they ask; Python's own is 5 ms."""


def serve_http(
    accounts: "Accounts",
    http: HttpSettings,
    transport: "Callable[[], httpx.AsyncBaseTransport] | None" = None,
    auth: "Auth | None" = None,
) -> int:
    """Serve until a signal; 0. The first signal lets calls in flight finish, the second ends the process at once.

    Raises `SettingsError` for what keeps it from starting: over HTTP a person reads it, no client.
    """
    if transport is None:
        for settings in accounts.by_name.values():
            network_of(settings)
    tls = tls_context(http)
    listener = listen(http)
    with listener:
        address, port = listener.getsockname()[:2]
        if auth is None and not is_loopback(address):
            raise SettingsError(
                f"Without authentication this server listens on loopback only, not on {http.host}: set up tokens or "
                "OAuth (see docs/operating.md), or leave out the address."
            )
        door = AcceptLoop(listener, most_connections(http.max_connections), tls, http.receive_seconds)
        readiness = Readiness(http.ready_seconds)
        limit = ConcurrencyLimit(http.max_calls, http.max_calls_per_caller, http.queue_seconds)
        server = create_server(
            accounts.settings,
            transport,
            accounts=accounts,
            auth=auth,
            started=readiness.watch,
        )
        app = create_app(server, http, reach_of(http, address, port), limit, readiness)
        where = f"{'https' if tls else 'http'}://{in_url(http.host)}:{port}{PATH}"
        _say(
            f"telnyx-connections-mcp {__version__} serves MCP at {where}"
            f"{' on the sandbox account' if accounts.settings.sandbox else ''}; press Ctrl-C to stop.",
            as_json=accounts.settings.log_format == "json",
        )
        if not (tls or http.trusted_proxies or is_loopback(address)):
            _say(
                "Tokens are sent unencrypted unless a proxy in front adds TLS: give a certificate with --tls-cert, or "
                "name the proxy in TELNYX_HTTP_TRUSTED_PROXIES.",
                as_json=accounts.settings.log_format == "json",
            )
        sys.setswitchinterval(_SWITCH_SECONDS)
        gc.freeze()  # what is there now stays, and need not be looked through again
        gc.enable()
        gc.set_threshold(_GARBAGE)
        _Server(_config(app, http), door, limit, http).run(sockets=[])
    return 0


def _say(sentence: str, *, as_json: bool) -> None:
    """Tell a person at the terminal, or whoever reads only JSON, whatever the level."""
    if as_json:
        logger = logging.getLogger(__name__)
        logger.setLevel(logging.INFO)
        logger.info(sentence)
    else:
        print(sentence, file=sys.stderr, flush=True)  # noqa: T201  # a person reads it


def _config(app: Any, http: HttpSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedConnection,
        ws="none",
        loop="asyncio:SelectorEventLoop",  # Windows' own has no `add_reader`
        lifespan="on",
        log_config=None,
        access_log=False,  # it would log queries; answers.py logs
        server_header=False,
        proxy_headers=bool(http.trusted_proxies),
        forwarded_allow_ips=list(http.trusted_proxies),
        reset_contextvars=True,  # else a pipelined request inherits what the one before it set
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )


class _Server(uvicorn.Server):
    """uvicorn's server with a door of its own, that ends well: nobody who was let in, or waits to be, is lost."""

    def __init__(self, config: uvicorn.Config, door: AcceptLoop, limit: ConcurrencyLimit, http: HttpSettings) -> None:
        super().__init__(config)
        self._door = door
        self._limit = limit
        self._http = http
        # It would cut every stream of a 2025 client at the signal, with the calls that are on them.
        AppStatus.disable_automatic_graceful_drain()  # type: ignore[no-untyped-call]  # sse-starlette has no types

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  # uvicorn's signature
        """Stop gracefully; another signal then has its default action.

        uvicorn would raise the signal again at the end, and the process would not end with exit code 0.
        """
        self.should_exit = True
        for handled in HANDLED_SIGNALS:
            signal.signal(handled, signal.SIG_DFL)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application, and let guests in."""
        await super().startup(sockets)
        self._door.open(self._connection)

    def _connection(self, guest: AcceptedConnection) -> asyncio.Protocol:
        return BoundedConnection(
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            guest=guest,
            seconds=self._http.receive_seconds,
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  # uvicorn's signature
        """Let in who waits and nobody more, and let calls in flight finish within the limit.

        Every answer from now on says that the connection is closed behind it.
        """
        self._door.close()
        self.server_state.default_headers.append((b"connection", b"close"))
        asyncio.get_running_loop().call_later(self._http.shutdown_seconds, self._limit.stop)
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._http.shutdown_seconds + _LAST_ANSWERS_SECONDS):
                await self._door.empty()
        for connection in list(self.server_state.connections):
            connection.transport.abort()  # its request is not whole, or it takes nothing in
        if self.server_state.tasks:  # to cancel them would be a stack in the log for each
            await asyncio.wait(self.server_state.tasks, timeout=_LAST_ANSWERS_SECONDS)
        await self.lifespan.shutdown()
