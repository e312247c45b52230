"""If Redis is slow, away, refusing or faulty, requests succeed from the API, and sharing resumes by itself."""

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
    """Send requests until Redis is shared again."""
    with anyio.fail_after(15):
        while one.status != "shared":
            await one.read(fresh=True)
            await anyio.sleep(0.05)


async def test_an_absent_redis_is_logged_once(redis_server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """Requests are answered, one line says that Redis is away and one that it is back, and then sharing resumes."""
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


async def test_redis_may_stop_during_a_fetch(redis_server: RedisServer) -> None:
    """The replica that fetches and the one that waits for it both answer from a complete fetch."""
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


async def test_a_silent_redis_delays_one_request(redis_server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    """Only the request that meets the silence waits for it, and the next ones do not try."""
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


async def test_one_request_at_a_time_probes_an_absent_redis(redis_server: RedisServer) -> None:
    """Of ten requests after the pause one waits for the time limit, and the others do not."""
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
    """Callers may give up at any moment without harm to others."""
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
    """The password comes from the URL or a file."""
    server = start_redis("--requirepass", "s3cret/word")
    (tmp_path / "password").write_text("s3cret/word\n")
    url = server.url.replace("//", "//:s3cret%2Fword@") if way == "url" else server.url
    settings = {} if way == "url" else {"redis_password_file": str(tmp_path / "password")}
    async with replica(url, Network(), **settings) as one:
        await one.read()
        assert one.status == "shared"


@pytest.mark.parametrize("user", ["", ":wrong-s3cret@", "nobody:wrong-s3cret@"])
async def test_a_wrong_password_is_logged_without_it(
    start_redis: StartRedis, caplog: pytest.LogCaptureFixture, user: str
) -> None:
    """The log says that the password was refused, but not what it was."""
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


async def test_tls_with_a_company_authority(
    tls_server: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`rediss://` is encrypted and trusts the authority in SSL_CERT_FILE."""
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    async with replica(f"rediss://localhost:{tls_server.port}/0", Network()) as one:
        await one.read()
        assert one.status == "shared"


async def test_a_redis_with_an_untrusted_certificate_is_not_used(
    tls_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing is sent to it."""
    async with replica(f"rediss://localhost:{tls_server.port}", Network()) as one:
        assert (await one.read()).coverage.complete
        assert "cannot be trusted" in lines(caplog)[0]


@contextmanager
def talker(say: bytes) -> Iterator[int]:
    """A server that answers anything with `say`, again and again; its port."""
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
async def test_a_server_that_is_not_redis_does_no_harm(caplog: pytest.LogCaptureFixture, say: str) -> None:
    """The request succeeds in time, and the log says once that Redis is not used."""
    with talker(NONSENSE[say]) as port:
        async with replica(f"redis://127.0.0.1:{port}", Network(), timeout=0.25) as one:
            begun = time.monotonic()
            for _ in range(2):
                assert (await one.read(fresh=True)).coverage.complete
            assert time.monotonic() - begun < SLOWEST
            assert one.status == "away"
            assert len(lines(caplog)) == 1


@pytest.mark.parametrize("script", ["return {1}", "return {'there', -5, 0, 0}", "return {'x', 1, 1, 1}", "return 'no'"])
async def test_answers_of_an_unexpected_shape_are_ignored(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, script: str
) -> None:
    """A Redis that gives well-formed nonsense counts as away."""
    monkeypatch.setattr(snapshot_store, "LOOK", replace(snapshot_store.LOOK, lua=script))
    monkeypatch.setattr(rate_limiter, "ACQUIRE", replace(rate_limiter.ACQUIRE, lua=script))
    async with replica(redis_server.url, Network()) as one:
        assert (await one.read()).coverage.complete
        assert one.status == "away"
    async with replica(redis_server.url, Network()) as one:
        await one.context.client.count_connections()
        assert one.status == "away"
        assert len(lines(caplog)) == 2


async def test_impossible_times_and_counts_are_ignored(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Times and counts that cannot be true count as if Redis were away."""
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
async def test_a_fleet_or_receipt_of_an_unexpected_shape_is_ignored(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The same holds for answers to rarer commands."""
    home = snapshot_store if name == "TAKE" else rate_limiter
    network = Network(rate_limit="50/60")
    async with replica(redis_server.url, network) as one, replica(redis_server.url, network) as other:
        await one.read()
        await until(lambda: redis_server.keys("fleet") and not redis_server.keys("reading"))
        monkeypatch.setattr(home, name, replace(getattr(home, name), lua="return 5"))
        assert (await other.read(fresh=name == "UPDATE")).coverage.complete
        await until(lambda: other.status == "away")
