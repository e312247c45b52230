"""Draws the rows of a statement: as a table if it fits the terminal, else row by row; nothing is left out."""

from collections.abc import Sequence

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from telnyx_connections_mcp.cli.terminal.spreadsheet import Cell

_NARROW = 24
"""Columns to which a text may be wrapped."""
_GAP = 2


def drawn_rows(columns: Sequence[str], rows: Sequence[Sequence[Cell]], width: int) -> RenderableType:
    """`rows` below their `columns`, for a terminal that is `width` columns wide."""
    widest = [max(cell_len(_text(cell)) for cell in column) for column in zip(columns, *rows, strict=True)]
    if sum(min(each, _NARROW) for each in widest) + _GAP * (len(widest) - 1) > width:
        return Group(*(_one(columns, row) for row in rows))
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    for place, (name, each) in enumerate(zip(columns, widest, strict=True)):
        number = all(not isinstance(row[place], str) for row in rows)
        table.add_column(
            Text(name, overflow="fold"),
            min_width=min(each, _NARROW),
            overflow="fold",
            justify="right" if number else "left",
        )
    for row in rows:
        table.add_row(*map(_drawn, row))
    return Padding(table, (1, 0, 1, 0))


def _one(columns: Sequence[str], row: Sequence[Cell]) -> RenderableType:
    """A line for each cell."""
    grid = Table.grid(padding=(0, _GAP))
    grid.add_column(style="bold", overflow="fold")
    grid.add_column(overflow="fold")
    for name, value in zip(columns, row, strict=True):
        grid.add_row(Text(name), _drawn(value))
    return Padding(grid, (1, 0, 0, 2))


def _drawn(value: Cell) -> Text:
    return Text(_text(value), "dim" if value is None else "")


def _text(value: Cell) -> str:
    return "NULL" if value is None else str(value)
