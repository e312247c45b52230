"""A count by type over a whole fleet, against the official SDK's auto-paging over the same sandbox.

Every request takes 50 ms more. Ours over stdio with no snapshot (a fresh process and `fresh: true`), the SDK with its
pages of 250, in turn. `python benchmarks/whole_fleet.py [SIZE] [ROUNDS]`
"""

import statistics
import sys
import time
from collections import Counter

from stdio import KEY, OURS, Stdio, sandbox

from telnyx import Telnyx


def milliseconds_of_ours(server: Stdio) -> tuple[float, bytes]:
    begun = time.perf_counter()
    answer = server.call("search_connections", group_by=["record_type"], fresh=True)
    return (time.perf_counter() - begun) * 1000, answer


def milliseconds_of_sdk(base_url: str) -> tuple[float, Counter[str]]:
    begun = time.perf_counter()
    with Telnyx(api_key=KEY, base_url=base_url) as client:
        counts = Counter(str(row.record_type) for row in client.connections.list(page_size=250))
    return (time.perf_counter() - begun) * 1000, counts


def main() -> None:
    size = sys.argv[1] if len(sys.argv) > 1 else "10000"
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    with sandbox("--size", size) as base_url:
        slow = base_url.replace("/v2", "/fault/slow=0.05/v2")
        server = Stdio(OURS, TELNYX_BASE_URL=slow, TELNYX_API_KEY=KEY)
        server.call("search_connections", group_by=["record_type"])  # warm: the HTTP client
        pairs = []
        for _ in range(rounds):
            ours, answer = milliseconds_of_ours(server)
            sdk, counts = milliseconds_of_sdk(slow)
            assert f'"matches":{size}'.encode() in answer
            assert all(f'\\"{kind}\\",\\"count\\":{count}'.encode() in answer for kind, count in counts.items())
            pairs.append((ours, sdk))
        server.close()
    ours, sdk = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(sdk / ours for ours, sdk in pairs)
    print(
        f"{size} connections at 50 ms a request, median of {rounds} in turn: ours {ours:.0f} ms, the SDK {sdk:.0f} ms"
    )
    print(f"times faster, pair by pair, median: {ratio:.1f} (limit 6; ours at most 700 ms)")


if __name__ == "__main__":
    main()
