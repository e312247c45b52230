"""Where requests go: which hosts are this machine, and which proxy leads to the others."""

from urllib.parse import urlsplit

from telnyx_connections_mcp.text.hosts import comparable_host, is_host

PROXY_PORTS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
"""The supported proxy schemes and their default ports."""


def is_loopback(host: str) -> bool:
    """Whether `host` is this machine: `localhost`, 127.0.0.0/8 or ::1."""
    from ipaddress import ip_address

    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def proxy_for(base_url: str) -> str | None:
    """The proxy that the environment (or the system) configures for this URL; never for loopback."""
    from urllib.request import proxy_bypass

    url = urlsplit(base_url)
    if is_loopback(url.hostname or "") or proxy_bypass(url.netloc):
        return None
    return named_proxy(url.scheme)


def named_proxy(scheme: str) -> str | None:
    """The proxy that the environment (or the system) configures for this scheme, bypassed or not."""
    from urllib.request import getproxies

    proxies = getproxies()
    proxy = (proxies.get(scheme) or proxies.get("all") or "").strip()
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy or None


def is_proxy(proxy: str) -> bool:
    """Whether `proxy` is a proxy URL: a scheme that httpx supports, a host and optionally a port."""
    try:
        url = urlsplit(proxy)
        host, port = comparable_host(url.hostname or ""), url.port
    except ValueError:
        return False
    plain = proxy.isprintable() and " " not in proxy and url.path in ("", "/")
    return plain and url.scheme in PROXY_PORTS and host is not None and is_host(host) and port != 0
