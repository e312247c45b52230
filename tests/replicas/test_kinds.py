"""Replicas share every kind of object, and what the key may not read of it."""

import pytest
from tests.surroundings.account import Network, silent

from telnyx_connections_mcp.inventory.kinds.call_events import CALL_EVENTS
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS
from telnyx_connections_mcp.inventory.kinds.phone_numbers import PHONE_NUMBERS

from .conftest import RedisServer
from .replicas import replica, until

pytestmark = pytest.mark.anyio


async def test_every_kind_is_shared(redis_server: RedisServer) -> None:
    """Also one of which lists are left out, which the other replica says as well, and that of one connection."""
    network = Network({"fax_applications": 403}, size=55)
    async with replica(redis_server.url, network) as one, replica(redis_server.url, network) as other:
        for kind, options in (
            (PHONE_NUMBERS, {}),
            (CONNECTION_SETTINGS, {}),
            (CALL_EVENTS, {}),
            (CALL_EVENTS, {"connection_id": "5"}),
        ):
            read = await one.context.snapshots.get(kind, None, silent, **options)
            await until(lambda: not redis_server.keys("reading"))
            asked = network.asked.total()
            received = await other.context.snapshots.get(kind, None, silent, **options)
            assert network.asked.total() == asked
            for name in ("read", "complete", "rest_complete", "left_out", "why"):
                assert getattr(received.coverage, name) == getattr(read.coverage, name), (kind.name, name)
            assert received.database.count() == read.count
        settings = await other.context.snapshots.get(CONNECTION_SETTINGS, None, silent)
        assert settings.coverage.left_out == ("fax_applications",)
        assert not settings.coverage.complete
