"""The tables that statements see, for `query --schema`."""

import sys
from collections.abc import Sequence

import click

from telnyx_connections_mcp.answers.token_budget import compact_json
from telnyx_connections_mcp.cli.terminal.output import Form, print_rows
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.sql.tables import TABLES, Column

COLUMNS = ("table", "column", "type", "meaning")
_SAID = {Type.BOOLEAN: " 1 or 0.", Type.TIME: " As 2024-05-06 07:08:09.", Type.LIST: " Joined as A, B."}


def print_tables(form: Form) -> None:
    """Print them on standard output. Raises `OSError`."""
    rows = [(table.name, *_row(column)) for table in TABLES.values() for column in table.columns]
    if form == "json":
        click.echo(compact_json([dict(zip(COLUMNS, row, strict=True)) for row in rows]).encode())
    elif form == "table" and sys.stdout.isatty():
        from rich.console import Console

        from telnyx_connections_mcp.cli.terminal.row_tables import drawn_rows

        console = Console(markup=False, emoji=False, highlight=False)
        for table in TABLES.values():
            console.print(f"{table.name}: {table.meaning}", style="bold")
            console.print(drawn_rows(COLUMNS[1:], [_row(column) for column in table.columns], console.width))
    else:
        print_rows(COLUMNS, rows, form)


def sql_type(column: Column) -> str:
    """Its type in SQL."""
    return {Type.BOOLEAN: "INTEGER", Type.NUMBER: "NUMERIC"}.get(column.type, "TEXT")


def meaning(column: Column) -> str:
    """What it holds, and which values are known."""
    among = "One of" if column.closed else "Among others"
    values = f" {among}: {', '.join(map(_quoted, column.values))}." if column.values else ""
    return f"{column.meaning.rstrip('.')}.{_SAID.get(column.type, '')}{values}"


def _quoted(value: str) -> str:
    return f"'{value}'"


def _row(column: Column) -> Sequence[str]:
    return column.name, sql_type(column), meaning(column)
