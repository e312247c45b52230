"""Shows a record to a model: as a short summary, or in full; always cleaned and masked."""

from typing import Any, Literal

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.record import Record
from telnyx_connections_mcp.inventory.showing import in_full, summary
from telnyx_connections_mcp.redaction.cleaner import Cleaner

Detail = Literal["summary", "full"]


def show(kind: Kind, record: Record, detail: Detail, cleaner: Cleaner) -> dict[str, Any]:
    """`record` in the requested detail."""
    return summary(kind, record, cleaner) if detail == "summary" else in_full(kind, record, cleaner)
