"""What is in Redis is trusted only if a replica of the same account put it there."""

import sqlite3
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.record import record
from telnyx_connections_mcp.inventory.snapshot import Coverage, Snapshot
from telnyx_connections_mcp.inventory.snapshot_tables import indexes, schema
from telnyx_connections_mcp.replicas import snapshot_cipher, snapshot_store
from telnyx_connections_mcp.replicas.snapshot_cipher import SnapshotCipher, UnusableSnapshotError
from telnyx_connections_mcp.telnyx.errors import KeyRefused
from telnyx_connections_mcp.telnyx.rows import bounded

from .conftest import RedisServer
from .replicas import Network, RunningReplica, lines, replica, until
from .replicas import rows as contents

KEY, OTHER_KEY = "a" * 43 + "=", "b" * 43 + "="


@asynccontextmanager
async def two(
    redis_server: RedisServer, network: Network, **settings: Any
) -> AsyncIterator[tuple[RunningReplica, RunningReplica]]:
    async with (
        replica(redis_server.url, network, **settings) as one,
        replica(redis_server.url, network, **settings) as other,
    ):
        yield one, other


async def one_lies_there(redis_server: RedisServer) -> bytes:
    await until(lambda: redis_server.keys("fleet") and not redis_server.keys("reading"))
    return redis_server.keys("fleet")[0]


BOMB = zlib.compress(b" " * 50_000_000)
WRONG: dict[str, Callable[[bytes], bytes]] = {
    "garbage": lambda _: b"\x00\xff" * 500,
    "truncated": lambda encrypted: encrypted[:-20],
    "short": lambda encrypted: encrypted[:5],
    "one bit": lambda encrypted: encrypted[:40] + bytes([encrypted[40] ^ 1]) + encrypted[41:],
    "bomb": lambda _: BOMB,
    "huge": lambda _: b"x" * (snapshot_cipher.MAX_ENCRYPTED_BYTES + 1),
}


@pytest.mark.anyio
@pytest.mark.parametrize("wrong", WRONG)
async def test_corrupt_data_is_noticed(redis_server: RedisServer, caplog: pytest.LogCaptureFixture, wrong: str) -> None:
    """The replica fetches for itself, logs it once, replaces the data, and logs when it works again."""
    network = Network()
    async with two(redis_server, network) as (one, other):
        await one.read()
        place = await one_lies_there(redis_server)
        encrypted = redis_server.client.hget(place, "snapshot")
        assert isinstance(encrypted, bytes)
        redis_server.client.hset(place, "snapshot", WRONG[wrong](encrypted))
        fleet = await other.read()
        assert (fleet.coverage.read, fleet.coverage.complete) == (600, True)
        assert network.asked == 8
        assert other.context.replica is not None
        assert other.context.replica.snapshot_problem
        assert [line for line in lines(caplog) if "A snapshot in Redis cannot be used" in line] == lines(caplog)
        assert other.status == "shared"
        await one_lies_there(redis_server)
        async with replica(redis_server.url, network) as third:
            await third.read()
            assert network.asked == 8


