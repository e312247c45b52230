"""One replica fetches an account, and the others use its snapshot."""

from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest

from telnyx_connections_mcp.replicas import snapshot_cipher
from telnyx_connections_mcp.telnyx.errors import KeyRefused

from .conftest import RedisServer
from .replicas import Network, RunningReplica, replica, rows, until

pytestmark = pytest.mark.anyio


async def published(redis_server: RedisServer, count: int = 1) -> None:
    """Wait until Redis has this many fleets and none is being fetched."""
    await until(lambda: len(redis_server.keys("fleet")) == count and not redis_server.keys("reading"))


async def together(*asked: Any) -> None:
    async with anyio.create_task_group() as tasks:
        for ask in asked:
            tasks.start_soon(ask)


async def test_another_replica_uses_the_snapshot(redis_server: RedisServer) -> None:
    """600 connections cost four requests for both replicas, and the second knows when they were fetched."""
    network = Network()
    async with replica(redis_server.url, network) as one, replica(redis_server.url, network) as other:
        begun = datetime.now(UTC)
        read = await one.read()
        done = datetime.now(UTC)
        await published(redis_server)
        received = await other.read()
        assert network.asked == 4
        assert rows(received) == rows(read)
        assert (received.coverage.read, received.coverage.of, received.coverage.complete) == (600, 600, True)
        assert begun - timedelta(seconds=2) <= received.coverage.as_of <= done  # rather older than newer than it is
        assert (one.status, other.status) == ("shared", "shared")
        await other.read()
        assert network.asked == 4


async def test_concurrent_replicas_share_one_fetch(redis_server: RedisServer) -> None:
    """The replica that waits reports the progress of the other, and the number only grows."""
    network = Network()
    network.hold()
    async with replica(redis_server.url, network) as one, replica(redis_server.url, network) as other:

        async def let_go() -> None:
            await until(lambda: network.asked and redis_server.client.info("clients")["connected_clients"] > 2)
            network.passes.set()

        await together(one.read, other.read, let_go)
        assert network.asked == 4
        assert one.reported or other.reported
        for reported in (one.reported, other.reported):
            assert [read for read, _ in reported] == sorted({read for read, _ in reported})


async def test_progress_reaches_the_replica_that_waits(redis_server: RedisServer) -> None:
    """A replica that waits reports the pages that the other has fetched."""
    slow = Network(size=2000, fault="slow=0.5")
    async with replica(redis_server.url, slow) as one, replica(redis_server.url, slow) as other:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one.read)
            await until(lambda: redis_server.keys("reading"))
            fleet = await other.read()
        assert fleet.coverage.complete
        assert slow.asked == 9
        assert other.reported
        assert other.reported[-1][1] in (8, 9)  # pages, and the first once more


async def test_a_fresh_fetch_is_shared(redis_server: RedisServer) -> None:
    """A third replica then uses the newer snapshot."""
    network = Network()
    async with (
        replica(redis_server.url, network) as one,
        replica(redis_server.url, network) as other,
        replica(redis_server.url, network) as third,
    ):
        await one.read()
        await published(redis_server)
        newer = await other.read(fresh=True)
        assert network.asked == 8
        await published(redis_server)
        received = await third.read()
        assert network.asked == 8
        assert abs(received.coverage.as_of - newer.coverage.as_of) < timedelta(seconds=1)


async def test_an_older_fetch_does_not_replace_a_newer_one(redis_server: RedisServer) -> None:
    """A fetch that began first and ended last is not published."""
    held, network = Network(), Network(size=300)
    held.hold()
    async with replica(redis_server.url, held) as one, replica(redis_server.url, network) as other:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one.read)
            await until(lambda: held.asked)
            assert (await other.read(fresh=True)).coverage.read == 300
            await until(lambda: redis_server.keys("fleet"))
            held.passes.set()
        await published(redis_server)
    async with replica(redis_server.url, network) as third:
        assert (await third.read()).coverage.read == 300


async def test_each_filter_has_its_own_snapshot(redis_server: RedisServer) -> None:
    """A snapshot that Telnyx filtered answers no other question."""
    network = Network()
    async with replica(redis_server.url, network) as one, replica(redis_server.url, network) as other:
        await one.read()
        assert (await other.read("nowhere.example")).coverage.read == 0
        await published(redis_server, 2)
        assert (await one.read("nowhere.example")).coverage.read == 0
        assert network.asked == 5


