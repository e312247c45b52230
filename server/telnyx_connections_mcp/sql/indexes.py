"""What the query process does to an image: it shortens what statements must not see, and adds indexes.

Without the indexes `EXISTS (SELECT 1 FROM connection_tags ...)` reads all connections for each of them.
"""

from collections.abc import Iterator, Sequence

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.shortening import shortened_sql


def prepared(kind: Kind) -> Sequence[str]:
    """The statements that prepare the image of a kind, which is in the schema of its name."""
    indexes = [
        f"CREATE INDEX {kind.name}.query_{number} ON {table} ({column})"
        for number, (table, column) in enumerate(_indexed(kind))
    ]
    return [*_shortened(kind), *indexes]


def _shortened(kind: Kind) -> Iterator[str]:
    """Statements that shorten half of a login and the like, so that no statement finds the whole of it."""
    some = [f"{each.name} = {shortened_sql(each.shortening, each.name)}" for each in kind.fields if each.shortening]
    if some:
        yield f"PRAGMA {kind.name}.secure_delete = ON"
        yield f"UPDATE {kind.name}.{kind.name} SET {', '.join(some)}"


def _indexed(kind: Kind) -> Iterator[tuple[str, str]]:
    """The tables and columns that people join, look up and group by, if the image has no index of them."""
    if kind.key and not kind.by_name[kind.key].indexed:
        yield kind.name, kind.key
    if any(field.type is Type.TAGS for field in kind.fields):
        yield kind.name, "tag_set"
    if kind.finding:
        yield "findings", f"{kind.noun}_id"
    for field in kind.fields:
        found = field.name == kind.key or field.indexed or field.few_values or field.shortening
        if field.type in (Type.ID, Type.TEXT) and not found:
            yield kind.name, field.name