@pytest.mark.anyio
async def test_a_vanished_snapshot_is_fetched_again(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The snapshot existed when it was looked up, and was gone when it was loaded."""
    network = Network()
    async with two(redis_server, network) as (one, other):
        await one.read()
        await one_lies_there(redis_server)
        monkeypatch.setattr(
            snapshot_store,
            "TAKE",
            replace(snapshot_store.TAKE, lua="redis.call('DEL', KEYS[1]) " + snapshot_store.TAKE.lua),
        )
        assert (await other.read()).coverage.complete
        assert network.asked == 8


@pytest.mark.anyio
@pytest.mark.parametrize("changed", [{"base_url": "http://127.0.0.1/v2"}, {"api_key": "ANOTHER-KEY-0123456789"}])
async def test_a_snapshot_of_another_account_is_not_used(redis_server: RedisServer, changed: Any) -> None:
    """A snapshot under the key of another account does not decrypt."""
    network, elsewhere = Network(), Network(size=300)
    async with replica(redis_server.url, network) as one:
        await one.read()
        stolen = redis_server.client.hgetall(await one_lies_there(redis_server))
        async with replica(redis_server.url, elsewhere, **changed) as other:
            assert other.context.replica is not None
            name = SnapshotCipher(
                api_key=other.context.settings.api_key, base_url=other.context.settings.base_url, snapshot_key=b""
            ).keys.name("fleet", CONNECTIONS, "connections {}")
            redis_server.client.hset(name, mapping=stolen)
            if "api_key" in changed:  # which the sandbox does not know
                with pytest.raises(KeyRefused):
                    await other.read()
            else:
                assert (await other.read()).coverage.read == 300
            assert other.context.replica.snapshot_problem
            assert elsewhere.asked


@pytest.mark.anyio
async def test_a_snapshot_of_another_filter_is_not_used(redis_server: RedisServer) -> None:
    """A snapshot under the key of another filter does not decrypt."""
    network = Network()
    async with two(redis_server, network) as (one, other):
        await one.read()
        whole = redis_server.client.hgetall(await one_lies_there(redis_server))
        await one.read("nowhere.example")
        await until(lambda: len(redis_server.keys("fleet")) == 2 and not redis_server.keys("reading"))
        for name in redis_server.keys("fleet"):
            redis_server.client.hset(name, mapping=whole)
        assert (await other.read("nowhere.example")).coverage.read == 0


@pytest.mark.anyio
async def test_a_snapshot_key_keeps_others_out(redis_server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """Replicas share snapshots if they have the same TELNYX_SNAPSHOT_KEY, and otherwise not."""
    network = Network()
    async with two(redis_server, network, snapshot_key=KEY) as (one, other):
        await one.read()
        await one_lies_there(redis_server)
        await other.read()
        assert network.asked == 4
        async with replica(redis_server.url, network, snapshot_key=OTHER_KEY) as stranger:
            assert (await stranger.read()).coverage.complete
            assert network.asked == 8
        assert "TELNYX_SNAPSHOT_KEY" in lines(caplog)[0]
        await one_lies_there(redis_server)
        async with replica(redis_server.url, network) as keyless:
            assert (await keyless.read()).coverage.complete
            assert network.asked == 12


@pytest.mark.anyio
async def test_the_log_says_when_snapshots_work_again(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """One line says that a snapshot cannot be used, and one when the next can."""
    network = Network()
    async with two(redis_server, network, snapshot_seconds=0.4) as (one, other):
        await one.read()
        redis_server.client.hset(await one_lies_there(redis_server), "snapshot", "wrong")
        await other.read()
        with anyio.fail_after(10):
            while len(lines(caplog)) < 2:
                await one.read(fresh=True)
                await one_lies_there(redis_server)
                await other.read()  # from what it holds, until that is over its time
        assert lines(caplog)[1] == "Snapshots in Redis can be used again"


@pytest.mark.anyio
@pytest.mark.parametrize("what", ["fleet", "reading"])
async def test_values_of_another_type_are_replaced(redis_server: RedisServer, what: str) -> None:
    """Someone else's value under our key stops nothing."""
    network = Network()
    async with two(redis_server, network) as (one, other):
        name = SnapshotCipher(
            api_key=one.context.settings.api_key, base_url=one.context.settings.base_url, snapshot_key=b""
        ).keys.name(what, CONNECTIONS, "connections {}")
        redis_server.client.set(name, "something else")
        await one.read()
        await one_lies_there(redis_server)
        await other.read()
        assert network.asked == 4
        assert one.status == "shared"


@pytest.mark.anyio
async def test_replicas_with_different_clocks_share_no_snapshot(redis_server: RedisServer) -> None:
    """A wrong clock or a replay cannot make a snapshot look newer than it is."""
    network = Network(size=3)
    async with replica(redis_server.url, network) as other:
        cipher = SnapshotCipher(
            api_key=other.context.settings.api_key, base_url=other.context.settings.base_url, snapshot_key=b""
        )
        name = cipher.keys.name("fleet", CONNECTIONS, "connections {}")
        seconds, microseconds = redis_server.client.time()
        began = seconds * 1000 + microseconds // 1000
        long_ago = datetime.now(UTC) - timedelta(minutes=5)
        coverage = Coverage(read=0, of=0, complete=True, as_of=long_ago)
        encrypted = cipher.encrypt(name, snapshot([], coverage), began)
        redis_server.client.hset(name, mapping={"snapshot": encrypted, "began": began})
        redis_server.client.expire(name, 30)
        assert (await other.read()).coverage.read == 3
        assert other.context.replica is not None
        assert "differ by more than a minute" in (other.context.replica.snapshot_problem or "")


@pytest.mark.anyio
async def test_a_replayed_snapshot_is_not_used(redis_server: RedisServer) -> None:
    """It decrypts and its age is true, but no snapshot is kept that long."""
    network = Network(size=3)
    async with replica(redis_server.url, network) as other:
        settings = other.context.settings
        cipher = SnapshotCipher(api_key=settings.api_key, base_url=settings.base_url, snapshot_key=b"")
        name = cipher.keys.name("fleet", CONNECTIONS, "connections {}")
        seconds, microseconds = redis_server.client.time()
        age = settings.snapshot_seconds + settings.tool_timeout + 1
        began = seconds * 1000 + microseconds // 1000 - int(age * 1000)
        coverage = Coverage(read=0, of=0, complete=True, as_of=datetime.now(UTC) - timedelta(seconds=age))
        redis_server.client.hset(
            name, mapping={"snapshot": cipher.encrypt(name, snapshot([], coverage), began), "began": began}
        )
        redis_server.client.expire(name, 30)
        assert (await other.read()).coverage.read == 3
        assert other.context.replica is not None
        assert "older than the longest reading" in (other.context.replica.snapshot_problem or "")


CIPHER = SnapshotCipher(api_key="KEY", base_url="https://api.telnyx.com/v2", snapshot_key=b"")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), lambda inner: st.lists(inner, max_size=3)
)
ROWS = st.lists(
    st.dictionaries(
        st.sampled_from(["id", "connection_name", "active", "tags", "created_at", "new"]), JSON, max_size=6
    ),
    max_size=4,
)


