"""Checks which rows a filter of the API selects, because something on the way may have ignored it."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter, ListFilter
from telnyx_connections_mcp.text.cleaning import fold

Test = Callable[[Mapping[str, Any]], bool | None]


def tests_of(api_filter: ConnectionFilter | None) -> list[Test]:
    """A test for each condition except the FQDN; it returns None if the row lacks the field."""
    tests: list[Test] = []
    if api_filter is None:
        return tests
    if api_filter.connection_name is not None:
        part = fold(api_filter.connection_name.contains).strip()
        tests.append(lambda row: _holds(row.get("connection_name"), part))
    profiles = {api_filter.outbound_voice_profile_id}
    if isinstance(api_filter, ListFilter) and api_filter.outbound is not None:
        profiles.add(api_filter.outbound.outbound_voice_profile_id)
    wanted = {profile.lstrip("0") for profile in profiles if profile is not None}
    if wanted:
        tests.append(lambda row: _is(row.get("outbound_voice_profile_id"), wanted))
    return tests


def belongs_to(connection_id: str) -> Test:
    """A test whether a row belongs to that connection; it returns None if the row does not say to which."""
    return lambda row: None if (said := row.get("connection_id")) is None else str(said) == connection_id


def verdict(row: Mapping[str, Any], tests: Sequence[Test]) -> bool | None:
    """Whether the filter selects `row`; None if that is unknown."""
    results = [test(row) for test in tests]
    return False if False in results else None if None in results else True


def selected(verdicts: Sequence[bool | None]) -> list[bool]:
    """Which of the rows with these verdicts count as selected.

    An undecided row counts as selected if all others are, because Telnyx may leave fields out.
    """
    ignored = False in verdicts
    return [each is True or (each is None and not ignored) for each in verdicts]


def _holds(name: object, part: str) -> bool | None:
    return part in fold(name) if isinstance(name, str) else None


def _is(profile: object, wanted: set[str]) -> bool | None:
    digits = str(profile) if isinstance(profile, str | int) and not isinstance(profile, bool) else ""
    return {digits.lstrip("0")} == wanted if digits else None
