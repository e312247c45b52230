"""Exit codes of every command that queries the account, and what is printed if there is no answer."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from telnyx_connections_mcp.cli.entry import main

FAX = "1293384261212460496"
CALL_CONTROL = "1293384261090955790"


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["list"], 0),
        (["list", "--fqdn", "nobody.example.com"], 1),
        (["list", "--page", "99"], 1),
        (["search", "--active"], 0),
        (["search", "--group-by", "tag"], 0),
        (["search", "--name-contains", "nobody has this"], 1),
        (["search", "--name-contains", "nobody has this", "--group-by", "tag"], 1),
        (["audit"], 1),
        (["audit", "--check", "duplicate_name"], 0),
        (["audit", "--fqdn", "nobody.example.com"], 1),
        (["audit", "--name", "chat bridge"], 0),
        (["get", "Chat Bridge"], 0),
        (["get", FAX], 0),
        (["get", "nobody has this"], 1),
        (["get", "acme-prod-eu-01"], 1),
        (["get", "404404404"], 1),
        (["get", "5f3a2a68-7c3f-4f3e-9b1c-0123456789ab"], 1),
        (["calls", CALL_CONTROL], 0),
        (["calls", FAX], 1),
        (["calls", "404404404"], 1),
    ],
)
def test_exit_codes_of_results(capsys: pytest.CaptureFixture[str], arguments: list[str], code: int) -> None:
    """The code is 0 for a result, and 1 for none or for errors found by an audit, each with a sentence."""
    assert main([*arguments, "--sandbox"]) == code
    assert capsys.readouterr().err.count("\n") >= 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list", "--nope"], "No such option"),
        (["search", "--name", "acme"], "--name-contains"),
        (["search", "--limi", "5"], "'--limit'"),
        (["list", "--page-size", "251"], "--page-size"),
        (["list", "--name", "ac"], "`--name` must be text of 3 to 256 characters"),
        (["search", "--outbound-voice-profile-id", "x"], "`--outbound-voice-profile-id` must be an id"),
        (["search", "--id", "", "--name-contains", ""], "`--name-contains` must be text"),
        (["list", "--name", " "], '`--name` must be text, not ""'),
        (["search", "--tags-any", "prod", "--tags-any", ""], '`--tags-any` must be text, not "": give one, or leave'),
        (["get", ""], 'NAME_OR_ID must be text, not ""'),
        (["get", "--id", ""], '`--id` must be text, not ""'),
        (["calls", ""], "`CONNECTION_ID` is missing"),
        (["search", "--created-after", "soon"], "`--created-after` must be an ISO date"),
        (["search", "--group-by", "tag", "--group-by", "active", "--group-by", "tag"], "`--group-by` must be"),
        (["search", "--sort", "colour"], "'colour' is not one of"),
        (["audit", "--check", "nope"], "'nope' is not one of"),
        (
            ["search", "--name-contains", "a", "--limit", "3", "--name-contains", "b"],
            "--name-contains may be given only",
        ),
        (["search", "--active", "--inactive"], "--active/--inactive may be given only once"),
        (["get"], "give exactly one of `--id` and `--connection-name`"),
        (["get", "x", "--id", "1"], "give either NAME_OR_ID or an option"),
        (["calls"], "CONNECTION_ID"),
        (["calls", "a b"], "`CONNECTION_ID` must be"),
        (["calls", "1", "--page", "2", "--page-after", "x"], "give one of `--page` and `--page-after`, not both"),
        (["call", "nope"], "'nope' is not one of 'search_connections'"),
        (["call", "list_connections", "{"], "The JSON is not valid"),
        (["call", "list_connections", "[1]"], "JSON must be an object"),
        (["call", "list_connections", '{"page": {"size": 1, "size": 2}}'], "the same name appears twice"),
        (["call", "list_connections", '{"size": 5}'], "did you mean `page.size`?"),
    ],
)
def test_wrong_usage_is_one_sentence(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    """Wrong usage is exit code 2 and a sentence with the mistyped name, and nothing on stdout."""
    assert main([*arguments, "--sandbox"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert said in told.err


@pytest.mark.parametrize(
    ("fault_and_command", "said"),
    [
        (["401", "list"], "Telnyx refused the API key (HTTP 401, code 10009): put a valid key for this account in"),
        (["401", "search"], "TELNYX_API_KEY or the key file, and check it with telnyx-connections-mcp doctor.\n"),
        (["401", "query", "SELECT id FROM connections"], "telnyx-connections-mcp doctor.\n"),
        (["429-wait", "search"], "rate limit"),
        (["404", "search"], ""),
        (["404", "get", "somebody"], ""),
        (["html-502", "audit", "--json"], "502"),
        (["gateway-404", "get", FAX], "is not the Telnyx API"),
        (["wrong-id", "get", FAX], "so it is not shown"),
        (["403", "calls", CALL_CONTROL], ""),
        (["slow=9", "list"], "The request took longer than 4 s"),
    ],
)
def test_api_trouble_is_exit_code_3(
    capsys: pytest.CaptureFixture[str],
    sandbox_url: str,
    account: Callable[..., None],
    fault_and_command: list[str],
    said: str,
) -> None:
    """A failure of the API is one sentence on stderr, and nothing on stdout."""
    fault, *arguments = fault_and_command
    account(f"{sandbox_url}/fault/{fault}/v2", TELNYX_TOOL_TIMEOUT="4")
    assert main(arguments) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert told.err.startswith("telnyx-connections-mcp: ")
    assert said in told.err


@pytest.mark.parametrize("environ", [{}, {"TELNYX_API_KEY": "KEY", "TELNYX_BASE_URL": "ftp://x"}])
def test_an_unusable_setting_is_exit_code_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]
) -> None:
    """It is reported once, without mention of MCP clients."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert main(["list"]) == 3
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "MCP client" not in told.err
    assert "TELNYX_" in told.err


