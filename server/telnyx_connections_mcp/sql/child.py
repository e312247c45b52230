"""One run of the query process, seen from the server: started with images, asked, cancelled, killed."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import cast

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, Process
from anyio.streams.buffered import BufferedByteReceiveStream

from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.sql.frames import Frame, framed
from telnyx_connections_mcp.sql.indexes import prepared
from telnyx_connections_mcp.sql.tables import TABLES
from telnyx_connections_mcp.telnyx.worker_thread import in_worker_thread

ANSWER_SECONDS = 4.0
"""For a statement, which stops itself earlier. After that the process is killed."""
START_SECONDS = 20.0
"""For starting the process and giving it its images."""
CANCEL_SECONDS = 0.5
"""For stopping a statement that nobody waits for. After that the process is killed."""
_CHUNK = 256 * 1024
_AS_A_ROW = 4_096
"""Bytes of an image whose copying takes as long as work on a row."""
_LONGEST_FRAME = 16 * 1024 * 1024
"""No answer is so long; a process that announces one is not to be trusted any more."""
_ROOT = str(Path(__file__).parents[2])
_START = "import sys; sys.path.append(sys.argv[1]); from telnyx_connections_mcp.sql.worker import main; main()"
_NEEDED_ON_WINDOWS = ("SYSTEMROOT",)
"""Without it Python does not start there."""
_OUT_OF_TIME = -getattr(signal, "SIGPROF", 0)
"""The return code of a process that used up its processor time."""
_GONE = (anyio.BrokenResourceError, anyio.ClosedResourceError, anyio.EndOfStream, anyio.IncompleteRead, ValueError)
"""What reading and writing raise once the process is gone, or no longer makes sense."""


Version = tuple[str, int]
"""A database, and how often it was changed."""


def version_of(database: Database) -> Version:
    """The version of a database, which changes with its contents."""
    return database.uri, database.version


class StartError(Exception):
    """The process cannot run statements: `why` is `unstarted` or `unbounded`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Child:
    """One process with some images."""

    def __init__(self, process: Process, versions: Mapping[Kind, Version]) -> None:
        self.versions = versions
        """What it holds, by kind."""
        self.used_at = anyio.current_time()
        self.usable = True
        """Whether it can be asked again."""
        self._process = process
        self._stdin = cast("ByteSendStream", process.stdin)  # both are pipes
        self._stdout = BufferedByteReceiveStream(cast("ByteReceiveStream", process.stdout))
        self._length: int | None = None
        self._number = 0

    @classmethod
    async def start(cls, databases: Collection[Database]) -> "Child":
        """One that holds these, of a kind each. Raises `StartError`."""
        try:
            with anyio.fail_after(START_SECONDS):
                child = cls(await _open(), {each.kind: version_of(each) for each in databases})
                try:
                    await child._load(databases)
                except BaseException:
                    await child.end()
                    raise
        except (TimeoutError, OSError, *_GONE):
            raise StartError("unstarted") from None
        return child

    async def ask(self, question: Frame) -> Frame:
        """The answer to a statement."""
        self._number += 1
        self.usable = False
        try:
            with anyio.fail_after(ANSWER_SECONDS):
                await self._stdin.send(framed(question | {"number": self._number}))
                answer = await self._receive()
        except TimeoutError:
            return {"failed": "time"}
        except _GONE:
            with anyio.move_on_after(CANCEL_SECONDS):
                await self._process.wait()  # to kill it now would lose its return code
            await self.end()
            return {"failed": "time" if self._process.returncode == _OUT_OF_TIME else "memory"}
        except anyio.get_cancelled_exc_class():
            await self._cancel()
            raise
        finally:
            self.used_at = anyio.current_time()
        self.usable = answer.get("failed") != "memory"  # what is left may not be enough for the next one
        return answer

    async def end(self) -> None:
        """Kill it, and wait until it is gone."""
        self.usable = False
        with anyio.CancelScope(shield=True):
            if self.alive:
                self._process.kill()
            await self._process.aclose()

    @property
    def alive(self) -> bool:
        """Whether it runs, as far as is known."""
        return self._process.returncode is None

    async def _load(self, databases: Collection[Database]) -> None:
        for database in databases:
            image = await in_worker_thread(database.image, database.size // _AS_A_ROW)
            views = [table.view for table in TABLES.values() if table.kind is database.kind]
            setup = {"schema": database.kind.name, "prepare": prepared(database.kind), "views": views}
            await self._stdin.send(framed(setup | {"image": len(image)}))
            for start in range(0, len(image), _CHUNK):
                await self._stdin.send(image[start : start + _CHUNK])
        await self._stdin.send(framed({}))
        if not (await self._receive())["bounded"]:
            raise StartError("unbounded")

    async def _cancel(self) -> None:
        with anyio.CancelScope(shield=True), suppress(*_GONE), anyio.move_on_after(CANCEL_SECONDS):
            await self._stdin.send(framed({"cancel": self._number}))
            await self._receive()
            self.usable = True

    async def _receive(self) -> Frame:
        """The next frame; if cancelled, the next call goes on where this one stopped."""
        if self._length is None:
            self._length = int.from_bytes(await self._stdout.receive_exactly(4))
        if self._length > _LONGEST_FRAME:
            raise anyio.IncompleteRead
        frame: Frame = json.loads(await self._stdout.receive_exactly(self._length))
        self._length = None
        return frame


async def _open() -> Process:
    """The process, with no environment, no files but its pipes, and no packages but ours and Python's."""
    return await anyio.open_process(
        [sys.executable, "-I", "-S", "-B", "-c", _START, _ROOT],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _NEEDED_ON_WINDOWS if name in os.environ},
        start_new_session=True,  # a Ctrl-C on the terminal is for the server
        creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
