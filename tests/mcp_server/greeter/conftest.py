"""Fixtures for the greeter: the SDK's answers, and a server that imports the SDK when a test says so."""

import json
import os
import select
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import anyio
import pytest
from mcp.server.stdio import stdio_server

from telnyx_connections_mcp.config.settings import Settings
from telnyx_connections_mcp.mcp_server.app import create_server

Said = Callable[..., list[str]]
_STANDS_FOR_ANYIO = """\
import os, sys

print("a stray line of a module")
with open(os.environ["TEST_GATE"]):  # a FIFO: until the test opens it too
    pass
sys.path.remove(os.path.dirname(__file__))
del sys.modules["anyio"]
import anyio
"""


class _Wire:
    """Both streams of a server in this process: the client's lines, and what is written until each is answered."""

    def __init__(self, lines: Sequence[str]) -> None:
        self._lines = list(lines)
        self._due = sum("id" in json.loads(line) for line in lines)
        self._complete = anyio.Event()
        self.written: list[str] = []

    def __aiter__(self) -> "_Wire":
        return self

    async def __anext__(self) -> str:
        if self._lines:
            return self._lines.pop(0)
        await self._complete.wait()
        raise StopAsyncIteration

    async def write(self, text: str) -> None:
        self.written.append(text)
        if len(self.written) == self._due:
            self._complete.set()

    async def flush(self) -> None:
        pass


async def _answers(settings: Settings, lines: Sequence[str]) -> list[str]:
    lowlevel = create_server(settings)._lowlevel_server  # noqa: SLF001  # see serve.py
    wire = _Wire(lines)
    with anyio.fail_after(30):
        async with stdio_server(cast("Any", wire), cast("Any", wire)) as streams:
            await lowlevel.run(*streams, lowlevel.create_initialization_options())
    return wire.written


@pytest.fixture(scope="session")
def said_by_sdk() -> Said:
    """What the SDK, without the greeter, answers to these lines in this process."""

    def said(lines: Sequence[str], *, sandbox: bool = True) -> list[str]:
        return anyio.run(_answers, Settings(sandbox=sandbox), lines)

    return said


@dataclass
class Loading:
    """A server that has not imported the SDK yet."""

    server: Any  # tests/conftest.py: Process
    _fifo: Path

    def load(self) -> None:
        """Let it import the SDK."""
        self._fifo.open("wb").close()

    def say(self, *lines: str) -> None:
        for line in lines:
            self.server.write(line.encode())

    def hear(self, number: int = 1) -> list[str]:
        """The next lines, unparsed."""
        return [self._hear() for _ in range(number)]

    def _hear(self) -> str:
        stdout = self.server.popen.stdout
        assert select.select([stdout], [], [], 20)[0], "the server said nothing"
        line: bytes = stdout.readline()
        return line.decode()


@pytest.fixture
def loading(start: Callable[..., Any], tmp_path: Path) -> Callable[..., Loading]:
    """Start a server as `start` does, by default on the sandbox, that waits before it imports the SDK."""
    (tmp_path / "early").mkdir()
    (tmp_path / "early" / "anyio.py").write_text(_STANDS_FOR_ANYIO, encoding="utf-8")
    fifo = tmp_path / "gate"
    os.mkfifo(fifo)

    def run(*arguments: str, **environ: str) -> Loading:
        given = {"PYTHONPATH": str(tmp_path / "early"), "TEST_GATE": str(fifo)} | environ
        return Loading(start(*(arguments or ("--sandbox",)), **given), fifo)

    return run
