"""Standard streams that are closed, or whose reader is gone."""

import errno
import os
import sys

_FLAGS = {"stdin": os.O_RDONLY, "stdout": os.O_RDONLY, "stderr": os.O_WRONLY}

_UNWRITABLE = (errno.EBADF, errno.ENOSPC, errno.EFBIG, errno.EIO, errno.EPIPE)


def replace_closed() -> set[str]:
    """Replace closed standard streams; returns their names.

    Otherwise the next file opened would get their descriptor, and output would end up in it. Afterwards standard input
    is at its end, standard output cannot be written to, and standard error is discarded.
    """
    closed = {name for name in _FLAGS if getattr(sys, name) is None}
    for name in (name for name in _FLAGS if name in closed):  # in the order of their numbers
        descriptor = os.open(os.devnull, _FLAGS[name])
        mode = "r" if name == "stdin" else "w"
        setattr(sys, name, open(descriptor, mode, encoding="utf-8", errors="backslashreplace"))  # noqa: PTH123, SIM115
    return closed


def why_unwritable(error: BaseException) -> str:
    """Why an output cannot be written any more. Raises `error` if it, or one of its group, is about something else."""
    if isinstance(error, BaseExceptionGroup):
        reasons = [why_unwritable(each) for each in error.exceptions]
        return reasons[0]
    if isinstance(error, OSError) and error.errno in _UNWRITABLE and error.filename is None:
        return os.strerror(error.errno)
    raise error


def abandon() -> None:
    """Detach standard output after a failed write: Python would write what it still holds at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
