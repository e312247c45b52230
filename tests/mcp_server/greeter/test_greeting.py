"""Clients are answered as the SDK would before it is imported, and by the SDK afterwards."""

import json
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import Loading, Said
from .greetings import CLIENT, VERSIONS, envelope, initialize, message, opening

Load = Callable[..., Loading]
INITIALIZED = message("notifications/initialized")
LATEST_HANDSHAKE = VERSIONS[-2]
STRAY = "a stray line of a module\n"


def call(number: object, **params: Any) -> str:
    return message("tools/call", number, name="list_connections", arguments={"page": {"size": 1}}, **params)


def answered(line: str, number: object) -> bool:
    """Whether this is the result of the tool request with this number."""
    said = json.loads(line)
    return said["id"] == number and said["result"]["isError"] is False


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("arguments", "environ"),
    [
        (["--sandbox"], {}),
        (["serve"], {}),
        (["serve"], {"TELNYX_SANDBOX": "1"}),
        (["--log-level", "ERROR", "--log-format=json", "--sandbox"], {"TELNYX_REQUEST_TIMEOUT": "soon"}),
    ],
    ids=["sandbox", "no key", "sandbox by the environment", "log options and a wrong setting"],
)
def test_the_first_answers_equal_those_of_the_sdk(
    loading: Load, said_by_sdk: Said, version: str, arguments: list[str], environ: dict[str, str]
) -> None:
    """The answers equal the SDK's byte for byte, in every protocol version and however the server is started."""
    lines = [line for _, line in opening(version)]
    server = loading(*arguments, **environ)
    server.say(*lines)
    expected = said_by_sdk(lines, sandbox=arguments != ["serve"] or "TELNYX_SANDBOX" in environ)
    assert server.hear(len(expected)) == expected


@pytest.mark.parametrize("version", VERSIONS)
def test_the_sdk_takes_over(loading: Load, version: str) -> None:
    """The SDK lists the same tools, nothing is answered twice, and stray prints go to standard error."""
    lines = [line for _, line in opening(version)]
    server = loading()
    server.say(*lines)
    greeting = server.hear(sum("id" in json.loads(line) for line in lines))
    extra = {"_meta": envelope(version)} if version == VERSIONS[-1] else {}
    server.say(call(100, **extra))
    server.load()
    [called] = server.hear()
    assert answered(called, 100)
    tools = next(line for line in greeting if '"tools":[' in line)
    server.say(message("tools/list", json.loads(tools)["id"], **extra))
    assert server.hear() == [tools]
    assert server.server.close() == (0, STRAY)
    assert server.server.popen.stdout.read() == b""


@pytest.mark.parametrize("number", [0, -7, 10**14, -0, "", "a", "7", "Büro-☎", 'with "quotation" \\ marks', "é" * 500])
def test_ids_come_back_as_they_are(loading: Load, said_by_sdk: Said, number: object) -> None:
    """Numbers and strings come back as the SDK writes them."""
    lines = [initialize(LATEST_HANDSHAKE, number), message("ping", number)]
    server = loading()
    server.say(*lines)
    assert server.hear(2) == said_by_sdk(lines)


@pytest.mark.parametrize(
    "line",
    [
        initialize("2023-01-01"),
        message("initialize", 0, protocolVersion="2025-06-18", capabilities={"roots": 1}, clientInfo=CLIENT),
        message("tools/list", 0, _meta=envelope("2027-01-01")),
    ],
)
def test_unexpected_messages_are_left_to_the_sdk(loading: Load, said_by_sdk: Said, line: str) -> None:
    """Anything unexpected waits until the SDK can answer it."""
    server = loading()
    server.say(line)
    server.load()
    assert server.hear() == said_by_sdk([line])


