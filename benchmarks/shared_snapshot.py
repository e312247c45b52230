"""Requests to Telnyx per 1,000 calls of two replicas, with and without a Redis that they share.

Two servers over stdio are asked in turn, 50 calls a second, for a count over a whole fleet; a snapshot lives two
seconds, so that the run sees several. Then what a shared turn costs a call that asks Telnyx for one page. Needs
redis-server or valkey-server. `python benchmarks/shared_snapshot.py [SIZE] [CALLS]`
"""

import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from stdio import KEY, OURS, Stdio, sandbox

SNAPSHOT_SECONDS = "2"
CALLS_A_SECOND = 50
COUNTS = "1000000/3600"
"""A limit that is never reached, whose window outlasts the run: its header counts the requests."""


@contextmanager
def redis() -> Iterator[str]:
    server = shutil.which("redis-server") or shutil.which("valkey-server")
    assert server is not None, "redis-server or valkey-server is not installed"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    command = [server, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--loglevel", "warning"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                time.sleep(0.01)
        try:
            yield f"redis://127.0.0.1:{port}"
        finally:
            process.terminate()


def requests_so_far(base_url: str) -> int:
    headers = httpx.get(f"{base_url}/connections/count", headers={"authorization": f"Bearer {KEY}"}).headers
    return int(headers["x-ratelimit-limit"]) - int(headers["x-ratelimit-remaining"])


def ask_in_turn(replicas: list[Stdio], calls: int, a_second: float) -> float:
    """The median milliseconds of a call."""
    begun, took = time.perf_counter(), []
    for number in range(calls):
        time.sleep(max(0.0, begun + number / a_second - time.perf_counter()))
        asked = time.perf_counter()
        answer = replicas[number % len(replicas)].call("search_connections", group_by=["record_type"])
        took.append((time.perf_counter() - asked) * 1000)
        assert b'"complete":true' in answer
    return statistics.median(took)


def replicas_on(base_url: str, **environ: str) -> list[Stdio]:
    return [Stdio(OURS, TELNYX_BASE_URL=base_url, TELNYX_API_KEY=KEY, **environ) for _ in range(2)]


def upstream(size: str, calls: int, a_second: float, **environ: str) -> tuple[float, float]:
    """Requests per 1,000 calls, and the median milliseconds of a call."""
    with sandbox("--size", size, "--rate-limit", COUNTS) as base_url:
        replicas = replicas_on(base_url, **environ)
        before = requests_so_far(base_url)
        milliseconds = ask_in_turn(replicas, calls, a_second)
        asked = requests_so_far(base_url) - before - 1
        for replica in replicas:
            replica.close()
    return asked / calls * 1000, milliseconds


def cost_of_a_turn(url: str) -> tuple[float, float]:
    """Median milliseconds of `list_connections` alone and with Redis, in turn."""
    with sandbox() as base_url:
        alone, *idle = replicas_on(base_url)
        shared, *others = replicas_on(base_url, TELNYX_REDIS_URL=url)
        took: dict[Stdio, list[float]] = {alone: [], shared: []}
        for _ in range(300):
            for server, times in took.items():
                begun = time.perf_counter()
                server.call("list_connections")
                times.append((time.perf_counter() - begun) * 1000)
        for server in (alone, shared, *idle, *others):
            server.close()
    return statistics.median(took[alone][20:]), statistics.median(took[shared][20:])


def main() -> None:
    size = sys.argv[1] if len(sys.argv) > 1 else "10000"
    calls = int(sys.argv[2]) if len(sys.argv) > 2 else 1000
    with redis() as url:
        none, _ = upstream(size, 40, CALLS_A_SECOND, TELNYX_SNAPSHOT_SECONDS="0")
        own, own_ms = upstream(size, calls, CALLS_A_SECOND, TELNYX_SNAPSHOT_SECONDS=SNAPSHOT_SECONDS)
        both, both_ms = upstream(
            size, calls, CALLS_A_SECOND, TELNYX_SNAPSHOT_SECONDS=SNAPSHOT_SECONDS, TELNYX_REDIS_URL=url
        )
        alone, shared = cost_of_a_turn(url)
    print(f"{size} connections, 2 replicas, {calls} calls at {CALLS_A_SECOND} a second, snapshots of 2 s")
    print(f"requests to Telnyx per 1,000 calls: {none:.0f} without snapshots (from 40 calls), {own:.0f} with a")
    print(f"snapshot of each replica, {both:.0f} with the shared one: {own / both:.2f} times fewer")
    print(f"median call: {own_ms:.2f} ms with its own snapshot, {both_ms:.2f} ms with the shared one")
    print(f"one page of list_connections: {alone:.2f} ms alone, {shared:.2f} ms with its turn taken in Redis")


if __name__ == "__main__":
    main()
