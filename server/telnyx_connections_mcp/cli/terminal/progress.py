"""A progress bar on standard error during a fetch."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from telnyx_connections_mcp.inventory.progress import ReportProgress


@contextmanager
def progress_bar() -> Iterator[ReportProgress]:
    """Show a bar that the yielded function advances and that vanishes at the end; only on a terminal."""
    if not sys.stderr.isatty():
        yield _unseen
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("pages"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Reading from Telnyx", total=None)

        async def report(done: int, known: int | None) -> None:
            progress.update(task, completed=done, total=known, refresh=done == 1)  # how many there are is shown at once

        yield report


async def _unseen(_: int, __: int | None) -> None:
    pass
