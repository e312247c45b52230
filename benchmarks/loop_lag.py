"""How late the server's event loop is while 20 callers ask 100,000 connections: the 99th percentile, at most 20 ms.

`python benchmarks/loop_lag.py [CONNECTIONS [CALLERS [SECONDS]]]`. The server runs over HTTP on a sandbox of its own, as
users start it; beside its work its event loop wakes every millisecond and notes how late that was. An idle event loop
does the same meanwhile and shows what the machine alone does to it. First one caller has the account read, then all
callers ask at once, in turn what stalls.py asks.
"""

import asyncio
import atexit
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from itertools import count
from pathlib import Path

from stalls import QUESTIONS, call

BEAT = 0.001
LIMIT = 20
ASKED = [(name, tool, arguments) for name, tool, arguments in QUESTIONS if tool and name != "read anew"]


def watch(notes: Path) -> None:
    """Let every event loop of this process wake each millisecond, and at the end note when, and how late that was."""
    beats: list[tuple[float, float]] = []
    run_forever = asyncio.BaseEventLoop.run_forever

    def beat(loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = loop.time()
        beats.append((now, now - due))
        loop.call_at(now + BEAT, beat, loop, now + BEAT)

    def run_and_beat(loop: asyncio.BaseEventLoop) -> None:
        loop.call_soon(beat, loop, loop.time())
        run_forever(loop)

    asyncio.BaseEventLoop.run_forever = run_and_beat  # type: ignore[method-assign]
    atexit.register(lambda: notes.write_text(json.dumps(beats)))


async def idle() -> None:
    """Do nothing until the process is told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()


def ask(port: int, until: float, numbers: "count[int]", answers: Counter[str]) -> None:
    while time.monotonic() < until:
        number = next(numbers)
        name, tool, arguments = ASKED[number % len(ASKED)]
        fresh = {"offset": number} if tool == "search_connections" else {}  # no answer is remembered
        call(port, tool, fresh | dict(arguments))
        answers[name] += 1


def show(name: str, notes: Path, begin: float, end: float, said: str = "") -> float:
    late = sorted(1000 * lateness for at, lateness in json.loads(notes.read_text()) if begin <= at < end)
    p99 = late[int(len(late) * 0.99)]
    print(f"{name:30} {len(late):6} beats, late by {late[len(late) // 2]:6.2f} ms (median), ", end="")
    print(f"{p99:6.2f} ms (99 %), {late[-1]:6.1f} ms (longest){said}")
    return p99


def run(size: int, callers: int, seconds: float) -> int:
    ours = [sys.executable, "-m", "telnyx_connections_mcp", "sandbox", "--port", "0", "--size", str(size)]
    sandbox = subprocess.Popen(ours, stdout=subprocess.PIPE, text=True)
    assert sandbox.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:[0-9]+", sandbox.stdout.readline())
    assert found is not None
    environ = os.environ | {"TELNYX_BASE_URL": f"{found[0]}/v2", "TELNYX_API_KEY": "KEY_SANDBOX"}
    environ |= {"TELNYX_SNAPSHOT_SECONDS": "600"}
    folder = Path(tempfile.mkdtemp())
    notes = {name: folder / f"{name}.json" for name in ("serve", "idle")}
    watched = [sys.executable, __file__]
    bystander = subprocess.Popen([*watched, "idle", str(notes["idle"])])
    server = subprocess.Popen([*watched, "serve", str(notes["serve"])], stderr=subprocess.PIPE, env=environ)
    assert server.stderr is not None
    port = int(server.stderr.readline().split(b"/mcp")[0].rpartition(b":")[2])
    threading.Thread(target=server.stderr.read, daemon=True).start()
    answers: Counter[str] = Counter()
    times = []
    try:
        times.append(time.monotonic())
        call(port, "search_connections", {"limit": 1})
        times.append(time.monotonic())
        numbers, until = count(), time.monotonic() + seconds
        asking = [threading.Thread(target=ask, args=(port, until, numbers, answers)) for _ in range(callers)]
        for each in asking:
            each.start()
        for each in asking:
            each.join()
        times.append(time.monotonic())
    finally:
        for process in (server, bystander):
            process.terminate()
            process.wait(30)
        sandbox.terminate()
    said = f"; {sum(answers.values())} answers"
    show(f"{size} connections are read", notes["serve"], *times[:2])
    show("an idle event loop meanwhile", notes["idle"], *times[:2])
    p99 = show(f"{callers} callers ask", notes["serve"], *times[1:], said)
    show("an idle event loop meanwhile", notes["idle"], *times[1:])
    print(", ".join(f"{name} {number}" for name, number in answers.most_common()))
    return int(p99 > LIMIT)


if __name__ == "__main__":
    if sys.argv[1:2] in (["serve"], ["idle"]):
        watch(Path(sys.argv[2]))
        if sys.argv[1] == "idle":
            asyncio.run(idle())
        else:
            from telnyx_connections_mcp.cli.entry import main

            main(["serve", "--http", "0"])
    else:
        given = [*map(int, sys.argv[1:]), *(100_000, 20, 30)[len(sys.argv) - 1 :]]
        sys.exit(run(*given))
