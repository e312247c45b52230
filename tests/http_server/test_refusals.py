"""Requests that are refused, over real sockets."""

import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from telnyx_connections_mcp.auth.token_editing import add_token

Serve = Callable[..., Any]

REQUEST = b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def read_all(connection: Any) -> bytes:
    """Everything until the server closes the connection, which must be within ten seconds."""
    said = b""
    while part := connection.recv(65536):
        said += part
    return said


FOREIGN_HOSTS = [
    "evil.example",
    "evil.example:8000",
    "localhost.evil.example",
    "127.0.0.1.evil",
    "localhost:8000.evil.com",
    "localhost:",
    "localhost:65536",
    "localhost:+80",
    "localhost.",
    "ann@localhost",
    "localhost,evil.example",
    "localhost/mcp",
    "http://localhost",
    "127.1",
    "[::2]",
    "[::1",
    "[1.2]",
    "::1",
]


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_foreign_host_is_refused(plain: Any, wire: Any, version: str, host: str) -> None:
    """A web page that resolves its own name to this machine (DNS rebinding) gets nothing."""
    assert wire.ask(plain.url, version, with_headers={"host": host}).status_code == 421


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "http://localhost:1",
        "http://localhost.evil.example",
        "http://localhost:8000.evil.com",
        "http://ann@localhost",
        "localhost",
        "",
    ],
)
def test_a_foreign_origin_is_refused(plain: Any, wire: Any, version: str, origin: str) -> None:
    """A web page of another site gets nothing, even one served from this machine."""
    assert wire.ask(plain.url, version, with_headers={"origin": origin}).status_code == 403


def test_its_own_names_are_accepted(plain: Any, wire: Any, version: str) -> None:
    """Loopback names are accepted with any port, because a tunnel may map it, and so is its own origin."""
    for host in ("localhost", "127.0.0.1:9", f"LOCALHOST:{plain.port}", "[::1]:8000", "[0:0::1]"):
        assert wire.ask(plain.url, version, with_headers={"host": host}).status_code == 200
    for origin in (f"http://localhost:{plain.port}", f"HTTP://LOCALHOST:{plain.port}"):
        assert wire.ask(plain.url, version, with_headers={"origin": origin}).status_code == 200


@pytest.mark.parametrize(
    ("more", "status"),
    [
        (b"Host: localhost\r\n", 400),
        (b"Host: evil.example\r\n", 400),
        (b"Origin: http://localhost:PORT\r\nOrigin: http://localhost:PORT\r\n", 403),
        (b"Origin: http://localhost:PORT\r\nOrigin: https://evil.example\r\n", 403),
    ],
)
def test_duplicate_headers_are_refused(plain: Any, more: bytes, status: int) -> None:
    """A proxy on the way may have used the other one."""
    with plain.connect() as connection:
        more = more.replace(b"PORT", str(plain.port).encode())
        connection.sendall(REQUEST + more + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}")
        assert read_all(connection).startswith(f"HTTP/1.1 {status} ".encode())


@pytest.mark.parametrize("target", ["/mcp/", "/", "//mcp", "/docs", "/mcp%2f", "/mcp/x", "/healthz/", "/%2e%2e/mcp"])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS", "HEAD", "PROPFIND"])
def test_every_path_checks_the_host(plain: Any, method: str, target: str) -> None:
    """A request with a foreign host learns nothing about paths, and is not redirected."""
    with plain.connect() as connection:
        head = f"{method} {target} HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        said = read_all(connection)
    assert said.startswith(b"HTTP/1.1 421 ")
    assert b"location:" not in said.lower()


def test_a_trailing_slash_makes_no_difference(plain: Any, wire: Any, version: str) -> None:
    """A redirect would send the caller's token to whatever `Host` said, behind a proxy even without TLS."""
    for path in ("/mcp/", "/mcp/?x=1", "/mcp%2F"):
        assert wire.ask(plain.origin + path, version).status_code == 200
    assert httpx.get(f"{plain.origin}/mcp/").status_code == 405


def test_an_absolute_target_is_refused(plain: Any) -> None:
    """An absolute target overrides `Host` (RFC 9112, section 3.2.2), so none is served."""
    with plain.connect() as connection:
        connection.sendall(REQUEST.replace(b"/mcp", b"http://evil.example/mcp") + b"Connection: close\r\n\r\n")
        assert read_all(connection).startswith(b"HTTP/1.1 404 ")


def test_configured_hosts_are_accepted(serve: Serve, wire: Any, version: str) -> None:
    """A configured host is accepted with its port, or with any if it has none."""
    server = serve(TELNYX_HTTP_ALLOWED_HOSTS="MCP.example.com, proxy.example:444")
    wanted = {"mcp.example.com": 200, "mcp.example.com:1": 200, "proxy.example:444": 200, "proxy.example:445": 421}
    for host, status in wanted.items():
        assert wire.ask(server.url, version, with_headers={"host": host}).status_code == status


