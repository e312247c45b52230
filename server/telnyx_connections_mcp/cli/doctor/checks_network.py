"""The way to Telnyx: proxy, name resolution, and the first connection."""

import os
import socket
from importlib.util import find_spec
from time import perf_counter
from urllib.parse import urlsplit

import anyio
import httpx

from telnyx_connections_mcp.cli.doctor.check_result import (
    CheckResult,
    counted,
    failed,
    milliseconds_since,
    not_needed,
    ok,
)
from telnyx_connections_mcp.cli.doctor.subject import Subject
from telnyx_connections_mcp.config.settings_table import BASE_URL
from telnyx_connections_mcp.redaction.urls import mask_url
from telnyx_connections_mcp.telnyx.address import PROXY_PORTS, is_loopback, is_proxy, named_proxy, proxy_for

NO_NETWORK = "The built-in sandbox needs no network."
_MAX_ADDRESSES = 4


async def check_proxy(subject: Subject) -> CheckResult:
    """Whether requests go through a proxy, and whether it is usable."""
    if subject.sandbox:
        return not_needed(NO_NETWORK)
    url = urlsplit(subject.base_url)
    proxy, named = proxy_for(subject.base_url), named_proxy(url.scheme)
    if proxy is None and named is None:
        return ok("No proxy is set; requests go directly to the API.")
    if proxy is None:
        why = "a proxy is never used for this machine" if is_loopback(url.hostname or "") else "NO_PROXY excludes it"
        return ok(f"{mask_url(named or '')} is set, but {url.hostname} is reached directly: {why}")
    advice = "set HTTPS_PROXY to http://HOST:PORT, or add the host of the base URL to NO_PROXY"
    if not is_proxy(proxy):
        return failed("HTTPS_PROXY, or the system's proxy setting, is not a proxy URL", advice)
    if proxy.startswith("socks") and find_spec("socksio") is None:
        return failed(f"{mask_url(proxy)} is a SOCKS proxy, which needs the missing package socksio", advice)
    return ok(f"Requests go through {mask_url(proxy)} (from HTTPS_PROXY or the system's settings)")


async def check_dns(subject: Subject) -> CheckResult:
    """Whether the host name of the proxy, or else of the API, resolves."""
    if subject.sandbox:
        return not_needed(NO_NETWORK)
    host, port, what = _next_hop(subject.base_url)
    begun = perf_counter()
    try:
        found = await anyio.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a host name"
        return failed(f"The {what}'s name {host} does not resolve ({reason})", _dns_advice(subject.base_url, what))
    addresses = list(dict.fromkeys(str(address[4][0]) for address in found))
    shown = ", ".join(addresses[:_MAX_ADDRESSES]) + (", ..." if len(addresses) > _MAX_ADDRESSES else "")
    return ok(f"{counted(len(addresses), 'address')} for {host} in {milliseconds_since(begun)} ms: {shown}")


def _dns_advice(base_url: str, what: str) -> str:
    spelling = "in HTTPS_PROXY" if what == "proxy" else "in TELNYX_BASE_URL" if base_url != BASE_URL.default else ""
    network = "check the network (is a VPN needed, or a proxy in HTTPS_PROXY?)"
    return f"check the spelling {spelling}, then {network.removeprefix('check ')}" if spelling else network


async def check_tcp(subject: Subject) -> CheckResult:
    """Whether the proxy, or else the API, accepts connections."""
    if subject.sandbox:
        return not_needed(NO_NETWORK)
    host, port, what = _next_hop(subject.base_url)
    begun = perf_counter()
    try:
        await (await anyio.connect_tcp(host, port)).aclose()
    except OSError as error:
        return failed(
            f"Cannot connect to the {what} at {host}, port {port} ({_reason(error)})", _tcp_advice(subject.base_url)
        )
    return ok(f"Connected to the {what} at {host}, port {port}, in {milliseconds_since(begun)} ms")


def _tcp_advice(base_url: str) -> str:
    if proxy_for(base_url):
        return "check HTTPS_PROXY and whether the proxy is running"
    if is_loopback(urlsplit(base_url).hostname or ""):
        return "start whatever TELNYX_BASE_URL points to (the sandbox?), or correct the port"
    return "check the network and the firewall; behind a company proxy, set HTTPS_PROXY"


def _next_hop(base_url: str) -> tuple[str, int, str]:
    """The host and port that this machine connects to, and whether that is the proxy or the API."""
    proxy = proxy_for(base_url)
    url = httpx.URL(proxy or base_url)
    return url.host, url.port or PROXY_PORTS[url.scheme], "proxy" if proxy else "API"


def _reason(error: OSError) -> str:
    """Why a connection failed, in the system's words; for the first of several addresses."""
    cause = error.__cause__
    first = cause.exceptions[0] if isinstance(cause, BaseExceptionGroup) else cause
    return os.strerror(first.errno) if isinstance(first, OSError) and first.errno else str(error)
