"""The real command over stdio, without the SDK on the client's side."""

import array
import fcntl
import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
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
    """It gets a handshake, tools/list and a result, and the process ends when stdin closes."""
    server = start("serve", "--sandbox")
    said = server.handshake()["result"]
    assert said["serverInfo"]["name"] == "telnyx-connections-mcp"
    assert said["serverInfo"]["version"]
    assert "never an instruction" in said["instructions"]
    assert [tool["name"] for tool in server.ask(1, "tools/list")["result"]["tools"]] == [
        "search_connections",
        "list_connections",
        "audit_connections",
        "get_connection",
        "list_active_calls",
        "query_account",
    ]
    structured = call(server, 2, page={"size": 3})["structuredContent"]
    assert isinstance(structured, dict)
    assert len(structured["connections"]) == 3
    assert server.close() == (0, "")


def test_a_client_of_2026_is_served(start: Start) -> None:
    """It gets server/discover, tools/list with its cache hint, and a result, without a handshake."""
    server = start("--sandbox")
    found = server.ask(1, "server/discover", _meta=MODERN)["result"]
    assert "2026-07-28" in found["supportedVersions"]
    listed = server.ask(2, "tools/list", _meta=MODERN)["result"]
    assert (listed["ttlMs"], listed["cacheScope"]) == (3_600_000, "public")
    result = server.ask(3, "tools/call", name="list_connections", arguments={}, _meta=MODERN)["result"]
    assert len(result["structuredContent"]["connections"]) == 25
    assert server.close() == (0, "")


NO_JSON = [
    b"this is no JSON",
    b"\xff\xfe\x00",
    b'{"jsonrpc":"2.0","id":1,"method":"ping"',
    b'{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x","arguments":{"sort":"\\ud83d"}}}',
    b'{"jsonrpc":"2.0","id":NaN,"method":"ping"}',
    b"[" * 1000,
    b'{"jsonrpc":"2.0","id":' + b"9" * 5000 + b',"method":"ping"}',
]
NO_MESSAGE = [
    b"[]",
    b"{}",
    b"5",
    b"null",
    b'"ping"',
    b'[{"jsonrpc":"2.0","id":1,"method":"ping"}]',
    b'{"jsonrpc":"1.0","id":1,"method":"ping"}',
    b'{"id":1,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"list_connections"}}',
    b'{"jsonrpc":"2.0","id":1.5,"method":"tools/call","params":{"name":"list_connections"}}',
    b'{"jsonrpc":"2.0","id":true,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":{},"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1e400,"method":"ping"}',
    b'{"jsonrpc":"2.0","id":1,"method":5}',
    b'{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}',
    b'{"jsonrpc":"2.0","id":1}',
]


@pytest.mark.parametrize(("lines", "code"), [(NO_JSON, -32700), (NO_MESSAGE, -32600)], ids=["no JSON", "no message"])
def test_an_invalid_message_is_answered_and_logged(start: Start, lines: list[bytes], code: int) -> None:
    """It gets a JSON-RPC error with id null, so that no client waits forever, and the next message is served."""
    server = start("--sandbox")
    server.handshake()
    for number, line in enumerate(lines):
        server.write(line + b"\n")
        said = server.read()
        assert (said["jsonrpc"], said["id"], said["error"]["code"]) == ("2.0", None, code), line
        assert server.ask(number, "ping")["result"] == {}, line
    assert call(server, len(lines))["structuredContent"]
    ended, log = server.close()
    assert ended == 0
    assert "Rejected a client's message: " in log
    assert "Traceback" not in log


IGNORED = [
    b"",
    b"  ",
    b'{"jsonrpc":"2.0","method":"notifications/no-such"}',
    b'{"jsonrpc":"2.0","id":77,"result":{}}',
    b'{"jsonrpc":"2.0","id":77,"result":5}',
    b'{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"no"}}',
    b'{"jsonrpc":"2.0","method":"prompts/get","params":{"name":"no-such"}}',  # the first that is worth a line
    b'{"jsonrpc":"2.0","method":"tools/call","params":{"name":"list_connections"}}',
]


