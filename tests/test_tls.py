"""The real command against a real TLS server with an authority that this machine does not know."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

Start = Callable[..., Any]  # tests/conftest.py: start


class Empty(BaseHTTPRequestHandler):
    """An account without connections."""

    def do_GET(self) -> None:
        body = json.dumps({"data": [], "meta": {"total_results": 0, "total_pages": 0}}).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Log nothing."""


@pytest.fixture(scope="module")
def company() -> trustme.CA:
    """A company's own certificate authority."""
    return trustme.CA()


@pytest.fixture(scope="module")
def tls_url(company: trustme.CA) -> Iterator[str]:
    with serving(company.issue_cert("localhost")) as url:
        yield url


@contextmanager
def serving(certificate: trustme.LeafCert) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    with ThreadingHTTPServer(("127.0.0.1", 0), Empty) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"https://localhost:{server.server_port}/v2"
        server.shutdown()


def test_an_unknown_authority_is_refused(start: Start, tls_url: str) -> None:
    """Nothing is sent to a server with an untrusted certificate, and the error says what to set."""
    server = start(TELNYX_BASE_URL=tls_url, TELNYX_API_KEY="KEY0123456789")
    server.handshake()
    answer = server.ask(1, "tools/call", name="list_connections", arguments={})["result"]
    assert answer["isError"]
    assert "not trusted" in answer["content"][0]["text"]
    assert "SSL_CERT_FILE" in answer["content"][0]["text"]


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"SSL_CERT_FILE": "/does/not/exist.pem"}, "in SSL_CERT_FILE or SSL_CERT_DIR cannot be read"),
        ({"HTTPS_PROXY": "socks5://user:secret@127.0.0.1:1"}, "set it to an http:// proxy"),
        ({"HTTPS_PROXY": "nonsense://127.0.0.1:1"}, "set it to an http:// proxy"),
    ],
)
def test_an_unusable_network_setting_is_reported(start: Start, environ: dict[str, str], said: str) -> None:
    """The error names the variable, is not called a defect, and shows no password of a proxy."""
    server = start(TELNYX_API_KEY="KEY0123456789", NO_PROXY="", **environ)
    server.handshake()
    answer = server.ask(1, "tools/call", name="list_connections", arguments={})["result"]
    assert said in answer["content"][0]["text"]
    assert "secret" not in str(answer) + server.close()[1]


@pytest.mark.parametrize(("days", "said"), [(-2, "certificate has expired"), (2, "certificate is not yet valid")])
def test_a_certificate_out_of_date_points_to_the_clock(
    start: Start, company: trustme.CA, tmp_path: Path, days: int, said: str
) -> None:
    """If only the dates of a certificate are wrong, the advice is about the clock, not about authorities."""
    company.cert_pem.write_to_path(str(tmp_path / "company.pem"))
    first = datetime.now(UTC) + timedelta(days=days)
    certificate = company.issue_cert("localhost", not_before=first, not_after=first + timedelta(days=1))
    with serving(certificate) as url:
        environ = {"SSL_CERT_FILE": str(tmp_path / "company.pem"), "TELNYX_API_KEY": "KEY0123456789"}
        server = start(TELNYX_BASE_URL=url, **environ)
        server.handshake()
        text = server.ask(1, "tools/call", name="list_connections", arguments={})["result"]["content"][0]["text"]
    assert f"is not valid now ({said})" in text
    assert "check this machine's clock; if it is right" in text
    assert "SSL_CERT_FILE" not in text


def test_plain_http_instead_of_tls_is_reported(start: Start, sandbox_url: str) -> None:
    """The error is not about trust."""
    server = start(TELNYX_BASE_URL=sandbox_url.replace("http:", "https:"), TELNYX_API_KEY="KEY0123456789")
    server.handshake()
    answer = server.ask(1, "tools/call", name="list_connections", arguments={})["result"]
    assert "Could not establish a TLS connection" in answer["content"][0]["text"]
    assert "check TELNYX_BASE_URL" in answer["content"][0]["text"]


def test_the_authority_of_ssl_cert_file_is_trusted(
    start: Start, tls_url: str, company: trustme.CA, tmp_path: Path
) -> None:
    """SSL_CERT_FILE with a company's authority is enough."""
    company.cert_pem.write_to_path(str(tmp_path / "company.pem"))
    server = start(TELNYX_BASE_URL=tls_url, TELNYX_API_KEY="KEY0123456789", SSL_CERT_FILE=str(tmp_path / "company.pem"))
    server.handshake()
    answer = server.ask(1, "tools/call", name="list_connections", arguments={})["result"]
    assert "no connections" in answer["structuredContent"]["summary"]
