"""The indexes that the query process adds to an image, for what people join, look up and group by.

Without them `EXISTS (SELECT 1 FROM connection_tags ...)` reads all connections for each of them.
"""

from collections.abc import Iterator, Sequence

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.sql.tables import QUERIED


def _of_kind(kind: Kind) -> Iterator[tuple[str, str]]:
    yield kind.name, "id"
    yield kind.name, "tag_set"
    yield "findings", f"{kind.noun}_id"
    for field in kind.fields:
        if field.type is Type.TEXT and not field.few_values:
            yield kind.name, field.name


INDEXES: Sequence[str] = [
    f"CREATE INDEX main.query_{number} ON {table} ({columns})"
    for kind in QUERIED
    for number, (table, columns) in enumerate(_of_kind(kind))
]
"""The statements that create them."""
