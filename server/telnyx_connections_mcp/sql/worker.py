"""What runs in the query process: one image, and statements over it, each within bounds.

The process is started with an empty environment, reads `Setup` and the image from its standard input, then gives up
whatever the system lets it give up: files, sockets, processes, memory. It ends when its input does.
"""

import json
import os
import signal
import sqlite3
import threading
import time
from collections.abc import Mapping
from io import BufferedIOBase
from queue import SimpleQueue
from typing import Any

from telnyx_connections_mcp.sql.functions import register
from telnyx_connections_mcp.text.cleaning import clean, cut

SECONDS = 1.0
"""Processor time of a statement."""
KILL_SECONDS = 1.2
"""Processor time after which the system ends the process, if it can and the statement did not stop by itself."""
WALL_SECONDS = 3.0
"""Time of a statement on a busy machine."""
COUNT_SECONDS = 0.25
"""Processor time for counting the rows beyond the limit."""
HEAP = 64 * 1024 * 1024
"""Memory of SQLite beside the image, in bytes."""
MARGIN = 64 * 1024 * 1024
"""What the process may have beside the image and that, in bytes."""
LONGEST_CELL = 1_000
"""In characters."""
LONGEST_NAME = 64
"""Of a column, in characters."""
EXACT = 2**53
"""Integers beyond it are given as text, because JSON readers round them."""
STEPS = 500
"""SQLite's operations between two looks at the clock: some microseconds."""

Cell = str | int | float | None
Frame = dict[str, Any]
Read = tuple[str | None, str | None, str | None]
"""A schema, a table and a column."""

_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 32_768,
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


def write_frame(stream: BufferedIOBase, frame: Frame) -> None:
    """Send `frame`: the length of its JSON in four bytes, and that."""
    data = json.dumps(frame).encode()
    stream.write(len(data).to_bytes(4) + data)
    stream.flush()


def read_frame(stream: BufferedIOBase) -> Frame | None:
    """The next frame; None at the end."""
    length = stream.read(4)
    if len(length) < 4:
        return None
    data = stream.read(int.from_bytes(length))
    frame: Frame | None = json.loads(data) if len(data) == int.from_bytes(length) else None
    return frame


class Worker:
    """Runs statements over one image."""

    def __init__(self, setup: Frame, image: bytes | bytearray) -> None:
        self._cancelled = 0
        self._running = 0
        self._stop_at = (0.0, 0.0)
        self._why = ""
        self._handle = _loaded(image)
        self._readable = _create_views(self._handle, setup["views"])
        self._modules = {name for (name,) in self._handle.execute("PRAGMA module_list")}
        self.bounded = _bound_heap(self._handle)
        self._functions = register(self._handle)
        self._handle.execute("PRAGMA query_only = ON")
        self._handle.text_factory = _decoded
        for limit, value in _LIMITS.items():
            self._handle.setlimit(limit, value)
        self._handle.set_authorizer(self._authorize)
        self._handle.set_progress_handler(self._progress, STEPS)

    def cancel(self, number: int) -> None:
        """Stop the statement with this number, and none that comes later; called from another thread."""
        self._cancelled = max(self._cancelled, number)
        if self._running == number:
            self._handle.interrupt()

    def answer(self, asked: Frame) -> Frame:
        """The result of a statement, or why there is none."""
        self._running, self._why = asked["number"], ""
        self._stop_at = (time.process_time() + SECONDS, time.monotonic() + WALL_SECONDS)
        _kill_after(KILL_SECONDS)
        try:
            return {"number": asked["number"], **self._result(asked)}
        except MemoryError:
            return {"number": asked["number"], "failed": "memory"}
        except (sqlite3.Error, sqlite3.Warning, UnicodeError, OverflowError) as error:
            if self._why or getattr(error, "sqlite_errorname", "") == "SQLITE_INTERRUPT":
                return {"number": asked["number"], "failed": self._why or "cancelled"}
            return {"number": asked["number"], "failed": "error", "message": str(error)}
        finally:
            self._running = 0
            _kill_after(0)

    def _result(self, asked: Frame) -> Frame:
        cursor = self._handle.execute(asked["sql"])
        if cursor.description is None:
            raise sqlite3.OperationalError("not a query")
        names = [cut(clean(name), LONGEST_NAME) for name, *_ in cursor.description]
        rows: list[list[Cell]] = []
        left, shortened, total = asked["size"], 0, 0
        for row in cursor:
            total += 1
            cells = [shown(value) for value in row]
            left -= sum(len(cell) if isinstance(cell, str) else 20 for cell in cells)
            if len(rows) >= asked["limit"] or (rows and left < 0):
                break
            shortened += sum(isinstance(value, str) and len(value) > LONGEST_CELL for value in row)
            rows.append(cells)
        more = total > len(rows)
        return {
            "columns": names,
            "rows": rows,
            "more": more,
            "total": self._counted(cursor, total) if more else total,
            "shortened": shortened,
        }

    def _counted(self, cursor: sqlite3.Cursor, total: int) -> int | None:
        """The number of all rows, of which `total` are read; None if they are too many to count."""
        until, wall = self._stop_at
        self._stop_at = (min(until, time.process_time() + COUNT_SECONDS), wall)
        try:
            return total + sum(1 for _ in cursor)
        except (sqlite3.Error, MemoryError):
            return None

    def _authorize(self, action: int, one: str | None, two: str | None, schema: str | None, _: str | None) -> int:
        if action == sqlite3.SQLITE_SELECT:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_FUNCTION and two in self._functions:
            return sqlite3.SQLITE_OK
        if action == sqlite3.SQLITE_READ and one is not None and self._may_read(one, two, schema):
            return sqlite3.SQLITE_OK
        return sqlite3.SQLITE_DENY

    def _may_read(self, table: str, column: str | None, schema: str | None) -> bool:
        if not column:  # its rows are counted; it may also be a CTE
            return table not in self._modules and not table.startswith(("sqlite_", "pragma_"))
        return (schema, table, column) in self._readable

    def _progress(self) -> int:
        until, wall = self._stop_at
        if self._running and self._cancelled >= self._running:
            self._why = "cancelled"
        elif time.process_time() > until or time.monotonic() > wall:
            self._why = "time"
        else:
            return 0
        return 1


