"""Reads addresses of SIP endpoints as people write them: an IP address or an FQDN, maybe with a port or in a URI."""

import re
from ipaddress import IPv6Address, ip_address

from telnyx_connections_mcp.text.hosts import comparable_host, host_within, is_host

_NETWORK = re.compile(r"[0-9A-Fa-f.:]+/[0-9]+")


def read_address(text: str) -> str | None:
    """The IP address or FQDN in `text`, spelled in the usual way; None if it is anything else, such as a network."""
    text = text.strip()
    if "*" in text or _NETWORK.fullmatch(text):
        return None
    host = comparable_host(text) or comparable_host(host_within(text) or "")
    return usual_ip(host) if host is not None and is_host(host) else None


def usual_ip(text: str) -> str:
    """An IP address in its usual spelling (RFC 5952; IPv4 mapped to IPv6 as IPv4); any other text as it is."""
    if ":" not in text:
        return text
    try:
        address = ip_address(text)
    except ValueError:
        return text
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)
