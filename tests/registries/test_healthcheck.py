"""The image's health check asks a server that serves HTTP, and finds one that speaks over stdio healthy."""

import json
import re
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
import trustme

ROOT = Path(__file__).resolve().parents[2]
COMMAND = ("/app/bin/python", "/app/bin/telnyx-connections-mcp")


def check(tmp_path: Path, *command_line: str) -> subprocess.CompletedProcess[str]:
    """The health check, where process 1 was started so."""
    process = tmp_path / "cmdline"
    process.write_text("".join(f"{word}\0" for word in command_line), encoding="utf-8")
    command = [sys.executable, ROOT / "docker" / "healthcheck.py", process]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30, env={})


def exit_code(tmp_path: Path, *command_line: str) -> int:
    return check(tmp_path, *command_line).returncode


@contextmanager
def serving(status: int, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server that answers /healthz with this status and everything else with 404; its port."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize("arguments", [[], ["serve"], ["--sandbox", "--log-level", "DEBUG"]])
def test_a_server_over_stdio_is_healthy(arguments: list[str], tmp_path: Path) -> None:
    """There is nothing to ask, and the container ends with it."""
    assert exit_code(tmp_path, *COMMAND, *arguments) == 0


@pytest.mark.parametrize("before", [[], ["/sbin/docker-init", "--"]], ids=["alone", "under docker run --init"])
@pytest.mark.parametrize(
    "option",
    [
        ["--http", "0.0.0.0:{}"],
        ["--http=127.0.0.1:{}"],
        ["--sandbox", "--http", ":{}", "--log-level", "INFO"],
        ["--http", "{}"],
    ],
    ids=["every address", "one address", "no host", "port alone"],
)
def test_a_server_over_http_is_healthy_while_it_says_so(option: list[str], before: list[str], tmp_path: Path) -> None:
    """It is asked at the port of its own command line, however that names the address."""
    with serving(200) as port:
        line = [*before, *COMMAND, "serve", *(word.format(port) for word in option)]
        assert exit_code(tmp_path, *line) == 0
    assert exit_code(tmp_path, *line) == 1


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ([], "127.0.0.1:8000"),
        (["--sandbox"], "127.0.0.1:8000"),
        (["127.0.0.5"], "127.0.0.5:8000"),
        (["0.0.0.0"], "127.0.0.1:8000"),  # noqa: S104  # an argument, nothing listens
        (["::"], "[::1]:8000"),
        (["[::]:8431"], "[::1]:8431"),
        (["[::1]:8431"], "[::1]:8431"),
    ],
)
def test_it_asks_at_what_the_command_takes_for_an_address(address: list[str], asked: str, tmp_path: Path) -> None:
    """Host, port or both may be left out, and `docker inspect` shows where it asked."""
    assert check(tmp_path, *COMMAND, "serve", "--http", *address).stdout.startswith(f"{asked}/healthz ")


def test_a_server_that_says_it_is_not_well_is_not_healthy(tmp_path: Path) -> None:
    """Any answer but 200 counts as none."""
    with serving(503) as port:
        assert exit_code(tmp_path, *COMMAND, "serve", "--http", f"127.0.0.1:{port}") == 1


def test_a_server_over_tls_is_asked_over_tls(tmp_path: Path) -> None:
    """Its certificate names another host and comes from an authority that the image does not know."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("mcp.example.com").configure_cert(context)
    with serving(200, context) as port:
        assert exit_code(tmp_path, *COMMAND, "serve", "--http", f"127.0.0.1:{port}") == 0


def test_the_image_brings_it() -> None:
    """The Dockerfile copies the script to where its HEALTHCHECK starts it."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    [copied] = re.findall(r"^COPY docker/healthcheck\.py (\S+)$", dockerfile, re.MULTILINE)
    [command] = re.findall(r"^HEALTHCHECK .*CMD (\[.*\])$", dockerfile, re.MULTILINE)
    assert json.loads(command) == ["python", copied]
