"""The doctor on a terminal or in a pipe."""

import json
import logging
import os
import shutil
import sys

import anyio
import click

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.cli.doctor.check_list import run_checks
from telnyx_connections_mcp.cli.doctor.check_result import Step
from telnyx_connections_mcp.cli.doctor.report import as_lines, as_object, as_paragraph, conclusion, overall
from telnyx_connections_mcp.cli.doctor.subject import Subject, subject_of
from telnyx_connections_mcp.cli.interrupt import exit_on_interrupt
from telnyx_connections_mcp.cli.standard_streams import abandon

_COLOURS = {"ok": "green", "warning": "yellow", "failed": "red", "skipped": "bright_black"}
_UNBROKEN = 100_000
"""No line is broken where no terminal is: what reads a pipe wants one line for one thing."""


def run_doctor(*, sandbox: bool, as_json: bool) -> int:
    """Check this environment and print the report; 1 if something failed, else 0."""
    logging.getLogger().addHandler(logging.NullHandler())  # the report says it all: no library's stack beside it
    with exit_on_interrupt():
        return anyio.run(_run, subject_of(os.environ, sandbox=sandbox), as_json)


async def _run(subject: Subject, as_json: bool) -> int:  # noqa: FBT001  # anyio.run passes by position
    steps: list[Step] = []
    if not as_json:
        _say(f"telnyx-connections-mcp {__version__}, report{' for the sandbox' if subject.sandbox else ''}:\n")
    async for step in run_checks(subject):
        steps.append(step)
        if not as_json:
            _show(step)
    if as_json:
        _say(json.dumps(as_object(steps), indent=2))
    else:
        _say("\n" + as_paragraph(conclusion(steps), _width()))
    return 1 if overall(steps) == "failed" else 0


def _show(step: Step) -> None:
    status, text = as_lines(step, _width())
    _say(click.style(status, fg=_COLOURS[step.status]) + text)


def _width() -> int:
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else _UNBROKEN


def _say(text: str) -> None:
    """Print at once, whatever the terminal's encoding lacks; click drops the colour where no terminal is."""
    encoding = sys.stdout.encoding or "utf-8"
    try:
        click.echo(text.encode(encoding, "backslashreplace").decode(encoding))
    except OSError as error:
        abandon()
        if not isinstance(error, BrokenPipeError):  # as in `| head`: the reader has what it wanted
            click.echo(f"telnyx-connections-mcp doctor: Cannot write the report: {error.strerror}.", err=True)
            raise click.exceptions.Exit(1) from None
