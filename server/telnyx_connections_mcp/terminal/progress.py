"""A progress bar on standard error while a fleet is read."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from telnyx_connections_mcp.fleet.reading import Report


@contextmanager
def progress_bar() -> Iterator[Report]:
    """Show a bar that what is yielded moves on, and that vanishes at the end; nothing where nobody looks."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("pages"),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    ) as progress:
        task = progress.add_task("Asking Telnyx", total=None)

        async def report(done: int, known: int | None) -> None:
            progress.update(task, completed=done, total=known)

        yield report