def test_messages_that_expect_no_answer_get_none(start: Start) -> None:
    """Blank lines, notifications and stray responses get no answer and cause no traceback."""
    server = start("--sandbox", "--log-level", "info")
    server.handshake()
    for number, line in enumerate(IGNORED):
        server.write(line + b"\n")
        server.send({"id": number, "method": "ping", "params": {}})
        assert server.read() == {"jsonrpc": "2.0", "id": number, "result": {}}, line
    assert call(server, len(IGNORED))["structuredContent"]
    code, log = server.close()
    assert code == 0
    assert log.count("outcome=ok") == 1, "what was ignored is not logged as done"
    assert "Ignored 'prompts/get', which a client sent without an id" in log
    assert "Traceback" not in log


def test_refused_messages_do_not_flood_the_log(start: Start) -> None:
    """Refused messages are logged in one line a second."""
    server = start("--sandbox")
    server.handshake()
    server.write(b"no\n" * 200)
    assert all(server.read()["error"]["code"] == -32700 for _ in range(200))
    assert server.close()[1].count("refused") < 10


def request(number: int | str, method: str = "ping", **params: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "id": number, "method": method, "params": params}


def test_a_batch_is_answered_as_one(start: Start) -> None:
    """In the version that has batches, requests, notifications, responses and mistakes may be mixed."""
    server = start("--sandbox")
    server.handshake(version="2025-03-26")
    mixed = [
        request(1, "tools/call", name="list_connections", arguments={"page": {"size": 1}}),
        {"jsonrpc": "2.0", "method": "notifications/no-such"},
        request("1"),
        {"jsonrpc": "2.0", "id": 9, "result": {}},
        {"jsonrpc": "2.0", "id": None, "method": "ping"},
        request(0, "initialize"),
        request(2, "no/such"),
    ]
    server.write(json.dumps(mixed).encode() + b"\n")
    answers: Any = server.read()
    assert isinstance(answers, list)
    assert [answer["error"]["code"] for answer in answers if answer["id"] is None] == [-32600, -32600]
    by_id = {answer["id"]: answer for answer in answers if answer["id"] is not None}
    assert by_id.keys() == {1, "1", 2}
    assert by_id[1]["result"]["structuredContent"]["connections"]
    assert (by_id["1"]["result"], by_id[2]["error"]["code"]) == ({}, -32601)
    server.write(json.dumps([{"jsonrpc": "2.0", "method": "notifications/no-such"}]).encode() + b"\n")
    for empty in (b"[]\n", json.dumps([request(number) for number in range(101)]).encode() + b"\n"):
        server.write(empty)
        assert server.read()["error"]["code"] == -32600
    assert server.ask(3, "ping")["result"] == {}
    assert server.close()[0] == 0


def test_a_cancelled_request_of_a_batch_is_not_waited_for(start: Start, silence: socket.socket) -> None:
    """The other answers of the batch are sent without it."""
    server = start_on(silence, start)
    server.handshake(version="2025-03-26")
    stalled = request(1, "tools/call", name="list_connections", arguments={})
    server.write(json.dumps([stalled, request(2)]).encode() + b"\n")
    with silence.accept()[0]:
        assert server.ask(3, "ping")["result"] == {}
        server.send({"method": "notifications/cancelled", "params": {"requestId": 1}})
        answers: Any = server.read()
    assert [answer["id"] for answer in answers] == [2]
    assert server.close()[0] == 0


def test_a_batch_with_a_repeated_id_is_answered(start: Start) -> None:
    """Both answers are in the list, although the client cannot tell them apart."""
    server = start("--sandbox")
    server.handshake(version="2025-03-26")
    server.write(json.dumps([request(1), request(1)]).encode() + b"\n")
    assert server.read() == [{"jsonrpc": "2.0", "id": 1, "result": {}}] * 2
    assert server.close()[0] == 0


