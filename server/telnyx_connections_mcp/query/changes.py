"""What cleaning changed in texts that an answer names besides its rows, which the table stores as they are shown."""

import json
from collections.abc import Collection, Mapping

from telnyx_connections_mcp.inventory.kind import Field
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.snapshot_tables import CHANGED
from telnyx_connections_mcp.query.sql_expression import among
from telnyx_connections_mcp.query.where_sql import Rows

Changed = Mapping[str, tuple[bool, bool]]
"""By text: whether it lost invisible characters, and whether something in it was masked."""


def changed_texts(rows: Rows, field: Field, texts: Collection[str]) -> Changed:
    """What was changed in those of `texts` that no row has literally."""
    if not texts:
        return {}
    if field.elsewhere:
        others = [changed_texts(rows.of(of.kind), of.kind.by_name[of.field], texts) for of in field.elsewhere]
        return {text: how for changed in others for text, how in changed.items()}
    tags = field.type is Type.TAGS
    named = "tag" if tags else field.url.host if field.url else field.name
    column = f"+{named}"  # so that SQLite does not use an index on it
    # CROSS: the few rows in which something changed come first.
    join = f"CROSS JOIN {rows.kind.tag_sets_table} USING (tag_set) " if tags else ""
    test = among(column, texts)
    table = f"{rows.kind.name} {join}"
    changed = rows.handle.execute(
        f"SELECT {column}, rest, count(*) FROM {table} WHERE {CHANGED} AND {test.text} GROUP BY {column}", test.values
    )
    found: dict[str, tuple[bool, bool]] = {}
    for text, rest, count in changed.fetchall():
        (all_rows,) = rows.handle.execute(f"SELECT count(*) FROM {table} WHERE {column} = ?", (text,)).fetchone()
        counts = json.loads(rest).get("changed", {}).get(field.name)
        if counts and count == all_rows:
            cleaned, _, _, masked = counts
            found[text] = cleaned > 0, masked > 0
    return found
