"""Lines of the log on their way to standard error, which may take them late or never: nothing else waits for it."""

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress

from telnyx_connections_mcp.observability.request_lines import Facts

_GATHER_SECONDS = 0.05
"""Lines that come within this time are written together: a write between other work costs more than to make a line."""
MAX_WAITING = 1_048_576
"""Characters of lines that wait to be written, some 5,000 lines."""
LAST_SECONDS = 2.0
"""Longest that the end of the process waits until the last lines are written."""


class LogWriter(logging.Handler):
    """Writes lines to the file `descriptor` from a thread of its own.

    Where nobody takes them (a pipe that is not read, a terminal that is stopped), a megabyte of them waits. What is
    more is dropped, and a line says how many were as soon as the others are written.
    """

    def __init__(self, descriptor: int, request_line: Callable[[Facts], str]) -> None:
        super().__init__()
        self._descriptor = descriptor
        self.request_line = request_line
        """Makes the line about one request, which needs no `logging.LogRecord`."""
        self._lines: list[str] = []
        self._size = 0
        self._dropped = 0
        self._queue = threading.RLock()
        self._come, self._hurry, self._written = (threading.Event() for _ in range(3))
        self._written.set()
        threading.Thread(target=self._run, name="log", daemon=True).start()

    def createLock(self) -> None:  # noqa: N802  # a name of the standard library
        """Have no lock: `logging` would hold it while it waits for the end."""
        self.lock = None

    def handle(self, record: logging.LogRecord) -> bool:
        """Write a line. Python 3.13 asks for the lock here, whether there is one or not; filters there are none."""
        self.emit(record)
        return True

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line."""
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001  # as each handler does it
            self.handleError(record)
        else:
            self.write(line)

    def write(self, line: str) -> None:
        """Write a line soon, or drop it."""
        with self._queue:
            if self._size > MAX_WAITING:
                self._dropped += 1
                return
            self._lines.append(line)
            self._size += len(line)
            if len(self._lines) == 1:
                self._written.clear()
                self._come.set()

    def flush(self) -> None:
        """Wait until all is written, for two seconds at most. `logging` asks for it at the end of the process."""
        self._hurry.set()
        self._written.wait(LAST_SECONDS)
        self._hurry.clear()

    def _run(self) -> None:
        while True:
            self._come.wait()
            self._hurry.wait(_GATHER_SECONDS)
            with self._queue:
                lines = self._lines
                if self._dropped:
                    lines.append(self.format(_told(self._dropped)))
                self._lines, self._size, self._dropped = [], 0, 0
                self._come.clear()
            with suppress(OSError):  # nobody can read it any more
                _write(self._descriptor, "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace"))
            with self._queue:
                if not self._lines:
                    self._written.set()


def _told(dropped: int) -> logging.LogRecord:
    said = "%d lines of this log were dropped here, because nobody took those before them."
    return logging.LogRecord(__name__, logging.WARNING, "", 0, said, (dropped,), None)


def _write(descriptor: int, data: bytes) -> None:
    """Write all of `data`, past Python's own streams: the end of the process would wait for their locks."""
    while data:
        data = data[os.write(descriptor, data) :]
