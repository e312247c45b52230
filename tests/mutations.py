"""Messages of a faulty or hostile client: valid ones, mutated at random from a seed.

`python tests/mutations.py stdio 200000` and `python tests/mutations.py http 40000` send that many to a server of their
own on the sandbox, check that each message that expects an answer gets one, and print the results. A third argument is
the seed. tests/http_server/test_mutations.py does the same with a few messages.
"""

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from http.client import HTTPConnection
from queue import Empty, SimpleQueue
from typing import IO, Any

SERVE = [sys.executable, "-m", "telnyx_connections_mcp", "serve", "--sandbox"]
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
HANDSHAKE = {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "mutant", "version": "1"}}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("ping", {}),
    ("tools/list", {}),
    ("prompts/list", {}),
    ("resources/list", {}),
    ("resources/templates/list", {}),
    ("server/discover", {"_meta": MODERN}),
    ("prompts/get", {"name": "find-connection", "arguments": {"what": "acme"}}),
    ("resources/read", {"uri": "telnyx://fleet"}),
    (
        "tools/call",
        {"name": "list_connections", "arguments": {"page": {"number": 1, "size": 2}, "sort": "-created_at"}},
    ),
    ("tools/call", {"name": "search_connections", "arguments": {"where": {"active": True}, "group_by": ["tag"]}}),
    ("tools/call", {"name": "audit_connections", "arguments": {"min_severity": "error"}}),
    ("tools/call", {"name": "get_connection", "arguments": {"connection_name": "chat bridge"}}),
    ("tools/call", {"name": "list_active_calls", "arguments": {"connection_id": "1293384261090955790"}}),
    (
        "completion/complete",
        {"ref": {"type": "ref/resource", "uri": "telnyx://connections/{id}"}, "argument": {"name": "id", "value": "1"}},
    ),
    ("notifications/cancelled", {"requestId": -1}),
    ("notifications/progress", {"progressToken": 1, "progress": 1}),
]
ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    2**63,
    10**30,
    1e308,
    "",
    "\x00",
    "\u202e\u200b",
    "x" * 5000,
    "../../etc/passwd",
    "${TELNYX_API_KEY}",
    [],
    [[]],
    {},
    {"": {}},
    [None] * 300,
    {"a": {"b": {"c": []}}},
]
BYTES = [b"\xff", b"\x00", b"\\ud83d", b"NaN", b"1e999", b'"', b"{", b"}", b"[", b",", b"\xf0\x9f", b"-", b" "]