async def test_a_replica_that_gives_up_hands_over_at_once(redis_server: RedisServer) -> None:
    """The other replica starts a fetch as soon as the first one's only caller is gone."""
    held, network = Network(), Network()
    held.hold()
    async with replica(redis_server.url, held) as one, replica(redis_server.url, network) as other:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one.read)
            await until(lambda: held.asked)
            tasks.cancel_scope.cancel()
        with anyio.fail_after(2):
            assert (await other.read()).coverage.complete


async def test_an_incomplete_snapshot_is_not_shared(redis_server: RedisServer) -> None:
    """Each replica fetches for itself while the account keeps changing."""
    one_network, network = Network(fault="shrinks=500", size=1100), Network()
    async with replica(redis_server.url, one_network) as one, replica(redis_server.url, network) as other:
        assert not (await one.read()).coverage.complete
        assert (await other.read()).coverage.complete
        assert network.asked == 4


async def test_a_replica_waits_for_at_most_half_of_its_time(redis_server: RedisServer) -> None:
    """A replica whose fetch never ends does not keep the others from answering."""
    held, network = Network(), Network()
    held.hold()
    async with (
        replica(redis_server.url, held, tool_timeout=30.0) as one,
        replica(redis_server.url, network, tool_timeout=2.0) as other,
    ):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one.read)
            await until(lambda: held.asked)
            with anyio.fail_after(2):
                fleet = await other.read()
            tasks.cancel_scope.cancel()
        assert fleet.coverage.complete


async def test_a_first_page_that_fails_is_an_error_and_leaves_nothing(redis_server: RedisServer) -> None:
    """Each replica reports the error of its own fetch."""
    async with replica(redis_server.url, Network(fault="401")) as one:
        with pytest.raises(KeyRefused):
            await one.read()
    assert redis_server.keys("fleet") == redis_server.keys("reading") == []


async def test_without_snapshots_no_fleet_is_shared(redis_server: RedisServer) -> None:
    """With 0 seconds each request fetches the account again; the rate limit is shared all the same."""
    network = Network()
    async with replica(redis_server.url, network, snapshot_seconds=0.0) as one:
        await one.read()
        await one.read()
        assert network.asked == 8
        assert redis_server.keys("fleet") == []
        assert len(redis_server.keys("replicas")) == 1


async def test_a_shared_snapshot_expires(redis_server: RedisServer) -> None:
    """Redis drops it, and a replica that received it late keeps it no longer."""
    network = Network()
    async with (
        replica(redis_server.url, network, snapshot_seconds=0.5) as one,
        replica(redis_server.url, network, snapshot_seconds=0.5) as other,
    ):
        await one.read()
        await published(redis_server)
        await other.read()
        assert network.asked == 4
        await until(lambda: not redis_server.keys("fleet"))
        await other.read()
        assert network.asked == 8


async def test_a_large_snapshot_is_not_shared(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every replica then fetches for itself."""
    monkeypatch.setattr(snapshot_cipher, "MAX_ENCRYPTED_BYTES", 1000)
    network = Network()
    async with replica(redis_server.url, network) as one, replica(redis_server.url, network) as other:
        await one.read()
        await until(lambda: not redis_server.keys("reading"))
        assert redis_server.keys("fleet") == []
        await other.read()
        assert network.asked == 8


async def test_nothing_in_redis_is_in_clear(redis_server: RedisServer) -> None:
    """Redis contains neither the API key nor a name in clear."""
    network = Network()
    async with replica(redis_server.url, network) as one:
        fleet = await one.read("sip.secret.example")
        fleet = await one.read()
        await published(redis_server, 2)
        held = b"".join(
            name + b"".join(redis_server.client.hgetall(name).values()) for name in redis_server.keys("fleet")
        )
        (some_id,) = fleet.database.query(lambda handle: handle.execute("SELECT id FROM connections").fetchone())
        for text in (one.context.settings.api_key, "secret", some_id, "connection_name", "SQLite"):
            assert text.encode() not in held


async def test_a_replica_that_stops_during_a_fetch_hands_over(redis_server: RedisServer) -> None:
    """Its lease is released at once."""
    held, network = Network(), Network()
    held.hold()

    async def read(one: RunningReplica) -> None:
        await one.read()

    async with replica(redis_server.url, network) as other:
        async with anyio.create_task_group() as tasks:
            async with replica(redis_server.url, held) as one:
                tasks.start_soon(read, one)
                await until(lambda: held.asked)
            tasks.cancel_scope.cancel()
        with anyio.fail_after(2):
            await other.read()
        assert network.asked == 4
