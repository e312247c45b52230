"""Fixtures for the terminal: a clean environment, an account of our choice, a pseudo-terminal."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple

import pytest

from telnyx_connections_mcp.cli.entry import main
from telnyx_connections_mcp.sandbox import SANDBOX_KEY

CONTROL = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")


class Seen(NamedTuple):
    """The output of a terminal with its escape sequences, and the exit code."""

    text: str
    code: int

    @property
    def lines(self) -> list[str]:
        """The lines without colours and trailing blanks."""
        return [line.rstrip() for line in CONTROL.sub("", self.text).splitlines()]


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("TELNYX_")]:
        monkeypatch.delenv(name)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Use the API at this URL as the account, with these settings."""

    def use(url: str, **environ: str) -> None:
        for name, value in {"TELNYX_API_KEY": SANDBOX_KEY, "TELNYX_BASE_URL": url, **environ}.items():
            monkeypatch.setenv(name, value)

    return use


@pytest.fixture
def serve() -> Iterator[Callable[[list[dict[str, Any]]], str]]:
    """Serve an account with these connections and a limit of ten more; returns its base URL."""
    servers: list[ThreadingHTTPServer] = []

    def start(connections: list[dict[str, Any]]) -> str:
        meta = {"page_number": 1, "page_size": 250, "total_pages": 1, "total_results": len(connections)}
        answer = json.dumps({"data": connections, "meta": meta}).encode()
        counts = json.dumps({"data": {"counts": {"ip_connections": 9}, "limits": {"global_limit": 10}}}).encode()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the name that http.server calls
                body = counts if self.path.endswith("/count") else answer
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/v2"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@contextmanager
def pseudo_terminal(columns: int) -> Iterator[tuple[int, list[bytes]]]:
    """The program's end of a terminal, and its output once the program has closed that end."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    shown: list[bytes] = []

    def read() -> None:
        with suppress(OSError):  # Linux's way to say that nobody has the other end any more
            while part := os.read(ours, 65536):
                shown.append(part)

    reader = Thread(target=read)
    reader.start()
    try:
        yield theirs, shown
    finally:
        os.close(theirs)
        reader.join()
        os.close(ours)


@contextmanager
def standard_streams(terminal: int, monkeypatch: pytest.MonkeyPatch, *, only_stdout: bool) -> Iterator[None]:
    """Connect this process to `terminal`, including standard error unless `only_stdout`."""
    with ExitStack() as stack:
        nothing = os.open(os.devnull, os.O_RDWR)
        stack.callback(os.close, nothing)
        for number, target in enumerate((terminal, terminal, nothing if only_stdout else terminal)):
            copy = os.dup(number)
            stack.callback(os.close, copy)
            stack.callback(os.dup2, copy, number)
            os.dup2(target, number)
        patch = stack.enter_context(monkeypatch.context())
        for number, name in enumerate(("stdin", "stdout", "stderr")):
            stream = stack.enter_context(open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))
            patch.setattr(sys, name, stream)
        yield


@pytest.fixture
def see(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Seen]:
    """Run `telnyx-connections-mcp ARGUMENTS` on a terminal with that many columns.

    It runs in this process unless `process` asks for a new one.
    """

    def run(
        *arguments: str, columns: int = 80, only_stdout: bool = False, process: bool = False, **environ: str
    ) -> Seen:
        with pseudo_terminal(columns) as (terminal, shown), monkeypatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            if process:
                command = [sys.executable, "-m", "telnyx_connections_mcp", *arguments]
                stderr = subprocess.DEVNULL if only_stdout else terminal
                done = subprocess.run(command, stdin=terminal, stdout=terminal, stderr=stderr, check=False, timeout=60)
                code = done.returncode
            else:
                with standard_streams(terminal, monkeypatch, only_stdout=only_stdout):
                    code = main(arguments)
        return Seen(b"".join(shown).decode(), code)

    return run


@pytest.fixture(scope="session")
def large_sandbox_url() -> Iterator[str]:
    """The origin of a sandbox of three pages, over a real socket."""
    process = subprocess.Popen(
        [sys.executable, "-m", "telnyx_connections_mcp", "sandbox", "--port", "0", "--size", "600"],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    found = re.search(r"http://127\.0\.0\.1:[0-9]+", process.stdout.readline())
    assert found is not None
    yield found[0]
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    process.stdout.close()
