"""Counting connections by what they share: the audit's, until it asks the snapshot."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import product

from telnyx_connections_mcp.inventory.times import instant_of
from telnyx_connections_mcp.redaction.urls import url_host
from telnyx_connections_mcp.telnyx.models import Connection
from telnyx_connections_mcp.text.cleaning import fold

Value = str | bool | int | None

MOST_GROUPS = 200_000
"""As many as connections are read; only tags, or two keys, could make more."""


class TooManyGroupsError(Exception):
    """More groups than are counted; the text says how many those are."""


def count_groups(connections: Iterable[Connection], keys: Sequence[str]) -> list[tuple[tuple[Value, ...], int]]:
    """How many connections have which values of `keys`, the largest first, ties by value.

    Texts are told apart as conditions compare them, without case and accents, and shown as most connections spell
    them. None stands for "not set". A connection counts once for each of its tags, and as None when it has none.
    Raises `TooManyGroupsError`.
    """
    spelled: Counter[tuple[Value, ...]] = Counter()
    readers = [_VALUES[key] for key in keys]
    for connection in connections:
        spelled.update(product(*(reader(connection) for reader in readers)))
        if len(spelled) > MOST_GROUPS:
            raise TooManyGroupsError(f"There are more than {MOST_GROUPS} groups")
    groups = _one_for_all_spellings(spelled)
    groups.sort(key=lambda group: [str(value) for value in group[0]])
    groups.sort(key=lambda group: -group[1])  # two simple keys: no other thread runs while a list is sorted
    return groups


def _one_for_all_spellings(spelled: Counter[tuple[Value, ...]]) -> list[tuple[tuple[Value, ...], int]]:
    counts: Counter[tuple[Value, ...]] = Counter()
    spellings: Counter[tuple[int, Value, Value]] = Counter()
    for values, count in spelled.items():
        folded = tuple((fold(value) or None) if isinstance(value, str) else value for value in values)
        counts[folded] += count
        for (place, value), spelling in zip(enumerate(folded), values, strict=True):
            spellings[place, value, spelling] += count
    best: dict[tuple[int, Value], tuple[int, str]] = {}
    shown: dict[tuple[int, Value], Value] = {}
    for (place, value, spelling), count in spellings.items():
        rank = -count, str(spelling)
        if (place, value) not in best or rank < best[place, value]:
            best[place, value], shown[place, value] = rank, spelling
    return [
        (tuple(value and shown[place, value] for place, value in enumerate(folded)), count)
        for folded, count in counts.items()
    ]


def _field(name: str) -> Callable[[Connection], Sequence[Value]]:
    return lambda connection: (getattr(connection, name),)


def _host(connection: Connection) -> Sequence[Value]:
    return (url_host(connection.webhook_event_url or ""),)


def _tags(connection: Connection) -> Sequence[Value]:
    return tuple({fold(tag): tag for tag in connection.tags or ()}.values()) or (None,)


def _year(connection: Connection) -> Sequence[Value]:
    instant = instant_of(connection.created_at)
    return (instant.year if instant else None,)


_VALUES: dict[str, Callable[[Connection], Sequence[Value]]] = {
    "record_type": _field("record_type"),
    "active": _field("active"),
    "anchorsite_override": _field("anchorsite_override"),
    "webhook_api_version": _field("webhook_api_version"),
    "webhook_host": _host,
    "outbound_voice_profile_id": _field("outbound_voice_profile_id"),
    "tag": _tags,
    "connection_name": _field("connection_name"),
    "created_year": _year,
}
