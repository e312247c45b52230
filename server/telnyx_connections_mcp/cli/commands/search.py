"""`search`: connections or counts out of the whole account, as `search_connections` answers."""

from telnyx_connections_mcp.cli.terminal.command import ToolCommand

command = ToolCommand(
    "search",
    "search_connections",
    help="""Find or count connections of the whole account.

    \b
    Active connections of each type that have no webhook:
      telnyx-connections-mcp search --active --no-webhook --group-by record_type""",
)
