"""A change of a statement."""

from typing import NamedTuple

from telnyx_connections_mcp.sql.written import Range


class Edit(NamedTuple):
    """What to write instead of some tokens."""

    of: Range
    text: str
