"""What a running server holds for each Telnyx account: settings, client and snapshots, built when they are needed.

Accounts share nothing: each has its own HTTP connections, rate limit and snapshots. `account_context` is the only place
where a request is assigned an account.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from threading import Lock
from typing import TYPE_CHECKING, Any

import anyio
from anyio.abc import TaskGroup

from telnyx_connections_mcp.auth.caller import current_caller
from telnyx_connections_mcp.config.accounts import ONLY, Accounts, own_secrets
from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.observability.request_record import set_account
from telnyx_connections_mcp.text.cleaning import clean, cut

if TYPE_CHECKING:  # httpx is imported for the first request: every chat starts a server
    from collections.abc import Callable, Collection, Mapping

    import httpx
    from mcp.server.context import ServerRequestContext

    from telnyx_connections_mcp.inventory.snapshots import Snapshots
    from telnyx_connections_mcp.replicas.replica import Replica
    from telnyx_connections_mcp.sql.query_process import QueryProcess
    from telnyx_connections_mcp.surroundings.one import SurroundingsReader
    from telnyx_connections_mcp.telnyx.client import TelnyxClient

SHOWN = 64
"""Longest unknown account name echoed back to a caller, in characters."""
FETCH_TIME_SHARE = 0.9
"""Fraction of a request's time that a fetch may take; the rest is for answering with what was read."""


class AccountContext:
    """The settings, client and snapshots of one account; its fetches run in `tasks`."""

    def __init__(
        self,
        settings: Settings,
        tasks: TaskGroup,
        transport: "Callable[[], httpx.AsyncBaseTransport] | None" = None,
        name: str = ONLY,
    ) -> None:
        self.settings = settings
        self.name = name
        self._tasks = tasks
        self._transport = transport
        self._http: httpx.AsyncClient | None = None
        self._building = Lock()
        self._client: TelnyxClient | None = None
        self._snapshots: Snapshots | None = None
        self._replica: Replica | None = None
        self._surroundings: SurroundingsReader | None = None
        self._queries: QueryProcess | None = None

    @property
    def client(self) -> "TelnyxClient":
        """The client. Raises `SettingsError` for unusable settings."""
        if self._client is None:
            from telnyx_connections_mcp.telnyx.client import TelnyxClient

            http = self.prepare()
            rate_limiter = self.replica.rate_limiter if self.replica is not None else None
            self._client = TelnyxClient(http, self.settings.api_key, rate_limiter)
        return self._client

    def prepare(self) -> "httpx.AsyncClient":
        """The HTTP client, without opening a connection; may be called from any thread.

        Raises `SettingsError` for unusable settings.
        """
        if self.settings.problem is not None:
            raise SettingsError(self.settings.problem)
        with self._building:
            if self._http is None:
                from telnyx_connections_mcp.observability.upstream import InstrumentedTransport
                from telnyx_connections_mcp.telnyx.http import create_http_client

                network = self._transport() if self._transport else network_of(self.settings)
                self._http = create_http_client(
                    self.settings.base_url,
                    timeout=self.settings.request_timeout,
                    transport=InstrumentedTransport(network, None if self.name == ONLY else self.name),
                )
            return self._http

    @property
    def replica(self) -> "Replica | None":
        """What the account's replicas share through Redis; None without Redis."""
        if self._replica is None and self.settings.redis is not None:
            from telnyx_connections_mcp.replicas.replica import Replica
            from telnyx_connections_mcp.replicas.snapshot_cipher import SnapshotCipher

            of, redis = self.settings, self.settings.redis
            cipher = SnapshotCipher(api_key=of.api_key, base_url=of.base_url, snapshot_key=redis.snapshot_key)
            oldest = of.snapshot_seconds + of.tool_timeout  # a fetch takes no longer than a request
            self._replica = Replica(redis, self._tasks, cipher, keep=of.snapshot_seconds, oldest=oldest)
        return self._replica

    @property
    def snapshots(self) -> "Snapshots":
        """Recent snapshots of the account. Raises `SettingsError` as `client` does."""
        if self._snapshots is None:
            from telnyx_connections_mcp.inventory.snapshots import Snapshots

            self._snapshots = Snapshots(
                self.client,
                self._tasks,
                keep=self.settings.snapshot_seconds,
                max_seconds=self.settings.tool_timeout * FETCH_TIME_SHARE,
                sharer=self.replica if self.settings.snapshot_seconds else None,
            )
        return self._snapshots

    @property
    def surroundings(self) -> "SurroundingsReader":
        """What reads the surroundings of a connection. Raises `SettingsError` as `client` does."""
        if self._surroundings is None:
            from telnyx_connections_mcp.surroundings.one import SurroundingsReader

            self._surroundings = SurroundingsReader(
                self.client,
                keep=self.settings.snapshot_seconds,
                max_seconds=self.settings.tool_timeout * FETCH_TIME_SHARE,
            )
        return self._surroundings

    @property
    def queries(self) -> "QueryProcess":
        """What runs statements over the account's snapshots; it starts with the first one."""
        if self._queries is None:
            from telnyx_connections_mcp.sql.query_process import QueryProcess

            self._queries = QueryProcess(self._tasks)
        return self._queries

    async def aclose(self) -> None:
        """Close the client's connections, and end the query process."""
        if self._queries is not None:
            await self._queries.aclose()
        if self._http is not None:
            await self._http.aclose()
        if self._replica is not None:
            await self._replica.aclose()


