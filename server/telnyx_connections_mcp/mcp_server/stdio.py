"""The server over standard input and output: the SDK's, behind a check of every line."""

import json
import os
import sys
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import TextIOWrapper
from typing import Any, BinaryIO, Protocol, cast

import anyio
from mcp.server import MCPServer
from mcp.server.stdio import stdio_server

from telnyx_connections_mcp.mcp_server.messages import BATCHES, IncomingMessages, is_request, log_refusal, read


class LineWriter(Protocol):
    """Writes lines to the client; `anyio.wrap_file` returns one."""

    async def write(self, text: str, /) -> object:
        """Write a line."""
        ...

    async def flush(self) -> object:
        """Flush."""
        ...


class StdioStreams(LineWriter, AsyncIterable[str], Protocol):
    """Standard input and output, read and written on behalf of the SDK.

    Iterating yields the lines of one session; `ended` is set after the last session.
    """

    ended: bool


async def serve_stdio(server: MCPServer[Any], streams: StdioStreams | None = None) -> None:
    """Serve until the client closes standard input; `streams` replace standard input and output."""
    if streams is None:
        with _standard_streams() as (source, wire):
            await _serve(server, MessageFraming(source, wire))
        return
    while not streams.ended:
        await _serve(server, MessageFraming(streams, streams))


async def _serve(server: MCPServer[Any], framing: "MessageFraming") -> None:
    lowlevel = server._lowlevel_server  # noqa: SLF001  # `run_stdio_async` takes no streams (mcp 2.3)
    file = cast("Any", framing)  # it uses no more of a file than `MessageFraming` has
    async with stdio_server(file, file) as (read_stream, write_stream):
        await lowlevel.run(read_stream, write_stream, lowlevel.create_initialization_options())


@contextmanager
def _standard_streams() -> Iterator["tuple[AsyncIterable[str], LineWriter]"]:
    """Standard input and output as text, for the protocol alone.

    If they are the process's own, stray prints go to standard error meanwhile, and stray reads find the end of input,
    in child processes too.
    """
    if not (_is(0, sys.stdin) and _is(1, sys.stdout)):
        yield _text(sys.stdin.buffer), _text(sys.stdout.buffer)
        return
    source, wire = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    try:  # a thread may be reading until exit, so neither descriptor is ever closed
        yield _text(open(source, "rb", closefd=False)), _text(open(wire, "wb", closefd=False))  # noqa: SIM115
    finally:
        os.dup2(source, 0)
        os.dup2(wire, 1)


def _is(descriptor: int, stream: Any) -> bool:
    try:
        return bool(stream.buffer.fileno() == descriptor)
    except (AttributeError, OSError, ValueError):
        return False


class _Kept(TextIOWrapper):
    """Text over a stream that stays open when it is closed."""

    def close(self) -> None:
        """Detach the stream."""
        with suppress(ValueError):  # it was detached already
            self.detach()


def _text(stream: BinaryIO) -> Any:
    return anyio.wrap_file(_Kept(stream, encoding="utf-8", errors="replace"))


@dataclass(slots=True)
class _Batch:
    waiting: list[int | str]
    answers: list[str]


class MessageFraming:
    """The valid messages among the lines of `source`, and a way for the SDK to write to `wire`.

    Invalid ones get a JSON-RPC error here. The SDK gets the messages of a batch, which only protocol version 2025-03-26
    has, one by one, and the client their responses as one list.
    """

    def __init__(self, source: AsyncIterable[str], wire: LineWriter) -> None:
        self._source = source
        self._wire = wire
        self._writing = anyio.Lock()
        self._version: str | None = None
        self._batches: list[_Batch] = []

    async def __aiter__(self) -> AsyncIterator[str]:
        """Lines with one message each."""
        async for line in self._source:
            if not line.strip():
                continue
            received = read(line, self._version)
            for message in received.messages:
                await self._note(message)
            await self._refuse(received)
            if received.batch:
                for message in received.messages:
                    yield json.dumps(message)
            elif received.messages:
                yield line

    async def write(self, text: str) -> None:
        """Write the SDK's line, or, if it belongs to the response to a batch, hold it until that is complete."""
        batch = self._batch_of(text) if self._batches else None
        if batch is None:
            await self._put(text)
        else:
            batch.answers.append(text.strip())
            await self._finish(batch)

    async def flush(self) -> None:
        """Nothing to do: each line is sent at once."""

    async def _note(self, message: dict[str, Any]) -> None:
        """Note the protocol version, and cancelled requests of a batch, which get no response."""
        params = message.get("params") or {}
        if message.get("method") == "initialize":
            self._version = BATCHES if params.get("protocolVersion") == BATCHES else None
        cancelled = params.get("requestId") if message.get("method") == "notifications/cancelled" else None
        if not isinstance(cancelled, int | str):
            return
        for batch in [batch for batch in self._batches if cancelled in batch.waiting]:
            batch.waiting.remove(cancelled)
            await self._finish(batch)

    async def _refuse(self, received: IncomingMessages) -> None:
        for refused in received.refused:
            log_refusal(refused)
        answers = [json.dumps(refused.answer()) for refused in received.refused]
        if not received.batch:
            for answer in answers:
                await self._put(answer + "\n")
            return
        batch = _Batch([message["id"] for message in received.messages if is_request(message)], answers)
        self._batches.append(batch)
        await self._finish(batch)

    async def _finish(self, batch: _Batch) -> None:
        if batch.waiting:
            return
        self._batches.remove(batch)
        if batch.answers:
            await self._put(f"[{','.join(batch.answers)}]\n")

    def _batch_of(self, text: str) -> _Batch | None:
        message = json.loads(text)
        if "method" in message:
            return None
        for batch in self._batches:
            if message["id"] in batch.waiting:
                batch.waiting.remove(message["id"])
                return batch
        return None

    async def _put(self, text: str) -> None:
        async with self._writing:
            await self._wire.write(text)
            await self._wire.flush()
