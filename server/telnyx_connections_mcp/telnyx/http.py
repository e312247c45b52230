"""The HTTP client: one origin, GET only, the system's proxies and certificate authorities."""

import os
import ssl
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path

import httpx
import truststore

from telnyx_connections_mcp.telnyx.address import is_proxy, proxy_for
from telnyx_connections_mcp.text.small_files import open_file


class GetOnlyTransport(httpx.AsyncBaseTransport):
    """Only sends GET requests to one origin: the last check before the network."""

    def __init__(self, inner: httpx.AsyncBaseTransport, base_url: str) -> None:
        self._inner = inner
        self._origin = _origin(httpx.URL(base_url))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pass the request on. Raises `PermissionError` for another method or another origin."""
        if request.method != "GET":
            raise PermissionError(f"this server only reads: {request.method} is never sent")
        if _origin(request.url) != self._origin:
            raise PermissionError("this server sends requests only to the base URL's origin")
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def create_http_client(
    base_url: str, *, timeout: float, transport: httpx.AsyncBaseTransport | None = None
) -> httpx.AsyncClient:
    """An HTTP client for `base_url` with a timeout of `timeout` seconds on each wait of a request.

    `transport` replaces the network. Redirects are not followed, cookies are neither kept nor sent.
    """
    return httpx.AsyncClient(
        base_url=base_url,
        transport=GetOnlyTransport(transport or network_transport(base_url), base_url),
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # none is kept, however many are set
        headers={"accept": "application/json", "accept-encoding": "gzip"},
    )


def network_transport(base_url: str, trust: ssl.SSLContext | None = None) -> httpx.AsyncHTTPTransport:
    """The network, configured by `HTTPS_PROXY`, `NO_PROXY`, `SSL_CERT_FILE`, `SSL_CERT_DIR`.

    `trust` replaces the trusted authorities. Raises `OSError` for unreadable authorities, and `ValueError` or
    `ImportError` for an unusable proxy.
    """
    secure = httpx.URL(base_url).scheme == "https"
    proxy = proxy_for(base_url)
    if proxy is not None and not is_proxy(proxy):
        raise ValueError("the proxy setting is not a proxy URL")
    return httpx.AsyncHTTPTransport(
        verify=(trust or trusted_authorities()) if secure else False,
        proxy=proxy,
        limits=httpx.Limits(max_connections=20, max_keepalive_connections=20, keepalive_expiry=30),
    )


def trusted_authorities() -> ssl.SSLContext:
    """The operating system's trust store, and the authorities of `SSL_CERT_FILE` and `SSL_CERT_DIR`."""
    context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    file, directory = os.environ.get("SSL_CERT_FILE"), os.environ.get("SSL_CERT_DIR")
    if file:
        open_file(Path(file)).close()  # OpenSSL would wait for a pipe
    if file or directory:
        context.load_verify_locations(cafile=file or None, capath=directory or None)
    return context