def network_of(settings: Settings) -> "httpx.AsyncBaseTransport":
    """The transport to the base URL. Raises `SettingsError` if the environment makes it unusable."""
    from telnyx_connections_mcp.telnyx.http import network_transport

    try:
        return network_transport(settings.base_url)
    except OSError as error:
        raise SettingsError(
            "The certificate authorities in SSL_CERT_FILE or SSL_CERT_DIR cannot be read "
            f"({error.strerror or 'no PEM file'}): correct the path, or unset it."
        ) from None
    except (ImportError, ValueError):  # they may quote a proxy's password
        raise SettingsError(
            "The proxy in HTTPS_PROXY or ALL_PROXY cannot be used: set it to an http:// proxy, or unset it."
        ) from None


class AccountRefused(SettingsError):
    """The caller may not use the account; the text says which it may use, not which others exist."""


class AccountContexts:
    """The context of every account of one server, in the order of the accounts file."""

    def __init__(
        self,
        accounts: Accounts,
        tasks: TaskGroup,
        transport: "Callable[[], httpx.AsyncBaseTransport] | None" = None,
    ) -> None:
        self._default = accounts.default
        self.own = own_secrets(accounts)
        """What no answer may contain, whichever account it is about."""
        self.by_name: Mapping[str, AccountContext] = {
            name: AccountContext(settings, tasks, transport, name) for name, settings in accounts.by_name.items()
        }

    def choose(self, name: str | None, allowed: "Collection[str] | None") -> AccountContext:
        """The context of the account `name`, or of the caller's default account if None.

        A caller may use the accounts in `allowed` that exist; one that is not bound (None) only the server's default.
        Raises `AccountRefused`, in the same words for an account that does not exist and for another caller's.
        """
        usable = [known for known in self.by_name if known in ([self._default] if allowed is None else allowed)]
        if name is None and len(usable) == 1:
            name = usable[0]
        elif name is None and self._default in usable:
            name = self._default
        if name in usable:
            return self.by_name[name]
        if not usable:
            problem = "you may not use any Telnyx account of this server; ask whoever runs it for access"
        elif name is None:
            problem = f"name one of your accounts in `account`: {', '.join(usable)}"
        else:
            problem = f"you have no account {cut(clean(name), SHOWN)!r}; your accounts: {', '.join(usable)}"
        raise AccountRefused(f"Nothing was sent to Telnyx: {problem}.")

    def prepare(self) -> None:
        """Prepare what the first request for the default account needs; if that fails, the request will say why."""
        if self._default is not None:
            with suppress(SettingsError):
                self.by_name[self._default].prepare()

    async def aclose(self) -> None:
        """Close the connections of every account."""
        for account in self.by_name.values():
            await account.aclose()


@asynccontextmanager
async def open_accounts(
    accounts: Accounts, transport: "Callable[[], httpx.AsyncBaseTransport] | None" = None
) -> AsyncIterator[AccountContexts]:
    """The contexts of `accounts` for as long as they are used; fetches still running at the end are cancelled.

    `transport` replaces the network, as the sandbox does.
    """
    tasks = anyio.create_task_group()
    contexts = AccountContexts(accounts, tasks, transport)
    try:
        async with tasks:
            try:
                yield contexts
            finally:
                tasks.cancel_scope.cancel()
    finally:  # only now does nothing use the connections any more
        with anyio.CancelScope(shield=True):
            await contexts.aclose()


def account_context(request: "ServerRequestContext[Any, Any]", account: str | None = None) -> AccountContext:
    """The context of `account`, by default the caller's, for this request.

    Raises `AccountRefused` if the caller may not use it, or must choose one.
    """
    contexts: AccountContexts = request.lifespan_context
    caller = current_caller()
    chosen = contexts.choose(account, contexts.by_name if caller is None else caller.accounts)
    if len(contexts.by_name) > 1:
        set_account(chosen.name)
    return chosen
