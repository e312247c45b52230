"""What a running server holds: its settings and one client, built at the first call and shared from then on."""

from typing import TYPE_CHECKING

from telnyx_connections_mcp.settings import Settings, SettingsError

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from collections.abc import Callable

    import httpx

    from telnyx_connections_mcp.telnyx.client import TelnyxClient


class State:
    """The settings and the client of one server."""

    def __init__(self, settings: Settings, transport: "Callable[[], httpx.AsyncBaseTransport] | None" = None) -> None:
        self.settings = settings
        self._transport = transport
        self._http: httpx.AsyncClient | None = None
        self._client: TelnyxClient | None = None

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
            self._client = TelnyxClient(self._http, self.settings.api_key)
        return self._client

    async def aclose(self) -> None:
        """Close the client's connections."""
        if self._http is not None:
            await self._http.aclose()
