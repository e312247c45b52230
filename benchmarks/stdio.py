"""A server as a subprocess, spoken to in raw JSON-RPC: what any client waits for, without a client's own work."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

OURS = [sys.executable, "-m", "telnyx_connections_mcp"]
HELLO = [sys.executable, str(Path(__file__).with_name("hello_server.py"))]
KEY = "KEY_SANDBOX"
SPINNING = 2
"""So many processes spin where a machine is to be busy."""
_HANDSHAKE = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "benchmark", "version": "1"},
}


class Stdio:
    """One session of a server that runs as a subprocess."""

    def __init__(self, command: list[str], **environ: str) -> None:
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=subprocess.DEVNULL, env=os.environ | environ
        )
        self._send(id=0, method="initialize", params=_HANDSHAKE)
        self._read()
        self._send(method="notifications/initialized")

    def ask(self, method: str, **params: Any) -> bytes:
        self._send(id=1, method=method, params=params)
        return self._read()

    def call(self, tool: str, **arguments: Any) -> bytes:
        answer = self.ask("tools/call", name=tool, arguments=arguments)
        assert b'"isError":false' in answer, answer[:500]
        return answer

    def memory(self) -> float:
        """MiB that the process keeps, where /proc tells."""
        status = Path(f"/proc/{self._process.pid}/status").read_text(encoding="utf-8")
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()

    def _send(self, **message: Any) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"jsonrpc": "2.0"} | message).encode() + b"\n")
        self._process.stdin.flush()

    def _read(self) -> bytes:
        assert self._process.stdout is not None
        return self._process.stdout.readline()


@contextmanager
def sandbox(*options: str) -> Iterator[str]:
    """The sandbox as a process of its own; its base URL."""
    with subprocess.Popen([*OURS, "sandbox", "--port", "0", *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        found = re.search(r"http://\S+/v2", process.stdout.readline())
        assert found is not None
        try:
            yield found[0]
        finally:
            process.terminate()


@contextmanager
def spinning() -> Iterator[None]:
    """Keep the machine busy meanwhile."""
    busy = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(SPINNING)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()
