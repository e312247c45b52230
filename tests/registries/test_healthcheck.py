"""The image's health check queries a server over HTTP, and takes one over stdio for healthy."""

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
    """Run the health check beside a process 1 with this command line."""
    process = tmp_path / "cmdline"
    process.write_text("".join(f"{word}\0" for word in command_line), encoding="utf-8")
    command = [sys.executable, ROOT / "docker" / "healthcheck.py", process]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=30, env={})


def exit_code(tmp_path: Path, *command_line: str) -> int:
    return check(tmp_path, *command_line).returncode


@contextmanager
def serving(status: int, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """The port of a server that answers /healthz with this status and anything else with 404."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Log nothing."""

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
    """A server over stdio has nothing to query, and the container ends with it."""
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
    """The health check queries the address on the server's command line, however it is written."""
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
def test_the_address_is_read_as_the_server_reads_it(address: list[str], asked: str, tmp_path: Path) -> None:
    """Host, port or both may be left out, and `docker inspect` shows the URL that was queried."""
    assert check(tmp_path, *COMMAND, "serve", "--http", *address).stdout.startswith(f"{asked}/healthz ")


def test_any_status_but_200_is_unhealthy(tmp_path: Path) -> None:
    """A server that answers with any other status is unhealthy."""
    with serving(503) as port:
        assert exit_code(tmp_path, *COMMAND, "serve", "--http", f"127.0.0.1:{port}") == 1


def test_a_server_over_tls_is_queried_over_tls(tmp_path: Path) -> None:
    """The certificate is not checked, because it names another host and comes from an unknown authority."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    trustme.CA().issue_cert("mcp.example.com").configure_cert(context)
    with serving(200, context) as port:
        assert exit_code(tmp_path, *COMMAND, "serve", "--http", f"127.0.0.1:{port}") == 0


def test_the_image_contains_the_health_check() -> None:
    """The Dockerfile copies the script to where its HEALTHCHECK runs it."""
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    [copied] = re.findall(r"^COPY docker/healthcheck\.py (\S+)$", dockerfile, re.MULTILINE)
    [command] = re.findall(r"^HEALTHCHECK .*CMD (\[.*\])$", dockerfile, re.MULTILINE)
    assert json.loads(command) == ["python", copied]
