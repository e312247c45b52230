"""Edits a token file atomically, so that a running server never reads a partial one."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

from telnyx_connections_mcp.auth.token_lines import (
    HEADER,
    MAX_BYTES,
    TokenLine,
    TokenLineError,
    new_token,
    read_lines,
    written,
)
from telnyx_connections_mcp.text.small_files import read_text, why

WAIT = 5.0
"""Longest that a command waits for another that is changing the same file, in seconds."""


class TokenFileError(Exception):
    """A token file that cannot be read or changed; the text says why, in one sentence."""


def list_tokens(path: Path) -> list[TokenLine]:
    """The tokens of the file. Raises `TokenFileError`."""
    return _lines(_read(path))


def add_token(path: Path, name: str, *, accounts: tuple[str, ...] | None, expires: date | None) -> str:
    """Add a token to the file and return it; it is not stored. A new file is readable by its owner alone.

    Raises `TokenFileError`, also if the name is taken.
    """
    try:
        token, line = new_token(name, accounts, expires)
    except TokenLineError as error:
        raise TokenFileError(str(error)) from None
    with _changing(path) as write:
        text = _read(path) if path.exists() else f"{HEADER}\n"
        if any(other.name == name for other in _lines(text)):
            raise TokenFileError(f"A token {name} already exists: revoke it first, or choose another name.")
        write(f"{text}{'' if text.endswith(chr(10)) or not text else chr(10)}{written(line)}\n")
    return token


def revoke_token(path: Path, name: str) -> None:
    """Remove a token from the file. Raises `TokenFileError`, also if there is none of that name."""
    with _changing(path) as write:
        text = _read(path)
        if all(line.name != name for line in _lines(text)):
            raise TokenFileError(f"There is no token {name} in this file; run token list to see them.")
        write("".join(row for row in text.splitlines(keepends=True) if row.split()[:1] != [name]))


def _lines(text: str) -> list[TokenLine]:
    try:
        return read_lines(text)
    except TokenLineError as error:
        raise TokenFileError(f"The token file is broken: {error}") from None


def _read(path: Path) -> str:
    try:
        return read_text(path, MAX_BYTES)
    except (OSError, ValueError) as error:
        raise TokenFileError(f"The token file cannot be read ({why(error)}).") from None


@contextmanager
def _changing(path: Path) -> Iterator[Callable[[str], int]]:
    """A function that writes the new file, which replaces the old one at the end if nothing failed.

    The new file is also the lock: it is created exclusively beside the old one, as git does with its index.
    """
    path = path.resolve()  # a link stays a link
    fresh = path.with_name(f"{path.name}.lock")
    descriptor = _create(fresh)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123  # of a descriptor
            yield file.write
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, fresh)
            with suppress(AttributeError, PermissionError):  # no chown on Windows; only root may give files away
                os.chown(fresh, path.stat().st_uid, path.stat().st_gid)
        fresh.replace(path)
    except BaseException as error:
        fresh.unlink()  # only here: once it has taken the old one's place, that name is the next command's lock
        if isinstance(error, OSError):
            raise TokenFileError(f"The token file cannot be written ({why(error)}).") from None
        raise


def _create(fresh: Path) -> int:
    until = time.monotonic() + WAIT
    while True:
        try:
            return os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            if time.monotonic() > until:
                raise TokenFileError(
                    f"Another command is changing this file, or was interrupted: if none runs, remove {fresh.name}."
                ) from None
            time.sleep(0.05)
        except OSError as error:
            raise TokenFileError(f"The token file cannot be written ({why(error)}).") from None
