"""What a running server holds: its settings, one client and its snapshots, built at the first call and then shared."""

from typing import TYPE_CHECKING, Any

from anyio.abc import TaskGroup

from telnyx_connections_mcp.fleet.snapshots import Snapshots
from telnyx_connections_mcp.settings import Settings, SettingsError

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from collections.abc import Callable

    import httpx
    from mcp.server.mcpserver import Context

    from telnyx_connections_mcp.sharing.replicas import Sharing
    from telnyx_connections_mcp.telnyx.client import TelnyxClient

READING_SHARE = 0.9
"""The part of a call's time that reading a fleet may take, so that time is left to tell what was read."""


class State:
    """The settings, the client and the snapshots of one server; readings of its fleet run in `tasks`."""

    def __init__(
        self,
        settings: Settings,
        tasks: TaskGroup,
        transport: "Callable[[], httpx.AsyncBaseTransport] | None" = None,
    ) -> None:
        self.settings = settings
        self._tasks = tasks
        self._transport = transport
        self._http: httpx.AsyncClient | None = None
        self._client: TelnyxClient | None = None
        self._snapshots: Snapshots | None = None
        self._sharing: Sharing | None = None

    @property
    def client(self) -> "TelnyxClient":
        """The client. Raises `SettingsError` where the settings allow none."""
        if self.settings.problem is not None:
            raise SettingsError(self.settings.problem)
        if self._client is None:
            from telnyx_connections_mcp.telnyx.client import TelnyxClient
            from telnyx_connections_mcp.telnyx.http import create_http_client

            self._http = create_http_client(
                self.settings.base_url,
                timeout=self.settings.request_timeout,
                transport=self._transport() if self._transport else None,
            )
            pace = self.sharing.pace if self.sharing is not None else None
            self._client = TelnyxClient(self._http, self.settings.api_key, pace)
        return self._client

    @property
    def sharing(self) -> "Sharing | None":
        """What the account's replicas share through Redis; None where the settings name no Redis."""
        if self._sharing is None and self.settings.redis is not None:
            from telnyx_connections_mcp.sharing.replicas import Sharing

            self._sharing = Sharing(
                self.settings.redis,
                self._tasks,
                api_key=self.settings.api_key,
                base_url=self.settings.base_url,
                keep=self.settings.snapshot_seconds,
            )
        return self._sharing

    @property
    def snapshots(self) -> Snapshots:
        """The fleets that were read a moment ago. Raises `SettingsError` as `client` does."""
        if self._snapshots is None:
            self._snapshots = Snapshots(
                self.client,
                self._tasks,
                keep=self.settings.snapshot_seconds,
                limit=self.settings.tool_timeout * READING_SHARE,
                sharer=self.sharing if self.settings.snapshot_seconds else None,
            )
        return self._snapshots

    async def aclose(self) -> None:
        """Close the client's connections."""
        if self._http is not None:
            await self._http.aclose()
        if self._sharing is not None:
            await self._sharing.aclose()


def state_of(context: "Context[Any, Any]") -> State:
    """What the server holds for the request that `context` belongs to."""
    state: State = context.request_context.lifespan_context
    return state
