"""Writes log lines to standard error from a thread, so that nothing waits for a slow or stuck reader."""

import logging
import os
import threading
from collections.abc import Callable
from contextlib import suppress

from telnyx_connections_mcp.observability.request_lines import Facts

GATHER_SECONDS = 0.05
"""Under load, lines logged within this time are better written together: a write costs more than formatting a line."""
MAX_QUEUED = 1_048_576
"""Longest backlog, in characters: some 5,000 lines."""
FLUSH_SECONDS = 2.0
"""Longest that the process waits at exit for the last lines to be written, in seconds."""


class LogWriter(logging.Handler):
    """Writes lines to the file `descriptor` from its own thread, those of `gather` seconds together.

    If nothing reads them (a pipe, a stopped terminal), up to a megabyte is queued. Further lines are dropped, and a
    line says how many once the queue has been written.
    """

    def __init__(self, descriptor: int, request_line: Callable[[Facts], str], *, gather: float = 0) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._gather = gather
        self.request_line = request_line
        """Formats the line about one request, which needs no `logging.LogRecord`."""
        self._lines: list[str] = []
        self._size = 0
        self._dropped = 0
        self._queue = threading.RLock()
        self._queued, self._flushing, self._written = (threading.Event() for _ in range(3))
        self._written.set()
        threading.Thread(target=self._run, name="log", daemon=True).start()

    def createLock(self) -> None:  # noqa: N802  # a name of the standard library
        """Use no lock: `logging` would hold it while it waits in `flush`."""
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
            if self._size > MAX_QUEUED:
                self._dropped += 1
                return
            self._lines.append(line)
            self._size += len(line)
            if len(self._lines) == 1:
                self._written.clear()
                self._queued.set()

    def flush(self) -> None:
        """Wait until everything is written, for two seconds at most; `logging` calls this at exit."""
        self._flushing.set()
        self._written.wait(FLUSH_SECONDS)
        self._flushing.clear()

    def _run(self) -> None:
        while True:
            self._queued.wait()
            self._flushing.wait(self._gather)
            with self._queue:
                lines = self._lines
                if self._dropped:
                    lines.append(self.format(_dropped_record(self._dropped)))
                self._lines, self._size, self._dropped = [], 0, 0
                self._queued.clear()
            with suppress(OSError):  # the reader is gone
                _write(self._descriptor, "".join(f"{line}\n" for line in lines).encode(errors="backslashreplace"))
            with self._queue:
                if not self._lines:
                    self._written.set()


def _dropped_record(dropped: int) -> logging.LogRecord:
    message = "%d lines of this log were dropped here, because nothing read the ones before them."
    return logging.LogRecord(__name__, logging.WARNING, "", 0, message, (dropped,), None)


def _write(descriptor: int, data: bytes) -> None:
    """Write all of `data`, bypassing Python's streams, whose locks would hold up the exit."""
    while data:
        data = data[os.write(descriptor, data) :]
