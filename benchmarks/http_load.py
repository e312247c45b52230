"""Calls a second over HTTP against a bare SDK server whose one tool returns the same bytes, in one run.

`python benchmarks/http_load.py [CALLS] [--memory CALLS] [--size CONNECTIONS] [--typescript]`: CALLS (2,000) for each
number of callers, the servers taking turns: ours with one question again and again, ours with a question that was not
asked before, two replicas of ours, of which each gets every second caller, and the bare one; then that many calls of
ours, with its memory on the way. The account has CONNECTIONS (55). `--typescript` adds a bare server of the TypeScript
SDK, for orientation (it needs Node.js and npm). The load comes from this process, the servers are processes of their
own. Every caller keeps one connection and calls again at once. The processor time that the servers took for a call
stands beside: other work on the machine disturbs it less.
"""

import argparse
import asyncio
import itertools
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stdio import KEY, OURS, sandbox

BARE = [sys.executable, str(Path(__file__).with_name("bare_http_server.py"))]
BARE_TYPESCRIPT = Path(__file__).with_name("bare_http_server.mjs")
CALLERS = (1, 10, 100, 500)
MAX_ROUNDS = 12
REPLICAS, YARDSTICK = "ours, 2", "bare"
MODERN, LEGACY = "2026-07-28", "2025-11-25"
ASKED_AGAIN: dict[str, Any] = {"active": True}
_numbers = itertools.count()


def asked_again() -> bytes:
    """The same question at every call."""
    return request(ASKED_AGAIN)


def asked_anew() -> bytes:
    """A question that nobody asked before, with nearly the same answer."""
    return request(ASKED_AGAIN | {"created_after": f"2001-01-01T00:00:00.{next(_numbers):06}Z"})


def asked_of_typescript() -> bytes:
    """The same, as clients of 2025 ask."""
    return request(ASKED_AGAIN, LEGACY)


def request(where: dict[str, Any], version: str = MODERN) -> bytes:
    params = {"name": "search_connections", "arguments": {"where": where, "limit": 5}}
    more = ""
    if version == MODERN:
        prefix = "io.modelcontextprotocol"
        params["_meta"] = {f"{prefix}/protocolVersion": version, f"{prefix}/clientCapabilities": {}}
        more = "Mcp-Method: tools/call\r\nMcp-Name: search_connections\r\n"
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}).encode()
    head = (
        "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:80\r\nContent-Type: application/json\r\n"
        f"Accept: application/json, text/event-stream\r\nMcp-Protocol-Version: {version}\r\n{more}"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


@contextmanager
def server(command: list[str], **environ: str) -> Iterator[tuple[int, int]]:
    """A server as a process; its port and its process id. Its log, a line for each call of ours, goes to a file."""
    with (
        tempfile.NamedTemporaryFile() as log,
        subprocess.Popen(command, stderr=log, env=os.environ | environ) as process,
    ):
        said = Path(log.name)
        while not (found := re.search(r"http://127\.0\.0\.1:([0-9]+)/mcp", said.read_text())):
            assert process.poll() is None, said.read_text()
            time.sleep(0.05)
        try:
            yield int(found[1]), process.pid
        finally:
            process.terminate()


async def call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, asked: bytes) -> bytes:
    """One call on an open connection; the body of the answer."""
    writer.write(asked)
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: ([0-9]+)", head)
    assert head.startswith(b"HTTP/1.1 200 "), head
    assert length is not None, head
    return await reader.readexactly(int(length[1]))


async def load(ports: Sequence[int], ask: Callable[[], bytes], callers: int, calls: int) -> tuple[float, list[float]]:
    """Calls a second, and the seconds that each call took."""
    took: list[float] = []
    left = calls

    async def caller(port: int) -> None:
        nonlocal left
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while left > 0:
            left -= 1
            asked = ask()
            started = time.perf_counter()
            answer = await call(reader, writer, asked)
            took.append(time.perf_counter() - started)
            assert b'"isError":true' not in answer, answer[:500]
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(caller(ports[number % len(ports)]) for number in range(callers)))
    return len(took) / (time.perf_counter() - started), took


async def answer_of(port: int, ask: Callable[[], bytes] = asked_again) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = await call(reader, writer, ask())
    writer.close()
    return answer


