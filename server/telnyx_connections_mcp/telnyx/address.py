"""Where requests go: which hosts are this machine, and which proxy stands before the others."""

from urllib.parse import urlsplit


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
    """The proxy that the environment (or the system's settings) names for this URL; never one for loopback."""
    from urllib.request import proxy_bypass

    url = urlsplit(base_url)
    if is_loopback(url.hostname or "") or proxy_bypass(url.netloc):
        return None
    return named_proxy(url.scheme)


def named_proxy(scheme: str) -> str | None:
    """The proxy that the environment (or the system's settings) names for URLs of this scheme, bypassed or not."""
    from urllib.request import getproxies

    proxies = getproxies()
    proxy = proxies.get(scheme) or proxies.get("all")
    return f"http://{proxy}" if proxy and "://" not in proxy else proxy
