"""Phrases that the tools' summary sentences share."""

from collections import Counter
from collections.abc import Iterable

from telnyx_connections_mcp.fleet.sorting import FleetSort
from telnyx_connections_mcp.telnyx.models import Connection
from telnyx_connections_mcp.telnyx.query import ConnectionFilter
from telnyx_connections_mcp.text import clean, cut

_ORDERS: dict[FleetSort | None, str] = {
    None: "newest first",
    "created_at": "oldest first",
    "-created_at": "newest first",
    "connection_name": "by name from A to Z",
    "-connection_name": "by name from Z to A",
    "active": "inactive first",
    "-active": "active first",
    "updated_at": "longest untouched first",
    "-updated_at": "last changed first",
}
_MOST_TYPES = 6


def order(sort: FleetSort | None) -> str:
    """The order of a list. Not given means newest first: Telnyx's own order without `sort`."""
    return _ORDERS[sort]


def plural(count: int, noun: str) -> str:
    """`1 connection`, `2 connections`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def quoted(text: str) -> str:
    """Somebody's text inside a sentence: cleaned, cut and in quotation marks."""
    return f'"{cut(clean(text), 60)}"'


def conditions(asked: ConnectionFilter | None) -> str:
    """` with a name containing "acme"` and the like; empty when nothing was asked."""
    said = []
    if asked and asked.connection_name:
        said.append(f"a name containing {quoted(asked.connection_name.contains)}")
    if asked and asked.fqdn:
        said.append(f"the FQDN {quoted(asked.fqdn)}")
    profiles = {
        asked.outbound_voice_profile_id if asked else None,
        asked.outbound.outbound_voice_profile_id if asked and asked.outbound else None,
    }
    said += [f"the outbound voice profile {profile}" for profile in sorted(filter(None, profiles))]
    return f" with {' and '.join(said)}" if said else ""


def kinds(connections: Iterable[Connection]) -> str:
    """How many are active and inactive, and which types, the most frequent first."""
    states: Counter[bool | None] = Counter()
    types: Counter[str] = Counter()
    for (active, record_type), count in Counter((one.active, one.record_type) for one in connections).items():
        states[active] += count
        types[cut(clean(record_type or "unknown type"), 60)] += count
    said = [f"{states[True]} active", f"{states[False]} inactive"]
    if states[None]:
        said.append(f"{states[None]} not known to be either")
    top = [f"{count} {name}" for name, count in types.most_common(_MOST_TYPES)]
    if len(types) > _MOST_TYPES:
        top.append(f"{len(types) - _MOST_TYPES} more types")
    return f"{', '.join(said)}; {', '.join(top)}"
