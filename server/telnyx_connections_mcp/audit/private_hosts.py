"""Hosts that Telnyx cannot reach, or only while a program runs on somebody's computer, with sources.

A name stands for itself and for every name below it.
"""

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address

from telnyx_connections_mcp.redaction import MASK
from telnyx_connections_mcp.text.cleaning import CUT_MARK

PRIVATE = {
    "localhost": "RFC 6761, section 6.3",
    "invalid": "RFC 6761, section 6.4",
    "test": "RFC 6761, section 6.2",
    "local": "RFC 6762, section 3",
    "onion": "RFC 7686",
    "alt": "RFC 9476",
    "home.arpa": "RFC 8375",
    "internal": "ICANN board resolution 2024.07.29.06",
    "intranet": "RFC 6762, appendix G",
    "private": "RFC 6762, appendix G",
    "corp": "RFC 6762, appendix G",
    "home": "RFC 6762, appendix G",
    "lan": "RFC 6762, appendix G",
    "mail": "ICANN board resolution 2018.02.04.12, as corp and home",
    "localdomain": "hosts(5) of Linux distributions: localhost.localdomain",
    "fritz.box": "the name that FRITZ!Box routers give themselves",
    "consul": "https://developer.hashicorp.com/consul/docs/services/discovery/dns-static-lookups",
    "localtest.me": "https://readme.localtest.me: every name below it is 127.0.0.1",
    "lvh.me": "its address record: 127.0.0.1",
    "vcap.me": "its address record: 127.0.0.1",
    "lacolhost.com": "its address record: 127.0.0.1",
}
"""Names that no public name server resolves, or that resolve to the machine that asks."""

TUNNELS = {
    "ngrok.io": "https://ngrok.com/docs/universal-gateway/domains",
    "ngrok.app": "https://ngrok.com/docs/universal-gateway/domains",
    "ngrok.dev": "https://ngrok.com/docs/universal-gateway/domains",
    "ngrok.pizza": "https://ngrok.com/docs/universal-gateway/domains",
    "ngrok-free.app": "https://ngrok.com/docs/universal-gateway/domains",
    "ngrok-free.dev": "https://ngrok.com/docs/universal-gateway/domains",
    "ngrok-free.pizza": "https://ngrok.com/docs/universal-gateway/domains",
    "trycloudflare.com": "https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/do-more-with-tunnels/trycloudflare/",
    "localtunnel.me": "https://github.com/localtunnel/localtunnel",
    "loca.lt": "https://github.com/localtunnel/localtunnel",
    "localhost.run": "https://localhost.run/docs/",
    "lhr.life": "https://localhost.run/docs/",
    "lhr.rocks": "https://localhost.run/docs/",
    "serveo.net": "https://serveo.net",
    "serveousercontent.com": "https://serveo.net",
    "pagekite.me": "https://pagekite.net",
    "devtunnels.ms": "https://learn.microsoft.com/azure/developer/dev-tunnels/overview",
    "tunnels.api.visualstudio.com": "https://learn.microsoft.com/azure/developer/dev-tunnels/security",
    "app.github.dev": "https://docs.github.com/codespaces/developing-in-a-codespace/forwarding-ports-in-your-codespace",
    "gitpod.io": "https://www.gitpod.io/docs/classic/user/configure/workspaces/ports",
    "pinggy.link": "https://pinggy.io/docs/",
    "pinggy.online": "https://pinggy.io/docs/",
    "pinggy-free.link": "https://pinggy.io/docs/",
    "pinggy.io": "https://pinggy.io/docs/",
    "share.zrok.io": "https://docs.zrok.io/docs/concepts/sharing-public",
    "shares.zrok.io": "https://docs.zrok.io/docs/concepts/sharing-public",
    "tunnelmole.net": "https://tunnelmole.com/docs/",
    "bore.pub": "https://github.com/ekzhang/bore",
    "telebit.io": "https://telebit.cloud",
    "telebit.cloud": "https://telebit.cloud",
    "pktriot.net": "https://docs.packetriot.com",
    "loclx.io": "https://localxpose.io/docs",
    "tunnelto.dev": "https://tunnelto.dev",
    "sharedwithexpose.com": "https://expose.dev/docs",
    "jprq.live": "https://github.com/azimjohn/jprq",
    "jprq.site": "https://github.com/azimjohn/jprq",
    "srv.us": "https://docs.srv.us",
    "tuns.sh": "https://pico.sh/tuns",
    "remote.moe": "https://remote.moe",
    "playit.gg": "https://playit.gg/support/",
    "ts.net": "https://tailscale.com/kb/1223/funnel: public only while a machine of that network serves it",
}
"""Names of tunnels to somebody's computer, which work while a program runs there."""