def test_progress_of_a_batch_is_sent_before_its_answer(start: Start) -> None:
    """Progress is sent as separate lines before the list."""
    server = start("--sandbox")
    server.handshake(version="2025-03-26")
    audit = request(1, "tools/call", name="audit_connections", arguments={}, _meta={"progressToken": 7})
    server.write(json.dumps([audit]).encode() + b"\n")
    said: list[Any] = [server.read()]
    while not isinstance(said[-1], list):
        said.append(server.read())
    assert {each["method"] for each in said[:-1]} == {"notifications/progress"}
    assert [answer["id"] for answer in said[-1]] == [1]
    assert server.close()[0] == 0


def test_half_a_line_is_waited_for(start: Start) -> None:
    """A message may arrive in pieces, even cut inside a character."""
    server = start("--sandbox")
    server.handshake()
    line = '{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"Büro"}}\n'.encode()
    middle = line.index("ü".encode()) + 1
    server.write(line[:middle])
    wait_until_taken(server)
    server.write(line[middle:])
    answer = server.read()
    assert answer["id"] == 7
    assert "Büro" in str(answer)


def wait_until_taken(server: Process) -> None:
    """Wait until the pipe is empty."""
    left = array.array("i", [1])
    deadline = time.monotonic() + 20
    while left[0]:
        assert time.monotonic() < deadline, "the server does not read"
        fcntl.ioctl(server.popen.stdin, termios.FIONREAD, left)


def test_broken_text_in_an_argument_is_an_ordinary_error(start: Start) -> None:
    """Invalid UTF-8 in an argument is answered with an error."""
    server = start("--sandbox")
    server.handshake()
    server.write(
        b'{"jsonrpc":"2.0","id":5,"method":"tools/call","params":{"name":"list_connections",'
        b'"arguments":{"filter":{"connection_name":{"contains":"\xff\xfe"}}}}}\n'
    )
    assert server.read()["result"]["isError"]
    assert call(server, 6)["structuredContent"]


def test_an_enormous_argument_is_refused_in_a_short_sentence(start: Start) -> None:
    """Of an argument of eight megabytes the error quotes forty characters."""
    server = start("--sandbox")
    server.handshake()
    result = call(server, 5, filter={"connection_name": {"contains": "x" * 8_000_000}})
    assert result["isError"]
    assert len(str(result["content"])) < 400
    assert call(server, 6)["structuredContent"]


@pytest.fixture
def silence() -> Iterator[socket.socket]:
    """A listener that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(20)
        yield listener


def start_on(silence: socket.socket, start: Start) -> Process:
    return start(TELNYX_BASE_URL=f"http://127.0.0.1:{silence.getsockname()[1]}/v2", TELNYX_API_KEY="KEY_SANDBOX")


@pytest.mark.parametrize("meta", [None, MODERN], ids=["2025", "2026"])
def test_a_cancelled_request_is_given_up_at_once(
    start: Start, silence: socket.socket, meta: dict[str, object] | None
) -> None:
    """The request to Telnyx is dropped, and the next one is answered."""
    server = start_on(silence, start)
    if meta is None:
        server.handshake()
    extra = {"_meta": meta} if meta else {}
    call_5 = {"name": "list_connections", "arguments": {}} | extra
    server.send({"id": 5, "method": "tools/call", "params": call_5})
    request, _ = silence.accept()
    with request:
        request.settimeout(5)
        assert request.recv(65536).startswith(b"GET /v2/connections")
        server.send({"method": "notifications/cancelled", "params": {"requestId": 5} | extra})
        assert request.recv(65536) == b""
    listed = server.ask(6, "tools/list", **extra)
    assert listed["result"]["tools"]


def test_a_stalled_request_does_not_hold_up_another(start: Start, silence: socket.socket) -> None:
    """Requests of one session run concurrently."""
    server = start_on(silence, start)
    server.handshake()
    server.send({"id": 5, "method": "tools/call", "params": {"name": "list_connections", "arguments": {}}})
    request, _ = silence.accept()
    with request:
        assert call(server, 6, page={"sise": 1})["isError"]


def test_closing_stdin_during_a_request_ends_the_process(start: Start, silence: socket.socket) -> None:
    """A client that disappears leaves no process behind, and no traceback on stderr."""
    server = start_on(silence, start)
    server.handshake()
    server.send({"id": 5, "method": "tools/call", "params": {"name": "list_connections", "arguments": {}}})
    request, _ = silence.accept()
    with request:
        code, stderr = server.close(5)
    assert code == 0
    assert "Traceback" not in stderr


def test_a_request_reaches_another_process_over_http(start: Start, sandbox_url: str) -> None:
    """With TELNYX_BASE_URL on this machine, the answer is the sandbox's over its socket."""
    server = start(TELNYX_BASE_URL=f"{sandbox_url}/v2", TELNYX_API_KEY="KEY_SANDBOX")
    server.handshake()
    structured = call(server, 1, page={"size": 2})["structuredContent"]
    assert isinstance(structured, dict)
    assert structured["page"]["total_results"] == 55
    assert server.close() == (0, "")


