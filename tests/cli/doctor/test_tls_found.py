"""What the doctor finds out about TLS, against real servers and a real proxy."""

import socket
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import certifi
import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from telnyx_connections_mcp.cli.doctor.certificates import handshake, unverified_context
from telnyx_connections_mcp.cli.doctor.check_result import Step

pytestmark = pytest.mark.anyio
Examine = Callable[..., Awaitable[dict[str, Step]]]  # tests/cli/doctor/conftest.py: examined
Serve = Callable[..., AbstractContextManager[int]]  # tests/cli/doctor/conftest.py: serve
KEY = "KEY0123456789abcdefSECRET"


async def test_an_unknown_authority_is_named(examined: Examine, tls_port: int) -> None:
    """The report has OpenSSL's reason, the issuer of the certificate, and SSL_CERT_FILE."""
    step = (await examined("tls", TELNYX_BASE_URL=f"https://localhost:{tls_port}/v2"))["tls"]
    assert step.status == "failed"
    assert "unable to get local issuer certificate" in step.detail
    assert "it was issued by Company Proxy" in step.detail
    assert "SSL_CERT_FILE" in step.advice


async def test_a_companys_authority_is_told_apart(examined: Examine, tls_port: int, company_file: str) -> None:
    """It is trusted but not public, so whoever runs the proxy can read what is sent."""
    url = f"https://localhost:{tls_port}/v2"
    step = (await examined("tls", TELNYX_BASE_URL=url, SSL_CERT_FILE=company_file))["tls"]
    assert step.status == "ok"
    assert step.detail.startswith("TLSv1.")
    assert "issued by Company Proxy (not a public authority" in step.detail
    assert " days until it expires" in step.detail


async def test_a_public_authority_is_recognized(
    examined: Examine, tls_port: int, company_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The public authorities are those of certifi, which the test replaces by its own."""
    monkeypatch.setattr(certifi, "where", lambda: company_file)
    url = f"https://localhost:{tls_port}/v2"
    step = (await examined("tls", TELNYX_BASE_URL=url, SSL_CERT_FILE=company_file))["tls"]
    assert "(a public authority)" in step.detail


async def test_the_handshake_goes_through_the_proxy(examined: Examine, proxy: Any, company_file: str) -> None:
    """CONNECT names the API and carries no key, and the certificate is the API's."""
    environ = {"HTTPS_PROXY": f"http://127.0.0.1:{proxy.port}", "SSL_CERT_FILE": company_file}
    step = (await examined("tls", TELNYX_BASE_URL="https://api.company.example/v2", TELNYX_API_KEY=KEY, **environ))[
        "tls"
    ]
    assert step.status == "ok"
    assert "issued by Company Proxy" in step.detail
    assert proxy.heads[0].startswith("CONNECT api.company.example:443 ")
    assert KEY not in str(proxy.heads)


async def test_a_proxy_that_refuses_is_quoted_without_secrets(examined: Examine, proxy: Any, company_file: str) -> None:
    """Credentials that the proxy echoes are not shown."""
    proxy.refusal = "HTTP/1.1 407 Not you {}\r\ncontent-length: 0\r\n\r\n"
    environ = {"HTTPS_PROXY": f"http://me:SECRET@127.0.0.1:{proxy.port}", "SSL_CERT_FILE": company_file}
    steps = await examined("tls", "request", TELNYX_BASE_URL="https://api.company.example/v2", **environ)
    assert steps["tls"].status == "failed"
    assert "The proxy refused the connection to Telnyx (407 Not you Basic [hidden])" in steps["tls"].detail
    assert "HTTPS_PROXY" in steps["tls"].advice
    assert steps["request"].detail == "Not checked, because TLS failed."


async def test_a_server_without_tls_is_reported(examined: Examine, sandbox_url: str) -> None:
    """OpenSSL's words are shown, and certificates are not mentioned."""
    step = (await examined("tls", TELNYX_BASE_URL=f"{sandbox_url.replace('http:', 'https:')}/v2"))["tls"]
    assert step.status == "failed"
    assert step.detail.startswith("This address does not speak TLS: ")
    assert "SSL_CERT_FILE" not in step.advice


async def test_plain_http_on_this_machine_is_fine(examined: Examine, sandbox_url: str) -> None:
    """The report says so, and it is not a fault."""
    step = (await examined("tls", TELNYX_BASE_URL=f"{sandbox_url}/v2"))["tls"]
    assert (step.status, step.detail) == ("skipped", "Plain http on this machine does not use TLS.")


@pytest.mark.parametrize(("text", "said"), [(None, "No such file"), ("no certificate", "no certificate or crl found")])
async def test_an_unusable_certificate_file_is_reported(
    examined: Examine, tls_port: int, tmp_path: Path, text: str | None, said: str
) -> None:
    """The file is missing or has the wrong format."""
    path = tmp_path / "authorities.pem"
    if text:
        path.write_text(text)
    url = f"https://localhost:{tls_port}/v2"
    step = (await examined("tls", TELNYX_BASE_URL=url, SSL_CERT_FILE=str(path)))["tls"]
    assert step.status == "failed"
    assert f"The file in SSL_CERT_FILE, or the directory in SSL_CERT_DIR, cannot be used: {said}" in step.detail


def context_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)
    return context


