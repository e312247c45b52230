"""The HTTP client sends only GET, to one origin, with the system's proxies and certificate authorities."""

import ssl
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from telnyx_connections_mcp.telnyx.address import is_loopback, proxy_for
from telnyx_connections_mcp.telnyx.http import create_http_client, network_transport, trusted_authorities

pytestmark = pytest.mark.anyio

BASE = "https://api.telnyx.com/v2"
PROXY_VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def answer(request: httpx.Request) -> httpx.Response:
    return httpx.Response(302, headers={"location": "https://elsewhere.example/"}, request=request)


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "get"])
async def test_nothing_but_get_can_be_sent(method: str) -> None:
    """No method but GET reaches the network, even if the HTTP client is used directly."""
    reached: list[httpx.Request] = []
    network = httpx.MockTransport(lambda request: reached.append(request) or answer(request))  # type: ignore[func-returns-value]  # append, then answer
    async with create_http_client(BASE, timeout=1, transport=network) as http:
        request = http.build_request("GET", "connections")
        request.method = method
        with pytest.raises(PermissionError, match="only reads"):
            await http.send(request)
    assert reached == []


@pytest.mark.parametrize(
    "url",
    [
        "https://elsewhere.example/v2/connections",
        "http://api.telnyx.com/v2/connections",
        "https://api.telnyx.com:444/v2",
    ],
)
async def test_no_other_origin_can_be_reached(url: str) -> None:
    """A request to another host, scheme or port is refused before anything is sent."""
    async with create_http_client(BASE, timeout=1, transport=httpx.MockTransport(answer)) as http:
        with pytest.raises(PermissionError, match="origin"):
            await http.get(url)


async def test_redirects_are_not_followed() -> None:
    """A redirect is returned as the response, not followed."""
    async with create_http_client(BASE, timeout=1, transport=httpx.MockTransport(answer)) as http:
        assert (await http.get("connections")).status_code == 302


@pytest.mark.usefixtures("_no_proxy")
def test_proxies_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY` mean what they mean to curl, and loopback never uses a proxy."""
    assert proxy_for(BASE) is None
    monkeypatch.setenv("ALL_PROXY", "socks.example:1080")
    assert proxy_for(BASE) == "http://socks.example:1080"
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    assert proxy_for(BASE) == "http://proxy.example:3128"
    assert proxy_for("http://127.0.0.1:8787/v2") is None
    monkeypatch.setenv("NO_PROXY", "telnyx.com")
    assert proxy_for(BASE) is None


@pytest.mark.usefixtures("_no_proxy")
async def test_an_unreachable_proxy_is_not_bypassed(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the configured proxy is down, the request fails instead of connecting directly."""
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    async with create_http_client(BASE, timeout=2) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get("connections")


def test_certificate_authorities_can_be_added(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`SSL_CERT_FILE` adds a certificate authority to the system's trust store, and a wrong path is an error."""
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    assert trusted_authorities().verify_mode is ssl.CERT_REQUIRED
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "missing.pem"))
    with pytest.raises(OSError, match="No such file"):
        trusted_authorities()


def test_plain_http_needs_no_certificates() -> None:
    """No trust store is read for a sandbox over plain HTTP on this machine."""
    assert isinstance(network_transport("http://127.0.0.1:1/v2"), httpx.AsyncHTTPTransport)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("10.0.0.1", False), ("localhost.example", False)],
)
def test_loopback(host: str, loopback: bool) -> None:  # noqa: FBT001  # a table's column
    """Only addresses of this machine count as loopback."""
    assert is_loopback(host) is loopback


def test_the_client_is_imported_on_first_use() -> None:
    """Starting the server does not import the HTTP client."""
    code = (
        "import sys, telnyx_connections_mcp.mcp_server.app\n"
        "print([name for name in ('httpx', 'stamina') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"
