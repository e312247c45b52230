"""How long other callers wait while somebody asks the most expensive questions: the longest answer of /healthz.

`python benchmarks/stalls.py [CONNECTIONS]`, by default 10,000, over a sandbox in a process of its own. What it shows is
the server's event loop held, and what else kept the machine from running it: look at a machine at rest.
"""

import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time

LONG = "x" * 256
MISSES = {
    "name_contains": LONG,
    "name_not_contains": LONG,
    "name_glob": "*a*b*c*d*e*f*g" * 18,
    "tags_any": [f"{number}{'y' * 250}" for number in range(250)],
    "ids": [f"9{number}" for number in range(250)],
    "record_type": ["fooo"],
    "webhook_host": "nowhere.example.org",
}
MANY = {
    "name_not_contains": "zzzz",
    "record_type_not": ["q"],
    "tags_none": ["q"],
    "created_after": "2000-01-01",
    "updated_after": "2000-01-01",
    "has_webhook": True,
}
QUESTIONS = [
    ("nothing", "", {}),
    ("read anew", "search_connections", {"fresh": True, "limit": 1}),
    ("rows, full", "search_connections", {"sort": "connection_name", "limit": 250, "detail": "full"}),
    ("groups", "search_connections", {"group_by": ["connection_name", "tag"], "limit": 250}),
    ("groups, far", "search_connections", {"group_by": ["connection_name"], "limit": 250, "offset": 5000}),
    ("conditions", "search_connections", {"where": MANY, "sort": "-updated_at", "limit": 250}),
    ("misses", "search_connections", {"where": MISSES}),
    ("audit", "audit_connections", {}),
    ("name", "get_connection", {"connection_name": "no such name at all " * 12}),
]


class Probe(threading.Thread):
    """Asks /healthz all the time."""

    def __init__(self, port: int) -> None:
        super().__init__(daemon=True)
        self._port = port
        self.waits: list[float] = []

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port)
        while True:
            began = time.perf_counter()
            connection.request("GET", "/healthz")
            connection.getresponse().read()
            self.waits.append(time.perf_counter() - began)
            time.sleep(0.002)


def call(port: int, tool: str, arguments: object) -> None:
    params = {"name": tool, "arguments": arguments}
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params})
    headers = {"content-type": "application/json", "accept": "application/json", "mcp-protocol-version": "2025-11-25"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("POST", "/mcp", body, headers)
    result = json.load(connection.getresponse())["result"]
    assert not result.get("isError"), result


def measure(port: int, times: int = 3) -> None:
    probe = Probe(port)
    probe.start()
    for name, tool, arguments in QUESTIONS:
        probe.waits.clear()
        took = []
        for _ in range(times):
            began = time.perf_counter()
            if tool:
                fresh = {} if tool != "search_connections" else {"offset": time.monotonic_ns() % 1000}  # never asked
                call(port, tool, fresh | arguments if isinstance(arguments, dict) else arguments)
            else:
                time.sleep(1)
            took.append(time.perf_counter() - began)
        time.sleep(0.05)
        waits = sorted(1000 * wait for wait in probe.waits)
        middle, late = waits[len(waits) // 2], waits[int(len(waits) * 0.99)]
        said = f"/healthz: median {middle:5.1f}, 99 % {late:5.1f}, longest {waits[-1]:6.1f} ms"
        print(f"{name:12} {1000 * statistics.median(took):6.0f} ms; {said}", flush=True)


if __name__ == "__main__":
    size = sys.argv[1] if len(sys.argv) > 1 else "10000"
    ours = [sys.executable, "-m", "telnyx_connections_mcp"]
    sandbox = subprocess.Popen([*ours, "sandbox", "--port", "0", "--size", size], stdout=subprocess.PIPE, text=True)
    assert sandbox.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:[0-9]+", sandbox.stdout.readline())
    assert found is not None
    environ = os.environ | {"TELNYX_BASE_URL": f"{found[0]}/v2", "TELNYX_API_KEY": "KEY_SANDBOX"}
    environ |= {"TELNYX_SNAPSHOT_SECONDS": "600", "TELNYX_MAX_ANSWER_TOKENS": "100000"}
    server = subprocess.Popen([*ours, "serve", "--http", "0"], stderr=subprocess.PIPE, env=environ)
    assert server.stderr is not None
    port = int(server.stderr.readline().split(b"/mcp")[0].rpartition(b":")[2])
    threading.Thread(target=server.stderr.read, daemon=True).start()
    try:
        call(port, "search_connections", {"limit": 1})
        measure(port)
    finally:
        server.terminate()
        sandbox.terminate()
