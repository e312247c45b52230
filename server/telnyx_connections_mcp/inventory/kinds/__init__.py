"""One module for each kind of object that an account holds."""

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS

KINDS: tuple[Kind, ...] = (CONNECTIONS,)
