"""`call`: any tool, with the same arguments that a model would send."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from telnyx_connections_mcp.cli.terminal.command import BaseToolCommand, tools

if TYPE_CHECKING:  # importing a tool imports mcp
    from collections.abc import Mapping

    from telnyx_connections_mcp.mcp_server.tool import ReadTool


class _Call(BaseToolCommand):
    in_options = False

    def own_parameters(self) -> list[click.Parameter]:
        """Which tool, and its arguments as JSON."""
        return [
            click.Argument(["tool"], type=click.Choice(list(tools())), metavar="TOOL"),
            click.Argument(["text"], required=False, default="{}", metavar="[JSON]"),
        ]

    def tool_call(self, ctx: click.Context) -> "tuple[ReadTool, Mapping[str, Any]]":
        """The tool that was named, and the object that the JSON is."""
        text = ctx.params["text"]
        try:
            text = sys.stdin.read() if text == "-" else text
            given = json.loads(text, object_pairs_hook=_once)
        except (ValueError, RecursionError) as error:
            raise click.UsageError(f"The JSON is not valid: {error}", ctx) from None
        if not isinstance(given, dict):
            raise click.UsageError("JSON must be an object of the tool's arguments, as in '{\"limit\": 5}'", ctx)
        return tools()[ctx.params["tool"]], given

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The tools above the options."""
        with formatter.section("Tools"):
            formatter.write_dl([(name, tool.title or "") for name, tool in tools().items()])
        super().format_options(ctx, formatter)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names are different: of two values for one name, JSON readers drop one silently."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("the same name appears twice in one object")
    return found


command = _Call(
    "call",
    codes="0  found\n  1  nothing found, or an audit with a finding of severity error",
    help="""Call any tool with the arguments that a model would send.

    JSON is an object of the tool's arguments ({} by default); use - to read it
    from standard input.

    \b
    telnyx-connections-mcp call search_connections '{"where": {"active": false}}' --json""",
)
