"""Stop a server under keep-alive clients, again and again: who was reset, and whose answer was lost.

`python benchmarks/stops.py [STOPS] [CLIENTS] [REQUESTS A SECOND, OF EACH]`, by default 20, 60 and 15. A client is bare:
it does not look whether its connection was closed before it sends, and takes a second to find an open port again. A
refused connection is none that was lost.
"""

import json
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter

BODY = json.dumps(
    {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "search_connections"}}
).encode()
HEAD = (
    "POST /mcp HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nAccept: {}\r\n"
    "MCP-Protocol-Version: 2025-11-25\r\nContent-Length: {}\r\n\r\n"
)
ACCEPTS = ("application/json, text/event-stream", "application/json")


def read_answer(stream: "socket.SocketIO") -> bool:
    """Read one answer; whether the server closes behind it. Raises `EOFError` where it breaks off."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        line = stream.readline()
        if not line:
            raise EOFError(f"after {len(head)} bytes")
        head += line
    assert head.startswith(b"HTTP/1.1 200 "), head
    said = head.lower()
    if length := re.search(rb"content-length: (\d+)", said):
        body = stream.read(int(length[1]))
        if len(body) < int(length[1]):
            raise EOFError("within a body")
    else:
        while size := int(stream.readline() or b"!", 16):
            stream.read(size + 2)
        stream.readline()
    return b"\r\nconnection: close\r\n" in said


def client(number: int, port: int, rate: float, seen: Counter[str], stopped: threading.Event) -> None:
    request = HEAD.format(ACCEPTS[number % 2], len(BODY)).encode() + BODY
    time.sleep(number / 60 / rate)
    while True:
        try:
            connection = socket.create_connection(("127.0.0.1", port), timeout=30)
        except ConnectionRefusedError:
            seen["refused"] += 1
            return
        with connection, connection.makefile("rb") as stream:
            closes = False
            while not closes:
                try:
                    connection.sendall(request)
                    closes = read_answer(stream)
                except (OSError, EOFError, ValueError) as error:
                    seen[f"LOST ({type(error).__name__}: {error})"] += 1
                    return
                seen["answered after the signal" if stopped.is_set() else "answered before"] += 1
                time.sleep(1 / rate)


def stop_once(clients: int, rate: float) -> Counter[str]:
    seen, stopped = Counter[str](), threading.Event()
    command = [sys.executable, "-m", "telnyx_connections_mcp", "serve", "--sandbox", "--http", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as server:
        assert server.stderr is not None
        port = int(server.stderr.readline().split(b"/mcp")[0].rpartition(b":")[2])
        drain = threading.Thread(target=server.stderr.read)
        drain.start()
        threads = [threading.Thread(target=client, args=(n, port, rate, seen, stopped)) for n in range(clients)]
        for thread in threads:
            thread.start()
        time.sleep(1.5 + 2 / rate)
        stopped.set()
        began = time.monotonic()
        server.send_signal(signal.SIGTERM)
        for thread in threads:
            thread.join()
        assert server.wait(60) == 0
        seen["milliseconds to stop"] = round(1000 * (time.monotonic() - began))
        drain.join()
    return seen


if __name__ == "__main__":
    given = [float(text) for text in sys.argv[1:]]
    stops, clients, rate = [*given, *(20, 60, 15)[len(given) :]]
    total = Counter[str]()
    for number in range(int(stops)):
        seen = stop_once(int(clients), rate)
        print(f"stop {number + 1}: {dict(seen)}", flush=True)
        total += seen
    lost = sum(count for what, count in total.items() if what.startswith("LOST"))
    print(f"{int(stops)} stops, {int(clients)} clients at {rate:g} requests a second: {lost} lost; {dict(total)}")
    sys.exit(lost > 0)
