"""Cold start against a hello-world `MCPServer`: from the spawn to the tools, and to the answer of the first call.

Both run in turn, on the machine as it is and then with two processes that spin; quote the ratios.
`python benchmarks/cold_start.py [RUNS] [--against CHECKOUT]`, where the checkout is one of an earlier version.
"""

import argparse
import statistics
import time
from contextlib import nullcontext
from pathlib import Path
from typing import NamedTuple

from stdio import HELLO, KEY, OURS, SPINNING, Stdio, sandbox, spinning

MOMENTS = ("initialize", "tools/list", "first call")


class Server(NamedTuple):
    name: str
    command: list[str]
    tool: str
    arguments: dict[str, str]
    environ: dict[str, str]


class Start(NamedTuple):
    """Seconds from the spawn to each answer, and MiB afterwards."""

    seconds: list[float]
    memory: float


def start(of: Server) -> Start:
    begun = time.perf_counter()
    server = Stdio(of.command, **of.environ)
    seconds = [time.perf_counter() - begun]
    assert b'"tools"' in server.ask("tools/list")
    seconds.append(time.perf_counter() - begun)
    server.call(of.tool, **of.arguments)
    seconds.append(time.perf_counter() - begun)
    memory = server.memory()
    server.close()
    return Start(seconds, memory)


def compare(servers: list[Server], runs: int) -> None:
    rounds = [[start(server) for server in servers] for _ in range(runs + 1)][1:]  # the first one warms the file cache
    hello = [turn[0] for turn in rounds]
    for server, starts in zip(servers, zip(*rounds, strict=True), strict=True):
        cells = []
        for moment, name in enumerate(MOMENTS):
            milliseconds = statistics.median(start.seconds[moment] for start in starts) * 1000
            ratio = statistics.median(
                start.seconds[moment] / yardstick.seconds[moment]
                for start, yardstick in zip(starts, hello, strict=True)
            )
            cells.append(f"{name} {milliseconds:.0f} ms ({ratio:.3f})")
        memory = statistics.median(start.memory for start in starts)
        print(f"{server.name:>12}: {', '.join(cells)}, {memory:.1f} MiB")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("runs", nargs="?", type=int, default=9)
    parser.add_argument("--against", type=Path, metavar="CHECKOUT")
    given = parser.parse_args()
    with sandbox() as url:
        environ = {"TELNYX_API_KEY": KEY, "TELNYX_BASE_URL": url}
        servers = [
            Server("hello world", HELLO, "hello", {"name": "you"}, {}),
            Server("ours", OURS, "list_connections", {}, environ),
        ]
        if given.against:
            earlier = environ | {"PYTHONPATH": str(given.against / "server")}
            servers.append(Server("earlier", OURS, "list_connections", {}, earlier))
        for title, busy in (("as it is", nullcontext()), (f"with {SPINNING} processes that spin", spinning())):
            with busy:
                print(
                    f"The machine {title}; median of {given.runs} in turn, and the ratio pair by pair to hello world:"
                )
                compare(servers, given.runs)


if __name__ == "__main__":
    main()