@dataclass
class Runs:
    """What is measured of one server, or of several that share the callers."""

    servers: Sequence[tuple[int, int]]
    """The port and the process id of each."""
    ask: Callable[[], bytes] = asked_again
    rates: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    processor: list[float] = field(default_factory=list)
    """Milliseconds of processor time per request, one figure per round."""

    def add(self, callers: int, calls: int) -> None:
        before = self._processor_seconds()
        rate, took = asyncio.run(load([port for port, _ in self.servers], self.ask, callers, calls))
        self.processor.append((self._processor_seconds() - before) / len(took) * 1000)
        self.rates.append(rate)
        self.took += took

    def _processor_seconds(self) -> float:
        return sum(processor_seconds(pid) for _, pid in self.servers)

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def processor_ms(self) -> float:
        """The lower quartile of the rounds: what else the machine does makes a round slower, never faster."""
        return statistics.quantiles(self.processor, n=4)[0]

    def row(self) -> str:
        p50, p99 = (statistics.quantiles(self.took, n=100)[which] * 1000 for which in (49, 98))
        return f"{self.rate:7.0f}/s  p50 {p50:7.1f} ms  p99 {p99:7.1f} ms  processor {self.processor_ms:.2f} ms a call"


def processor_seconds(pid: int) -> float:
    """What all threads of a process took, from the scheduler's own count (Linux, sched-stats.rst)."""
    counts = [path.read_text().split()[0] for path in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    return sum(map(int, counts)) / 1e9


def compare(calls: int, servers: dict[str, Callable[[], Runs]]) -> None:
    """Each number of callers, the servers taking turns."""
    for callers in CALLERS:
        runs = {name: new() for name, new in servers.items() if callers > 1 or name != REPLICAS}
        rounds = max(3, min(MAX_ROUNDS, calls // (2 * callers)))
        for _ in range(rounds):
            for measured in runs.values():
                measured.add(callers, calls // rounds)
        yardstick = runs[YARDSTICK]
        for name, measured in runs.items():
            print(
                f"{callers:4} callers  {name:15}{measured.row()}  ratio {measured.rate / yardstick.rate:.2f}, "
                f"of processor time {yardstick.processor_ms / measured.processor_ms:.2f}"
            )


def resident_mib(pid: int) -> float:
    found = re.search(r"VmRSS:\s+([0-9]+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


@contextmanager
def typescript(answer: str) -> Iterator[tuple[int, int]]:
    """The bare server of the TypeScript SDK, installed in a folder that goes away again."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(BARE_TYPESCRIPT, folder)
        quiet = ["--silent", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
        npm, node = (shutil.which(name) or name for name in ("npm", "node"))
        subprocess.run([npm, "install", "--prefix", folder, *quiet, "@modelcontextprotocol/sdk@1"], check=True)
        with server([node, str(Path(folder) / BARE_TYPESCRIPT.name)], BARE_ANSWER=answer) as started:
            yield started


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("calls", type=int, nargs="?", default=2000)
    options.add_argument("--memory", type=int, default=0)
    options.add_argument("--size", type=int, default=55)
    options.add_argument("--typescript", action="store_true")
    given = options.parse_args()
    warm = {"TELNYX_SNAPSHOT_SECONDS": "3600", "TELNYX_API_KEY": KEY}
    serve = [*OURS, "serve", "--http", "0"]
    with ExitStack() as running:
        url = running.enter_context(sandbox("--size", str(given.size)))
        ours = running.enter_context(server(serve, TELNYX_BASE_URL=url, **warm))
        answer = asyncio.run(answer_of(ours[0]))
        with ExitStack() as compared:
            second = compared.enter_context(server(serve, TELNYX_BASE_URL=url, **warm))
            asyncio.run(answer_of(second[0]))
            text = json.loads(answer)["result"]["content"][0]["text"]
            bare = compared.enter_context(server(BARE, BARE_ANSWER=text))
            print(f"one answer: {len(answer)} bytes, of the bare server {len(asyncio.run(answer_of(bare[0])))} bytes")
            servers = {
                "ours": lambda: Runs([ours]),
                "ours, new": lambda: Runs([ours], asked_anew),
                REPLICAS: lambda: Runs([ours, second]),
                YARDSTICK: lambda: Runs([bare]),
            }
            if given.typescript:
                other = compared.enter_context(typescript(text))
                servers["bare TypeScript"] = lambda: Runs([other], asked_of_typescript)
            compare(given.calls, servers)
        for done in range(0, given.memory, max(1, given.memory // 5)):
            asyncio.run(load([ours[0]], asked_again, 10, given.memory // 5))
            print(f"{done + given.memory // 5:7} more calls: {resident_mib(ours[1]):.1f} MiB")


if __name__ == "__main__":
    main()
