"""Whether what came is what was asked for, as far as that can be seen: pages and filters that something ignored."""

from collections.abc import Callable, Sequence
from typing import Any

from telnyx_connections_mcp.telnyx.models import Connection, Page
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter, ListFilter
from telnyx_connections_mcp.text.cleaning import fold

_Matches = Callable[[Connection], bool | None]


def gaps_said(gaps: int, what: str) -> str:
    """That so many elements of a list of `what` could not be read, as a clause; empty where there are none."""
    if not gaps:
        return ""
    return f"{gaps} of the {what} that Telnyx listed {'was not an object' if gaps == 1 else 'were not objects'}"


def mismatch(page: Page[Any], number: int, size: int, what: str) -> str | None:
    """What shows that `page`, of so many of `what`, is not the page `number` of up to `size`; None where nothing does.

    Whoever went on from such a page by its number would lose what is between, or see it twice.
    """
    if page.number is not None and page.number != number:
        return f"page {number} was asked for and page {page.number} came"
    size, held, total = page.size or size, page.held, page.total_results or 0
    if held > size:
        return f"this page of {size} holds {held}"
    if held < min(size, total - (number - 1) * size):
        holds = f"holds {held} of up to {size}" if held else "is empty"
        return f"page {number} {holds} and Telnyx counts {total} {what}"
    return None


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
