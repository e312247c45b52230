"""Reads small files named in settings: whole, bounded, and without blocking."""

import errno
import os
from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import BinaryIO

MAX_BYTES = 64 * 1024
"""Far more than any key."""


def open_file(path: Path) -> BinaryIO:
    """The file at `path`, which may begin with `~`, open to be read.

    Raises `OSError` with a reason, also for a pipe or a device, which might block forever. Raises `RuntimeError` for
    the home of a user who has none.
    """
    # Without O_NONBLOCK, opening a pipe waits for a writer.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path.expanduser(), flags)
    mode = os.fstat(descriptor).st_mode
    if S_ISREG(mode):
        return open(descriptor, "rb")  # noqa: PTH123  # of a descriptor, which the caller closes
    os.close(descriptor)
    if S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    raise OSError(errno.EINVAL, "it is a pipe or a device, not a file")


def read_small(path: Path, most: int = MAX_BYTES) -> bytes:
    """The bytes of that file. Raises `OSError` for more than `most`, and what `open_file` raises."""
    with open_file(path) as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise OSError(errno.EFBIG, f"it is longer than {most // 1024} KiB")
    return data


def read_text(path: Path, most: int = MAX_BYTES) -> str:
    """The text of that file, in UTF-8 or, as Windows' shell writes files, UTF-16; a byte-order mark is no part of it.

    The null device is an empty file. Raises `ValueError` unless it is text, and what `read_small` raises.
    """
    if str(path) == os.devnull:
        return ""
    data = read_small(path, most)
    if data.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        return data.decode("utf-16")
    if b"\0" in data:  # in ASCII every other byte of UTF-16
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be")
    return data.decode("utf-8-sig")


def why(error: Exception) -> str:
    """Why `read_small` or `read_text` failed, in a few words."""
    return error.strerror if isinstance(error, OSError) and error.strerror else "not a readable text file"
