"""The recording that the greeter answers from equals what the server says."""

import json
from importlib.metadata import version as installed
from pathlib import Path

import pytest

from telnyx_connections_mcp.cli.serve import OPTIONS
from telnyx_connections_mcp.mcp_server.greeter.recording import NO_DIGITS, RECORDING
from telnyx_connections_mcp.mcp_server.view.uri import RECORDED

from .conftest import Said
from .greetings import VERSIONS, opening

STALE = (
    "The recorded greeting is out of date; renew it: "
    "python -m pytest --renew tests/mcp_server/greeter/test_recording.py"
)


def recorded(said_by_sdk: Said) -> str:
    """The text of the file: its conditions, then each answer after the requests that it answers."""
    series = installed("mcp").rpartition(".")[0]
    choices = {option: OPTIONS[option]["choices"] for option in ("--log-level", "--log-format")}
    digits = RECORDED.read_text(encoding="utf-8").strip()
    asked: dict[str, list[str]] = {}
    for version in VERSIONS:
        for place in ("account", "sandbox"):
            questions, lines = zip(*opening(version), strict=True)
            for answer in said_by_sdk(lines, sandbox=place == "sandbox"):
                number = json.loads(answer)["id"]
                as_first = answer.replace(f'"id":{number}', '"id":0', 1).replace(digits, NO_DIGITS)
                asked.setdefault(as_first, []).append(f"{questions[number]} {version} {place}")
    header = json.dumps({"mcp": series, "choices": choices})
    return "\n".join([header, *(f"{', '.join(keys)}\t{answer.rstrip()}" for answer, keys in asked.items()), ""])


def test_the_recording_is_what_the_server_says(said_by_sdk: Said, request: pytest.FixtureRequest) -> None:
    """The recording is right byte for byte, in every protocol version of the SDK, for an account and the sandbox."""
    now = recorded(said_by_sdk)
    if request.config.getoption("--renew"):
        Path(RECORDING).write_text(now, encoding="utf-8")
    assert Path(RECORDING).read_text(encoding="utf-8") == now, STALE
