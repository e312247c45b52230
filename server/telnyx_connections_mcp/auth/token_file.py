"""Bearer tokens from a file that may change while the server is running."""

import logging
import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from time import monotonic

from telnyx_connections_mcp.auth import error_messages
from telnyx_connections_mcp.auth.caller import Caller
from telnyx_connections_mcp.auth.error_messages import TokenRefused
from telnyx_connections_mcp.auth.token_lines import MAX_BYTES, TokenLine, TokenLineError, read_lines, salt_of
from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.text.small_files import open_file

LOOK_EVERY = 1.0
"""Seconds between two checks for changes of the file."""
_NO_LINE = TokenLine("", "", secrets.token_bytes(32))
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Signature:
    """Metadata by which a change of the file is noticed."""

    inode: int
    size: int
    changed: int
    mode: int


class TokenFile:
    """The tokens of a file, each with all `scopes`.

    Changes are looked for at most once a second. A broken or missing file is logged once, and the last valid tokens
    stay valid.
    """

    def __init__(self, path: Path, scopes: tuple[str, ...] = ()) -> None:
        """Read the file. Raises `SettingsError` if it is unusable."""
        self._path = path
        self._scopes = list(scopes)
        self._looked = -inf
        self._signature: _Signature | None = None
        self._lines: dict[str, TokenLine] = {}
        if (problem := self._read()) is not None:
            raise SettingsError(f"{problem} See telnyx-connections-mcp token --help.")

    def check(self, token: str) -> Caller:
        """The caller whose token this is. Raises `TokenRefused` for an unknown or expired one."""
        self._look()
        line = self._lines.get(
            salt_of(token), _NO_LINE
        )  # compared too, so that timing does not reveal whether a line exists
        if not line.holds(token):
            raise TokenRefused(error_messages.UNKNOWN)
        ends = line.ends()
        if ends is not None and ends <= datetime.now(UTC):
            raise TokenRefused(error_messages.EXPIRED_AFTER.format(day=line.expires))
        return Caller(
            client_id=line.name,
            scopes=self._scopes,
            expires_at=None if ends is None else int(ends.timestamp()),
            accounts=line.accounts,
        )

    def _look(self) -> None:
        if monotonic() - self._looked < LOOK_EVERY:
            return
        self._looked = monotonic()
        if (problem := self._read()) is not None:
            _LOG.error("%s The tokens that were read earlier stay valid.", problem)

    def _read(self) -> str | None:
        """Read the file if it has changed; the problem with it, in one sentence, if that is new."""
        before = self._signature
        try:
            with open_file(self._path) as file:
                stat = os.fstat(file.fileno())
                self._signature = _Signature(stat.st_ino, stat.st_size, stat.st_mtime_ns, stat.st_mode)
                if self._signature == before:
                    return None
                text = file.read(MAX_BYTES + 1)
        except OSError as error:
            self._signature = _Signature(0, 0, 0, 0)
            known = before == self._signature
            return None if known else f"The token file cannot be read ({error.strerror})."
        if len(text) > MAX_BYTES:
            return f"The token file is longer than {MAX_BYTES // 1024 // 1024} MiB."
        try:
            self._lines = {line.salt: line for line in read_lines(text.decode("utf-8-sig"))}
        except TokenLineError as error:
            return f"The token file is broken: {error}"
        except UnicodeDecodeError:
            return "The token file is not text."
        if os.name == "posix" and self._signature.mode & 0o026:
            _LOG.warning("Other users of this machine can read or write the token file: run chmod 600 on it.")
        return None