@contextmanager
def once(context: ssl.SSLContext) -> Iterator[int]:
    """The port of a TLS server that answers a single client."""
    listener = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with listener:
            client, _ = listener.accept()
        with client, suppress(OSError), context.wrap_socket(client, server_side=True) as secure:
            secure.recv(65536)
            secure.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    thread = threading.Thread(target=answer)
    thread.start()
    yield listener.getsockname()[1]
    thread.join()


async def test_soon_expiring_certificates_are_a_warning(
    examined: Examine, company: trustme.CA, company_file: str, serve: Serve
) -> None:
    """The warning comes two weeks before, and the text of a certificate is cleaned and never shows the key."""
    soon = datetime.now(UTC) + timedelta(days=3, hours=1)
    certificate = company.issue_cert("localhost", common_name=f"{KEY}\x1b[31m red", not_after=soon)
    with serve(context_of(certificate)) as port:
        environ = {"SSL_CERT_FILE": company_file, "TELNYX_API_KEY": KEY}
        step = (await examined("tls", TELNYX_BASE_URL=f"https://localhost:{port}/v2", **environ))["tls"]
    assert step.status == "warning"
    assert "certificate of [hidden] red, " in step.detail
    assert "3 days until it expires" in step.detail
    assert "renew" in step.advice


async def test_a_connection_lost_after_the_first_handshake(
    examined: Examine, company: trustme.CA, company_file: str
) -> None:
    """The second handshake, which looks for a public authority, fails."""
    with once(context_of(company.issue_cert("localhost"))) as port:
        url = f"https://localhost:{port}/v2"
        step = (await examined("tls", TELNYX_BASE_URL=url, SSL_CERT_FILE=company_file))["tls"]
    assert (step.status, step.detail) == ("failed", "Telnyx cannot be reached")


async def test_a_refused_certificate_may_not_be_seen_again(examined: Examine, company: trustme.CA) -> None:
    """If the certificate cannot be fetched again, only the reason is shown."""
    with once(context_of(company.issue_cert("localhost"))) as port:
        step = (await examined("tls", TELNYX_BASE_URL=f"https://localhost:{port}/v2"))["tls"]
    assert step.detail == "The certificate is not trusted: unable to get local issuer certificate"


@pytest.mark.parametrize(("hosts", "subject"), [(["a.example", "b.example"], "a.example"), ([], "(not named)")])
async def test_a_certificate_without_subject_is_described_by_its_host(
    serve: Serve, tmp_path: Path, hosts: list[str], subject: str
) -> None:
    """New certificates have hosts in place of a subject; one without either is said to have none."""
    key = ec.generate_private_key(ec.SECP256R1())
    nobody, now = x509.Name([]), datetime.now(UTC)
    builder = x509.CertificateBuilder().subject_name(nobody).issuer_name(nobody).public_key(key.public_key())
    builder = builder.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    if hosts:
        names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
        builder = builder.add_extension(names, critical=True)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem = builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    (tmp_path / "bare.pem").write_bytes(secret + pem)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "bare.pem")
    with serve(context) as port:
        url = f"https://localhost:{port}/v2"
        certificate = await handshake(url, seconds=5, trust=unverified_context())
    assert (certificate.subject, certificate.issuer) == (subject, "(not named)")
