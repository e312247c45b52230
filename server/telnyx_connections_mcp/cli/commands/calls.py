"""`calls`: the live calls of one connection, as `list_active_calls` answers."""

from telnyx_connections_mcp.cli.terminal.command import ToolCommand

command = ToolCommand(
    "calls",
    "list_active_calls",
    help="Show the live calls of the connection with id CONNECTION_ID, longest first.",
)
