"""Strict parsing of hosts and origins in headers and settings."""

import re
from functools import lru_cache
from ipaddress import IPv6Address

DEFAULT_PORTS = {"http": 80, "https": 443}
"""Ports that clients leave out of `Host` and `Origin` (RFC 9110, section 4.2)."""
_AUTHORITY = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]*[a-z0-9_-]))(?::([0-9]{1,5}))?", re.ASCII | re.IGNORECASE)
_ORIGIN = re.compile(r"([a-z][a-z0-9+.-]*)://(.+)", re.ASCII | re.IGNORECASE)
_LAST_PORT = 65535

Authority = tuple[str, int | None]
"""A host in lower case, IPv6 without brackets, and its port, if any."""


@lru_cache(16)  # read for each request
def read_authority(text: str) -> Authority | None:
    """Host and port of HOST, HOST:PORT or [IPv6]:PORT; None for anything else, including userinfo or a trailing dot."""
    found = _AUTHORITY.fullmatch(text)
    if found is None:
        return None
    six, name, port = found.groups()
    try:
        host = str(IPv6Address(six)) if six else name.lower()
    except ValueError:
        return None
    number = int(port) if port else None
    return (host, number) if number is None or number <= _LAST_PORT else None


def normal_origin(text: str) -> str | None:
    """An origin as browsers write it: lower case, without the default port; None if invalid."""
    found = _ORIGIN.fullmatch(text)
    authority = read_authority(found[2]) if found else None
    if found is None or authority is None:
        return None
    scheme, (host, port) = found[1].lower(), authority
    return f"{scheme}://{in_url(host)}" + ("" if port in (None, DEFAULT_PORTS.get(scheme)) else f":{port}")


def in_url(host: str) -> str:
    """`host` as written in a URL: an IPv6 address in brackets."""
    return f"[{host}]" if ":" in host else host
