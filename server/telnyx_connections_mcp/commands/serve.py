"""`serve` where the help and the shell's completion look for it; `telnyx_connections_mcp.serve` does the work."""

import click

from telnyx_connections_mcp.serve import OPTIONS


@click.command("serve", add_help_option=False, help="Serve MCP over stdio (the default command).")
def command() -> None:
    """Never run: `cli.main` serves before click is imported."""


command.params += [
    click.Option(
        [flag],
        is_flag=how.get("action") == "store_true",
        type=click.Choice(how["choices"]) if "choices" in how else None,
    )
    for flag, how in OPTIONS.items()
]
