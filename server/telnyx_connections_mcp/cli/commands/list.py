"""`list`: one page of connections, as `list_connections` answers."""

from telnyx_connections_mcp.cli.terminal.command import ToolCommand

command = ToolCommand(
    "list",
    "list_connections",
    help="""List one page of connections, as Telnyx returns them.

    For questions about the whole account, use `search`.""",
)