def test_cors_is_for_configured_origins(serve: Serve, wire: Any, version: str) -> None:
    """A page of a configured origin may send requests and read headers, and others get no CORS."""
    server = serve(TELNYX_HTTP_ALLOWED_ORIGINS="https://App.example.com")
    asking = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,mcp-name"}
    ours, foreign = {"origin": "https://app.example.com"}, {"origin": "https://evil.example"}
    preflight = httpx.options(server.url, headers=ours | asking)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == "https://app.example.com"
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    answer = wire.ask(server.url, version, with_headers=ours)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "https://app.example.com"
    assert wire.ask(server.url, version, with_headers={"origin": "HTTPS://APP.example.com:443"}).status_code == 200
    assert "www-authenticate" in answer.headers["access-control-expose-headers"].lower()
    assert "access-control-allow-origin" not in httpx.options(server.url, headers=foreign | asking).headers
    refused = wire.ask(server.url, version, with_headers=foreign)
    assert refused.status_code == 403
    assert "access-control-allow-origin" not in refused.headers


def test_without_configured_origins_there_is_no_cors(plain: Any) -> None:
    """A preflight is refused like any method but POST."""
    asking = {"origin": "https://app.example.com", "access-control-request-method": "POST"}
    answer = httpx.options(plain.url, headers=asking)
    assert answer.status_code == 405
    assert "access-control-allow-origin" not in answer.headers


def test_a_body_that_is_too_large_is_refused(serve: Serve, wire: Any, version: str) -> None:
    """The body is refused whether its length is announced or it arrives in chunks."""
    server = serve(TELNYX_HTTP_MAX_BODY="2000")
    params = {"name": "list_connections", "arguments": {"sort": "x" * 2000}}
    announced = wire.call(server.url, version, params=params)
    assert announced.status_code == 413
    assert "2000 bytes" in announced.text

    def chunks() -> Iterator[bytes]:
        for _ in range(30):
            yield b" " * 100

    headers = wire.headers(version, "tools/call", params) | {"content-type": "application/json"}
    assert httpx.post(server.url, content=chunks(), headers=headers).status_code == 413
    assert wire.call(server.url, version).status_code == 200


@pytest.mark.parametrize(
    "begun",
    [b"", b"POST /mcp HTTP/1.1\r\nHost: ", REQUEST + b"Content-Length: 100\r\n\r\n{"],
    ids=["nothing", "headers", "body"],
)
def test_a_slow_request_is_cut_off(serve: Serve, begun: bytes) -> None:
    """A request sent byte by byte gets an error at the time limit, and nothing is logged as a fault."""
    server = serve(TELNYX_HTTP_RECEIVE_SECONDS="0.5")
    with server.connect() as connection:
        connection.sendall(begun)
        connection.settimeout(0.1)
        said, started = b"", time.monotonic()
        while time.monotonic() - started < 10:
            try:
                connection.sendall(b"x" if begun else b"")
                said = connection.recv(1000)
            except TimeoutError:
                continue
            break
        assert said.startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - started < 5
    assert server.stop() == (0, "")


@pytest.mark.parametrize("begun", [REQUEST, REQUEST + b"Content-Length: 100\r\n\r\n{"], ids=["headers", "body"])
def test_a_slow_request_behind_another_is_cut_off(serve: Serve, begun: bytes) -> None:
    """A pipelined request has no more time than any other."""
    server = serve(TELNYX_HTTP_RECEIVE_SECONDS="0.5")
    with server.connect() as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + begun)
        said = read_all(connection)
    assert said.startswith(b"HTTP/1.1 200 ")
    assert said.count(b"HTTP/1.1 408 ") == 1
    assert server.stop() == (0, "")


def test_a_pipelined_request_inherits_nothing(serve: Serve, tmp_path: Path) -> None:
    """It is logged with its own reason, not that of the request before it."""
    path = tmp_path / "tokens"
    add_token(path, "ann", accounts=None, expires=None)
    server = serve("--tokens", str(path))
    unknown = REQUEST + b"Authorization: Bearer tcm_x\r\nContent-Length: 0\r\n\r\n"
    two = REQUEST + b"Connection: close\r\n" + 2 * b"Authorization: Bearer x\r\n" + b"Content-Length: 0\r\n\r\n"
    with server.connect() as connection:
        connection.sendall(unknown + two)
        said = read_all(connection)
    assert (said.count(b"HTTP/1.1 401 "), said.count(b"HTTP/1.1 400 ")) == (1, 1)
    server.popen.terminate()
    lines = server.popen.communicate(timeout=15)[1].decode().splitlines()
    assert ["why=" in line for line in lines if "outcome=40" in line] == [True, False]


