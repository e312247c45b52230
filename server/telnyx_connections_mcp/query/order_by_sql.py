"""Sorts rows by any field for which its kind describes a `Sort`. Ties keep the order of fetching; unset comes last."""

from functools import lru_cache

from telnyx_connections_mcp.inventory.kind import Kind


@lru_cache
def order_by(kind: Kind, sort: str) -> str:
    """The ORDER BY terms; texts are sorted as conditions compare them."""
    field = kind.by_name[sort.removeprefix("-")]
    direction = "DESC" if sort.startswith("-") else "ASC"
    return f"{field.folded or field.name} {direction} NULLS LAST, n"
