"""Prints an answer for a person: as wide as the terminal, nothing cut, nothing treated as markup."""

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from telnyx_connections_mcp.answers.coverage import is_whole
from telnyx_connections_mcp.cli.terminal.answer_tables import (
    Invocation,
    Sheet,
    all_by,
    cell,
    counted,
    is_count,
    named,
    notes,
    numbered,
    sheets,
)
from telnyx_connections_mcp.cli.terminal.row_tables import drawn_rows
from telnyx_connections_mcp.text.cleaning import clean

if TYPE_CHECKING:
    import io

_NARROW = 24
"""Columns to which a text may be wrapped before the column is left out."""
_LONGEST_FIXED = 40
_WRAPPED = frozenset({"connection_name", "record_type", "tags", "webhook_host", "webhook_failover_host"})
_GAP = 2
"""Between columns: one of padding, and the rule of the box."""
_KEPT = 2
_STILL_READ = 6
"""Columns to which a text is wrapped at worst, so that the id beside it is never broken."""
_STYLES = {"error": "bold red", "warning": "yellow", "info": "cyan"}


def draw(answer: Mapping[str, Any], invocation: Invocation) -> None:
    """Draw `answer` on standard output."""
    cast("io.TextIOWrapper", sys.stdout).reconfigure(errors="replace")  # a terminal's is one
    console = Console(markup=False, emoji=False, highlight=False)
    whole = is_whole(answer)
    console.print(Text(clean(answer["summary"]), "bold" if whole else "bold red"))
    if answer.get("rows"):
        console.print(drawn_rows(answer["columns"], answer["rows"], console.width))
    for sheet in sheets(answer, invocation):
        if sheet.rows and not is_count(answer):  # the sentence has said it
            console.print(_drawn(sheet, console.width, invocation))
    for note in notes(answer, invocation):
        console.print(Text(note, "dim" if whole else ""))


def _drawn(sheet: Sheet, width: int, invocation: Invocation) -> RenderableType:
    if sheet.name == "findings":
        return Group(*(_finding(row, invocation) for row in sheet.rows))
    if sheet.title:
        body = _fields(sheet.rows[0]) if sheet.as_fields else _table(sheet, width)
        return body if (sheet.title,) == sheet.columns else Group(Text(cell(sheet.title), "bold"), body)
    rows = ("connection", "connections", "candidates")
    if sheet.name in rows and "webhook_host" not in sheet.columns and sheet.columns != invocation.fields:
        return Group(*map(_fields, sheet.rows))
    return _table(sheet, width)


def _fields(row: Mapping[str, Any]) -> RenderableType:
    """One connection in full: a line for each field."""
    grid = Table.grid(padding=(0, _GAP))
    grid.add_column(style="bold", overflow="fold")
    grid.add_column(overflow="fold")
    for name, value in row.items():
        grid.add_row(Text(cell(name)), Text(cell(value, none="(not set)")))
    return Padding(grid, (1, 0, 1, 2))


def _finding(finding: Mapping[str, Any], invocation: Invocation) -> RenderableType:
    """What is wrong, why it matters, what to do, and where."""
    severity, count = cell(finding["severity"]), finding.get("count")
    head = Text.assemble((severity.upper(), _STYLES.get(severity, "")), " ", (cell(finding["check"]), "bold"))
    if count:
        active = f", {finding['active']} active" if "active" in finding else ""
        head.append(f" ({count} connection{'' if count == 1 else 's'}{active})")
    if fields := finding.get("fields"):
        head.append(f": {numbered(fields)}")
    lines = [Text(cell(finding["why"])), Text(f"Do: {cell(finding['do'])}")] if "why" in finding else []
    if shown := finding.get("connections"):
        first = "" if len(shown) == count else "First: "
        lines.append(Text(f"{first}{named(shown)}", overflow="fold"))
    if groups := finding.get("groups"):
        first = "" if len(groups) == finding["names"] else f"First of {finding['names']} names: "
        exact = finding["exact"]
        lines.append(Text(f"{first}{counted(groups)}", overflow="fold"))
        lines.append(Text(f"Exactly alike: {exact['names']} names of {exact['count']} connections."))
    if "note" in finding:
        lines.append(Text(cell(finding["note"])))
    if "all_by" in finding and len(finding.get("connections", ())) != count:
        lines.append(Text(f"All: {all_by(finding['all_by'], invocation)}", overflow="fold"))
    return Padding(Group(head, Padding(Group(*lines), (0, 0, 0, 2))), (1, 0, 0, 0))


def _table(sheet: Sheet, width: int) -> RenderableType:
    """A table of the columns that hold something and fit; those that do not fit are named under it."""
    filled = [name for name in sheet.columns if any(row.get(name) not in (None, [], "") for row in sheet.rows)]
    present = [name for name in sheet.columns if any(name in row for row in sheet.rows)]
    names = present if sheet.name == "groups" else filled
    least = {name: _least(name, sheet.rows) for name in names}
    shown: list[str] = []
    for name in names:
        if len(shown) < _KEPT or _width([*shown, name], least) <= width:
            shown.append(name)
    fixed = _width(shown, least) <= width
    kept = [name for name in shown if name not in _WRAPPED and least[name] <= _LONGEST_FIXED]
    if not fixed and _width(shown, dict.fromkeys(shown, _STILL_READ) | {name: least[name] for name in kept}) > width:
        kept = []
    table = Table(box=SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False, pad_edge=False)
    for name in shown:
        table.add_column(
            Text(cell(name), overflow="fold"),
            no_wrap=name in kept,
            overflow="fold",
            min_width=least[name] if fixed or name in kept else None,
            justify="right" if name in ("count", "duration", "call_duration") else "left",
        )
    for row in sheet.rows:
        table.add_row(*(Text(_shown(row, name)) for name in shown))
    left_out = [name for name in names if name not in shown]
    said = f"Not shown, because the terminal is too narrow: {', '.join(left_out)}." if left_out else ""
    return Padding(Group(table, *([Text(said, "dim")] if said else [])), (1, 0, 1, 0))


def _shown(row: Mapping[str, Any], name: str) -> str:
    return cell(row[name], none="(not set)") if name in row else ""


def _least(name: str, rows: Sequence[Mapping[str, Any]]) -> int:
    """The columns without which the column is left out."""
    widest = max(cell_len(name), *(cell_len(_shown(row, name)) for row in rows))
    return min(widest, _NARROW) if name in _WRAPPED or widest > _LONGEST_FIXED else widest


def _width(names: Sequence[str], least: Mapping[str, int]) -> int:
    return sum(least[name] for name in names) + _GAP * (len(names) - 1)
