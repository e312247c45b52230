"""What runs in the query process: one image, and statements over it, each within bounds.

The process is started with an empty environment, reads a setup and the image from its standard input, then gives up
what no statement needs. It ends when its input does.
"""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from io import BufferedReader, BufferedWriter
from queue import SimpleQueue
from threading import Condition, Thread
from time import monotonic, process_time

from telnyx_connections_mcp.sql.cells import Cell, column_name, longest_cell, shown, shown_size
from telnyx_connections_mcp.sql.confinement import bound_heap, confine, kill_after
from telnyx_connections_mcp.sql.frames import Frame, framed, read_frame
from telnyx_connections_mcp.sql.functions import register

SECONDS = 1.0
"""Processor time of a statement."""
KILL_SECONDS = 1.2
"""Processor time after which the system kills the process, if it can and the statement did not stop."""
WALL_SECONDS = 3.0
"""Time of a statement, however busy the machine is."""
COUNT_SECONDS = 0.25
"""Processor time for counting rows beyond the limit."""
_STEPPED = 1_000
"""Rows that are counted one by one, which is faster for few."""
_INTERRUPT_AGAIN = 0.005

_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 32_768,  # so that no call of a function takes long
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 16_384,
    sqlite3.SQLITE_LIMIT_COLUMN: 64,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 10,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 25_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 16,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 200,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
    sqlite3.SQLITE_LIMIT_WORKER_THREADS: 0,
}

Read = tuple[str | None, str | None, str | None]
"""A schema, a table and a column."""


class Worker:
    """Runs statements over one image; `cancel` may be called from another thread."""

    def __init__(self, setup: Frame, image: bytes | bytearray) -> None:
        self._handle = _opened(image)
        for statement in setup["indexes"]:
            self._handle.execute(statement)
        self._readable = _create_views(self._handle, setup["views"])
        self._modules = {name for (name,) in self._handle.execute("PRAGMA module_list")}
        self.bounded = bound_heap(self._handle)
        """Whether the memory of statements is bounded."""
        self._functions = register(self._handle)
        self._handle.execute("PRAGMA query_only = ON")
        self._handle.text_factory = _decoded
        for limit, value in _LIMITS.items():
            self._handle.setlimit(limit, value)
        self._handle.set_authorizer(self._authorize)
        self._changed = Condition()
        self._running = 0
        self._cancelled = 0
        self._stop_at = (0.0, 0.0)
        Thread(target=self._watch, daemon=True).start()

    def cancel(self, number: int) -> None:
        """Stop the statement with this number, or do not start it; numbers rise."""
        with self._changed:
            self._cancelled = number
            self._changed.notify_all()

    def answer(self, asked: Frame) -> Frame:
        """The result of a statement, or why there is none."""
        with self._timed(asked["number"]):
            try:
                return self._result(asked["sql"], asked["limit"], asked["size"])
            except MemoryError:
                return {"failed": "memory"}
            except (sqlite3.Error, sqlite3.Warning) as error:
                if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT:
                    return {"failed": "time"}
                return {"failed": "error", "message": str(error)}

    def _result(self, sql: str, limit: int, size: int) -> Frame:
        cursor = self._handle.execute(sql)
        rows: list[list[Cell]] = []
        total = shortened = 0
        longest = longest_cell(size)
        for row in cursor:
            total += 1
            cells, cut = shown(row, longest)
            size -= shown_size(cells)
            if len(rows) >= limit or (rows and size < 0):
                break
            rows.append(cells)
            shortened += cut
        columns = [column_name(name) for name, *_ in cursor.description]
        more = total > len(rows)
        count = self._counted(sql, cursor, total) if more else total
        return {"columns": columns, "rows": rows, "more": more, "total": count, "shortened": shortened}

    def _counted(self, sql: str, cursor: sqlite3.Cursor, total: int) -> int | None:
        """The number of all rows, of which `total` are read; None if they are too many to count."""
        with self._changed:
            until, wall = self._stop_at
            self._stop_at = (min(until, process_time() + COUNT_SECONDS), wall)
            self._changed.notify_all()
        with suppress(sqlite3.Error, MemoryError):
            for _ in range(_STEPPED):
                if cursor.fetchone() is None:
                    return total
                total += 1
            cursor.close()
            (count,) = self._handle.execute(f"SELECT count(*) FROM ({sql})").fetchone()
            return int(count)
        return None

    def _authorize(self, action: int, one: str | None, two: str | None, schema: str | None, _: str | None) -> int:
        match action:
            case sqlite3.SQLITE_SELECT:
                allowed = True
            case sqlite3.SQLITE_FUNCTION:
                allowed = two in self._functions
            case sqlite3.SQLITE_READ:
                allowed = (schema, one, two) in self._readable if two else self._may_count(one or "")
            case _:
                allowed = False
        return sqlite3.SQLITE_OK if allowed else sqlite3.SQLITE_DENY

    def _may_count(self, table: str) -> bool:
        """Whether rows of `table`, which may be a CTE, may be counted."""
        return table not in self._modules and not table.lower().startswith(("sqlite_", "pragma_"))

    @contextmanager
    def _timed(self, number: int) -> Iterator[None]:
        """While inside, statements are interrupted at the end of their time, or if `number` is cancelled."""
        kill_after(KILL_SECONDS)
        with self._changed:
            self._stop_at = (process_time() + SECONDS, monotonic() + WALL_SECONDS)
            self._running = number
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._running = 0
            kill_after(0)

    def _watch(self) -> None:
        with self._changed:
            while True:
                self._changed.wait_for(lambda: self._running)
                if (left := self._seconds_left()) > 0:
                    self._changed.wait(left)
                else:
                    self._handle.interrupt()
                    self._changed.wait(_INTERRUPT_AGAIN)  # one that comes before the first step is lost

    def _seconds_left(self) -> float:
        if self._cancelled >= self._running:
            return 0
        processor, wall = self._stop_at
        return min(processor - process_time(), wall - monotonic())


