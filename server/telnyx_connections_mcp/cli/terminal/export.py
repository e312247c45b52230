"""Exports an account to a file; returns the exit code."""

import sqlite3
from functools import partial
from pathlib import Path

import anyio
import click

from telnyx_connections_mcp.answers.coverage import covered, warning
from telnyx_connections_mcp.cli.standard_streams import abandon
from telnyx_connections_mcp.cli.terminal.ask import failed
from telnyx_connections_mcp.cli.terminal.chosen_account import NoAnswer, run_on_account, say
from telnyx_connections_mcp.cli.terminal.export_formats import FORMATS, Exported
from telnyx_connections_mcp.cli.terminal.new_file import new_file
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.snapshot import Coverage, Snapshot
from telnyx_connections_mcp.mcp_server.context import AccountContext
from telnyx_connections_mcp.sql.reading import Parts, Reader
from telnyx_connections_mcp.sql.statement import Statement
from telnyx_connections_mcp.surroundings.unreadable import Unreadable


def export(path: Path, *, replace: bool, account: str | None, sandbox: bool) -> int:
    """Write the account to `path` in the format that its name says. Raises `ArgumentError`.

    An incomplete account is not exported, because the file would not show that it is incomplete. What the key may not
    read is left out of it, and said.
    """
    form = FORMATS[path.suffix.lower()]
    try:
        parts, name, own = run_on_account(partial(_read, form.reads), "export", account=account, sandbox=sandbox)
    except NoAnswer as error:
        return failed(str(error), error.code)
    exported = Exported(parts=parts, account=name, own=own)
    try:
        with new_file(path, replace=replace) as fresh:
            note = form.write(exported, fresh)
    except OSError as error:
        return failed(f"{path} cannot be written: {error.strerror}.")
    except sqlite3.Error as error:
        return failed(f"{path} cannot be written: {error}.")
    for said in (*(warning(part.coverage, kind).strip() for kind, part in exported.snapshots.items()), note):
        if said:
            say(said)
    of = f"account {name}: " if name else ""
    without = "".join(f"; no {kind.name}: {part.why}" for kind, part in parts.items() if isinstance(part, Unreadable))
    coverages = {kind: part.coverage for kind, part in exported.snapshots.items()}
    try:
        click.echo(f"{path}: {of}{covered(coverages)}{without}.")
    except OSError:  # nobody reads it, but the file is there
        abandon()
    return 0


async def _read(statement: Statement, account: AccountContext, report: ReportProgress) -> Parts:
    """Complete snapshots, with findings, of all that can be read. Raises `NoAnswer`."""
    with anyio.fail_after(account.settings.tool_timeout):
        reader = Reader(account.client, account.snapshots, account.queries)
        parts = await reader.read(statement, report, fresh=False)
    for kind, part in parts.items():
        if isinstance(part, Unreadable) and (kind is CONNECTIONS or not part.refused):
            raise NoAnswer(f"Nothing was written: the {kind.labels} could not be read, because {part.why}.")
        if isinstance(part, Snapshot) and not may_be_kept(part.coverage):
            raise NoAnswer(f"Nothing was written: {warning(part.coverage, kind).strip()}")
    return parts


def may_be_kept(coverage: Coverage) -> bool:
    """Whether another reading would get no more."""
    return coverage.complete or coverage.rest_complete or coverage.truncated
