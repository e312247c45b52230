"""Whether what came is what was asked for, as far as that can be seen: filters that something on the way ignored."""

from collections.abc import Callable, Sequence

from telnyx_connections_mcp.telnyx.models import Connection
from telnyx_connections_mcp.telnyx.query import ConnectionFilter, ListFilter
from telnyx_connections_mcp.text import fold

_Matches = Callable[[Connection], bool | None]


def matching(connections: Sequence[Connection], asked: ConnectionFilter | None) -> Sequence[Connection]:
    """Those of `connections` that the filter selects, by what is in them: the name and the voice profile, not the FQDN.

    A connection that lacks the field counts as selected where all others are, because Telnyx may leave fields out.
    """
    tests = _tests(asked)
    if not tests:
        return connections
    found = [[test(connection) for test in tests] for connection in connections]
    ignored = any(False in results for results in found)
    return [
        connection
        for connection, results in zip(connections, found, strict=True)
        if all(results) or not (ignored or False in results)
    ]


def _tests(asked: ConnectionFilter | None) -> list[_Matches]:
    """What each condition says of a connection; None where the field is not there."""
    tests: list[_Matches] = []
    if asked is None:
        return tests
    if asked.connection_name is not None:
        part = fold(asked.connection_name.contains).strip()
        tests.append(lambda connection: _holds(connection.connection_name, part))
    profiles = {asked.outbound_voice_profile_id}
    if isinstance(asked, ListFilter) and asked.outbound is not None:
        profiles.add(asked.outbound.outbound_voice_profile_id)
    wanted = {profile.lstrip("0") for profile in profiles if profile is not None}
    if wanted:
        tests.append(lambda connection: _is(connection.outbound_voice_profile_id, wanted))
    return tests


def _holds(name: str | None, part: str) -> bool | None:
    return None if name is None else part in fold(name)


def _is(profile: str | None, wanted: set[str]) -> bool | None:
    return {profile.lstrip("0")} == wanted if profile else None
