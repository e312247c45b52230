"""What the query process gives up before it runs a statement, as far as the system lets it (docs/query.md)."""

import os
import signal
import sqlite3
from collections.abc import Mapping

HEAP = 64 * 1024 * 1024
"""Memory that SQLite may use beside the image, in bytes."""
MARGIN = 64 * 1024 * 1024
"""Memory that the process may use beside that and what it has, in bytes."""
_NOTHING = {"RLIMIT_NOFILE": 0, "RLIMIT_FSIZE": 0, "RLIMIT_CORE": 0, "RLIMIT_NPROC": 0}
"""No new files, sockets or processes, nothing written to a file."""


def confine() -> None:
    """Give up everything that no statement needs."""
    set_limits(_NOTHING if (space := address_space()) is None else {**_NOTHING, "RLIMIT_AS": space + HEAP + MARGIN})


def set_limits(limits: Mapping[str, int]) -> set[str]:
    """Set limits of the process by their names in the module `resource`; the names of those that the system has."""
    try:
        import resource
    except ImportError:  # Windows
        return set()
    done = set[str]()
    for name, value in limits.items():
        try:
            resource.setrlimit(getattr(resource, name), (value, value))
        except (AttributeError, ValueError, OSError):  # systems differ in what they have, and what they accept
            continue
        done.add(name)
    return done


def address_space(source: str = "/proc/self/statm") -> int | None:
    """The size of the process's address space in bytes; None where the system does not say."""
    try:
        with open(source, "rb") as file:  # noqa: PTH123  # importing pathlib takes longer than all else here
            return int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return None


def bound_heap(handle: sqlite3.Connection, used: int) -> bool:
    """Bound SQLite's memory, of which images take `used` bytes, for good.

    Whether it keeps to that depends on how it was built.
    """
    handle.execute(f"PRAGMA hard_heap_limit = {used + HEAP}")
    try:
        handle.execute("SELECT length(randomblob(?))", (used + HEAP,)).fetchone()
    except MemoryError:
        return True
    return False


def kill_after(seconds: float) -> None:
    """Have the system kill the process after that much processor time; 0 for never."""
    if hasattr(signal, "setitimer"):  # not on Windows
        signal.setitimer(signal.ITIMER_PROF, seconds)  # nobody handles SIGPROF
