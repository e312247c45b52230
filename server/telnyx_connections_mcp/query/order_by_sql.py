"""Sorts rows by any sortable field. Ties keep the order of fetching; rows without the field come last."""

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.query.where_sql import Rows, Slice


def in_order(rows: Rows, sort: str, part: Slice) -> list[int]:
    """The numbers of a slice of `rows` in that order."""
    found = rows.select("n", f"ORDER BY {order_by(rows.kind, sort)} LIMIT ? OFFSET ?", *part)
    return [number for (number,) in found]


def order_by(kind: Kind, sort: str) -> str:
    """The ORDER BY terms; texts are sorted as conditions compare them."""
    field = kind.by_name[sort.removeprefix("-")]
    direction = "DESC" if sort.startswith("-") else "ASC"
    return f"{field.folded or field.name} {direction} NULLS LAST, n"
