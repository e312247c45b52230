"""Normalizes host names as people and models write them, for comparison."""

import re

_PLAIN = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")
_LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?")  # RFC 1123, section 2.1, and the _ that people use
_LONGEST = 253
_BEFORE = re.compile(r"(?:sips?:|[a-z][a-z0-9+.-]*://)?(?:[^/?#@]*@)?(?:\*\.)?", re.IGNORECASE)
_AFTER = re.compile(r"(?::[0-9*]*)?(?:[/?#;].*)?", re.DOTALL)


def comparable_host(text: str) -> str | None:
    """The host that `text` consists of, normalized: lower case, IDNA, no leading or trailing dot.

    An IPv6 address may be in brackets. None if `text` is anything but a host.
    """
    text = text.strip().strip(".")
    if (address := _address(text.removeprefix("[").removesuffix("]"))) is not None:
        return address
    name = text.lower()
    if not name.isascii() and len(name) <= _LONGEST:
        import idna  # with httpx; hardly ever needed

        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError:
            return None
    return name if _PLAIN.fullmatch(name) else None


def host_within(text: str) -> str | None:
    """The host in a text that also contains a port, path, user or `*.`; None if uncertain."""
    rest = _BEFORE.sub("", text.strip(), count=1)
    host = re.match(r"\[[0-9A-Fa-f:.]+\]|[^\s:/?#;,@*\[\]]+", rest)
    return host[0] if host and _AFTER.fullmatch(rest[host.end() :]) and comparable_host(host[0]) else None


def is_host(text: str) -> bool:
    """Whether `text` is a valid host name or address; IPv6 without brackets."""
    if _address(text) is not None:
        return True
    labels = text.removesuffix(".").lower().split(".")
    return len(text) <= _LONGEST and all(map(_LABEL.fullmatch, labels)) and not labels[-1].isdigit()


def _address(text: str) -> str | None:
    if ":" not in text and not text[-1:].isdigit():  # nearly every host: asking would cost the most
        return None
    from ipaddress import ip_address  # not for every start of a server

    try:
        return str(ip_address(text))
    except ValueError:
        return None
