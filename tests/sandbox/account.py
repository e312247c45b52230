"""The sandbox's account of a size, by HTTP."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx

from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
Row = dict[str, Any]


class Http:
    """The sandbox's account of a size, by HTTP."""

    def __init__(self, size: int = 55) -> None:
        self.size = size
        self.network = httpx.ASGITransport(create_app(size=size, now=NOW))

    async def get(self, path: str, root: str = "/v2", method: str = "GET", **query: Any) -> httpx.Response:
        key = {"authorization": f"Bearer {SANDBOX_KEY}"}
        async with httpx.AsyncClient(transport=self.network, base_url="http://sandbox", headers=key) as http:
            return await http.request(method, f"{root}/{path}", params=query or None)

    async def pages(self, path: str, **query: Any) -> AsyncIterator[Row]:
        number, last = 1, 1
        while number <= last:
            page = (await self.get(path, **query | {"page[number]": number, "page[size]": 250})).json()
            last, number = page["meta"]["total_pages"], number + 1
            for row in page["data"]:
                yield row

    async def all(self, path: str, **query: Any) -> list[Row]:
        return [row async for row in self.pages(path, **query)]