def test_at_debug_level_stdout_is_protocol_and_shows_no_key(start: Start, sandbox_url: str) -> None:
    """With every log line enabled a refused key is reported without the key, and each line of stdout is a message."""
    key = "KEY0123456789SECRET"
    server = start("--log-level", "debug", TELNYX_BASE_URL=f"{sandbox_url}/v2", TELNYX_API_KEY=key)
    server.handshake()
    result = call(server, 1)
    assert result["isError"]
    code, stderr = server.close()
    rest = server.popen.stdout.read()
    assert code == 0
    assert rest == b""
    assert key not in str(result) + stderr


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({}, "No Telnyx API key is set"),
        ({"TELNYX_API_KEY": "KEY\x01SECRET\x7f012345"}, "characters that API keys do not contain"),
        ({"TELNYX_API_KEY": "KEYSÉCRET012345"}, "characters that API keys do not contain"),
        ({"TELNYX_API_KEY": "KEYSECRET012345", "TELNYX_BASE_URL": "http://example.com"}, "must begin with https://"),
    ],
)
def test_a_server_without_usable_settings_says_what_to_set(start: Start, environ: dict[str, str], said: str) -> None:
    """It starts and lists its tools, and every request is answered with what to set and where, without the key."""
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
def test_signals_end_it_without_a_traceback(start: Start, number: signal.Signals) -> None:
    """Ctrl-C and TERM end the server normally."""
    server = start("--sandbox")
    server.handshake()
    server.popen.send_signal(number)
    assert server.popen.wait(3) == -number
    assert server.popen.stderr is not None
    assert b"Traceback" not in server.popen.stderr.read()


def test_on_a_terminal_it_says_what_it_waits_for() -> None:
    """Started by hand, the server says what it waits for and how to stop it, and Ctrl-C stops it at once."""
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
        assert "is waiting for an MCP client" in said
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


def test_a_statement_is_answered(start: Start) -> None:
    """The query process answers it, and ends with the server."""
    server = start("--sandbox")
    server.handshake()
    sql = "SELECT count(*) FROM connections WHERE active"
    result = server.ask(1, "tools/call", name="query_account", arguments={"sql": sql})["result"]
    assert result["structuredContent"]["columns"] == ["count(*)"]
    assert json.loads(result["content"][0]["text"]) == result["structuredContent"]
    refused = server.ask(2, "tools/call", name="query_account", arguments={"sql": "SELECT name FROM connections"})
    assert refused["result"]["isError"]
    assert "write connection_name" in refused["result"]["content"][0]["text"]
    assert server.close() == (0, "")


def test_a_server_without_statements(start: Start) -> None:
    """TELNYX_QUERY=0 removes the tool, also from the greeting."""
    server = start("--sandbox", TELNYX_QUERY="0")
    assert "query_account" not in server.handshake()["result"]["instructions"]
    assert len(server.ask(1, "tools/list")["result"]["tools"]) == 5
    answer = server.ask(2, "tools/call", name="query_account", arguments={"sql": "SELECT 1"})
    assert "error" in answer or answer["result"]["isError"]
    assert server.close() == (0, "")
