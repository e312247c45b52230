"""Standard input and output, shared by the greeter and the SDK."""

import json
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress

from telnyx_connections_mcp.mcp_server.greeter.messages import parse, parse_loosely, passes, question

_AHEAD = 16
"""Most lines kept for the SDK while it is being imported; after that the client has to wait."""
_INTERNAL_ERROR = -32603


class Stdio:
    """Both streams for `stdio_server`, which iterates over lines and writes.

    A thread reads the input for the life of the process: it answers what was recorded and keeps the rest. Iterating
    ends with the input, and before an `initialize` that follows only `server/discover`: a client that waited too long
    for that response starts over, which the SDK (mcp 2.3) refuses within one session.
    """

    def __init__(self, answers: dict[str, str]) -> None:
        self.taken_over = False
        """Whether the SDK is reading."""
        self.ended = False
        """Whether the client has closed standard input."""
        self._in, self._out = os.dup(0), os.dup(1)
        self._answers = answers  # none are left once the SDK answers
        self._session = ""  # the protocol version of the handshake that was answered here
        self._handshake: object = None  # its id, until the SDK has answered it too
        self._lines: deque[str] = deque()
        self._room = threading.Semaphore(_AHEAD)
        self._wake: Callable[[], object] | None = None
        self._held = ""
        self._opened = ""  # the method that the SDK saw first

    @contextmanager
    def diverted(self) -> Generator[None]:
        """Read; meanwhile stray reads and child processes find no input, and stray output goes to standard error."""
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        os.dup2(2, 1)
        threading.Thread(target=self._read, name="greeter", daemon=True).start()
        try:
            yield
        finally:
            with suppress(OSError):
                sys.stdout.flush()
            os.dup2(self._in, 0)
            os.dup2(self._out, 1)

    def refuse(self, error: Exception) -> None:
        """Answer every further request with why the server could not start, until the client leaves."""
        import asyncio

        missing = error.name if isinstance(error, ModuleNotFoundError) else None
        why = f"the Python module {missing} is missing" if missing else f"its start failed ({type(error).__name__})"
        sentence = f"telnyx-connections-mcp cannot answer: {why}. Reinstall it and restart it."
        print(sentence, file=sys.stderr, flush=True)  # noqa: T201  # a client may show it
        asyncio.run(self._refuse(sentence))

    async def _refuse(self, why: str) -> None:
        while line := await self._line():
            message = parse_loosely(line)
            number = message.get("id")
            if number is not None and number == self._handshake:
                self._handshake = None
            elif "method" in message and number is not None:
                error = {"code": _INTERNAL_ERROR, "message": why}
                self._write(json.dumps({"jsonrpc": "2.0", "id": number, "error": error}) + "\n")

    def __aiter__(self) -> "Stdio":
        return self

    async def __anext__(self) -> str:
        self.taken_over = True
        line, self._held = self._held or await self._line(), ""
        self.ended = not line
        if self.ended or self._starts_over(line):
            self._held = line
            raise StopAsyncIteration
        return line

    def _starts_over(self, line: str) -> bool:
        if self._opened not in ("", "server/discover"):
            return False
        message = parse_loosely(line)
        before, method = self._opened, str(message.get("method", "")) if "id" in message else ""
        self._opened = method or before
        return before != "" and method == "initialize"

    async def _line(self) -> str:
        """The next line for the SDK; none at the end of input."""
        import asyncio

        if self._wake is None:
            loop, self._arrived = asyncio.get_running_loop(), asyncio.Event()
            self._wake = lambda: loop.call_soon_threadsafe(self._arrived.set)
        while not self._lines:  # what comes from here on wakes us
            self._arrived.clear()
            await self._arrived.wait()
        self._room.release()
        return self._lines.popleft()

    async def write(self, text: str) -> None:
        """Write a line, unless it is the SDK's response to a handshake that was answered here."""
        import anyio.to_thread

        if self._handshake is not None and json.loads(text).get("id") == self._handshake:
            self._handshake = None
        else:
            await anyio.to_thread.run_sync(self._write, text)

    async def flush(self) -> None:
        """Nothing is buffered."""

    def _write(self, text: str) -> None:
        data = memoryview(text.encode())
        while data:
            data = data[os.write(self._out, data) :]

    def _read(self) -> None:
        with suppress(RuntimeError):  # the loop that took the lines has ended
            with suppress(OSError), open(self._in, encoding="utf-8", errors="replace", closefd=False) as lines:
                for line in lines:
                    if not self._answers or self._greet(line):
                        self._keep(line)
            self._keep("")

    def _keep(self, line: str) -> None:
        self._room.acquire()
        self._lines.append(line)
        if self._wake is not None:
            self._wake()

    def _greet(self, line: str) -> bool:
        """Answer a line from the recording; returns whether the SDK has to see it."""
        message = parse(line)
        if passes(message, self._session):
            return True
        asked = question(message, self._session)
        answer = self._answers.get(asked)
        try:
            if answer is not None:
                number = json.dumps(message["id"], ensure_ascii=False)
                self._write(answer.replace('"id":0', f'"id":{number}', 1) + "\n")
        except OSError:  # the SDK will meet it too
            answer = None
        if answer is None:
            self._answers = {}
            return True
        if message["method"] == "initialize":
            self._session, self._handshake = asked.rpartition(" ")[2], message["id"]
            return True
        return False
