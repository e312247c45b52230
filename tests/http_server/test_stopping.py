"""How a server over HTTP starts, refuses to start, and stops."""

import importlib.util
import signal
import socket
import ssl
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme
from cryptography.hazmat.primitives import serialization

from telnyx_connections_mcp.cli.entry import main
from telnyx_connections_mcp.config.http_settings import HttpSettings
from telnyx_connections_mcp.http_server.listening import tls_context
from telnyx_connections_mcp.sandbox import SANDBOX_KEY

Serve = Callable[..., Any]
Start = Callable[..., Any]


@pytest.fixture(scope="module")
def stops() -> Any:
    """The script that stops a server while clients use it."""
    spec = importlib.util.spec_from_file_location("stops", Path(__file__).parents[2] / "benchmarks" / "stops.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def refused(process: Any) -> str:
    """The one sentence of a server that does not start, with exit code 2."""
    assert process.popen.wait(20) == 2
    said: str = process.popen.stderr.read().decode()
    assert said.count("\n") == 1
    return said


@pytest.mark.parametrize("address", ["0.0.0.0", "[::]:0"])  # noqa: S104  # it refuses to
def test_without_authentication_it_serves_only_this_machine(start: Start, address: str) -> None:
    """Any other address is refused, with what to do."""
    said = refused(start("serve", "--sandbox", "--http", address))
    assert "Without authentication this server listens on loopback only" in said


@pytest.mark.parametrize(("environ", "warned"), [({}, True), ({"TELNYX_HTTP_TRUSTED_PROXIES": "127.0.0.1"}, False)])
def test_unencrypted_tokens_cause_a_warning(
    serve: Serve, tmp_path: Path, environ: dict[str, str], *, warned: bool
) -> None:
    """The warning appears on a reachable address, unless a trusted proxy may add TLS."""
    path = tmp_path / "tokens"
    assert main(["token", "new", "bot", "--file", str(path)]) == 0
    server = serve(address="0.0.0.0:0", TELNYX_HTTP_TOKENS=str(path), **environ)
    assert httpx.get(f"http://127.0.0.1:{server.port}/healthz").status_code == 200  # it has said all, and takes signals
    code, said = server.stop()
    assert code == 0
    assert said.count("Tokens are sent unencrypted unless a proxy in front adds TLS: give") == warned


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--http", "nonsense:port"], "--http takes HOST:PORT"),
        (["--http", "no-such-name.invalid:0"], "Cannot listen on no-such-name.invalid port 0 (no such name)"),
        (["--http", "203.0.113.1:0"], "(cannot assign requested address)"),
        (["--http", "0", "--tls-cert", "missing.pem"], "no such file"),
        (["--tls-cert", "missing.pem"], "require --http"),
    ],
)
def test_an_unusable_option_is_one_sentence(start: Start, options: list[str], words: str) -> None:
    """The error is on stderr before anything is served."""
    assert words in refused(start("serve", "--sandbox", *options))


def test_without_a_key_it_does_not_start(start: Start) -> None:
    """Over HTTP a person reads why, while over stdio only a client could."""
    assert "No Telnyx API key is set" in refused(start("serve", "--http", "0"))


def test_a_busy_port_is_one_sentence(start: Start, plain: Any) -> None:
    """The error names the port, and how to use another."""
    said = refused(start("serve", "--sandbox", "--http", str(plain.port)))
    assert f"port {plain.port} (address already in use)" in said


@pytest.mark.parametrize("address", ["localhost:0", ":0", "127.0.0.2:0", "[::1]:0"])
def test_any_loopback_address_works(serve: Serve, wire: Any, address: str) -> None:
    """A name or an IPv4 or IPv6 address works, and the first line gives the URL."""
    assert wire.ask(serve(address=address).url).status_code == 200


@pytest.fixture(scope="module")
def company() -> trustme.CA:
    return trustme.CA()


def test_https_is_served_by_certificate_and_key(serve: Serve, company: trustme.CA, tmp_path: Path) -> None:
    """It serves TLS 1.2 or newer, and plain HTTP to that port gets nothing."""
    identity = company.issue_cert("localhost")
    identity.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    identity.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    company.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    server = serve("--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem"))
    url = server.url.replace("127.0.0.1", "localhost")
    assert url.startswith("https://")
    context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    assert httpx.get(url.replace("/mcp", "/healthz"), verify=context).status_code == 200
    with pytest.raises(httpx.TransportError):
        httpx.get(url.replace("https://", "http://"))
    tls = tls_context(HttpSettings(tls_cert=str(tmp_path / "cert.pem"), tls_key=str(tmp_path / "key.pem")))
    assert tls is not None
    assert tls.minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_slow_handshake_is_cut_off(serve: Serve, company: trustme.CA, tmp_path: Path) -> None:
    """A TLS handshake has as much time as a request."""
    company.issue_cert("localhost").private_key_and_cert_chain_pem.write_to_path(str(tmp_path / "both.pem"))
    server = serve("--tls-cert", str(tmp_path / "both.pem"), TELNYX_HTTP_RECEIVE_SECONDS="0.5")
    with server.connect() as connection:
        assert connection.recv(100) == b""


