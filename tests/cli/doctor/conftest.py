"""Fixtures for the doctor: a clean environment, a TLS server, a proxy, and runs against them."""

import os
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer

import pytest
import trustme

from telnyx_connections_mcp.cli.doctor.check_list import CHECKS, run_checks
from telnyx_connections_mcp.cli.doctor.check_result import Step
from telnyx_connections_mcp.cli.doctor.subject import subject_of

Examine = Callable[..., Awaitable[dict[str, Step]]]
Serve = Callable[..., AbstractContextManager[int]]
HOST = "api.company.example"
"""A name that only the proxy resolves."""

_OURS = ("TELNYX_", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_")


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Remove this machine's own settings."""
    for name in list(os.environ):
        if name.upper().startswith(_OURS):
            monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def examined(monkeypatch: pytest.MonkeyPatch) -> Examine:
    """The results of these checks, or of all but the two that start the server, with these variables set."""

    async def run(*names: str, sandbox: bool = False, **environ: str) -> dict[str, Step]:
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        subject = subject_of(os.environ, sandbox=sandbox)
        checks = [check for check in CHECKS if check.name in names or not (names or "server" in check.name)]
        return {step.name: step async for step in run_checks(subject, checks)}

    return run


class Account(BaseHTTPRequestHandler):
    """An account without connections, whose responses follow the attributes of the server object."""

    status = 200
    body = b'{"data": [], "meta": {"total_results": 0, "total_pages": 0}}'
    headers_sent: tuple[tuple[str, str], ...] = ()

    def do_GET(self) -> None:
        self.send_response(self.status)
        for name, value in (*self.headers_sent, ("content-length", str(len(self.body)))):
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(self.body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler], context: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port on which the handler answers, with TLS if there is a context."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture(scope="session")
def company() -> trustme.CA:
    """A company's own certificate authority."""
    return trustme.CA(organization_name="Company Proxy")


@pytest.fixture
def company_file(company: trustme.CA, tmp_path: Path) -> str:
    """The path of its certificate."""
    path = tmp_path / "company.pem"
    company.cert_pem.write_to_path(str(path))
    return str(path)


@pytest.fixture
def serve() -> Serve:
    """Serve an account without connections, with TLS if there is a context."""

    def start(context: ssl.SSLContext | None = None, **attributes: object) -> AbstractContextManager[int]:
        return serving(type("Special", (Account,), attributes), context)

    return start


@pytest.fixture
def tls_port(company: trustme.CA, serve: Serve) -> Iterator[int]:
    """An account over TLS, for `localhost` and for the host behind the proxy."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    company.issue_cert("localhost", HOST).configure_cert(context)
    with serve(context) as port:
        yield port


@dataclass
class Proxy:
    """A proxy that supports only CONNECT, and leads every host to one port."""

    port: int
    heads: list[str] = field(default_factory=list)
    """What was asked of it."""
    refusal: str = ""
    """What it says instead of connecting; the credentials it was given stand for `{}`."""


@pytest.fixture
def proxy(tls_port: int) -> Iterator[Proxy]:
    found = Proxy(0)

    class Tunnel(StreamRequestHandler):
        def handle(self) -> None:
            head = ""
            while (line := self.rfile.readline().decode()).strip():
                head += line
            if not head:  # somebody only connected
                return
            found.heads.append(head)
            if found.refusal:
                given = head.partition("Proxy-Authorization: ")[2].splitlines()
                self.wfile.write(found.refusal.format(given[0] if given else "").encode())
                return
            with socket.create_connection(("127.0.0.1", tls_port)) as upstream:
                self.wfile.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                back = threading.Thread(target=relay, args=(upstream, self.connection))
                back.start()
                relay(self.connection, upstream)
                back.join()

    class Server(ThreadingTCPServer):
        daemon_threads = False

    with Server(("127.0.0.1", 0), Tunnel) as server:
        found.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield found
        server.shutdown()
        thread.join()


def relay(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)


@pytest.fixture
def closed_port() -> int:
    """A port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
