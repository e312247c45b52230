"""Settings of the C library's memory allocator, so that memory that is freed serves the next who needs some."""

from contextlib import suppress

_ARENA_MAX, _MMAP_THRESHOLD, _TRIM_THRESHOLD = -8, -3, -1
"""`M_ARENA_MAX` and so on, of glibc's mallopt(3)."""
_LARGE = 320 * 1024
"""More than the 256 KiB that asyncio reserves to read a request: the system would have to provide them each time."""


def tune_allocator() -> None:
    """Make threads that start from now on share memory, and give large blocks back to the system.

    glibc gives each thread an arena, and what one thread has freed is of no use to the others; and once a large block
    was freed, it keeps such blocks. Under hostile responses that took 100 MB more. With another C library this has no
    effect.
    """
    from ctypes import CDLL

    with suppress(AttributeError, OSError, TypeError):
        library = CDLL(None)
        library.mallopt(_ARENA_MAX, 1)
        library.mallopt(_MMAP_THRESHOLD, _LARGE)
        library.mallopt(_TRIM_THRESHOLD, 2 * _LARGE)  # as glibc has it until one of them is set
