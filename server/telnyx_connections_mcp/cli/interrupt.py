"""Ctrl-C while a command waits for Telnyx."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED = 130
"""Exit code: 128 plus the number of SIGINT, as in shells."""


@contextmanager
def exit_on_interrupt(tidy: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Within it, Ctrl-C calls `tidy` and ends the process with 130, unless the parent process ignores Ctrl-C.

    asyncio would cancel the task under way, once: that is lost where another cancellation comes at the same moment, as
    while connecting, and then it waits for threads, such as one that looks up a name. A command that only reads has
    nothing to finish.
    """
    if threading.current_thread() is not threading.main_thread() or (
        signal.getsignal(signal.SIGINT) is not signal.default_int_handler
    ):
        yield
        return

    def end(_: int, __: FrameType | None) -> None:
        try:
            tidy()
            os.write(2, b"\n")  # the terminal shows ^C, and the shell's prompt comes next
        finally:
            os._exit(INTERRUPTED)

    signal.signal(signal.SIGINT, end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
