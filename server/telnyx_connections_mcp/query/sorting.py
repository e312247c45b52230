"""The orders of rows: by any field that a kind sorts by. Ties stay as they were read, what lacks the field is last."""

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.query.conditions import Part, Rows


def in_order(rows: Rows, sort: str, part: Part) -> list[int]:
    """The numbers of a part of `rows`, in that order."""
    found = rows.select("n", f"ORDER BY {order_by(rows.kind, sort)} LIMIT ? OFFSET ?", *part)
    return [number for (number,) in found]


def order_by(kind: Kind, sort: str) -> str:
    """The terms of that order; texts are sorted as conditions compare them."""
    field = kind.by_name[sort.removeprefix("-")]
    direction = "DESC" if sort.startswith("-") else "ASC"
    return f"{field.folded or field.name} {direction} NULLS LAST, n"
