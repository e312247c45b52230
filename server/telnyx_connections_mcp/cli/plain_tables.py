"""Small tables on standard output."""

from collections.abc import Iterable, Sequence

import click

_UNBROKEN = 100_000
"""Columns: a pipe wants one line for each row, and a path that a terminal wraps itself can still be copied."""


def print_table(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print `rows` in aligned columns below `titles`, one line each."""
    from rich.console import Console
    from rich.table import Table

    console = Console(width=_UNBROKEN, markup=False, emoji=False, highlight=False)
    table = Table(*titles, box=None, padding=(0, 2, 0, 0), pad_edge=False)
    for row in rows:
        table.add_row(*row)
    with console.capture() as drawn:
        console.print(table)
    for line in drawn.get().splitlines():
        click.echo(line.rstrip())
