"""The orders of `search_connections`: the API's six, and by the time of the last update."""

from collections.abc import Callable
from datetime import datetime
from operator import itemgetter
from typing import Any

from telnyx_connections_mcp.inventory.times import instant_of
from telnyx_connections_mcp.query.conditions import name_of
from telnyx_connections_mcp.telnyx.models import Connection


def in_order(connections: list[Connection], sort: str) -> list[Connection]:
    """`connections` in that order; ties stay as they are, and what lacks the field comes last."""
    value = _VALUES[sort.removeprefix("-")]
    valued = [(value(connection), connection) for connection in connections]
    known = [each for each in valued if each[0] is not None]
    known.sort(key=itemgetter(0), reverse=sort.startswith("-"))
    return [connection for _, connection in known] + [connection for none, connection in valued if none is None]


def _created(connection: Connection) -> datetime | None:
    return instant_of(connection.created_at)


def _updated(connection: Connection) -> datetime | None:
    return instant_of(connection.updated_at)


def _name(connection: Connection) -> str | None:
    return name_of(connection) or None


_VALUES: dict[str, Callable[[Connection], Any]] = {
    "created_at": _created,
    "updated_at": _updated,
    "connection_name": _name,
    "active": lambda connection: connection.active,
}
