"""Calls a second over HTTP against a bare SDK server whose one tool returns the same bytes, in one run.

`python benchmarks/http_load.py [CALLS] [--memory CALLS] [--size CONNECTIONS]`: CALLS (2,000) for each number of
callers, the servers taking turns: ours, two replicas of ours, of which each gets every second caller, and the bare one;
then that many calls of ours, with its memory on the way. The account has CONNECTIONS (55). The load comes from this
process, the servers are processes of their own. Every caller keeps one connection and calls again at once. The
processor time that the servers took for a call stands beside: other work on the machine disturbs it less.
"""

import argparse
import asyncio
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from stdio import KEY, OURS, sandbox

BARE = [sys.executable, str(Path(__file__).with_name("bare_http_server.py"))]
CALLERS = (1, 10, 100, 500)
PARAMS = {
    "name": "search_connections",
    "arguments": {"where": {"active": True}, "limit": 5},
    "_meta": {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    },
}
BODY = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": PARAMS}).encode()
HEAD = (
    "POST /mcp HTTP/1.1\r\nHost: 127.0.0.1:80\r\nContent-Type: application/json\r\nMcp-Method: tools/call\r\n"
    "Accept: application/json, text/event-stream\r\nMcp-Protocol-Version: 2026-07-28\r\n"
    f"Mcp-Name: search_connections\r\nContent-Length: {len(BODY)}\r\n\r\n"
)
REQUEST = HEAD.encode() + BODY


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


async def call(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """One call on an open connection; the body of the answer."""
    writer.write(REQUEST)
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: ([0-9]+)", head)
    assert head.startswith(b"HTTP/1.1 200 "), head
    assert length is not None, head
    return await reader.readexactly(int(length[1]))


async def load(ports: Sequence[int], callers: int, calls: int) -> tuple[float, list[float]]:
    """Calls a second, and the seconds that each call took."""
    took: list[float] = []
    left = calls

    async def caller(port: int) -> None:
        nonlocal left
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while left > 0:
            left -= 1
            started = time.perf_counter()
            answer = await call(reader, writer)
            took.append(time.perf_counter() - started)
            assert b'"isError":true' not in answer, answer[:500]
        writer.close()

    started = time.perf_counter()
    await asyncio.gather(*(caller(ports[number % len(ports)]) for number in range(callers)))
    return len(took) / (time.perf_counter() - started), took


async def answer_of(port: int) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answer = await call(reader, writer)
    writer.close()
    return answer


@dataclass
class Runs:
    """What is measured of one server, or of several that share the callers."""

    ports: tuple[int, ...]
    pids: tuple[int, ...]
    rates: list[float] = field(default_factory=list)
    took: list[float] = field(default_factory=list)
    processor: float = 0.0

    def add(self, callers: int, calls: int) -> None:
        before = sum(map(processor_seconds, self.pids))
        rate, took = asyncio.run(load(self.ports, callers, calls))
        self.processor += sum(map(processor_seconds, self.pids)) - before
        self.rates.append(rate)
        self.took += took

    @property
    def rate(self) -> float:
        return statistics.median(self.rates)

    @property
    def processor_ms(self) -> float:
        return self.processor / len(self.took) * 1000

    def row(self) -> str:
        p50, p99 = (statistics.quantiles(self.took, n=100)[which] * 1000 for which in (49, 98))
        return f"{self.rate:7.0f}/s  p50 {p50:7.1f} ms  p99 {p99:7.1f} ms  processor {self.processor_ms:.2f} ms a call"


def processor_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")  # utime and stime, proc(5)


def compare(given: argparse.Namespace, ours: tuple[int, int], second: tuple[int, int], bare: tuple[int, int]) -> None:
    for callers in CALLERS:
        servers = {"ours": [ours], "ours, 2": [ours, second], "bare": [bare]}
        runs = {name: Runs(tuple(p for p, _ in each), tuple(i for _, i in each)) for name, each in servers.items()}
        for _ in range(3):
            for name, measured in runs.items():
                if name != "ours, 2" or callers > 1:
                    measured.add(callers, given.calls // 3)
        for name, measured in runs.items():
            if measured.took:
                print(f"{callers:4} callers  {name:8}{measured.row()}")
        one, two, other = runs.values()
        print(f"{callers:4} callers  ratio {one.rate / other.rate:.2f}, of processor time", end=" ")
        print(
            f"{other.processor_ms / one.processor_ms:.2f}"
            + (f"; 2 against 1: {two.rate / one.rate:.2f}" if two.took else "")
        )


def resident_mib(pid: int) -> float:
    found = re.search(r"VmRSS:\s+([0-9]+) kB", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1]) / 1024


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("calls", type=int, nargs="?", default=2000)
    options.add_argument("--memory", type=int, default=0)
    options.add_argument("--size", type=int, default=55)
    given = options.parse_args()
    warm = {"TELNYX_SNAPSHOT_SECONDS": "3600", "TELNYX_API_KEY": KEY}
    serve = [*OURS, "serve", "--http", "0"]
    with (
        sandbox("--size", str(given.size)) as url,
        server(serve, TELNYX_BASE_URL=url, **warm) as ours,
        server(serve, TELNYX_BASE_URL=url, **warm) as second,
    ):
        answer = asyncio.run(answer_of(ours[0]))
        asyncio.run(answer_of(second[0]))
        text = json.loads(answer)["result"]["content"][0]["text"]
        with server(BARE, BARE_ANSWER=text) as bare:
            other = asyncio.run(answer_of(bare[0]))
            print(f"one answer: {len(answer)} bytes, of the bare server {len(other)} bytes")
            compare(given, ours, second, bare)
        for done in range(0, given.memory, max(1, given.memory // 5)):
            asyncio.run(load(ours[:1], 10, given.memory // 5))
            print(f"{done + given.memory // 5:7} more calls: {resident_mib(ours[1]):.1f} MiB")


if __name__ == "__main__":
    main()