ADDRESS_IN_NAME = {
    "nip.io": "https://nip.io: 10.0.0.1.nip.io is 10.0.0.1, and so is 10-0-0-1.nip.io",
    "sslip.io": "https://sslip.io: the same",
    "xip.io": "https://github.com/basecamp/xip-pdns: the same, now switched off",
    "traefik.me": "https://traefik.me: the same, without an address 127.0.0.1",
}
"""Domains whose names contain the address that they resolve to."""

_NUMBER = re.compile(r"0[xX][0-9A-Fa-f]*|[0-9]+")
_ADDRESS_IN_NAME = re.compile(r"(?:^|[.-])([0-9]{1,3})[.-]([0-9]{1,3})[.-]([0-9]{1,3})[.-]([0-9]{1,3})(?=[.-]|$)")
_NAT64 = 0x0064_FF9B << 96
"""RFC 6052, section 2.1: the last 32 bits are an IPv4 address."""


def is_private(host: str) -> bool:
    """Whether `host` is private, loopback or reserved, a single-label name, or a tunnel to someone's computer.

    A host that is masked, because it looks like a token, or cut cannot be judged and is not private.
    """
    name = host.strip().rstrip(".").lower()
    if not name or MASK in name or CUT_MARK in name:
        return False
    if (address := _address(name)) is not None:
        return any(not each.is_global or each.is_multicast for each in _leads_to(address))
    if "." not in name or _is_below(name, PRIVATE) or _is_below(name, TUNNELS):
        return True
    if _is_below(name, ADDRESS_IN_NAME):
        found = _ADDRESS_IN_NAME.search(name)
        return found is None or is_private(".".join(found.groups()))
    return False


def _is_below(name: str, names: Iterable[str]) -> bool:
    labels = name.split(".")
    return any(".".join(labels[place:]) in names for place in range(len(labels)))


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """The address in `host`, also in the older forms of inet_aton(3): `127.1`, `0x7f.1`, `2130706433`."""
    try:
        return ip_address(host)
    except ValueError:
        pass
    parts = host.split(".")
    if len(parts) > 4 or max(map(len, parts)) > 16:
        return None
    try:
        *first, last = map(_number, parts)
    except ValueError:
        return None
    if any(part > 255 for part in first) or last >= 256 ** (4 - len(first)):
        return None
    return IPv4Address(sum(part << (24 - 8 * place) for place, part in enumerate(first)) + last)


def _number(text: str) -> int:
    """A number in base 10, 8 or 16. Raises `ValueError`: 08 is not octal."""
    if _NUMBER.fullmatch(text) is None:
        raise ValueError
    if text[:2].lower() == "0x":
        return int(text[2:] or "0", 16)
    return int(text, 8 if text.startswith("0") else 10)


def _leads_to(address: IPv4Address | IPv6Address) -> Iterator[IPv4Address | IPv6Address]:
    """`address`, or the IPv4 address embedded in this IPv6 address."""
    if isinstance(address, IPv4Address):
        yield address
        return
    inner = address.ipv4_mapped or address.sixtofour
    if inner is None and int(address) >> 32 in (_NAT64 >> 32, 0):
        inner = IPv4Address(int(address) & 0xFFFF_FFFF)
    yield inner or address
