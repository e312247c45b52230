"""Reads a settings file and replaces it atomically, without losing anyone else's change."""

import os
import sys
import tempfile
import time
from codecs import BOM_UTF8
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from telnyx_connections_mcp.cli.install.problem import InstallError
from telnyx_connections_mcp.text.small_files import read_small

_MAX_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class SettingsFile:
    """A file as read."""

    path: Path
    """Where the client looks for it; may be a symbolic link."""
    data: bytes | None
    """None: there is no file."""

    @property
    def text(self) -> str:
        """The text without a byte-order mark; empty without a file. Raises `InstallError`."""
        try:
            return (self.data or b"").removeprefix(BOM_UTF8).decode()
        except UnicodeDecodeError as error:
            raise InstallError(f"it is not UTF-8 (byte {error.start + 1}): save it as UTF-8") from None

    @property
    def marked(self) -> bool:
        """Whether it begins with a byte-order mark, which makes some clients ignore the file."""
        return self.data is not None and self.data.startswith(BOM_UTF8)


def read(path: Path) -> SettingsFile:
    """The file at `path`. Raises `InstallError` if it is unreadable."""
    with _saying("read"):
        return SettingsFile(path, _data(path))


def replace(file: SettingsFile, text: str, *, marked: bool = False) -> Path | None:
    """Replace `file` with `text`, with a byte-order mark if `marked`; returns the backup.

    None if there was no file.

    What a link points to is written, the link stays. Mode and owner stay; a new file is its owner's alone. Raises
    `InstallError`, and then nothing has changed.
    """
    try:
        data = (BOM_UTF8 if marked else b"") + text.encode()
    except UnicodeEncodeError:
        raise InstallError("its path contains a name that is not UTF-8: rename it") from None
    with _saying("written"):
        target = file.path.resolve()
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = _write_beside(target, data, file.data is not None)
        try:
            return _swap(file, target, temporary)
        finally:
            temporary.unlink(missing_ok=True)


def delete(file: SettingsFile) -> Path | None:
    """Remove `file`; returns the backup. If it raises `InstallError`, nothing has changed."""
    with _saying("removed"):
        return _swap(file, file.path.resolve(), None)


def backups(path: Path) -> list[SettingsFile]:
    """The readable backups of the file at `path`, newest first."""
    found = sorted(path.parent.glob(f"{path.name}.bak-*"), key=lambda each: each.name, reverse=True)
    readable: list[SettingsFile] = []
    for one in found:
        with suppress(InstallError):
            backup = read(one)
            _ = backup.text
            readable.append(backup)
    return readable


def write_secret(path: Path, secret: str) -> None:
    """Write `secret` to a file that only its owner may read. Raises `InstallError`."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        target = path.resolve()
        temporary = _write_beside(target, f"{secret}\n".encode(), exists=False)
        try:
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise InstallError(f"the key file {path} cannot be written ({error.strerror})") from None


@contextmanager
def _saying(done: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InstallError(f"it cannot be {done} ({error.strerror})") from None


def _data(path: Path) -> bytes | None:
    try:
        return read_small(path, _MAX_BYTES)
    except FileNotFoundError:
        return None


def _write_beside(target: Path, data: bytes, exists: bool) -> Path:  # noqa: FBT001  # read once, right here
    """A file beside `target` with `data` and the mode and owner of `target`."""
    status = None
    if exists:
        with target.open("r+b"):  # respect write protection, which os.replace would ignore
            status = target.stat()
    handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        if status is not None and sys.platform != "win32":
            with suppress(PermissionError):  # a group that is not ours
                os.chown(temporary, status.st_uid, status.st_gid)
            temporary.chmod(status.st_mode & 0o7777)
    except OSError:
        temporary.unlink()
        raise
    return temporary


def _swap(file: SettingsFile, target: Path, temporary: Path | None) -> Path | None:
    """Replace `target` with `temporary`, or remove it, if it is unchanged since it was read."""
    backup = None if file.data is None else _back_up(file.path, file.data, target)
    try:
        _check_unchanged(file, target)
        if temporary is None:
            target.unlink()
        else:
            temporary.replace(target)
    except (OSError, InstallError):
        if backup is not None:
            backup.unlink()
        raise
    return backup


def _check_unchanged(file: SettingsFile, target: Path) -> None:
    if _data(target) != file.data:
        raise InstallError("another program has changed it in the meantime: run the command again")


def _back_up(path: Path, data: bytes, target: Path) -> Path:
    stamp, number = time.strftime("%Y%m%d-%H%M%S"), 0
    while True:
        backup = path.with_name(f"{path.name}.bak-{stamp}" + (f"-{number}" if number else ""))
        try:
            handle = os.open(backup, os.O_WRONLY | os.O_CREAT | os.O_EXCL, target.stat().st_mode & 0o777)
        except FileExistsError:
            number += 1
            continue
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
        except OSError:
            backup.unlink()
            raise
        return backup
