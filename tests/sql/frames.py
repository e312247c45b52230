"""Speaks to the query process as the server does, but to one that coverage can measure.

`resource` is hidden from it, as on Windows, because under its limits no coverage data could be written at the end.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Self

from telnyx_connections_mcp.sql.frames import framed, read_frame

_COMMAND = "import sys; sys.modules['resource'] = None; from telnyx_connections_mcp.sql.worker import main; main()"


class Frames:
    """A query process."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", _COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self._number = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait(20)
        for stream in (self.process.stdout, self.process.stderr):
            assert stream is not None
            stream.close()

    def load(self, *images: tuple[str, bytes], views: Sequence[str] = (), said: int | None = None) -> None:
        """Send images, each with its schema; the announced size may be wrong."""
        for schema, image in images:
            prepare = [f"CREATE INDEX {schema}.by_a ON stored (a)"]
            size = len(image) if said is None else said
            self.write({"schema": schema, "prepare": prepare, "views": views, "image": size}, image)
        self.write({})

    def write(self, frame: Mapping[str, Any], content: bytes = b"") -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(framed(dict(frame)) + content)
        self.process.stdin.flush()

    def read(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        frame = read_frame(self.process.stdout)  # type: ignore[arg-type]  # Popen says less than it gives
        assert frame is not None
        return frame

    def send(self, sql: str, limit: int = 10, size: int = 10_000) -> int:
        """Send a statement and return its number."""
        self._number += 1
        self.write({"sql": sql, "limit": limit, "size": size, "number": self._number})
        return self._number

    def ask(self, sql: str, limit: int = 10, size: int = 10_000) -> dict[str, Any]:
        self.send(sql, limit, size)
        return self.read()
