"""What several lists have in common: the connection of a row, its FQDNs, orders in both directions."""

from collections.abc import Sequence

from telnyx_connections_mcp.sandbox.filters import at
from telnyx_connections_mcp.sandbox.fleet import Row
from telnyx_connections_mcp.sandbox.listing import Sort
from telnyx_connections_mcp.sandbox.surroundings.account import Surroundings

PROFILE = "filter[outbound_voice_profile_id]"
OLDER_PROFILE = "filter[outbound.outbound_voice_profile_id]"
NAME_CONTAINS = "filter[connection_name][contains]"
APPLICATION_CONTAINS = "filter[application_name][contains]"


def both_ways(*names: str, **fields: str) -> dict[str, Sort]:
    """Orders by the fields `names`, descending with a leading `-`; `fields` have another name than the order."""
    by = {name: name for name in names} | fields
    return {name: Sort(at(field)) for name, field in by.items()} | {
        f"-{name}": Sort(at(field), descending=True) for name, field in by.items()
    }


def connection_of(around: Surroundings, row: Row) -> Row:
    """The connection of a number or a call event; empty if it has none."""
    id_ = row.get("connection_id") or row.get("metadata", {}).get("connection_id")
    return around.by_id.get(id_, {})


def name_of_connection(around: Surroundings, row: Row) -> str | None:
    """The name of that connection."""
    name: str | None = connection_of(around, row).get("connection_name")
    return name


def fqdns_of(around: Surroundings, row: Row) -> Sequence[str]:
    """The FQDNs of a connection."""
    return around.account.fqdns.get(row["id"], ())


NEWEST_FIRST = Sort(at("created_at"), descending=True)