def snapshot(rows: list[dict[str, Any]], coverage: Coverage) -> Snapshot:
    """A snapshot of these rows."""
    database = Database(CONNECTIONS)
    kept = [bounded(row, CONNECTIONS.names) for row in rows]
    database.load(1, [record(CONNECTIONS, row.fields, row.lost) for row in kept])
    database.finish()
    return Snapshot(database, coverage)


@given(ROWS)
def test_a_snapshot_decrypts_to_what_was_encrypted(rows: list[dict[str, Any]]) -> None:
    """Every row survives, with unknown fields and unexpected types."""
    as_of = datetime(2026, 11, 24, 12, 0, 0, 5, tzinfo=UTC)
    coverage = Coverage(read=len(rows), of=len(rows), complete=True, as_of=as_of)
    given = snapshot(rows, coverage)
    opened = CIPHER.decrypt(CONNECTIONS, "name", CIPHER.encrypt("name", given, 5))
    assert contents(opened.snapshot) == contents(given)
    assert (opened.snapshot.coverage, opened.began) == (coverage, 5)


def test_a_shared_snapshot_says_what_was_cut() -> None:
    """Another replica knows which fields are incomplete."""
    coverage = Coverage(read=1, of=1, complete=True, as_of=datetime.now(UTC), cut={"tags": 1})
    opened = CIPHER.decrypt(CONNECTIONS, "name", CIPHER.encrypt("name", snapshot([{"id": "1"}], coverage), 1))
    assert opened.snapshot.coverage.cut == {"tags": 1}


def test_kinds_have_keys_of_their_own() -> None:
    """Kinds with similar names have different keys in Redis."""
    other = replace(CONNECTIONS, name="others")
    assert CIPHER.keys.name("fleet", CONNECTIONS, "{}") != CIPHER.keys.name("fleet", other, "{}")


@given(st.binary(max_size=200))
def test_foreign_bytes_do_not_decrypt(data: bytes) -> None:
    """Anything else raises the one error that callers expect."""
    with pytest.raises(UnusableSnapshotError):
        CIPHER.decrypt(CONNECTIONS, "name", data)


