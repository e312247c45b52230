"""Counting connections by what they share."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Literal

from telnyx_connections_mcp.fleet.instants import instant_of
from telnyx_connections_mcp.telnyx.models import Connection
from telnyx_connections_mcp.text import url_host

GroupKey = Literal[
    "record_type",
    "active",
    "anchorsite_override",
    "webhook_api_version",
    "webhook_host",
    "outbound_voice_profile_id",
    "tag",
    "connection_name",
    "created_year",
]
Value = str | bool | int | None


def count_groups(connections: Iterable[Connection], keys: Sequence[GroupKey]) -> list[tuple[tuple[Value, ...], int]]:
    """How many connections have which values of `keys`, the largest first, ties by value.

    None stands for "not set". A connection counts once for each of its tags, and as None when it has none.
    """
    counts: Counter[tuple[Value, ...]] = Counter()
    readers = [_VALUES[key] for key in keys]
    for connection in connections:
        counts.update(product(*(reader(connection) for reader in readers)))
    return sorted(counts.items(), key=lambda group: (-group[1], [str(value) for value in group[0]]))


def _field(name: str) -> Callable[[Connection], Sequence[Value]]:
    return lambda connection: (getattr(connection, name),)


def _host(connection: Connection) -> Sequence[Value]:
    return (url_host(connection.webhook_event_url or ""),)


def _tags(connection: Connection) -> Sequence[Value]:
    return tuple(dict.fromkeys(connection.tags or ())) or (None,)


def _year(connection: Connection) -> Sequence[Value]:
    instant = instant_of(connection.created_at)
    return (instant.year if instant else None,)


_VALUES: dict[GroupKey, Callable[[Connection], Sequence[Value]]] = {
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
