"""Cold start: from spawning the process to the answer of `tools/list`, against a hello-world `MCPServer`.

Both run in turn, so that a noisy machine slows both; quote the ratio. `python benchmarks/cold_start.py [RUNS]`
"""

import statistics
import sys
import time

from stdio import HELLO, KEY, OURS, Stdio


def seconds_to_tools_list(command: list[str]) -> float:
    begun = time.perf_counter()
    server = Stdio(command, TELNYX_API_KEY=KEY)
    assert b'"tools"' in server.ask("tools/list")
    taken = time.perf_counter() - begun
    server.close()
    return taken


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 9
    for command in (OURS, HELLO):
        seconds_to_tools_list(command)  # warm: bytecode and the file cache
    pairs = [(seconds_to_tools_list(OURS), seconds_to_tools_list(HELLO)) for _ in range(runs)]
    ours, hello = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    ratio = statistics.median(ours / hello for ours, hello in pairs)
    print(f"spawn to tools/list, median of {runs} in turn: ours {ours:.0f} ms, hello world {hello:.0f} ms")
    print(f"ratio pair by pair, median: {ratio:.2f} (limit 1.10)")


if __name__ == "__main__":
    main()