def _opened(image: bytes | bytearray) -> sqlite3.Connection:
    """A handle on a copy of `image` in memory."""
    handle = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False, cached_statements=0)
    handle.deserialize(image)
    for pragma in ("trusted_schema = OFF", "temp_store = MEMORY"):
        handle.execute(f"PRAGMA {pragma}")
    return handle


def _create_views(handle: sqlite3.Connection, views: Mapping[str, str]) -> set[Read]:
    """Create these views; what reading all of them reads."""
    reads: set[Read] = set()

    def note(action: int, one: str | None, two: str | None, schema: str | None, _: str | None) -> int:
        if action == sqlite3.SQLITE_READ:
            reads.add((schema, one, two))
        return sqlite3.SQLITE_OK

    for statement in views.values():
        handle.execute(statement)
    handle.set_authorizer(note)
    for name in views:
        handle.execute(f"SELECT * FROM {name} LIMIT 0")
    return reads


def _decoded(text: bytes) -> str:
    return text.decode(errors="replace")


def serve(stdin: BufferedReader, stdout: BufferedWriter) -> None:
    """Answer what is asked; the process ends with its input."""
    setup = read_frame(stdin)
    if setup is None:
        return
    image = bytearray(setup["image"])
    if stdin.readinto(image) < len(image):
        return
    worker = Worker(setup, image)
    del image
    asked: SimpleQueue[Frame] = SimpleQueue()
    Thread(target=listen, args=(stdin, worker, asked), daemon=True).start()
    confine()
    frame = {"bounded": worker.bounded}
    while True:
        stdout.write(framed(frame))
        stdout.flush()
        frame = worker.answer(asked.get())


def listen(stream: BufferedReader, worker: Worker, asked: "SimpleQueue[Frame]") -> None:
    """Pass on what is asked, cancel what is cancelled, and end the process at the end of the input."""
    while (frame := read_frame(stream)) is not None:
        if "cancel" in frame:
            worker.cancel(frame["cancel"])
        else:
            asked.put(frame)
    os._exit(0)


def main() -> None:
    """Serve standard input and output."""
    serve(os.fdopen(0, "rb"), os.fdopen(1, "wb"))
