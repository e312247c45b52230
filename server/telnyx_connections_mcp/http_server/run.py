"""Serves over HTTP until a signal."""

import asyncio
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
from telnyx_connections_mcp.http_server.app import Page, create_app
from telnyx_connections_mcp.http_server.concurrency_limit import ConcurrencyLimit
from telnyx_connections_mcp.http_server.health import ALIVE, READY, Readiness, alive
from telnyx_connections_mcp.http_server.host_and_origin import host_policy
from telnyx_connections_mcp.http_server.http_connection import BoundedConnection
from telnyx_connections_mcp.http_server.listening import listen, most_connections, tls_context
from telnyx_connections_mcp.mcp_server.app import create_server
from telnyx_connections_mcp.mcp_server.context import network_of
from telnyx_connections_mcp.mcp_server.interpreter import tune_interpreter
from telnyx_connections_mcp.telnyx.address import is_loopback
from telnyx_connections_mcp.text.authority import in_url

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import httpx

    from telnyx_connections_mcp.auth.setup import Auth
    from telnyx_connections_mcp.config.accounts import Accounts
    from telnyx_connections_mcp.config.settings import Settings

_KEEP_ALIVE_SECONDS = 75
"""Longer than load balancers keep idle connections (usually 60 s), so that none is closed as a request arrives."""
_LAST_ANSWERS_SECONDS = 2


def serve_http(
    accounts: "Accounts",
    http: HttpSettings,
    transport: "Callable[[], httpx.AsyncBaseTransport] | None" = None,
    auth: "Auth | None" = None,
    pages: "Mapping[str, Page] | None" = None,
) -> int:
    """Serve until a signal; 0. The first signal lets running requests finish, the second ends the process at once.

    `pages` are served by path beside the protocol and the health probes. Raises `SettingsError` if it cannot start:
    over HTTP a person reads that, not a client.
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
        accept_loop = AcceptLoop(listener, most_connections(http.max_connections), tls, http.receive_seconds)
        readiness = Readiness(http.ready_seconds)
        limit = ConcurrencyLimit(http.max_requests, http.max_requests_per_caller, http.queue_seconds)
        server = create_server(accounts.settings, transport, accounts=accounts, auth=auth, started=readiness.watch)
        server.read_prompts()  # so that problems are logged at startup
        probes: dict[str, Page] = {ALIVE: alive, READY: readiness.answer}
        app = create_app(server, http, host_policy(http, address, port), limit, probes | dict(pages or {}))
        _announce(accounts.settings, http, address, port, "/" if pages else PATH)
        tune_interpreter()
        _Server(_config(app, http), accept_loop, limit, http).run(sockets=[])
    return 0


def _announce(settings: "Settings", http: HttpSettings, address: str, port: int, path: str) -> None:
    """Print the address, and a warning if tokens are sent unencrypted."""
    scheme, as_json = "https" if http.tls_cert else "http", settings.log_format == "json"
    _say(
        f"telnyx-connections-mcp {__version__} serves {'MCP' if path == PATH else 'its page'} at "
        f"{scheme}://{in_url(http.host)}:{port}{path}"
        f"{' on the sandbox account' if settings.sandbox else ''}; press Ctrl-C to stop.",
        as_json=as_json,
    )
    if not (http.tls_cert or http.trusted_proxies or is_loopback(address)):
        _say(
            "Tokens are sent unencrypted unless a proxy in front adds TLS: give a certificate with --tls-cert, or "
            "name the proxy in TELNYX_HTTP_TRUSTED_PROXIES.",
            as_json=as_json,
        )


def _say(sentence: str, *, as_json: bool) -> None:
    """Tell a person at the terminal, or a reader of JSON lines, at any log level."""
    if as_json:
        logger = logging.getLogger(__name__)
        logger.setLevel(logging.INFO)
        logger.info(sentence)
    else:
        for handler in logging.root.handlers:
            handler.flush()  # so that earlier log lines come first
        print(sentence, file=sys.stderr, flush=True)  # noqa: T201  # a person reads it


def _config(app: Any, http: HttpSettings) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedConnection,
        ws="none",
        loop="asyncio:SelectorEventLoop",  # Windows' own has no `add_reader`
        lifespan="on",
        log_config=None,
        access_log=False,  # it would log queries; AccessLogMiddleware does not
        server_header=False,
        proxy_headers=bool(http.trusted_proxies),
        forwarded_allow_ips=list(http.trusted_proxies),
        reset_contextvars=True,  # else a pipelined request inherits the context of the one before
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )


class _Server(uvicorn.Server):
    """uvicorn's server with its own accept loop: shutting down loses no request, not even one in the backlog."""

    def __init__(
        self, config: uvicorn.Config, accept_loop: AcceptLoop, limit: ConcurrencyLimit, http: HttpSettings
    ) -> None:
        super().__init__(config)
        self._accept_loop = accept_loop
        self._limit = limit
        self._http = http
        # It would end every stream of a 2025 client at the signal, with the requests on it.
        AppStatus.disable_automatic_graceful_drain()  # type: ignore[no-untyped-call]  # sse-starlette has no types

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002  # uvicorn's signature
        """Stop gracefully; another signal then has its default action.

        uvicorn would raise the signal again at the end, and the process would not end with exit code 0.
        """
        self.should_exit = True
        for handled in HANDLED_SIGNALS:
            signal.signal(handled, signal.SIG_DFL)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application and accept connections."""
        await super().startup(sockets)
        self._accept_loop.start(self._connection)

    def _connection(self, accepted: AcceptedConnection) -> asyncio.Protocol:
        return BoundedConnection(
            config=self.config,
            server_state=self.server_state,
            app_state=self.lifespan.state,
            accepted=accepted,
            seconds=self._http.receive_seconds,
        )

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:  # noqa: ARG002  # uvicorn's signature
        """Accept the backlog and nothing more, and let running requests finish within the limit.

        Every response from now on says that the connection will close.
        """
        self._accept_loop.stop()
        self.server_state.default_headers.append((b"connection", b"close"))
        asyncio.get_running_loop().call_later(self._http.shutdown_seconds, self._limit.stop)
        for connection in list(self.server_state.connections):
            connection.shutdown()
        with suppress(TimeoutError):
            async with asyncio.timeout(self._http.shutdown_seconds + _LAST_ANSWERS_SECONDS):
                await self._accept_loop.wait_closed()
        for connection in list(self.server_state.connections):
            connection.transport.abort()  # it has sent part of a request, or does not read
        if self.server_state.tasks:  # cancelling them would log a traceback for each
            await asyncio.wait(self.server_state.tasks, timeout=_LAST_ANSWERS_SECONDS)
        await self.lifespan.shutdown()
