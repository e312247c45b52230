"""The command line, run in this process if that shows the same."""

import io
import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.cli import demo
from telnyx_connections_mcp.cli.entry import main
from telnyx_connections_mcp.sandbox.fleet import create_fleet

ROOT = Path(__file__).resolve().parents[2]


def leave(*arguments: str) -> int | str | None:
    """The exit code, whether `main` returns or raises it."""
    try:
        return main(arguments)
    except SystemExit as left:
        return left.code


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    """Both succeed, and the help names every command and option of serve."""
    assert leave("--version") == 0
    assert capsys.readouterr().out == f"telnyx-connections-mcp {__version__}\n"
    assert leave("--help") == 0
    text = capsys.readouterr().out
    for word in ("serve", "demo", "sandbox", "--version"):
        assert word in text
    assert leave("serve", "--help") == 0
    text = capsys.readouterr().out
    for word in ("--sandbox", "--prompts", "--log-level"):
        assert word in text


@pytest.mark.parametrize(
    "arguments",
    [["--nope"], ["serve", "--nope"], ["nope"], ["sandbox", "--port", "x"], ["--log-level", "LOUD"], ["--sand"]],
)
def test_an_unknown_command_is_one_sentence(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    """It is on stderr, with exit code 2."""
    assert leave(*arguments) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "--help" in said.err


def test_options_before_a_command_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Only `serve` may be left out, so options before another command would be its own."""
    assert leave("--sandbox", "list", "--name", "acme") == 2
    assert "(if list is a command, put --sandbox after it)" in capsys.readouterr().err
    assert leave("serve", "list") == 2
    assert "after it" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fault", "nope"], "unknown fault 'nope'; the faults are 401, "),
        (["--fault", "slow=soon"], "the fault slow takes a number, not 'soon'"),
        (["--size", "100001"], "the sandbox can have 0 to 100000 connections"),
        (["--host", "no-such-name.invalid"], "port 8787 (no such name)"),
        (["--port", "70000"], "a port must be a number from 0 to 65535"),
        (
            ["--host", "203.0.113.1"],
            "cannot listen on 203.0.113.1 port 8787 (cannot assign requested address): choose another",
        ),
    ],
)
def test_a_sandbox_that_cannot_start_says_why(
    capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """It is one sentence on stderr, with exit code 2."""
    assert main(["sandbox", *arguments]) == 2
    assert said in capsys.readouterr().err


def test_the_demo_shows_right_answers(capsys: pytest.CaptureFixture[str]) -> None:
    """It shows a table, a refusal with its hint, and a command that connects a client and works as it is."""
    assert main(["demo"]) == 0
    text = capsys.readouterr().out
    assert text.count("right: checked") == 4
    assert "did you mean `page.size`?" in text
    (line,) = [line for line in text.splitlines() if line.endswith(" install claude-desktop")]
    shown = subprocess.run([*shlex.split(line), "--print", "--sandbox"], capture_output=True, text=True, check=True)
    assert json.loads(shown.stdout)["mcpServers"]["telnyx-connections"]["args"][-1] == "--sandbox"


def test_the_demo_fails_when_an_answer_is_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compared with another fleet every answer is wrong, and the exit code says so."""
    monkeypatch.setattr(demo, "create_fleet", lambda **_: create_fleet(size=55, seed=1))
    assert main(["demo"]) == 1
    assert "3 of the answers above were WRONG" in capsys.readouterr().out


def test_an_interrupted_command_ends_with_130(monkeypatch: pytest.MonkeyPatch) -> None:
    """The exit code is what shells expect."""

    def interrupted(*_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "run_demo", interrupted)
    assert main(["demo"]) == 130
    monkeypatch.setattr("telnyx_connections_mcp.cli.serve.serve", interrupted)
    assert main(["--sandbox"]) == 130


def test_on_a_terminal_it_is_announced(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal stderr says what the server waits for and how to stop it, and stdout stays empty."""
    out, into = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(into, "isatty", lambda: True)
    monkeypatch.setattr(sys, "stdin", into)
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["serve", "--sandbox"]) == 0
    assert "is waiting for an MCP client on standard input (on the sandbox account)" in capsys.readouterr().err
    assert out.buffer.seek(0, io.SEEK_END) == 0


def test_without_a_standard_input_nothing_is_announced(monkeypatch: pytest.MonkeyPatch) -> None:
    """A closed stdin is not a terminal, and the server ends quietly."""
    out, into = io.TextIOWrapper(io.BytesIO()), io.TextIOWrapper(io.BytesIO())
    monkeypatch.setattr(sys, "stdin", into)
    monkeypatch.setattr(sys, "stdout", out)
    assert main(["--sandbox"]) == 0
