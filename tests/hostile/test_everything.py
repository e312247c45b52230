"""Every fault of the sandbox through every tool: bounded memory, time and requests, and always an answer.

One process of the real server has each fault as an account of its own, over real sockets.
"""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.sandbox.faults import FAULTS
from telnyx_connections_mcp.sandbox.fleet import create_fleet

SIZE = 600
FLEET = create_fleet(size=SIZE)
ID = FLEET.connections[0]["id"]
LIMIT = 12
MEMORY = 200 * 1024 * 1024
REQUESTS = 90
"""Of all calls below on one account: three tries of each of 12 pages and of what is about one connection."""
HEAVY = ("big-row", "big-pages", "huge", "gzip-bomb", "total-pages", "total-results", "long-total", "deep", "no-meta")
CALLS: dict[str, tuple[str, dict[str, Any]]] = {
    "rows": ("search_connections", {"detail": "full", "limit": 250}),
    "groups": ("search_connections", {"group_by": ["tag", "connection_name"], "limit": 250}),
    "page": ("list_connections", {"detail": "full", "page": {"size": 250}}),
    "one": ("get_connection", {"id": ID}),
    "named": ("get_connection", {"connection_name": "nobody"}),
    "around": ("get_connection", {"id": ID, "include": ["all"]}),
    "audit": ("audit_connections", {}),
    "calls": ("list_active_calls", {"connection_id": next(iter(FLEET.calls)), "detail": "full"}),
}


class Counted:
    """The sandbox, counting its requests by fault."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self._api = create_app(size=SIZE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self.asked[scope["path"].split("/")[2]] += 1
        await self._api(scope, receive, send)


@pytest.fixture(scope="module")
def api() -> Iterator[tuple[Counted, str]]:
    """A hostile API on a real socket, and its origin."""
    counted = Counted()
    server = uvicorn.Server(uvicorn.Config(counted, port=0, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield counted, f"http://127.0.0.1:{port}"
    server.should_exit = server.force_exit = True
    thread.join()


def memory(pid: int, name: str) -> int:
    """The bytes that Linux gives for `name` in the status of a process."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith(name))) * 1024


def ask_all(process: Any, wanted: Sequence[tuple[str, str, dict[str, Any]]]) -> dict[str, tuple[float, Any]]:
    """Send these requests (name, method, parameters) at once; the seconds until each answer, and the answer."""
    begun = time.monotonic()
    for number, (_, method, params) in enumerate(wanted):
        process.send({"id": f"{begun}-{number}", "method": method, "params": params})
    answers: dict[str, tuple[float, Any]] = {}
    while len(answers) < len(wanted):
        message = process.read(LIMIT + 10)
        stamp, _, number = str(message.get("id")).rpartition("-")
        if stamp == str(begun):
            answers[wanted[int(number)][0]] = (time.monotonic() - begun, message)
    return answers


def check(answers: dict[str, tuple[float, Any]]) -> None:
    """Each answer came in time and is short, and its text equals its structured content."""
    for name, (seconds, message) in answers.items():
        assert seconds < LIMIT + 1, name
        assert "error" not in message, (name, message)
        result = message["result"]
        text = result["content"][0]["text"]
        assert len(text) < 100_000, name
        if result["isError"]:
            assert "defect" not in text, (name, text)
            assert len(text) < 700, (name, text)
        else:
            assert json.loads(text) == result["structuredContent"], name


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the peak memory of a process, and forgets it")
def test_no_fault_exceeds_its_limits(api: tuple[Counted, str], start: Callable[..., Any], tmp_path: Path) -> None:
    """Memory, time and requests are bounded, nothing counts as a defect, and the server survives."""
    counted, origin = api
    (tmp_path / "key").write_text(SANDBOX_KEY)
    lines = [
        f'[accounts.f{number}]\nkey_file = "key"\nbase_url = "{origin}/fault/{fault}/v2"'
        for number, fault in enumerate(FAULTS)
    ]
    lines[list(FAULTS).index("big-row")] += "\ndefault = true"
    accounts = tmp_path / "accounts.toml"
    accounts.write_text("\n".join(lines))
    process = start("serve", "--accounts", str(accounts), TELNYX_TOOL_TIMEOUT=str(LIMIT), TELNYX_REQUEST_TIMEOUT="1")
    process.handshake()
    numbers = {fault: number for number, fault in enumerate(FAULTS)}

    def calls(fault: str) -> list[tuple[str, str, dict[str, Any]]]:
        return [
            (f"{fault} {name}", "tools/call", {"name": tool, "arguments": asked | {"account": f"f{numbers[fault]}"}})
            for name, (tool, asked) in CALLS.items()
        ]

    check(ask_all(process, calls("cursor-calls")))  # what the first call imports stays
    pid, report = process.popen.pid, {}
    before = memory(pid, "VmRSS")
    lighter = [fault for fault in FAULTS if fault not in HEAVY]
    for faults in ([fault] for fault in HEAVY), (lighter[i::5] for i in range(5)):
        for some in faults:
            Path(f"/proc/{pid}/clear_refs").write_text("5")  # forget the peak
            check(ask_all(process, [call for fault in some for call in calls(fault)]))
            report[" ".join(some)] = memory(pid, "VmHWM") - before
    assert {name: peak for name, peak in report.items() if peak > MEMORY} == {}
    assert {fault: asked for fault, asked in counted.asked.items() if asked > REQUESTS} == {}
    others = [
        ("fleet", "resources/read", {"uri": "telnyx://fleet"}),
        ("audit", "resources/read", {"uri": "telnyx://audit"}),
        ("one", "resources/read", {"uri": f"telnyx://connections/{ID}"}),
        ("prompt", "prompts/get", {"name": "connection-report", "arguments": {}}),
        (
            "completion",
            "completion/complete",
            {"ref": {"type": "ref/prompt", "name": "x"}, "argument": {"name": "tag", "value": "t"}},
        ),
    ]
    for name, (seconds, message) in ask_all(process, others).items():
        assert seconds < LIMIT + 1, name
        assert len(json.dumps(message)) < 100_000, name
    code, _ = process.close()
    assert code == 0