class Mutator:
    """An endless, repeatable stream of messages."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311  # repeatable, not secret

    def message(self, number: int) -> bytes:
        """One message without line breaks, which had this id before it was mutated."""
        method, params = self._random.choice(CALLS)
        given: dict[str, Any] = {
            "jsonrpc": "2.0",
            "id": number,
            "method": method,
            "params": json.loads(json.dumps(params)),
        }
        if method.startswith("notifications/"):
            del given["id"]
        for _ in range(self._random.choice([0, 1, 1, 1, 2, 3])):
            self._change(given)
        data = json.dumps(given, ensure_ascii=self._random.random() < 0.5).encode(errors="surrogatepass")
        if self._random.random() < 0.02:
            data = b"[" + b",".join([data] * self._random.randrange(4)) + b"]"
        return self._torn(data) if self._random.random() < 0.15 else data

    def _change(self, given: dict[str, Any]) -> None:
        parent: Any = given
        while True:
            keys = list(parent) if isinstance(parent, dict) else list(range(len(parent)))
            if not keys:
                return
            key = self._random.choice(keys)
            inside = isinstance(parent[key], dict | list) and parent[key]
            if not inside or self._random.random() < 0.3:
                break
            parent = parent[key]
        change = self._random.randrange(4)
        if change == 0:
            del parent[key]
        elif change == 1:
            parent[key] = deepcopy(self._random.choice(ODD))
        elif change == 2 and isinstance(parent, dict):
            parent[self._random.choice(["", "id", "_meta", "x" * 300, "where", "\ud83d"])] = deepcopy(
                self._random.choice(ODD)
            )
        else:
            parent[key] = [parent[key]] if change == 2 else str(parent[key])

    def _torn(self, data: bytes) -> bytes:
        """The message cut, doubled, or with a few bytes misplaced."""
        at = self._random.randrange(len(data))
        change = self._random.randrange(3)
        if change == 0:
            return data[:at]
        if change == 1:
            return data[at:] + data
        return data[:at] + self._random.choice(BYTES) + data[at + self._random.randrange(3) :]


def ids_owed(line: bytes) -> list[Any]:
    """The ids that answers to `line` must have: null for an invalid message, none for one that expects no answer."""
    text = line.decode("utf-8", "replace")
    if not text.strip():
        return []
    try:
        message = _strict(text)
    except (ValueError, RecursionError):
        return [None]
    if not isinstance(message, dict) or message.get("jsonrpc") != "2.0":
        return [None]
    if "method" not in message:
        return [] if "id" in message and ("result" in message or "error" in message) else [None]
    sane = isinstance(message["method"], str) and isinstance(message.get("params"), dict | None)
    if "id" not in message:
        return [] if sane else [None]
    number = message["id"]
    return [number if sane and isinstance(number, int | str) and not isinstance(number, bool) else None]


def _strict(text: str) -> Any:
    """Parse JSON by the standard, in which half a surrogate pair is not text."""

    def refuse(name: str) -> Any:
        raise ValueError(name)

    message = json.loads(text, parse_constant=refuse)
    json.dumps(message, ensure_ascii=False).encode()
    return message


@contextmanager
def killed(server: "subprocess.Popen[bytes]") -> Iterator[None]:
    """Kill the server if the body fails."""
    try:
        yield
    except BaseException:
        server.kill()
        raise


def over_stdio(count: int, seed: int) -> Counter[str]:
    """Send `count` messages over stdio and check the answers; returns their number by code."""
    mutator, seen = Mutator(seed), Counter[str]()
    with (
        subprocess.Popen(SERVE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as server,
        killed(server),
    ):
        assert server.stdin is not None
        log: list[bytes] = []
        said: SimpleQueue[bytes] = SimpleQueue()
        listeners = [
            threading.Thread(daemon=True, target=lambda: log.extend(server.stderr or ())),
            threading.Thread(daemon=True, target=lambda: [said.put(line) for line in server.stdout or ()]),
        ]
        for listener in listeners:
            listener.start()
        lines = (mutator.message(number) for number in range(1, count + 1))
        first = {"jsonrpc": "2.0", "id": 0, "method": "initialize", "params": HANDSHAKE}
        _exchange(
            server.stdin,
            said,
            [json.dumps(first).encode(), b'{"jsonrpc":"2.0","method":"notifications/initialized"}'],
            seen,
        )
        for group in _groups((line.replace(b"\n", b" ").replace(b"\r", b" ") for line in lines), 50):
            _exchange(server.stdin, said, group, seen)
        server.stdin.close()
        assert server.wait(20) == 0
        for listener in listeners:
            listener.join()
        assert said.empty()
    assert b"Traceback" not in b"".join(log), b"".join(log)[-5000:]
    return seen


def _exchange(to: IO[bytes], said: "SimpleQueue[bytes]", lines: list[bytes], seen: Counter[str]) -> None:
    """Send some lines and wait for exactly the answers that they expect."""
    owed = Counter(repr(number) for line in lines for number in ids_owed(line))
    sender = threading.Thread(
        daemon=True, target=lambda: (to.write(b"".join(line + b"\n" for line in lines)), to.flush())
    )
    sender.start()
    while owed.total():
        try:
            answer = json.loads(said.get(timeout=30))
        except Empty:
            raise AssertionError(f"no answer to {+owed} among {lines}") from None
        if "method" in answer:
            continue
        number = repr(answer["id"])
        assert owed[number] > 0, (answer, owed, lines)
        owed[number] -= 1
        seen[str(answer["error"]["code"]) if "error" in answer else "result"] += 1
    sender.join()


def _groups(lines: Iterator[bytes], size: int) -> Iterator[list[bytes]]:
    group: list[bytes] = []
    for line in lines:
        group.append(line)
        if len(group) == size:
            yield group
            group = []
    yield group


def over_http(count: int, seed: int, port: int, threads: int = 4) -> Counter[str]:
    """Send `count` bodies to the server on `port` and check the answers; returns their number by status."""
    totals: list[Counter[str]] = []
    failed: list[BaseException] = []

    def run(part: int) -> None:
        try:
            totals.append(_one_client(count // threads, seed + part, port))
        except BaseException as error:  # noqa: BLE001  # told by the thread that asked
            failed.append(error)

    workers = [threading.Thread(daemon=True, target=run, args=(part,)) for part in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    if failed:
        raise failed[0]
    return sum(totals, Counter())


HEADERS = [
    {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-11-25"},
    {"accept": "application/json", "mcp-protocol-version": "2025-06-18"},
    {"accept": "application/json", "mcp-protocol-version": "2026-07-28"},
    {},
]


def _one_client(count: int, seed: int, port: int) -> Counter[str]:
    mutator, chance, seen = Mutator(seed), random.Random(seed), Counter[str]()  # noqa: S311
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    for number in range(1, count + 1):
        body = mutator.message(number)
        headers = {"content-type": "application/json", "accept": "*/*"} | chance.choice(HEADERS)
        connection.request("POST", "/mcp", body, headers)
        answer = connection.getresponse()
        text = answer.read()
        kind = (answer.getheader("content-type") or "").partition(";")[0]
        seen[f"{answer.status} {kind}"] += 1
        assert answer.status in (200, 202, 400, 404), (answer.status, text, headers, body)
        if answer.status == 202:
            assert text == b""
            assert not _asks(body), (headers, body)
        else:
            answers = _answers(kind, text)
            assert answers, (answer.status, text, headers, body)
            assert all("result" in each or "error" in each for each in answers), (text, body)
    connection.close()
    return seen


def _answers(kind: str, text: bytes) -> list[dict[str, Any]]:
    if kind == "text/event-stream":
        events = [line[6:] for line in text.split(b"\r\n") if line.startswith(b"data: ")]
        return [json.loads(event) for event in events[-1:]]
    found = json.loads(text)
    return found if isinstance(found, list) else [found]


def _asks(body: bytes) -> bool:
    """Whether an empty response would leave a client waiting; a batch is judged message by message."""
    try:
        given = _strict(body.decode())
    except (ValueError, RecursionError):
        return True
    messages = given if isinstance(given, list) else [given]
    return not messages or any(ids_owed(json.dumps(message).encode()) for message in messages)


if __name__ == "__main__":
    way, number = sys.argv[1], int(sys.argv[2])
    start = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    began = time.monotonic()
    if way == "stdio":
        found = over_stdio(number, start)
    else:
        with subprocess.Popen([*SERVE, "--http", "0"], stderr=subprocess.PIPE) as process:
            assert process.stderr is not None
            where = int(process.stderr.readline().split(b"/mcp")[0].rpartition(b":")[2])
            lines = Counter[str]()
            reader = threading.Thread(
                target=lambda: lines.update("Traceback" if b"Traceback" in line else "line" for line in process.stderr)
            )
            reader.start()
            found = over_http(number, start, where)
            process.terminate()
            assert process.wait(30) == 0
            reader.join()
            assert not lines["Traceback"]
    print(f"{number} messages over {way}, seed {start}, in {time.monotonic() - began:.0f} s: {dict(found)}")  # noqa: T201
