"""Redis slow, away, refusing or talking nonsense: calls succeed from the API, and sharing comes back by itself."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import anyio
import pytest
import trustme

from telnyx_connections_mcp.replicas import rate_limiter, snapshot_store

from .conftest import RedisServer, StartRedis
from .replicas import Network, RunningReplica, lines, replica, until

pytestmark = pytest.mark.anyio
SLOWEST = 2.0
"""Seconds that a call may take on a busy machine; with a Redis that never answers it costs a quarter of a second."""


async def back(one: RunningReplica) -> None:
    """Ask until Redis is shared again, as callers do."""
    with anyio.fail_after(15):
        while one.status != "shared":
            await one.read(fresh=True)
            await anyio.sleep(0.05)


async def test_a_redis_that_is_not_there_is_told_once(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Calls are answered, one line says that it is away, one that it is back, and then fleets are shared."""
    redis_server.stop()
    network = Network()
    async with replica(redis_server.url, network) as one, replica(redis_server.url, network) as other:
        assert one.status == "untried"
        for _ in range(5):
            assert (await one.read(fresh=True)).coverage.complete
        assert one.status == "away"
        assert one.context.replica is not None
        assert one.context.replica.status.why == "cannot be reached"
        assert len(lines(caplog)) == 1
        assert f"Redis at 127.0.0.1:{redis_server.port} cannot be reached" in lines(caplog)[0]
        redis_server.start()
        await back(one)
        assert len(lines(caplog)) == 2
        assert "is back" in lines(caplog)[1]
        with anyio.fail_after(5):
            while not redis_server.keys("fleet"):
                await one.read(fresh=True)
        asked = network.asked
        assert (await other.read()).coverage.complete
        assert network.asked == asked


async def test_a_redis_that_is_stopped_in_the_middle_of_a_reading_disturbs_nothing(redis_server: RedisServer) -> None:
    """The reader and the one that waits for it are both answered, each from a whole reading."""
    network = Network(size=1000, fault="slow=0.2")
    fleets = []
    async with replica(redis_server.url, network) as one, replica(redis_server.url, network) as other:

        async def read(each: RunningReplica) -> None:
            fleets.append(await each.read())

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(read, one)
            tasks.start_soon(read, other)
            await until(lambda: network.asked)
            redis_server.stop()
        assert [fleet.coverage.read for fleet in fleets] == [1000, 1000]
        assert (one.status, other.status) == ("away", "away")
        redis_server.start()
        await back(one)
        await back(other)


