"""Writes a file beside its place and moves it there: others see the old file or the whole new one, never half of it."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISDIR, S_ISREG


def why_not(path: Path, *, replace: bool) -> str | None:
    """Why no file can be written to `path`, in a sentence; None if nothing speaks against it."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        if not path.parent.is_dir():
            return f"there is no directory {path.parent}"
    except OSError as error:
        return f"{path} cannot be written ({error.strerror})"
    else:
        if S_ISDIR(mode):
            return f"{path} is a directory"
        if not replace:
            return f"{path} exists: choose another name, or replace it with --force"
        if not S_ISREG(mode):
            return f"{path} is no ordinary file: choose another name"
    return None if os.access(path.parent, os.W_OK) else f"nothing can be written to the directory {path.parent}"


@contextmanager
def new_file(path: Path, *, replace: bool) -> Iterator[Path]:
    """An empty file that only its owner can read; it moves to `path` at the end, or is removed after an exception.

    Raises `OSError`; without `replace` also if there is a file at `path` by then.
    """
    descriptor, name = tempfile.mkstemp(prefix=".export-", dir=path.parent)
    fresh = Path(name)
    try:
        try:
            yield fresh
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        if replace:
            fresh.replace(path)
        else:
            _move(fresh, path)
    finally:
        fresh.unlink(missing_ok=True)


def _move(fresh: Path, path: Path) -> None:
    """Give `fresh` the name `path`, unless another program was faster."""
    try:
        path.hardlink_to(fresh)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise
        fresh.rename(path)
