"""What a running server holds: its settings, one client and its snapshots, built at the first call and then shared."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
from anyio.abc import TaskGroup

from telnyx_connections_mcp.fleet.snapshots import Snapshots
from telnyx_connections_mcp.settings import Settings, SettingsError

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from collections.abc import Callable

    import httpx
    from mcp.server.mcpserver import Context

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

    @property
    def client(self) -> "TelnyxClient":
        """The client. Raises `SettingsError` where the settings allow none."""
        if self.settings.problem is not None:
            raise SettingsError(self.settings.problem)
        if self._client is None:
            from telnyx_connections_mcp.observe.upstream import ObservedTransport
            from telnyx_connections_mcp.telnyx.client import TelnyxClient
            from telnyx_connections_mcp.telnyx.http import create_http_client, network_transport

            network = self._transport() if self._transport else network_transport(self.settings.base_url)
            self._http = create_http_client(
                self.settings.base_url, timeout=self.settings.request_timeout, transport=ObservedTransport(network)
            )
            self._client = TelnyxClient(self._http, self.settings.api_key)
        return self._client

    @property
    def snapshots(self) -> Snapshots:
        """The fleets that were read a moment ago. Raises `SettingsError` as `client` does."""
        if self._snapshots is None:
            self._snapshots = Snapshots(
                self.client,
                self._tasks,
                keep=self.settings.snapshot_seconds,
                limit=self.settings.tool_timeout * READING_SHARE,
            )
        return self._snapshots

    async def aclose(self) -> None:
        """Close the client's connections."""
        if self._http is not None:
            await self._http.aclose()


@asynccontextmanager
async def open_state(
    settings: Settings, transport: "Callable[[], httpx.AsyncBaseTransport] | None" = None
) -> AsyncIterator[State]:
    """A state for as long as it is used; readings still under way at the end are given up.

    `transport` stands in for the network, as the sandbox does.
    """
    async with anyio.create_task_group() as tasks:
        state = State(settings, tasks, transport)
        try:
            yield state
        finally:
            tasks.cancel_scope.cancel()
            with anyio.CancelScope(shield=True):
                await state.aclose()


def state_of(context: "Context[Any, Any]") -> State:
    """What the server holds for the request that `context` belongs to."""
    state: State = context.request_context.lifespan_context
    return state