async def test_a_redis_that_does_not_answer_costs_one_call_a_moment(
    redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Only the call that meets the silence waits for it; the next ones do not even ask."""
    network = Network()
    async with replica(redis_server.url, network, timeout=0.25) as one:
        await one.read()
        redis_server.freeze()
        begun = time.monotonic()
        assert (await one.read(fresh=True)).coverage.complete
        assert time.monotonic() - begun < SLOWEST
        assert one.context.replica is not None
        assert one.context.replica.status.why == "did not answer within 0.25 s"
        for _ in range(3):
            await one.read(fresh=True)
        assert network.asked == 20
        assert len(lines(caplog)) == 1
        redis_server.thaw()
        await back(one)
        assert len(lines(caplog)) == 2


async def test_while_redis_is_away_one_call_tries_and_the_others_do_not_wait(redis_server: RedisServer) -> None:
    """Of ten callers after the rest one waits for the time limit, and the others do not."""
    network = Network(size=10)
    async with replica(redis_server.url, network, timeout=0.25) as one:
        await one.read()
        redis_server.freeze()
        await one.read(fresh=True)
        await anyio.sleep(2.05)  # the rest after a failure
        seconds = []

        async def ask() -> None:
            begun = time.monotonic()
            await one.context.client.count_connections()
            seconds.append(time.monotonic() - begun)

        async with anyio.create_task_group() as tasks:
            for _ in range(10):
                tasks.start_soon(ask)
        assert sorted(seconds)[7] < 0.25 <= max(seconds)
        redis_server.thaw()


async def test_a_cancelled_caller_leaves_the_connection_usable(redis_server: RedisServer) -> None:
    """Callers who give up at any moment spoil nothing for the others."""
    network = Network(size=10)
    async with replica(redis_server.url, network) as one:
        await one.context.client.count_connections()
        for step in range(40):
            with anyio.move_on_after(step / 10_000):
                await one.context.client.count_connections()
        await one.context.client.count_connections()
        assert one.status == "shared"


@pytest.mark.parametrize("way", ["url", "file"])
async def test_a_password_is_sent(start_redis: StartRedis, tmp_path: Path, way: str) -> None:
    """It stands in the URL or in a file."""
    server = start_redis("--requirepass", "s3cret/word")
    (tmp_path / "password").write_text("s3cret/word\n")
    url = server.url.replace("//", "//:s3cret%2Fword@") if way == "url" else server.url
    settings = {} if way == "url" else {"redis_password_file": str(tmp_path / "password")}
    async with replica(url, Network(), **settings) as one:
        await one.read()
        assert one.status == "shared"


@pytest.mark.parametrize("user", ["", ":wrong-s3cret@", "nobody:wrong-s3cret@"])
async def test_a_wrong_password_is_told_without_it(
    start_redis: StartRedis, caplog: pytest.LogCaptureFixture, user: str
) -> None:
    """The log says that it was refused, and never what it was."""
    server = start_redis("--requirepass", "right")
    async with replica(server.url.replace("//", f"//{user}"), Network()) as one:
        assert (await one.read()).coverage.complete
        assert "refused the password" in lines(caplog)[0]
        assert "s3cret" not in caplog.text
        assert "s3cret" not in repr(one.context.settings) + repr(one.context.replica.__dict__)


@pytest.fixture
def company() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def tls_server(start_redis: StartRedis, company: trustme.CA, tmp_path: Path) -> RedisServer:
    certificate = company.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    company.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    files = {"tls-key-file": "key.pem", "tls-cert-file": "cert.pem", "tls-ca-cert-file": "ca.pem"}
    options = [part for name, file in files.items() for part in (f"--{name}", str(tmp_path / file))]
    return start_redis(*options, "--tls-auth-clients", "no", tls=True)


async def test_tls_with_an_authority_of_the_company(
    tls_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`rediss://` is encrypted, and trusts the authority that SSL_CERT_FILE names."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with replica(f"rediss://localhost:{tls_server.port}/0", Network()) as one:
        await one.read()
        assert one.status == "shared"


async def test_a_redis_whose_certificate_nobody_vouches_for_is_not_used(
    tls_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is sent to it."""
    async with replica(f"rediss://localhost:{tls_server.port}", Network()) as one:
        assert (await one.read()).coverage.complete
        assert "cannot be trusted" in lines(caplog)[0]


@contextmanager
def talker(say: bytes) -> Iterator[int]:
    """A server that answers whatever it is told with `say`, again and again; its port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        over = threading.Event()

        def talk(connection: socket.socket) -> None:
            with connection:
                connection.settimeout(0.05)
                while not over.is_set():
                    try:
                        if not connection.recv(65536):
                            return
                        connection.sendall(say)
                    except TimeoutError:
                        continue
                    except OSError:
                        return

        def accept() -> None:
            while not over.is_set():
                try:
                    connection, _ = listener.accept()
                except TimeoutError:
                    continue
                threading.Thread(target=talk, args=(connection,), daemon=True).start()

        listener.settimeout(0.05)
        thread = threading.Thread(target=accept)
        thread.start()
        yield listener.getsockname()[1]
        over.set()
        thread.join()


NONSENSE = {
    "ok": b"+OK\r\n",
    "number": b":7\r\n",
    "null": b"$-1\r\n",
    "text": b"$5\r\nhello\r\n",
    "http": b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n",
    "map": b"%1\r\n+proto\r\n:3\r\n",
    "endless": b"$999999999\r\n" + b"x" * 65536,
    "deep": b"*1\r\n" * 20000,
    "random": os.urandom(4096),
    "loading": b"-LOADING Redis is loading the dataset in memory\r\n",
    "error": b"-ERR no\r\n",
}


@pytest.mark.parametrize("say", NONSENSE)
async def test_a_server_that_talks_nonsense_disturbs_nothing(caplog: pytest.LogCaptureFixture, say: str) -> None:
    """Whatever it answers, the call succeeds in time, and the log says once that Redis is not to be used."""
    with talker(NONSENSE[say]) as port:
        async with replica(f"redis://127.0.0.1:{port}", Network(), timeout=0.25) as one:
            begun = time.monotonic()
            for _ in range(2):
                assert (await one.read(fresh=True)).coverage.complete
            assert time.monotonic() - begun < SLOWEST
            assert one.status == "away"
            assert len(lines(caplog)) == 1


@pytest.mark.parametrize("script", ["return {1}", "return {'there', -5, 0, 0}", "return {'x', 1, 1, 1}", "return 'no'"])
async def test_answers_of_another_shape_are_not_believed(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, script: str
) -> None:
    """A Redis that answers well-formed nonsense is away."""
    monkeypatch.setattr(snapshot_store, "LOOK", replace(snapshot_store.LOOK, lua=script))
    monkeypatch.setattr(rate_limiter, "ACQUIRE", replace(rate_limiter.ACQUIRE, lua=script))
    async with replica(redis_server.url, Network()) as one:
        assert (await one.read()).coverage.complete
        assert one.status == "away"
    async with replica(redis_server.url, Network()) as one:
        await one.context.client.count_connections()
        assert one.status == "away"
        assert len(lines(caplog)) == 2


async def test_a_redis_of_another_age_is_not_believed(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Times and counts that no clock and no account has are as if Redis were away."""
    network = Network()
    taken = snapshot_store.TAKE.lua.replace("return {now,", "return {9e17,")
    async with replica(redis_server.url, network) as one, replica(redis_server.url, network) as other:
        await one.read()
        await until(lambda: redis_server.keys("fleet") and not redis_server.keys("reading"))
        monkeypatch.setattr(snapshot_store, "TAKE", replace(snapshot_store.TAKE, lua=taken))
        assert (await other.read()).coverage.complete
        assert other.status == "away"
    for script in ("return {'reading', 9e17, 0, 0}", "return {'reading', 0, 9e17, 0}", "return {'yours', 0, 0, 9e17}"):
        monkeypatch.setattr(snapshot_store, "LOOK", replace(snapshot_store.LOOK, lua=script))
        async with replica(redis_server.url, network) as one:
            assert (await one.read()).coverage.complete
            assert one.status == "away"


@pytest.mark.parametrize("name", ["TAKE", "UPDATE"])
async def test_a_fleet_or_a_receipt_of_another_shape_is_not_believed(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The same for what is asked less often."""
    home = snapshot_store if name == "TAKE" else rate_limiter
    network = Network(rate_limit="50/60")
    async with replica(redis_server.url, network) as one, replica(redis_server.url, network) as other:
        await one.read()
        await until(lambda: redis_server.keys("fleet") and not redis_server.keys("reading"))
        monkeypatch.setattr(home, name, replace(getattr(home, name), lua="return 5"))
        assert (await other.read(fresh=name == "UPDATE")).coverage.complete
        await until(lambda: other.status == "away")
