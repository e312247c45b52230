"""The greeter answers only what it is sure about, and leaves the rest to the SDK."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telnyx_connections_mcp.mcp_server.greeter.messages import parse, passes, question
from telnyx_connections_mcp.mcp_server.greeter.recording import recorded_answers

from .conftest import Said
from .greetings import CLIENT, LISTS, VERSIONS, envelope, initialize, message

SESSION, MODERN = VERSIONS[-2:]
LIST = "resources/list"


def answer(line: str, session: str = "") -> str | None:
    """The recorded answer to a line of a client, in a session of that version."""
    asked = question(parse(line), session)
    return (recorded_answers(["--sandbox"], {}) or {}).get(asked)


def handshake(**changed: Any) -> str:
    return message("initialize", 0, **{"protocolVersion": SESSION, "capabilities": {}, "clientInfo": CLIENT} | changed)


def in_envelope(method: str = LIST, **changed: Any) -> str:
    return message(method, 0, _meta=envelope() | changed)


@pytest.mark.parametrize(
    ("line", "session"),
    [
        # Versions that the SDK does not speak, or does not speak like this.
        (initialize("2023-01-01"), ""),
        (initialize(MODERN), ""),
        (in_envelope(**{"io.modelcontextprotocol/protocolVersion": SESSION}), ""),
        (in_envelope(**{"io.modelcontextprotocol/protocolVersion": "2027-01-01"}), ""),
        (in_envelope("ping"), ""),
        (message("server/discover", 0), SESSION),
        # A second handshake, an envelope in a session, a request before the handshake.
        (initialize(SESSION), SESSION),
        (in_envelope(), SESSION),
        (message(LIST, 0), ""),
        (message("ping", 0), ""),
        # Members that are not expected, are missing, or are of another kind.
        (handshake(more=1), ""),
        (handshake(_meta={}), ""),
        (handshake(capabilities={"new": {}}), ""),
        (handshake(capabilities={"roots": 1}), ""),
        (handshake(capabilities={"roots": {"listChanged": 1}}), ""),
        (handshake(capabilities={"experimental": {"x": 1}}), ""),
        (handshake(capabilities=[]), ""),
        (handshake(clientInfo={"name": "x"}), ""),
        (handshake(clientInfo=CLIENT | {"icons": []}), ""),
        (handshake(clientInfo=CLIENT | {"title": None}), ""),
        (message("initialize", 0, protocolVersion=SESSION, capabilities={}), ""),
        (message("initialize", 0), ""),
        (in_envelope(traceparent="00-0-0-00"), ""),
        (message(LIST, 0, _meta={"io.modelcontextprotocol/protocolVersion": MODERN}), ""),
        (message(LIST, 0, _meta=envelope(), cursor="x"), ""),
        (message(LIST, 0, cursor="x"), SESSION),
        (message(LIST, 0, _meta={"progressToken": True}), SESSION),
        (message(LIST, 0, _meta={"progressToken": 1.5}), SESSION),
        ('{"jsonrpc":"2.0","id":0,"method":"ping","params":null}', SESSION),
        ('{"jsonrpc":"2.0","id":0,"method":"ping","params":[]}', SESSION),
        ('{"jsonrpc":"2.0","id":0,"method":"ping","more":1}', SESSION),
        ('{"jsonrpc":"1.0","id":0,"method":"ping"}', SESSION),
        ('{"id":0,"method":"ping"}', SESSION),
        ('{"jsonrpc":"2.0","id":0,"method":["ping"]}', SESSION),
        # Numbers of a request that are none, or that can be written in several ways.
        ('{"jsonrpc":"2.0","method":"ping"}', SESSION),
        ('{"jsonrpc":"2.0","id":true,"method":"ping"}', SESSION),
        (message("ping", 1.0), SESSION),
        (message("ping", 10**15), SESSION),
        (message("ping", "tab\there"), SESSION),
        (message("ping", "no-break\u00a0space"), SESSION),
        ('{"jsonrpc":"2.0","id":null,"method":"ping"}', SESSION),
        ('{"jsonrpc":"2.0","id":NaN,"method":"ping"}', SESSION),
        # What parsers read differently, and what is no message.
        ('{"jsonrpc":"2.0","id":0,"id":1,"method":"ping"}', SESSION),
        (handshake(clientInfo=CLIENT | {"title": "\ud800"}), ""),
        (handshake(clientInfo=CLIENT | {"title": "\U0001f600"}), ""),  # a pair of them in JSON
        (handshake(capabilities={"extensions": {"x": json.loads("[" * 70 + "]" * 70)}}), ""),
        (handshake(clientInfo=CLIENT | {"title": "x" * 20_000}), ""),
        ("[" + message("ping", 0) + "]", SESSION),
        ("\ufeff" + message("ping", 0), SESSION),
        ("", SESSION),
        ("ping", SESSION),
        # Other methods.
        (message("tools/call", 0), SESSION),
        (message("logging/setLevel", 0), SESSION),
        (in_envelope("prompts/get"), ""),
    ],
)
def test_anything_unexpected_is_left_to_the_sdk(line: str, session: str) -> None:
    """Unknown versions, fields and types are left to the SDK, and what parsers may read differently."""
    assert answer(line, session) is None


@pytest.mark.parametrize(
    ("line", "session", "passed"),
    [
        (message("notifications/initialized"), SESSION, True),
        (message("notifications/initialized"), "", False),
        (message("notifications/initialized", more=1), SESSION, False),
        (message("notifications/initialized", 1), SESSION, False),
        (message("notifications/cancelled", requestId=1), "", True),
        (message("notifications/progress", progressToken=1, progress=1), SESSION, False),
        ("nothing", SESSION, False),
    ],
)
def test_known_notifications_do_not_end_the_greeting(line: str, session: str, *, passed: bool) -> None:
    """Notifications that clients send while starting do not end the greeting, and still reach the SDK."""
    assert passes(parse(line), session) is passed


@pytest.mark.parametrize(
    ("arguments", "environ", "known"),
    [
        ([], {}, {"initialize", "tools/list", "prompts/list"}),
        (["--prompts", "folder"], {}, {"initialize", "tools/list"}),
        (["--prompts=folder"], {}, {"initialize", "tools/list"}),
        ([], {"TELNYX_PROMPTS": " folder "}, {"initialize", "tools/list"}),
        (["--accounts", "file"], {}, set()),
        (["--sandbox"], {"TELNYX_ACCOUNTS": "file"}, set()),
        ([], {"TELNYX_SANDBOX": "perhaps"}, set()),
        ([], {"TELNYX_QUERY": "0"}, set()),
        (["--log-level", "DEBUG"], {"TELNYX_LOG_FORMAT": "json"}, {"initialize", "tools/list", "prompts/list"}),
    ],
)
def test_answers_that_a_setting_changes_are_left_to_the_sdk(
    arguments: list[str], environ: dict[str, str], known: set[str]
) -> None:
    """Several accounts change tools and instructions, and a prompts folder changes the prompts."""
    answers = recorded_answers(arguments, environ)
    assert answers is not None
    assert {asked.split()[0] for asked in answers} & {"initialize", "tools/list", "prompts/list"} == known


@pytest.mark.parametrize(
    "arguments",
    [
        ["--http"],
        ["--help"],
        ["--sandbox=1"],
        ["--log-level", "LOUD"],
        ["--log-level"],
        ["--prompts", "--sandbox"],
        ["--prompts="],
        ["--tls-cert", "file"],
        ["folder"],
    ],
)
def test_only_a_server_over_stdio_greets(arguments: list[str]) -> None:
    """Serving over HTTP, printing help and usage errors involve no greeting."""
    assert recorded_answers(arguments, {}) is None


def test_an_sdk_other_than_the_recorded_one_answers_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An SDK of another version, without one, or missing is never spoken for."""
    (tmp_path / "mcp").mkdir()
    (tmp_path / "mcp" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert recorded_answers([], {}) == {}
    monkeypatch.setattr(sys, "path", [str(tmp_path / "mcp")])
    assert recorded_answers([], {}) == {}
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    (tmp_path / "mcp-2.99.0.dist-info").mkdir()
    assert recorded_answers([], {}) == {}


SIMPLE = st.text(max_size=8) | st.integers() | st.booleans() | st.none() | st.floats(allow_nan=False)
OBJECTS = st.dictionaries(st.text(max_size=5), SIMPLE | st.dictionaries(st.text(max_size=3), SIMPLE), max_size=3)
NAMES = st.sampled_from(["roots", "sampling", "elicitation", "experimental", "extensions", "tasks", "x"])
MEMBERS = st.dictionaries(st.sampled_from(["listChanged", "context", "tools", "form", "url", "x"]), OBJECTS | SIMPLE)
CAPABILITIES = st.dictionaries(NAMES, MEMBERS | OBJECTS, max_size=3)
CLIENTS = st.dictionaries(st.sampled_from(["title", "description", "websiteUrl", "icons"]), SIMPLE, max_size=2).map(
    lambda more: CLIENT | more
)
NUMBERS = st.integers() | st.text(max_size=8) | SIMPLE


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    version=st.sampled_from(VERSIONS), capabilities=CAPABILITIES, client=CLIENTS, number=NUMBERS, in_ascii=st.booleans()
)
def test_the_greeter_answers_as_the_sdk_does(
    said_by_sdk: Said, version: str, capabilities: object, client: object, number: object, *, in_ascii: bool
) -> None:
    """The answers are the same whatever a client says of itself and however it numbers its requests."""
    if version == MODERN:
        key = "io.modelcontextprotocol/"
        said = envelope() | {f"{key}clientInfo": client, f"{key}clientCapabilities": capabilities}
        line = message(LISTS[0], number, _meta=said)
    else:
        line = message("initialize", number, protocolVersion=version, capabilities=capabilities, clientInfo=client)
    if not in_ascii:
        line = json.dumps(json.loads(line), ensure_ascii=False) + "\n"
    recorded = answer(line)
    if recorded is not None:
        written = json.dumps(json.loads(line)["id"], ensure_ascii=False)
        assert said_by_sdk([line]) == [recorded.replace('"id":0', f'"id":{written}', 1) + "\n"]