def test_an_unusable_tls_key_is_one_sentence(start: Start, company: trustme.CA, tmp_path: Path) -> None:
    """An encrypted key is an error as well, and is not prompted for."""
    identity, other = company.issue_cert("localhost"), company.issue_cert("localhost")
    identity.cert_chain_pems[0].write_to_path(str(tmp_path / "cert.pem"))
    other.private_key_pem.write_to_path(str(tmp_path / "key.pem"))
    given = ["--tls-cert", str(tmp_path / "cert.pem"), "--tls-key", str(tmp_path / "key.pem")]
    assert "key values mismatch" in refused(start("serve", "--sandbox", "--http", "0", *given))
    key = serialization.load_pem_private_key(identity.private_key_pem.bytes(), None)
    secret = serialization.BestAvailableEncryption(b"secret")
    form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (tmp_path / "key.pem").write_bytes(key.private_bytes(*form, secret))
    assert "the key is locked with a password" in refused(start("serve", "--sandbox", "--http", "0", *given))


@pytest.mark.parametrize(
    ("trusted", "seen"), [("", "127.0.0.1 GET http "), ("127.0.0.0/8, 10.0.0.1", "203.0.113.9 GET https ")]
)
def test_forwarded_headers_are_trusted_only_from_proxies(serve: Serve, trusted: str, seen: str) -> None:
    """The log shows the client that a trusted proxy names, and otherwise the peer."""
    server = serve(TELNYX_HTTP_TRUSTED_PROXIES=trusted, TELNYX_LOG_LEVEL="INFO", FORWARDED_ALLOW_IPS="*")
    headers = {"x-forwarded-for": "198.51.100.1, 203.0.113.9", "x-forwarded-proto": "https"}
    assert httpx.get(f"{server.origin}/healthz", headers=headers).status_code == 200
    code, log = server.stop()
    assert code == 0
    assert f"{seen}/healthz: 200 in " in log


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_requests_in_flight_are_finished(
    serve: Serve, telnyx: Any, wire: Any, version: str, by: signal.Signals
) -> None:
    """After the signal no connection is accepted, the request is answered, and the exit code is 0."""
    telnyx.open.clear()
    server = serve(TELNYX_BASE_URL=telnyx.url)
    with ThreadPoolExecutor(1) as pool:
        calling = pool.submit(wire.call, server.url, version)
        assert telnyx.waiting.acquire(timeout=10)
        server.popen.send_signal(by)
        wire.eventually(lambda: refuses(server))
        telnyx.open.set()
        assert not wire.result_of(calling.result(10)).get("isError")
    assert server.end() == (0, "")


def refuses(server: Any) -> bool:
    """Whether the address is no longer served."""
    try:
        server.connect().close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # the port was closed between the kernel's part of it and ours: ask again
        return False
    return False


def raw_call(wire: Any, version: str, **headers: str) -> bytes:
    """A tool request as bytes."""
    params = {"name": "list_connections", "arguments": {}}
    request = httpx.Request(
        "POST",
        "http://localhost/mcp",
        json=wire.message(version, "tools/call", params),
        headers=wire.headers(version, "tools/call", params) | headers,
    )
    lines = ["POST /mcp HTTP/1.1", *(f"{name}: {value}" for name, value in request.headers.items()), "", ""]
    return "\r\n".join(lines).encode() + request.content


def test_a_connection_in_the_backlog_is_answered(serve: Serve, wire: Any, version: str) -> None:
    """A connection that the kernel has accepted, but the server not yet, is not reset."""
    server = serve()
    assert wire.ask(server.url).status_code == 200  # from now on it takes signals
    server.popen.send_signal(signal.SIGSTOP)
    waiting = [server.connect() for _ in range(20)]
    for connection in waiting:
        connection.sendall(raw_call(wire, version))
    server.popen.send_signal(signal.SIGTERM)
    server.popen.send_signal(signal.SIGCONT)
    for connection in waiting:
        said = b""
        while part := connection.recv(65536):
            said += part
        assert said.startswith(b"HTTP/1.1 200 ")
        assert b"keep-alive" not in said.lower()
        connection.close()
    assert server.end() == (0, "")


def test_keep_alive_clients_lose_nothing(stops: Any) -> None:
    """A client that keeps sending gets an answer that says it is the last."""
    seen = stops.stop_once(20, 20)
    assert not [what for what in seen if what.startswith("LOST")]
    assert seen["refused"] == 20


