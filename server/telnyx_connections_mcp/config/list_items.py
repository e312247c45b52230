"""The items of settings that are lists: each function normalizes one, or returns None if it is not one.

Only serving over HTTP reads such settings, so imports are late.
"""


def host(text: str) -> str | None:
    """A name or address, with or without a port, in lower case."""
    from telnyx_connections_mcp.text.authority import read_authority

    return None if read_authority(text) is None else text.lower()


def origin(text: str) -> str | None:
    """An origin (RFC 6454) as browsers write it."""
    from telnyx_connections_mcp.text.authority import normal_origin

    return normal_origin(text)


def network(text: str) -> str | None:
    """An IP address or network."""
    from ipaddress import ip_network

    try:
        ip_network(text)
    except ValueError:
        return None
    return text