def test_decompression_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Even data from a replica never takes more memory than the limit."""
    coverage = Coverage(read=20, of=20, complete=True, as_of=datetime.now(UTC))
    encrypted = CIPHER.encrypt("name", snapshot([{"connection_name": "x" * 5_000}] * 20, coverage), 1)
    assert len(encrypted) < 5000
    monkeypatch.setattr(snapshot_cipher, "MAX_IMAGE_BYTES", 50_000)
    with pytest.raises(UnusableSnapshotError, match="too large to be shared"):
        CIPHER.decrypt(CONNECTIONS, "name", encrypted)


class Liar(Database):
    """A database that serializes another's image."""

    lie = b""

    def image(self) -> bytes:
        return self.lie


def changed(*statements: str) -> bytes:
    """The image of a database of one connection after these statements."""
    return made(snapshot([{"id": "1"}], READ_NOW).database.image(), *statements)


def made(image: bytes | None, *statements: str) -> bytes:
    """An image changed by these statements, or made by them."""
    handle = sqlite3.connect(":memory:", isolation_level=None)
    if image is not None:
        handle.deserialize(image)
    for statement in statements:
        handle.execute(statement)
    image = handle.serialize()
    handle.close()
    return image


READ_NOW = Coverage(read=1, of=1, complete=True, as_of=datetime.now(UTC))
LIES = {
    "nothing": b"",
    "no database": b"SQLite format 3\0" + b"x" * 90_000,
    "half": changed()[:40_000],
    "no pages": changed()[:100],
    "trigger": changed("CREATE TRIGGER t AFTER INSERT ON findings BEGIN DELETE FROM connections; END"),
    "view": changed("CREATE VIEW v AS SELECT * FROM connections"),
    "table": changed("CREATE TABLE more (x)"),
    "column": changed("ALTER TABLE connections ADD COLUMN more TEXT"),
    "no index": changed("DROP INDEX connections_counted"),
    "other pages": made(None, "PRAGMA page_size = 4096", *schema(CONNECTIONS), *indexes(CONNECTIONS)),
    "another count": changed("DELETE FROM connections"),
}


@pytest.mark.parametrize("lie", LIES)
def test_an_unexpected_schema_is_refused(lie: str) -> None:
    """Even with the right key the schema is checked before any query."""
    liar = Liar(CONNECTIONS)
    liar.lie = LIES[lie]
    encrypted = CIPHER.encrypt("name", Snapshot(liar, READ_NOW), 1)
    with pytest.raises(UnusableSnapshotError, match="it is not a snapshot"):
        CIPHER.decrypt(CONNECTIONS, "name", encrypted)


def test_a_valid_image_opens() -> None:
    """The image that the tests above change is valid itself."""
    liar = Liar(CONNECTIONS)
    liar.lie = changed()
    assert CIPHER.decrypt(CONNECTIONS, "name", CIPHER.encrypt("name", Snapshot(liar, READ_NOW), 1)).snapshot.count == 1


@pytest.mark.parametrize("behind", [b"x", b"x" * 10_000_000, None])
def test_an_image_of_the_wrong_size_is_refused(monkeypatch: pytest.MonkeyPatch, behind: bytes | None) -> None:
    """It is refused if it is larger than announced, as soon as that much is unpacked, or truncated."""
    pack = zlib.compress
    lie = (lambda image, _: pack(image)[:-20]) if behind is None else (lambda image, _: pack(image + behind))
    monkeypatch.setattr(snapshot_cipher.zlib, "compress", lie)
    encrypted = CIPHER.encrypt("name", snapshot([{"id": "1"}], READ_NOW), 1)
    with pytest.raises(UnusableSnapshotError, match="it is not a snapshot"):
        CIPHER.decrypt(CONNECTIONS, "name", encrypted)


def test_a_snapshot_too_large_to_open_is_not_packed(monkeypatch: pytest.MonkeyPatch) -> None:
    """No replica could use it."""
    monkeypatch.setattr(snapshot_cipher, "MAX_IMAGE_BYTES", 10_000)
    with pytest.raises(snapshot_cipher.SnapshotTooLargeError):
        CIPHER.encrypt("name", snapshot([{"id": "1"}], READ_NOW), 1)