def shown(value: object) -> Cell:
    """`value` as an answer may hold it: clean, bounded, exact in JSON."""
    match value:
        case None:
            return None
        case str():
            return cut(clean(value), LONGEST_CELL)
        case int():
            return value if -EXACT <= value <= EXACT else str(value)
        case float():
            return value if abs(value) != float("inf") else ("Infinity" if value > 0 else "-Infinity")
        case bytes():
            return f"[{len(value)} bytes]"
        case _:
            raise TypeError


def _decoded(text: bytes) -> str:
    return text.decode(errors="replace")


def _loaded(image: bytes | bytearray) -> sqlite3.Connection:
    """A handle on a copy of `image` that no file backs."""
    handle = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False, cached_statements=0)
    handle.deserialize(image)
    for pragma in ("trusted_schema = OFF", "temp_store = MEMORY", "cell_size_check = ON"):
        handle.execute(f"PRAGMA {pragma}")
    return handle


def _create_views(handle: sqlite3.Connection, views: Mapping[str, str]) -> set[Read]:
    """Create these views; the columns that reading all of them reads."""
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


def _bound_heap(handle: sqlite3.Connection) -> bool:
    """Bound SQLite's memory; whether that works, which depends on how it was built."""
    (used,) = handle.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()
    most = used + HEAP
    handle.execute(f"PRAGMA hard_heap_limit = {most}")
    try:
        handle.execute("SELECT length(randomblob(?))", (min(most, 900_000_000),)).fetchone()
    except MemoryError:
        return True
    return False


def _kill_after(seconds: float) -> None:
    """Have the system end the process after that much processor time; 0 for never."""
    if hasattr(signal, "setitimer"):  # not on Windows
        signal.setitimer(signal.ITIMER_PROF, seconds)  # nobody handles the signal


def confine(limits: Mapping[str, int]) -> set[str]:
    """Set these resource limits of the process, named as in the module `resource`; those that the system has."""
    try:
        import resource
    except ImportError:  # Windows
        return set()
    done = set[str]()
    for name, value in limits.items():
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (AttributeError, ValueError, OSError):  # macOS lacks some
            continue
        done.add(name)
    return done


def _address_space() -> int | None:
    """How much the process has of it, in bytes; None where the system does not say."""
    try:
        with open("/proc/self/statm", "rb") as file:  # noqa: PTH123  # pathlib would take longer to import than all else
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None


def main() -> None:
    """Serve until the input ends."""
    stdin, stdout = os.fdopen(0, "rb"), os.fdopen(1, "wb")
    setup = read_frame(stdin)
    if setup is None:
        return
    image = bytearray(setup["image"])
    if stdin.readinto(image) < len(image):
        return
    worker = Worker(setup, image)
    del image
    asked: SimpleQueue[Frame] = SimpleQueue()
    threading.Thread(target=listen, args=(stdin, worker, asked), daemon=True).start()
    space = _address_space()
    limits = {"RLIMIT_NOFILE": 0, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0, "RLIMIT_NPROC": 0}
    if space is not None:
        limits["RLIMIT_AS"] = space + HEAP + MARGIN
    confine(limits)
    write_frame(stdout, {"bounded": worker.bounded})
    while True:
        write_frame(stdout, worker.answer(asked.get()))


def listen(stream: BufferedIOBase, worker: Worker, asked: "SimpleQueue[Frame]") -> None:
    """Pass on what is asked, cancel what is cancelled, and end the process with its input."""
    while (frame := read_frame(stream)) is not None:
        if "cancel" in frame:
            worker.cancel(frame["cancel"])
        else:
            asked.put(frame)
    os._exit(0)