def test_a_slow_body_after_a_refusal_is_cut_off(serve: Serve) -> None:
    """The rest of a refused request is not waited for either."""
    server = serve(TELNYX_HTTP_RECEIVE_SECONDS="0.5")
    with server.connect() as connection:
        connection.sendall(b"PUT" + REQUEST[4:] + b"Content-Length: 100\r\n\r\n{")
        said = read_all(connection)
    assert said.startswith(b"HTTP/1.1 405 ")
    assert b"408" not in said


ANSWERS = 700
"""More than fit into what the kernel keeps of a connection."""


def test_a_client_that_does_not_read_is_cut_off(serve: Serve, wire: Any) -> None:
    """Unread responses end the connection, while a client that reads slowly is served."""
    server = serve(TELNYX_HTTP_RECEIVE_SECONDS="3")
    request = httpx.Request(
        "POST",
        server.url,
        json=wire.message("2026-07-28", "tools/list", {}),
        headers=wire.headers("2026-07-28", "tools/list", {}),
    )
    lines = ["POST /mcp HTTP/1.1", *(f"{n}: {v}" for n, v in request.headers.items() if n != "connection"), "", ""]
    raw = "\r\n".join(lines).encode() + request.content
    with socket.socket() as deaf:
        meet(deaf, server.port, 4096)
        deaf.sendall(raw * ANSWERS)
        wire.eventually(lambda: is_cut_off(deaf), 30)
    with socket.socket() as slow:
        meet(slow, server.port, 8192)
        slow.sendall(raw * ANSWERS + raw.replace(b"\r\n", b"\r\nconnection: close\r\n", 1))
        size = 0
        while part := slow.recv(32768):
            size += len(part)
            time.sleep(0.002)  # slower than the answers are made
    assert size > ANSWERS * 5000
    assert wire.ask(server.url).status_code == 200


def meet(connection: socket.socket, port: int, room: int) -> None:
    """Connect, with a small receive buffer."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, room)
    connection.settimeout(10)
    connection.connect(("127.0.0.1", port))


def is_cut_off(connection: socket.socket) -> bool:
    """Whether the other end has closed the connection."""
    try:
        connection.sendall(b"\r\n")
    except ConnectionError:
        return True
    return False


def test_a_disconnect_within_a_body_is_not_logged_as_a_fault(serve: Serve) -> None:
    """Clients that disappear do not fill the log."""
    server = serve()
    with server.connect() as connection:
        connection.sendall(REQUEST + b"Expect: 100-continue\r\nContent-Length: 100\r\n\r\n")
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")  # now it waits for the body
        connection.sendall(b"{")
    assert server.stop() == (0, "")


def test_idle_connections_are_closed_to_make_room(serve: Serve, wire: Any) -> None:
    """A client that holds too many idle connections keeps nobody out."""
    server = serve(TELNYX_HTTP_MAX_CONNECTIONS="3")
    idle = [server.connect() for _ in range(10)]
    assert wire.ask(server.url).status_code == 200
    for connection in idle:
        connection.close()


def test_too_many_busy_connections_get_a_503(serve: Serve, telnyx: Any, wire: Any) -> None:
    """The 503 says when to retry, and health checks are still answered."""
    telnyx.open.clear()
    server = serve(TELNYX_BASE_URL=telnyx.url, TELNYX_HTTP_MAX_CONNECTIONS="2")
    params = {"name": "list_connections", "arguments": {}}
    request = httpx.Request(
        "POST",
        server.url,
        json=wire.message("2026-07-28", "tools/call", params),
        headers=wire.headers("2026-07-28", "tools/call", params),
    )
    raw = "\r\n".join(["POST /mcp HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers.items()), "", ""])
    busy = [server.connect() for _ in range(2)]
    for connection in busy:
        connection.sendall(raw.encode() + request.content)
        assert telnyx.waiting.acquire(timeout=10)
    refused = wire.ask(server.url)
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "1"
    in_parts = httpx.post(server.url, content=b" " * 1_000_000, timeout=30)
    assert in_parts.status_code == 503
    assert httpx.get(f"{server.origin}/healthz").status_code == 200
    for connection in busy:
        connection.close()


@pytest.mark.parametrize("path", ["/", "/mcp/x", "//mcp", "/mcp//", "/docs", "/openapi.json", "/.env", "/healthz/"])
def test_there_is_nothing_else(plain: Any, path: str) -> None:
    """Any other path is a 404."""
    assert httpx.get(plain.origin + path).status_code == 404


def test_responses_are_not_cached(plain: Any, wire: Any, version: str) -> None:
    """No cache keeps a response, no browser guesses its type, and no header names the software."""
    answer = wire.ask(plain.url, version)
    assert answer.headers["cache-control"] in ("no-store", "no-cache, no-transform")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers
