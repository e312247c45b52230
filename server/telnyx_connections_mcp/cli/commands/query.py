"""`query`: one SELECT over the whole account, as `query_account` answers."""

import sys
from typing import TYPE_CHECKING, Any

import click

from telnyx_connections_mcp.cli.terminal.command import BaseToolCommand
from telnyx_connections_mcp.cli.terminal.options import ToolOption, arguments, parameters

if TYPE_CHECKING:  # importing a tool imports mcp
    from collections.abc import Mapping

    from telnyx_connections_mcp.cli.terminal.output import Form
    from telnyx_connections_mcp.mcp_server.tool import ReadTool

DRAWN_ROWS = 1_000
"""Most rows of a table on a terminal, unless `--limit` says more: drawing them takes a second."""
_LONGEST = 100_000
"""Bytes read from standard input; far more than a statement may have."""
_HOW = "put the statement in quotes, or give - to read it from standard input"


class _Query(BaseToolCommand):
    def own_parameters(self) -> list[click.Parameter]:
        """The statement, the tool's options, and what else may be asked for."""
        from telnyx_connections_mcp.cli.terminal.statement_tool import TOOL

        return [
            click.Argument(["words"], nargs=-1, metavar="SQL"),
            *(param for param in parameters(TOOL) if isinstance(param, ToolOption)),
            click.Option(["--csv", "as_csv"], is_flag=True, help="Print the rows as CSV."),
            click.Option(["--schema"], is_flag=True, help="Show the tables with their columns; nothing is read."),
        ]

    def form(self, ctx: click.Context) -> "Form":
        """CSV, or as for the other commands. Raises `click.UsageError`."""
        if ctx.params["as_csv"] and ctx.params["as_json"]:
            raise click.UsageError("give either --csv or --json", ctx)
        return "csv" if ctx.params["as_csv"] else super().form(ctx)

    def invoke(self, ctx: click.Context) -> int:
        """Ask, or show the tables."""
        if not ctx.params["schema"]:
            return super().invoke(ctx)
        if ctx.params["words"]:
            raise click.UsageError("--schema takes no statement", ctx)
        from telnyx_connections_mcp.cli.terminal.table_list import print_tables

        print_tables(self.form(ctx))
        return 0

    def tool_call(self, ctx: click.Context) -> "tuple[ReadTool, Mapping[str, Any]]":
        """The tool, the statement and the options."""
        from telnyx_connections_mcp.cli.terminal.statement_tool import TOOL

        given = arguments(ctx) | {"sql": _statement(ctx)}
        if self.form(ctx) == "table" and sys.stdout.isatty():
            given = {"limit": DRAWN_ROWS} | given
        return TOOL, given


def _statement(ctx: click.Context) -> str:
    """The statement on the command line or from standard input. Raises `click.UsageError`."""
    words = ctx.params["words"]
    if len(words) != 1:
        raise click.UsageError(f"{_HOW}, and only that" if words else f"SQL is missing: {_HOW}", ctx)
    if words[0] != "-":
        return str(words[0])
    try:
        text = sys.stdin.buffer.read(_LONGEST).decode("utf-8-sig")
    except UnicodeDecodeError:
        raise click.UsageError("standard input is not text in UTF-8", ctx) from None
    if not text.strip():
        raise click.UsageError("standard input is empty", ctx)
    return text


command = _Query(
    "query",
    codes="0  rows\n  1  no rows",
    help="""Ask anything in SQL: run one SELECT over the whole account.

    \b
    Connections by month:
      telnyx-connections-mcp query "SELECT strftime('%Y-%m', created_at) AS month,
        count(*) FROM connections GROUP BY month"
    From a file:
      telnyx-connections-mcp query - --csv < report.sql > report.csv

    SQL is in SQLite's dialect, and can change nothing; --schema shows the tables.
    Each run reads the account, and a statement may take a second. For many
    statements or longer ones, export FILE.sqlite once, and ask sqlite3.""",
)
