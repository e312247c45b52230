"""`serve` where the help and the shell's completion look for it; `telnyx_connections_mcp.cli.serve` does the work."""

from collections.abc import Mapping
from typing import Any

import click

from telnyx_connections_mcp.cli.serve import OPTIONS


@click.command("serve", add_help_option=False, help="Serve MCP over stdio (the default command).")
def command() -> None:
    """Never run: `cli.main` serves before click is imported."""


def _kind(how: Mapping[str, Any]) -> click.ParamType[Any] | None:
    if "choices" in how:
        return click.Choice(how["choices"])
    return click.Path(file_okay=False) if how.get("metavar") == "DIR" else None


command.params += [
    click.Option([flag], is_flag=how.get("action") == "store_true", type=_kind(how)) for flag, how in OPTIONS.items()
]
