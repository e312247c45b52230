"""More connections than allowed: which are closed, what they are told, and what is logged."""

import re
import resource
import socket
import ssl
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from subprocess import PIPE, Popen
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import trustme

from telnyx_connections_mcp.http_server.listening import most_connections

Serve = Callable[..., Any]
BARE = 300
CALL = b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"list_connections","arguments":{}}}'
HEAD = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


@pytest.fixture
def cramped(wire: Any) -> Iterator[Any]:
    """A server that may open 200 files."""
    command = [sys.executable, "-m", "telnyx_connections_mcp", "serve", "--sandbox", "--http", "0"]
    limit = ["bash", "-c", 'ulimit -n 200 && exec "$@"', "bash"]
    popen = Popen([*limit, *command], stderr=PIPE)
    assert popen.stderr is not None
    warned = popen.stderr.readline()
    server = wire.await_url(SimpleNamespace(popen=popen))
    assert b"of the 200 files that this process may open, 76 are left" in warned
    yield server
    popen.kill()
    popen.wait()
    popen.stderr.close()


def test_bare_connections_beyond_the_open_files_harm_nobody(cramped: Any, wire: Any) -> None:
    """The limit follows from the open files and is logged once, and callers and health checks are served."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, 2048)), hard))
    with ExitStack() as stack:
        for _ in range(BARE):
            stack.enter_context(cramped.connect())
        assert httpx.get(f"{cramped.origin}/healthz", timeout=10).status_code == 200
        assert wire.ask(cramped.url).status_code == 200
    code, log = cramped.stop()
    assert (code, log) == (0, "")


def answer(port: int) -> str:
    """The response to a whole request on a connection of its own."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(HEAD % len(CALL) + CALL)
        return connection.recv(65536)[9:12].decode()


def test_whole_requests_beyond_the_limit_are_all_answered(serve: Serve, telnyx: Any, wire: Any) -> None:
    """Each gets a 503 and a log line, and none is reset before it was read."""
    telnyx.open.clear()
    server = serve(TELNYX_BASE_URL=telnyx.url, TELNYX_HTTP_MAX_CONNECTIONS="10")
    with ThreadPoolExecutor(60) as pool:
        answers = [pool.submit(answer, server.port) for _ in range(60)]
        wire.eventually(lambda: sum(each.done() for each in answers) >= 50, 20)
        telnyx.open.set()
        statuses = [each.result() for each in answers]
    assert (statuses.count("503"), statuses.count("200")) == (50, 10)
    server.popen.terminate()
    log = server.popen.communicate(timeout=15)[1].decode()
    assert len(re.findall("outcome=503", log)) == 50


def test_unfinished_requests_are_cut_off(serve: Serve) -> None:
    """A client that starts requests on all connections and finishes none keeps others out only briefly."""
    server = serve(TELNYX_HTTP_MAX_CONNECTIONS="3")
    with ExitStack() as stack:
        begun = [stack.enter_context(server.connect()) for _ in range(40)]
        for connection in begun:
            connection.sendall(b"POST /mcp HTTP/1.1\r\nHost: loc")
        began = time.monotonic()
        assert httpx.get(f"{server.origin}/healthz", timeout=10).status_code == 200
        assert time.monotonic() - began < 8
        assert begun[0].recv(100).startswith(b"HTTP/1.1 408 ")


def test_unfinished_handshakes_are_cut_off(serve: Serve, tmp_path: Path) -> None:
    """A client that waits for the place is then accepted."""
    company = trustme.CA()
    company.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both.pem"))
    company.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    server = serve("--tls-cert", str(tmp_path / "both.pem"), TELNYX_HTTP_MAX_CONNECTIONS="2")
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    with ExitStack() as stack:
        for _ in range(40):
            stack.enter_context(server.connect()).sendall(b"\x16\x03\x01")
        url = f"https://localhost:{server.port}/healthz"
        assert httpx.get(url, verify=context, timeout=10).status_code == 200


def test_the_limit_of_open_files_is_raised_if_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of connections shrinks only if the system allows too few files."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = soft // 2
    assert most_connections(wanted) == wanted
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft - 50, hard))
        assert most_connections(soft - 124) == soft - 124
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (soft, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    monkeypatch.setitem(sys.modules, "resource", None)
    assert most_connections(10**6) == 10**6
