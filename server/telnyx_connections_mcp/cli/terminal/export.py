"""Exports an account to a file; returns the exit code."""

import sqlite3
from pathlib import Path

import anyio
import click

from telnyx_connections_mcp.answers.coverage import in_short, warning
from telnyx_connections_mcp.audit.findings import audit
from telnyx_connections_mcp.cli.standard_streams import abandon
from telnyx_connections_mcp.cli.terminal.ask import failed
from telnyx_connections_mcp.cli.terminal.chosen_account import NoAnswer, run_on_account, say
from telnyx_connections_mcp.cli.terminal.export_formats import FORMATS, Exported
from telnyx_connections_mcp.cli.terminal.new_file import new_file
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.progress import ReportProgress
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.mcp_server.context import AccountContext


def export(path: Path, *, replace: bool, account: str | None, sandbox: bool) -> int:
    """Write the account to `path` in the format that its name says. Raises `ArgumentError`.

    An incomplete account is not exported, because the file would not show that it is incomplete.
    """
    try:
        snapshot, name, own = run_on_account(_read, "export", account=account, sandbox=sandbox)
    except NoAnswer as error:
        return failed(str(error), error.code)
    exported = Exported(snapshot=snapshot, account=name, own=own)
    try:
        with new_file(path, replace=replace) as fresh:
            note = FORMATS[path.suffix.lower()](exported, fresh)
    except OSError as error:
        return failed(f"{path} cannot be written: {error.strerror}.")
    except sqlite3.Error as error:
        return failed(f"{path} cannot be written: {error}.")
    for said in (warning(snapshot.coverage).strip(), note):
        if said:
            say(said)
    of = f" of account {name}" if name else ""
    try:
        click.echo(f"{path}: {CONNECTIONS.labels}{of} {in_short(snapshot.coverage)}.")
    except OSError:  # nobody reads it, but the file is there
        abandon()
    return 0


async def _read(account: AccountContext, report: ReportProgress) -> Snapshot:
    """A complete snapshot with its findings. Raises `NoAnswer`."""
    with anyio.fail_after(account.settings.tool_timeout):
        snapshot = await account.snapshots.get(CONNECTIONS, None, report)
        if not snapshot.coverage.complete:
            raise NoAnswer(f"Nothing was written: {warning(snapshot.coverage).strip()}")
        await audit(snapshot)
    return snapshot