def test_a_teams_prompts_are_listed(loading: Load, tmp_path: Path) -> None:
    """With a prompts folder the tools are listed at once, and the prompts once they are read."""
    front = "---\nname: ours\ntitle: Ours\ndescription: Ours.\n---\nText.\n"
    (tmp_path / "ours.md").write_text(front, encoding="utf-8")
    server = loading("--sandbox", "--prompts", str(tmp_path))
    server.say(initialize(LATEST_HANDSHAKE), INITIALIZED, message("tools/list", 1))
    assert [json.loads(line)["id"] for line in server.hear(2)] == [0, 1]
    server.say(message("prompts/list", 2), message("ping", 3))
    server.load()
    listed, pong = server.hear(2)
    assert "ours" in [prompt["name"] for prompt in json.loads(listed)["result"]["prompts"]]
    assert json.loads(pong)["id"] == 3


@pytest.fixture
def accounts(tmp_path: Path) -> str:
    """An accounts file with two accounts."""
    for name in ("berlin", "paris"):
        (tmp_path / name).write_text("KEY_SANDBOX", encoding="utf-8")
    path = tmp_path / "accounts.toml"
    path.write_text('[accounts.berlin]\nkey_file = "berlin"\n[accounts.paris]\nkey_file = "paris"\n', encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_server_of_several_accounts_describes_itself(loading: Load, accounts: str, by: str) -> None:
    """With several accounts the instructions and tools are not those of the recording."""
    server = loading("--accounts", accounts) if by == "option" else loading("serve", TELNYX_ACCOUNTS=accounts)
    server.say(initialize(LATEST_HANDSHAKE), INITIALIZED, message("tools/list", 1))
    server.load()
    said, listed = server.hear(2)
    assert "several Telnyx accounts" in json.loads(said)["result"]["instructions"]
    assert "account" in json.loads(listed)["result"]["tools"][0]["inputSchema"]["properties"]


@pytest.mark.parametrize("several", [False, True], ids=["greeted", "several accounts"])
def test_a_client_that_gives_up_discovering_gets_a_session(loading: Load, accounts: str, *, several: bool) -> None:
    """If `server/discover` times out and is cancelled, `initialize` still gives a working session."""
    server = loading("--accounts", accounts) if several else loading()
    server.say(
        message("server/discover", 0, _meta=envelope()),
        message("notifications/cancelled", requestId=0),
        initialize(LATEST_HANDSHAKE, 1),
        INITIALIZED,
        message("tools/list", 2),
        message("tools/call", 3, name="list_connections", arguments={"page": {"sise": 1}}),
    )
    server.load()
    heard: dict[int, dict[str, Any]] = {}
    while 3 not in heard:
        said = json.loads(server.hear()[0])
        assert said["id"] not in heard
        heard[said["id"]] = said
    assert heard[1]["result"]["protocolVersion"] == LATEST_HANDSHAKE
    assert heard[2]["result"]["tools"]
    assert heard[3]["result"]["isError"]
    assert server.server.close() == (0, STRAY)


def test_cancelling_an_answered_request_changes_nothing(loading: Load) -> None:
    """Later requests are answered as usual, before and after the SDK is imported."""
    server = loading()
    cancel = message("notifications/cancelled", requestId=1)
    server.say(initialize(LATEST_HANDSHAKE), INITIALIZED, message("tools/list", 1), cancel, message("ping", 1))
    assert json.loads(server.hear(3)[-1]) == {"jsonrpc": "2.0", "id": 1, "result": {}}
    server.say(call(1))
    server.load()
    assert answered(server.hear()[0], 1)


def test_input_that_ends_while_loading_ends_the_server(loading: Load) -> None:
    """Everything requested before is answered, and the exit code is 0."""
    server = loading()
    server.say(initialize(LATEST_HANDSHAKE), INITIALIZED, message("tools/list", 1).rstrip())
    server.server.popen.stdin.close()
    assert len(server.hear(2)) == 2
    server.load()
    assert server.server.popen.wait(20) == 0
    assert server.server.popen.stderr.read().decode() == STRAY


def test_half_a_line_is_waited_for(loading: Load) -> None:
    """A greeting may arrive in pieces, even cut inside a character."""
    line = message("initialize", "Bü", protocolVersion="2025-06-18", capabilities={}, clientInfo=CLIENT)
    data = line.replace("\\u00fc", "ü").encode()
    middle = data.index("ü".encode()) + 1
    server = loading()
    server.server.write(data[:middle])
    server.say(*[])
    server.server.write(data[middle:])
    assert json.loads(server.hear()[0])["id"] == "Bü"


def test_an_enormous_line_while_loading_is_refused(loading: Load) -> None:
    """Eight megabytes are refused in a short sentence, and the next message is answered."""
    server = loading()
    server.say(initialize(LATEST_HANDSHAKE), INITIALIZED)
    server.hear()
    server.say(message("tools/call", 1, name="list_connections", arguments={"x": "y" * 8_000_000}), message("ping", 2))
    server.load()
    refused, pong = sorted(server.hear(2), key=lambda line: int(json.loads(line)["id"]))
    assert json.loads(refused)["result"]["isError"]
    assert len(refused) < 3000
    assert json.loads(pong)["id"] == 2


@pytest.mark.parametrize("garbage", [b'{"id":"\\ud800"}\n', b"\xff\xfe\n", b"[]\n", b"\n", b"[" * 5000 + b"\n"])
def test_garbage_while_loading_is_survived(loading: Load, garbage: bytes) -> None:
    """After an invalid message, a lone surrogate or invalid UTF-8 the next message is answered."""
    server = loading()
    server.say(initialize(LATEST_HANDSHAKE), INITIALIZED)
    server.hear()
    server.server.write(garbage)
    server.say(call(1))
    server.load()
    while json.loads(line := server.hear()[0])["id"] != 1:
        pass
    assert answered(line, 1)


def test_a_lone_surrogate_in_a_greeting_is_not_answered_early(loading: Load, said_by_sdk: Said) -> None:
    """The SDK's parser rejects such a message, although Python's does not."""
    surrogate = initialize(LATEST_HANDSHAKE).replace('"client"', '"\\uD800"')
    server = loading()
    server.say(surrogate, initialize(LATEST_HANDSHAKE, 1))
    server.load()
    while json.loads(line := server.hear()[0])["id"] is None:
        pass
    assert [line] == said_by_sdk([initialize(LATEST_HANDSHAKE, 1)])


def test_invalid_utf_8_in_a_name_is_read_as_by_the_sdk(loading: Load, said_by_sdk: Said) -> None:
    """Invalid bytes become replacement characters, and the greeting is answered."""
    line = initialize(LATEST_HANDSHAKE)
    server = loading()
    server.server.write(line.encode().replace(b'"client"', b'"\xff"'))
    assert server.hear() == said_by_sdk([line])


def test_a_client_that_stops_reading_while_loading_ends_the_server(loading: Load) -> None:
    """A broken pipe leaves no process behind."""
    server = loading()
    server.server.popen.stdout.close()
    server.say(initialize(LATEST_HANDSHAKE))
    server.load()
    server.server.popen.stdin.close()
    server.server.popen.wait(20)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signals_while_loading_end_it_without_a_traceback(loading: Load, number: signal.Signals) -> None:
    """Ctrl-C and TERM end the server normally."""
    server = loading()
    server.say(initialize(LATEST_HANDSHAKE))
    server.hear()
    server.server.popen.send_signal(number)
    assert server.server.popen.wait(3) == -number
    assert b"Traceback" not in server.server.popen.stderr.read()


def test_messages_queued_while_loading_are_bounded(loading: Load) -> None:
    """A client that floods the server has to wait, and everything is answered in the end."""
    server = loading()
    server.say(initialize(LATEST_HANDSHAKE), INITIALIZED, *(message("nope", number) for number in range(1, 101)))
    server.hear()
    server.load()
    assert sorted(json.loads(line)["id"] for line in server.hear(100)) == list(range(1, 101))
