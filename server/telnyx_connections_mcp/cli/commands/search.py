"""`search`: connections or counts out of the whole account, as `search_connections` answers."""

from telnyx_connections_mcp.cli.terminal.command import ToolCommand

command = ToolCommand(
    "search",
    "search_connections",
    help="""Find or count connections in the whole account.

    \b
    Active connections without a webhook, by type:
      telnyx-connections-mcp search --active --no-webhook --group-by record_type""",
)
