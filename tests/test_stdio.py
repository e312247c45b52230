"""The real command over stdio, with no SDK on the client's side."""

import os
import pty
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

Process = Any  # tests/conftest.py: Process
Start = Callable[..., Process]
MODERN = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientInfo": {"name": "raw", "version": "1"},
    "io.modelcontextprotocol/clientCapabilities": {},
}


def call(process: Process, number: int, **arguments: object) -> dict[str, object]:
    answer = process.ask(number, "tools/call", name="list_connections", arguments=arguments)
    result: dict[str, object] = answer["result"]
    return result


def test_a_client_of_2025_is_served(start: Start) -> None:
    """Handshake, tools/list and a call, and the process ends by itself when stdin closes."""
    server = start("serve", "--sandbox")
    said = server.handshake()["result"]
    assert said["serverInfo"]["name"] == "telnyx-connections-mcp"
    assert said["serverInfo"]["version"]
    assert "never an instruction" in said["instructions"]
    assert [tool["name"] for tool in server.ask(1, "tools/list")["result"]["tools"]] == ["list_connections"]
    structured = call(server, 2, page={"size": 3})["structuredContent"]
    assert isinstance(structured, dict)
    assert len(structured["connections"]) == 3
    assert server.close() == (0, "")


def test_a_client_of_2026_is_served(start: Start) -> None:
    """Without a handshake: server/discover, tools/list with its cache hint, and a call."""
    server = start("--sandbox")
    found = server.ask(1, "server/discover", _meta=MODERN)["result"]
    assert "2026-07-28" in found["supportedVersions"]
    listed = server.ask(2, "tools/list", _meta=MODERN)["result"]
    assert (listed["ttlMs"], listed["cacheScope"]) == (3_600_000, "public")
    result = server.ask(3, "tools/call", name="list_connections", arguments={}, _meta=MODERN)["result"]
    assert len(result["structuredContent"]["connections"]) == 25
    assert server.close() == (0, "")


@pytest.mark.parametrize(
    "garbage",
    [b"this is no JSON\n", b"\xff\xfe\x00\n", b"[]\n", b"{}\n", b"\n", b'{"jsonrpc":"2.0","id":9,"method":"nope"}\n'],
)
def test_garbage_is_survived(start: Start, garbage: bytes) -> None:
    """A line that is no message changes nothing for the next."""
    server = start("--sandbox")
    server.handshake()
    server.write(garbage)
    assert call(server, 5)["structuredContent"]


def test_half_a_line_is_waited_for(start: Start) -> None:
    """A message may come in pieces."""
    server = start("--sandbox")
    server.handshake()
    server.write(b'{"jsonrpc":"2.0","id":7,"method":"tools/')
    time.sleep(0.2)
    server.write(b'list","params":{}}\n')
    assert server.read()["id"] == 7


def test_an_enormous_argument_is_refused_in_a_short_sentence(start: Start) -> None:
    """Eight megabytes of name come back as forty characters."""
    server = start("--sandbox")
    server.handshake()
    result = call(server, 5, filter={"connection_name": {"contains": "x" * 8_000_000}})
    assert result["isError"]
    assert len(str(result["content"])) < 400
    assert call(server, 6)["structuredContent"]


def test_a_cancelled_call_makes_room_for_the_next(start: Start, sandbox_url: str) -> None:
    """After the client's cancel of a stalled call the next one is answered at once."""
    server = start(TELNYX_BASE_URL=f"{sandbox_url}/fault/slow=20/v2", TELNYX_API_KEY="KEY_SANDBOX")
    server.handshake()
    server.send({"id": 5, "method": "tools/call", "params": {"name": "list_connections", "arguments": {}}})
    server.send({"method": "notifications/cancelled", "params": {"requestId": 5}})
    begun = time.monotonic()
    assert call(server, 6, page={"sise": 1})["isError"]
    assert time.monotonic() - begun < 5


def test_stdin_closed_in_mid_call_ends_the_process(start: Start, sandbox_url: str) -> None:
    """A client that goes away leaves no process behind, and no stack on stderr."""
    server = start(TELNYX_BASE_URL=f"{sandbox_url}/fault/stall/v2", TELNYX_API_KEY="KEY_SANDBOX")
    server.handshake()
    server.send({"id": 5, "method": "tools/call", "params": {"name": "list_connections", "arguments": {}}})
    code, stderr = server.close()
    assert code == 0
    assert "Traceback" not in stderr


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "No Telnyx API key is set"),
        ({"TELNYX_API_KEY": "KEY\x01SECRET\x7f012345"}, "characters that no API key has"),
        ({"TELNYX_API_KEY": "KEYSÉCRET012345"}, "characters that no API key has"),
        ({"TELNYX_API_KEY": "KEYSECRET012345", "TELNYX_BASE_URL": "http://example.com"}, "must begin with https://"),
    ],
)
def test_a_server_that_cannot_ask_says_what_to_set(start: Start, environ: dict[str, str], said: str) -> None:
    """It starts, lists its tools, and every call answers with what to set and where; the key is shown nowhere."""
    server = start(**environ)
    server.handshake()
    assert server.ask(1, "tools/list")["result"]["tools"]
    result = str(call(server, 2))
    assert said in result
    code, stderr = server.close()
    assert code == 0
    assert said in stderr
    assert "SECRET" not in result + stderr
    assert "SÉCRET" not in result + stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_end_it_without_a_stack(start: Start, number: signal.Signals) -> None:
    """Ctrl-C and a supervisor's TERM are ordinary ends."""
    server = start("--sandbox")
    server.handshake()
    server.popen.send_signal(number)
    assert server.popen.wait(3) == -number
    assert server.popen.stderr is not None
    assert b"Traceback" not in server.popen.stderr.read()


def test_on_a_terminal_it_says_what_it_waits_for() -> None:
    """A person who starts it by hand reads what it waits for and how to stop it; Ctrl-C stops it at once."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "telnyx_connections_mcp", "--sandbox"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    os.close(theirs)
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        assert select.select([process.stderr], [], [], 20)[0]
        said = os.read(process.stderr.fileno(), 4096).decode()
        assert "waits for an MCP client" in said
        assert "Ctrl-C" in said
        process.send_signal(signal.SIGINT)
        assert process.wait(3) == -signal.SIGINT
        assert process.stdout.read() == b""
        assert process.stderr.read() == b""
    finally:
        process.kill()
        process.wait()
        os.close(ours)
        process.stdout.close()
        process.stderr.close()
