"""Host names as people and models write them, and as they are compared."""

import re
from ipaddress import ip_address

_PLAIN = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_BEFORE = re.compile(r"(?:sips?:|[a-z][a-z0-9+.-]*://)?(?:[^/?#@]*@)?(?:\*\.)?", re.IGNORECASE)
_AFTER = re.compile(r"(?::[0-9*]*)?(?:[/?#;].*)?", re.DOTALL)


def comparable_host(text: str) -> str | None:
    """The host that `text` is, and nothing else, as it is compared: lower case, IDNA, no dot at its ends.

    An IPv6 address may stand in brackets. None where `text` is more than a host, or none.
    """
    text = text.strip().strip(".")
    if (address := _address(text.removeprefix("[").removesuffix("]"))) is not None:
        return address
    name = text.lower()
    if not name.isascii():
        import idna  # with httpx; hardly ever needed

        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError:
            return None
    return name if _PLAIN.fullmatch(name) else None


def host_within(text: str) -> str | None:
    """The host in a text that also holds a port, a path, a user or `*.`; None where that is not certain."""
    rest = _BEFORE.sub("", text.strip(), count=1)
    host = re.match(r"\[[0-9A-Fa-f:.]+\]|[^\s:/?#;,@*\[\]]+", rest)
    return host[0] if host and _AFTER.fullmatch(rest[host.end() :]) and comparable_host(host[0]) else None


def _address(text: str) -> str | None:
    if ":" not in text and not text[-1:].isdigit():  # nearly every host: asking would cost the most
        return None
    try:
        return str(ip_address(text))
    except ValueError:
        return None
