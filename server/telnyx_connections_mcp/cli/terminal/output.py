"""Prints an answer: tables for a person, tab-separated for a pipe, CSV and JSON on request."""

import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from typing import Any, Literal

import click

from telnyx_connections_mcp.answers.coverage import is_whole
from telnyx_connections_mcp.answers.token_budget import compact_json
from telnyx_connections_mcp.cli.terminal.answer_tables import (
    Invocation,
    Sheet,
    all_by,
    cell,
    counted,
    named,
    notes,
    numbered,
    sheets,
)
from telnyx_connections_mcp.cli.terminal.spreadsheet import Cell, CsvWriter
from telnyx_connections_mcp.text.cleaning import clean

Form = Literal["table", "csv", "json"]
"""What is printed. A table is drawn on a terminal, and tab-separated anywhere else."""


def print_answer(answer: Mapping[str, Any], invocation: Invocation, form: Form) -> None:
    """Print `answer` on standard output. Raises `OSError`.

    An incomplete answer is reported on standard error too, unless a person sees the whole answer.
    """
    if form == "json":
        if not is_whole(answer):
            click.echo(clean(answer["summary"]), err=True)
        click.echo(compact_json(answer).encode())
    elif form == "table" and sys.stdout.isatty():
        from telnyx_connections_mcp.cli.terminal.drawing import draw

        draw(answer, invocation)
    else:
        for line in (clean(answer["summary"]), *notes(answer, invocation)):
            click.echo(line, err=True)
        if "rows" in answer:
            print_rows(answer["columns"], answer["rows"], form)
        elif wanted := _wanted(answer, invocation):
            click.echo("\n\n".join("\n".join(_lines(sheet, invocation)) for sheet in wanted).encode())


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[Cell]], form: Form) -> None:
    """Print `rows` below their `columns`, as CSV or tab-separated. Raises `OSError`."""
    if form == "csv":
        text = StringIO()
        table = CsvWriter(text)
        table.write([columns, *rows])
        if table.note:
            click.echo(table.note, err=True)
        click.echo(text.getvalue().encode(), nl=False)
    else:
        click.echo("\n".join("\t".join(map(cell, row)) for row in [columns, *rows]).encode())


def _wanted(answer: Mapping[str, Any], invocation: Invocation) -> list[Sheet]:
    """The sheets that are the answer, rows or none, and what is beside it, if it has rows.

    Groups that are none have no columns either, and so not even a heading.
    """
    found = sheets(answer, invocation)
    return [
        *(sheet for sheet in found[:1] if sheet.rows or sheet.columns),
        *(sheet for sheet in found[1:] if sheet.rows),
    ]


def _lines(sheet: Sheet, invocation: Invocation) -> Iterator[str]:
    """A heading and the rows, a tab between fields; the columns are the same whatever the rows hold."""
    if sheet.as_fields:
        yield f"{sheet.title or 'field'}\tvalue"
        for name, value in sheet.rows[0].items():
            yield f"{cell(name)}\t{cell(value)}"
        return
    yield "\t".join(map(cell, sheet.columns))
    for row in sheet.rows:
        yield "\t".join(_field(name, row.get(name), invocation) for name in sheet.columns)


def _field(name: str, value: Any, invocation: Invocation) -> str:
    if name == "connections" and value:
        return named(value)
    if name in ("fields", "exact", "spellings") and value:
        return numbered(value)
    if name == "all_by" and value:
        return all_by(value, invocation)
    if name == "groups" and value:
        return counted(value)
    return cell(value)
