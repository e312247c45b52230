"""Requests the pages of one list of the API: the same parameters with each."""

from datetime import datetime
from typing import TYPE_CHECKING

import anyio

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.paging import PAGE_SIZE
from telnyx_connections_mcp.inventory.source import Source
from telnyx_connections_mcp.telnyx.errors import NotFound, NotTelnyx
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter, PageRequest, connections_query

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from telnyx_connections_mcp.telnyx.client import TelnyxClient
    from telnyx_connections_mcp.telnyx.models import Page
    from telnyx_connections_mcp.telnyx.rows import Row


class ListSource:
    """One list, limited to what `api_filter` selects, or to what belongs to the connection `connection_id`.

    All requests that share `slots` wait for each other. A window of time ends `now`, for every page alike.
    """

    def __init__(  # noqa: PLR0913  # what a request is made of
        self,
        client: "TelnyxClient",
        kind: Kind,
        source: Source,
        slots: anyio.Semaphore,
        *,
        now: datetime,
        api_filter: ConnectionFilter | None = None,
        connection_id: str | None = None,
    ) -> None:
        self.kind = kind
        self.source = source
        self._client = client
        self._slots = slots
        self._api_filter = api_filter
        self._parameters = source.parameters(now, connection_id)
        self._path = source.path

    async def page(self, number: int) -> "Page[Row]":
        """The page with that number, from 1. Raises a `TelnyxError`."""
        request = PageRequest(number=number, size=PAGE_SIZE)
        query = [*connections_query(self._api_filter, request, self.source.fetch_sort), *self._parameters]
        async with self._slots:
            try:
                return await self._client.list_objects(self.kind, self._path, query, lambda row: row)
            except (NotFound, NotTelnyx) as error:  # also of a gateway that knows only the other path
                otherwise = self.source.otherwise
                if otherwise is None or self._path == otherwise or number > 1:
                    raise
                try:
                    page = await self._client.list_objects(self.kind, otherwise, query, lambda row: row)
                except NotFound:
                    if isinstance(error, NotFound):
                        raise
                    raise error from None  # Telnyx itself did not say that the first path is not there
            self._path = otherwise
            return page
