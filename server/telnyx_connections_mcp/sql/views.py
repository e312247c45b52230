"""The views that statements see."""

from collections.abc import Mapping

from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.operators import Type

_COLUMNS = ", ".join(
    part
    for field in CONNECTIONS.fields
    if field.type is not Type.TAGS
    for part in (
        field.name,
        *(
            (
                field.url.host,
                field.url.scheme,
                f"{field.url.secret_part} IS NOT NULL AS {field.url.prefix}_has_credentials",
            )
            if field.url
            else ()
        ),
    )
)
VIEWS: Mapping[str, str] = {
    "connections": f"CREATE TEMP VIEW connections AS SELECT {_COLUMNS} FROM main.connections",
    "connection_tags": "CREATE TEMP VIEW connection_tags AS SELECT connection_id, tag FROM main.connection_tags",
    "findings": "CREATE TEMP VIEW findings AS SELECT connection_id, finding, severity, field FROM main.findings",
}
"""By name, the statement that creates it."""