def test_the_key_file_of_install_is_found(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, sandbox_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is used, with a note, if no variable names a key; the sandbox needs none."""
    path = tmp_path / "config" / "telnyx-connections-mcp" / "api-key"
    path.parent.mkdir(parents=True)
    path.write_text("KEY_SANDBOX\n")
    monkeypatch.setenv("TELNYX_BASE_URL", f"{sandbox_url}/v2")
    assert main(["get", "chat bridge"]) == 0
    assert f"Using the key from {path}, created by install, because no variable names one." in capsys.readouterr().err
    assert main(["get", "chat bridge", "--sandbox"]) == 0
    assert str(path) not in capsys.readouterr().err
    monkeypatch.setenv("TELNYX_API_KEY", "KEY_OF_SOMEBODY_ELSE")
    assert main(["get", "chat bridge"]) == 3
    said = capsys.readouterr().err
    assert str(path) not in said
    assert "refused the API key" in said


@pytest.mark.parametrize("form", [[], ["--json"]])
@pytest.mark.parametrize("arguments", [["search", "--limit", "250"], ["audit"], ["get", "Main line"]])
def test_an_incomplete_answer_is_printed_and_is_exit_code_3(
    capsys: pytest.CaptureFixture[str],
    large_sandbox_url: str,
    account: Callable[..., None],
    form: list[str],
    arguments: list[str],
) -> None:
    """A script that checks only the exit code does not take a part for the whole."""
    account(f"{large_sandbox_url}/fault/fail-page=2/v2", TELNYX_TOOL_TIMEOUT="2")
    assert main([*arguments, *form]) == 3
    told = capsys.readouterr()
    assert told.out
    assert "INCOMPLETE" in (told.out if form else told.err)


@pytest.mark.parametrize("fault", ["long-cursor", "cursor-repeats"])
def test_calls_that_cannot_be_reached_are_exit_code_3(
    capsys: pytest.CaptureFixture[str], sandbox_url: str, account: Callable[..., None], fault: str
) -> None:
    """The calls that could be read are printed."""
    account(f"{sandbox_url}/fault/{fault}/v2")
    first = ["--page-after", "v1:Y2FsbDAwMDAwMDAw"] if fault == "cursor-repeats" else []
    assert main(["calls", CALL_CONTROL, "--page-size", "2", *first]) == 3
    told = capsys.readouterr()
    assert told.out
    assert "INCOMPLETE: the rest cannot be read" in told.err


def command(*arguments: str, **how: Any) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "telnyx_connections_mcp", *arguments], stderr=subprocess.PIPE, text=True, **how
    )


def test_a_closed_pipe_ends_it_quietly() -> None:
    """`search | head -1` prints no error and keeps the exit code."""
    into, out = os.pipe()
    os.close(into)
    with command("search", "--json", "--sandbox", stdout=out) as process:
        os.close(out)
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has this full disk")
def test_a_full_disk_is_an_error() -> None:
    """Half a file is not an answer."""
    with Path("/dev/full").open("w") as full, command("search", "--json", "--sandbox", stdout=full) as process:
        assert process.stderr is not None
        assert process.stderr.read() == "telnyx-connections-mcp: Cannot write the answer: No space left on device.\n"
    assert process.returncode == 3


def test_a_page_with_gaps_is_exit_code_3(
    serve: Callable[[list[Any]], str], account: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """The readable rows are printed, and the exit code says that they are not all."""
    account(serve([{"id": "1", "connection_name": "acme"}, None]))
    for name in ("list", "search"):
        assert main([name, "--json"]) == 3
        answer = json.loads(capsys.readouterr().out)
        assert [row["id"] for row in answer["connections"]] == ["1"]
        assert answer["summary"].startswith("INCOMPLETE, ")


def test_an_interrupt_ends_it_with_130(account: Callable[..., None]) -> None:
    """Ctrl-C while Telnyx does not respond causes no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        account(f"http://127.0.0.1:{listener.getsockname()[1]}/v2")
        with command("list", stdout=subprocess.PIPE) as process:
            listener.settimeout(20)
            with listener.accept()[0] as connection:
                assert connection.recv(1)  # the request has come
                process.send_signal(signal.SIGINT)
                assert process.stderr is not None
                assert process.stderr.read().strip() == ""
    assert process.returncode == 130


def test_a_defect_is_exit_code_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The sentence is on stderr and the traceback in the log; Python's own exit code 1 would mean "nothing found"."""
    from telnyx_connections_mcp.telnyx.client import TelnyxClient

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(TelnyxClient, "list_objects", broken)
    assert main(["list", "--sandbox"]) == 3
    assert "list_connections failed because of a defect in this program" in capsys.readouterr().err
    assert "ZeroDivisionError" in caplog.text
