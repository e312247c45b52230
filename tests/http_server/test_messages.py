"""Invalid messages and batches over real sockets."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

Serve = Callable[..., Any]
BAD = [
    (b"this is no JSON", -32700),
    (b"", -32700),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping"', -32700),
    (b'{"jsonrpc":"2.0","id":1,"method":"\\ud83d"}', -32700),
    (b'{"jsonrpc":"2.0","id":1,"method":"\xff"}', -32700),
    (b"[" * 1000, -32700),
    (b"[]", -32600),
    (b"5", -32600),
    (b"{}", -32600),
    (b'{"jsonrpc":"1.0","id":1,"method":"ping"}', -32600),
    (b'{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"list_connections"}}', -32600),
    (b'{"jsonrpc":"2.0","id":1.5,"method":"tools/call","params":{"name":"list_connections"}}', -32600),
    (b'{"jsonrpc":"2.0","id":[],"method":"ping"}', -32600),
    (b'{"jsonrpc":"2.0","id":1,"method":"ping","params":0}', -32600),
]


def post(url: str, body: bytes, version: str, **headers: str) -> httpx.Response:
    told = {"content-type": "application/json", "mcp-protocol-version": version} | headers
    return httpx.post(url, content=body, headers=told, timeout=30)


@pytest.mark.parametrize(("body", "code"), BAD)
def test_an_invalid_message_is_a_400(plain: Any, version: str, body: bytes, code: int) -> None:
    """The body is a JSON-RPC error with id null, because a 202 would leave its sender waiting forever."""
    answer = post(plain.url, body, version)
    assert (answer.status_code, answer.json()["id"], answer.json()["error"]["code"]) == (400, None, code)


def test_an_invalid_message_is_logged_with_its_reason(serve: Serve, version: str) -> None:
    """The line shows nothing of the message, and a request without an id is not logged as done."""
    server = serve()
    post(server.url, b'{"jsonrpc":"2.0","id":null,"method":"tools/call","params":{"name":"hunter2"}}', version)
    unknown = b'{"jsonrpc":"2.0","method":"prompts/get","params":{"name":"hunter2"}}'
    assert post(server.url, unknown, version).status_code == 202
    server.popen.terminate()
    log = server.popen.communicate(timeout=15)[1].decode()
    assert "outcome=400 " in log
    assert 'why="`id` must be a whole number or text."' in log
    assert "Ignored 'prompts/get', which a client sent without an id." in log
    assert "outcome=ok" not in log
    assert "hunter2" not in log
    assert "Traceback" not in log


@pytest.mark.parametrize("version", ["2025-03-26", None])
def test_a_batch_is_answered_as_one(plain: Any, wire: Any, version: str | None) -> None:
    """Batches work in the version that has them, which is also that of a client that names none."""
    call = {"name": "list_connections", "arguments": {"page": {"size": 1}}}
    batch = [
        wire.message("2025-03-26", "tools/call", call, 7),
        {"jsonrpc": "2.0", "method": "notifications/no-such"},
        {"jsonrpc": "2.0", "id": None, "method": "ping"},
        wire.message("2025-03-26", "no/such", {}, 8),
    ]
    headers = {"accept": "application/json, text/event-stream"} | ({"mcp-protocol-version": version} if version else {})
    answers = {each["id"]: each for each in httpx.post(plain.url, json=batch, headers=headers, timeout=30).json()}
    assert answers.keys() == {7, 8, None}
    assert answers[7]["result"]["structuredContent"]["connections"]
    assert (answers[8]["error"]["code"], answers[None]["error"]["code"]) == (-32601, -32600)
    quiet = httpx.post(plain.url, json=[batch[1]], headers=headers)
    assert (quiet.status_code, quiet.content) == (202, b"")


def test_other_versions_have_no_batches(plain: Any, wire: Any, version: str) -> None:
    """Other versions reject a batch and say why."""
    answer = post(plain.url, json.dumps([wire.message(version, "ping", {})]).encode(), version)
    assert answer.status_code == 400
    assert "only protocol version 2025-03-26 has batches" in answer.json()["error"]["message"]
