"""One run of the query process, seen from the server: started with an image, asked, cancelled, killed."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import cast

import anyio
from anyio.abc import ByteReceiveStream, ByteSendStream, Process
from anyio.streams.buffered import BufferedByteReceiveStream

from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.sql.frames import Frame, framed
from telnyx_connections_mcp.sql.indexes import INDEXES
from telnyx_connections_mcp.sql.tables import VIEWS

ANSWER_SECONDS = 4.0
"""For a statement, which stops itself earlier. After that the process is killed."""
START_SECONDS = 20.0
"""For starting the process and giving it the image."""
CANCEL_SECONDS = 0.5
"""For stopping a statement that nobody waits for. After that the process is killed."""
_CHUNK = 256 * 1024
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


class StartError(Exception):
    """The process cannot run statements: `why` is `unstarted` or `unbounded`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Child:
    """One process with one image."""

    def __init__(self, process: Process, image: str, *, findings: bool) -> None:
        self.image = image
        """Of which database it is."""
        self.findings = findings
        """Whether it holds the findings."""
        self.used_at = anyio.current_time()
        self.usable = True
        """Whether it can be asked again."""
        self._process = process
        self._stdin = cast("ByteSendStream", process.stdin)  # both are pipes
        self._stdout = BufferedByteReceiveStream(cast("ByteReceiveStream", process.stdout))
        self._length: int | None = None
        self._number = 0

    @classmethod
    async def start(cls, snapshot: Snapshot, *, findings: bool) -> "Child":
        """One that holds `snapshot`, and its findings if they are computed. Raises `StartError`."""
        try:
            with anyio.fail_after(START_SECONDS):
                child = cls(await _open(), snapshot.database.uri, findings=findings)
                try:
                    await child._load(await snapshot.in_worker_thread(snapshot.database.image))
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

    async def _load(self, image: bytes) -> None:
        await self._stdin.send(framed({"indexes": INDEXES, "views": VIEWS, "image": len(image)}))
        for start in range(0, len(image), _CHUNK):
            await self._stdin.send(image[start : start + _CHUNK])
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
