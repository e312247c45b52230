"""What runs in the query process: the images of some kinds, and statements over them, each within bounds.

The process is started with an empty environment, reads images from its standard input, each after a frame that says
what to do with it, then gives up what no statement needs. It ends when its input does.
"""

import os
import sqlite3
import sys
from collections.abc import Iterable, Iterator
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
    sqlite3.SQLITE_LIMIT_COLUMN: 96,
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
    """Runs statements over images; `cancel` may be called from another thread."""

    def __init__(self, images: Iterable[tuple[Frame, bytes | bytearray]]) -> None:
        self._handle = _opened()
        used = sum([_loaded(self._handle, setup, image) for setup, image in images])
        self._readable = _read_by_views(self._handle)
        self._modules = {name for (name,) in self._handle.execute("PRAGMA module_list")}
        self.bounded = bound_heap(self._handle, used)
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


def _opened() -> sqlite3.Connection:
    """A handle on an empty database in memory."""
    handle = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False, cached_statements=0)
    for pragma in ("trusted_schema = OFF", "temp_store = MEMORY"):
        handle.execute(f"PRAGMA {pragma}")
    return handle


def _loaded(handle: sqlite3.Connection, setup: Frame, image: bytes | bytearray) -> int:
    """Load `image` into a schema of its own, with its views; how much memory it takes, in bytes."""
    schema = setup["schema"]
    handle.execute(f"ATTACH ':memory:' AS {schema}")
    handle.deserialize(image, name=schema)
    for statement in (*setup["prepare"], *setup["views"]):
        handle.execute(statement)
    pages, size = (handle.execute(f"PRAGMA {schema}.{name}").fetchone()[0] for name in ("page_count", "page_size"))
    return int(pages * size)


def _read_by_views(handle: sqlite3.Connection) -> set[Read]:
    """What reading all views reads."""
    reads: set[Read] = set()

    def note(action: int, one: str | None, two: str | None, schema: str | None, _: str | None) -> int:
        if action == sqlite3.SQLITE_READ:
            reads.add((schema, one, two))
        return sqlite3.SQLITE_OK

    views = [name for (name,) in handle.execute("SELECT name FROM sqlite_temp_schema WHERE type = 'view'")]
    handle.set_authorizer(note)
    for name in views:
        handle.execute(f"SELECT * FROM {name} LIMIT 0")
    return reads


def _decoded(text: bytes) -> str:
    return text.decode(errors="replace")


def serve(stdin: BufferedReader, stdout: BufferedWriter) -> None:
    """Answer what is asked; the process ends with its input."""
    worker = Worker(_images(stdin))
    asked: SimpleQueue[Frame] = SimpleQueue()
    Thread(target=listen, args=(stdin, worker, asked), daemon=True).start()
    confine()
    frame = {"bounded": worker.bounded}
    while True:
        stdout.write(framed(frame))
        stdout.flush()
        frame = worker.answer(asked.get())


def _images(stdin: BufferedReader) -> Iterator[tuple[Frame, bytearray]]:
    """Each image after what to do with it, up to an empty frame. Ends the process at the end of the input."""
    while setup := _expected(stdin):
        image = bytearray(setup["image"])
        if stdin.readinto(image) < len(image):
            sys.exit()
        yield setup, image


def _expected(stdin: BufferedReader) -> Frame:
    """The next frame; ends the process if there is none."""
    frame = read_frame(stdin)
    if frame is None:
        sys.exit()
    return frame


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
