"""Fetches JSON that an issuer publishes: bounded in size and time, and over TLS unless it is on this machine."""

import json
from typing import Any
from urllib.parse import urlsplit

import httpx

from telnyx_connections_mcp.config.auth_settings import is_safe
from telnyx_connections_mcp.telnyx.http import network_transport

MAX_BYTES = 512 * 1024
WAIT = 3.0
"""Timeout for each step of a request, in seconds."""


class DocumentError(Exception):
    """A document that could not be fetched; the text says why, without its URL."""


def well_known(issuer: str) -> list[str]:
    """The URLs at which an issuer's metadata may be, in order (RFC 8414, section 3.1; OpenID Connect Discovery 1.0).

    MCP 2025-11-25, "Authorization Server Metadata Discovery", requires these three.
    """
    url = urlsplit(issuer)
    origin, path = f"{url.scheme}://{url.netloc}", url.path.rstrip("/")
    places = [
        f"{origin}/.well-known/oauth-authorization-server{path}",
        f"{origin}/.well-known/openid-configuration{path}",
        f"{origin}{path}/.well-known/openid-configuration",
    ]
    return list(dict.fromkeys(places))


def require_safe(url: object) -> str:
    """`url`, if it is safe. Raises `DocumentError`."""
    if not isinstance(url, str) or not is_safe(url):
        raise DocumentError("its metadata gives no https address for its keys")
    return url


async def fetch_object(url: str) -> dict[str, Any]:
    """The JSON object at `url`. Raises `DocumentError`; redirects are not followed."""
    try:
        async with (
            httpx.AsyncClient(transport=network_transport(url), timeout=WAIT, trust_env=False) as client,
            client.stream(
                "GET", url, headers={"accept": "application/json", "accept-encoding": "identity"}
            ) as response,
        ):
            body = await _read(response)
    except (httpx.TransportError, httpx.InvalidURL, OSError, ValueError, ImportError):  # or an invalid proxy
        raise DocumentError("it cannot be reached") from None
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        raise DocumentError("its response is not JSON") from None
    if not isinstance(answer, dict):
        raise DocumentError("its response is not an object")
    return answer


async def _read(response: httpx.Response) -> bytes:
    if response.status_code != 200 or response.headers.get("content-encoding", "identity") != "identity":
        raise DocumentError(f"it responds with status {response.status_code} or an encoding that was not requested")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > MAX_BYTES:
            raise DocumentError("its response is too long")
    return bytes(body)
