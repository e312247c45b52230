"""Which rows a filter of the API selects, as far as they say so: something on the way may have ignored it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter, ListFilter
from telnyx_connections_mcp.text.cleaning import fold

Test = Callable[[Mapping[str, Any]], bool | None]


def tests_of(asked: ConnectionFilter | None) -> list[Test]:
    """What each condition but that on the FQDN says of a row; None where the field is not there."""
    tests: list[Test] = []
    if asked is None:
        return tests
    if asked.connection_name is not None:
        part = fold(asked.connection_name.contains).strip()
        tests.append(lambda row: _holds(row.get("connection_name"), part))
    profiles = {asked.outbound_voice_profile_id}
    if isinstance(asked, ListFilter) and asked.outbound is not None:
        profiles.add(asked.outbound.outbound_voice_profile_id)
    wanted = {profile.lstrip("0") for profile in profiles if profile is not None}
    if wanted:
        tests.append(lambda row: _is(row.get("outbound_voice_profile_id"), wanted))
    return tests


def verdict(row: Mapping[str, Any], tests: Sequence[Test]) -> bool | None:
    """Whether the filter selects `row`; None where that cannot be told."""
    results = [test(row) for test in tests]
    return False if False in results else None if None in results else True


def selected(verdicts: Sequence[bool | None]) -> list[bool]:
    """Which of the rows with these verdicts count as selected.

    A row of which it cannot be told does where all others are, because Telnyx may leave fields out.
    """
    ignored = False in verdicts
    return [each is True or (each is None and not ignored) for each in verdicts]


def _holds(name: object, part: str) -> bool | None:
    return part in fold(name) if isinstance(name, str) else None


def _is(profile: object, wanted: set[str]) -> bool | None:
    digits = str(profile) if isinstance(profile, str | int) and not isinstance(profile, bool) else ""
    return {digits.lstrip("0")} == wanted if digits else None