def test_an_answer_begun_before_the_signal_may_be_followed_by_a_request(serve: Serve, telnyx: Any, wire: Any) -> None:
    """That answer could not say that it is the last, so the connection serves one more."""
    telnyx.open.clear()
    server = serve(TELNYX_BASE_URL=telnyx.url)
    with server.connect() as connection, connection.makefile("rb") as stream:
        connection.sendall(raw_call(wire, "2025-11-25"))
        assert telnyx.waiting.acquire(timeout=10)
        assert stream.readline().startswith(b"HTTP/1.1 200 ")
        server.popen.send_signal(signal.SIGTERM)
        wire.eventually(lambda: refuses(server))
        telnyx.open.set()
        while stream.readline() != b"0\r\n":
            pass
        connection.sendall(raw_call(wire, "2025-11-25"))
        rest = stream.read()
    assert b"HTTP/1.1 200 " in rest
    assert b"connection: close" in rest.lower()
    assert server.end() == (0, "")


def test_closing_idle_connections_spares_busy_ones(serve: Serve, telnyx: Any, wire: Any) -> None:
    """A request that runs when idle connections are closed keeps its own."""
    telnyx.open.clear()
    server = serve(TELNYX_BASE_URL=telnyx.url)
    with server.connect() as idle, server.connect() as late, late.makefile("rb") as stream:
        assert wire.ask(server.url).status_code == 200  # so both were let in before
        server.popen.send_signal(signal.SIGTERM)
        wire.eventually(lambda: refuses(server))
        late.sendall(raw_call(wire, "2026-07-28"))
        assert telnyx.waiting.acquire(timeout=10)
        assert idle.recv(1) == b""
        telnyx.open.set()
        assert stream.read().startswith(b"HTTP/1.1 200 ")
    assert server.end() == (0, "")


def test_waiting_connections_do_not_delay_the_stop(serve: Serve, wire: Any) -> None:
    """Accepted connections are answered, and those beyond the limit must reconnect elsewhere."""
    server = serve(TELNYX_HTTP_MAX_CONNECTIONS="1")
    assert wire.ask(server.url).status_code == 200
    server.popen.send_signal(signal.SIGSTOP)
    waiting = [server.connect() for _ in range(60)]
    for connection in waiting:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
    server.popen.send_signal(signal.SIGTERM)
    server.popen.send_signal(signal.SIGCONT)
    for connection in waiting[:20]:
        assert connection.recv(100).startswith(b"HTTP/1.1 200 ")
    for connection in waiting:
        connection.close()
    assert server.end() == (0, "")


def test_half_a_request_does_not_delay_the_stop(serve: Serve, wire: Any) -> None:
    """A client that does not finish its body within the limit gets no answer."""
    server = serve(TELNYX_HTTP_SHUTDOWN_SECONDS="0")
    with server.connect() as connection:
        connection.sendall(b"POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
        assert wire.ask(server.url).status_code == 200  # so it was let in before
        assert server.stop(8) == (0, "")


def test_requests_that_take_too_long_are_told(serve: Serve, telnyx: Any, wire: Any, version: str) -> None:
    """Within the limit the model reads that the server is stopping."""
    telnyx.open.clear()
    server = serve(TELNYX_BASE_URL=telnyx.url, TELNYX_HTTP_SHUTDOWN_SECONDS="0.3")
    with ThreadPoolExecutor(1) as pool:
        calling = pool.submit(wire.call, server.url, version)
        assert telnyx.waiting.acquire(timeout=10)
        server.popen.send_signal(signal.SIGTERM)
        result = wire.result_of(calling.result(10))
    assert result["isError"]
    assert result["content"][0]["text"] == "This server is stopping and gave up on this request: send it again."
    assert server.end() == (0, "")


def test_a_second_signal_ends_it_at_once(serve: Serve, telnyx: Any, wire: Any) -> None:
    """Pressing Ctrl-C twice stops it without waiting."""
    telnyx.open.clear()
    server = serve(TELNYX_BASE_URL=telnyx.url)
    with ThreadPoolExecutor(1) as pool:
        calling = pool.submit(wire.call, server.url)
        assert telnyx.waiting.acquire(timeout=10)
        server.popen.send_signal(signal.SIGINT)
        wire.eventually(lambda: refuses(server))
        server.popen.send_signal(signal.SIGINT)
        assert server.end(5)[0] == -signal.SIGINT
        with pytest.raises(httpx.TransportError):
            calling.result(10)


def test_an_idle_connection_does_not_delay_the_stop(serve: Serve) -> None:
    """A connection that is merely kept open is closed."""
    server = serve()
    with httpx.Client() as client, socket.create_connection(("127.0.0.1", server.port)):
        assert client.get(f"{server.origin}/healthz").status_code == 200
        assert server.stop(5) == (0, "")


def test_callers_need_no_telnyx_key(serve: Serve, telnyx: Any, wire: Any, version: str) -> None:
    """Callers need no Telnyx key, and no response contains one."""
    answer = wire.call(serve(TELNYX_BASE_URL=telnyx.url).url, version)
    assert answer.status_code == 200
    assert SANDBOX_KEY not in answer.text
