"""`audit`: what is wrong, as `audit_connections` answers."""

from telnyx_connections_mcp.cli.terminal.command import ToolCommand

command = ToolCommand(
    "audit",
    "audit_connections",
    codes="0  no finding of severity error\n  1  a finding of severity error, or no connection to check",
    help="""Check every connection for problems, worst first.

    \b
    From cron, silent unless an error is found or the audit fails:
      telnyx-connections-mcp audit --min-severity error > audit.txt 2>&1 || cat audit.txt""",
)
