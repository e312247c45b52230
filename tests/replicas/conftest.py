"""A real Redis or Valkey server on a free port of this machine, which tests stop, freeze and fill with lies."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

SERVER = shutil.which("redis-server") or shutil.which("valkey-server")


class RedisServer:
    """One server process, which keeps its port when restarted."""

    def __init__(self, directory: Path, *options: str, tls: bool = False) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
        listen = ["--port", "0", "--tls-port", str(self.port)] if tls else ["--port", str(self.port)]
        self._command = [
            *(SERVER or "", *listen, "--bind", "127.0.0.1", "--dir", str(directory)),
            *("--save", "", "--appendonly", "no", "--loglevel", "warning", *options),
        ]
        self._tls = tls
        self._process: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        """The URL without a password."""
        return f"redis://127.0.0.1:{self.port}"

    @property
    def client(self) -> "Redis":
        """Another client of the same server."""
        return Redis(port=self.port, socket_timeout=5)

    def start(self) -> None:
        """Start it, and wait until it accepts connections."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + 20
        while True:
            try:
                with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                    if self._tls or self._answers(connection):
                        return
            except OSError:
                assert self._process.poll() is None, "the server ended"
            assert time.monotonic() < end, "the server did not start"
            time.sleep(0.01)  # until the port is open, nothing tells that it is

    def _answers(self, connection: socket.socket) -> bool:
        connection.sendall(b"PING\r\n")
        return connection.recv(64)[:1] in b"+-"

    def stop(self) -> None:
        """Stop it; its data is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it accept connections but answer nothing."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it answer again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)

    def keys(self, kind: str) -> list[bytes]:
        """The keys of this kind of data."""
        try:
            return list(self.client.scan_iter(f"*:{kind}*"))
        except RedisError:
            return []


StartRedis = Callable[..., RedisServer]


@pytest.fixture
def start_redis(tmp_path: Path) -> Iterator[StartRedis]:
    """Start a server with these options; it stops when the test ends."""
    if SERVER is None:
        reason = "redis-server or valkey-server is not installed (Debian: apt-get install redis-server)"
        assert os.environ.get("CI") != "true", reason
        pytest.skip(reason)
    started: list[RedisServer] = []

    def start(*options: str, tls: bool = False) -> RedisServer:
        server = RedisServer(tmp_path, *options, tls=tls)
        started.append(server)
        return server

    yield start
    for server in started:
        server.stop()


@pytest.fixture
def redis_server(start_redis: StartRedis) -> RedisServer:
    """A server without a password."""
    return start_redis()
