"""`list`, `search`, `audit`, `get`, `calls` and `call` into a pipe: what they ask, print and end with."""

import io
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

from telnyx_connections_mcp.app import TOOLS
from telnyx_connections_mcp.cli import main
from telnyx_connections_mcp.tool import ReadTool

FAX = "1293384261212460496"
CALL_CONTROL = "1293384261090955790"
COMMANDS = {
    "list": "list_connections",
    "search": "search_connections",
    "audit": "audit_connections",
    "get": "get_connection",
    "calls": "list_active_calls",
}


def ask(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    """The exit code and the JSON answer on the sandbox."""
    code = main([*arguments, "--sandbox", "--json"])
    said = capsys.readouterr()
    assert said.out.count("\n") == 1, said.err
    answer: dict[str, Any] = json.loads(said.out)
    return code, answer


def rows(text: str) -> list[dict[str, str]]:
    """Tab-separated lines under a heading."""
    head, *lines = [line.split("\t") for line in text.splitlines()]
    return [dict(zip(head, line, strict=True)) for line in lines]


@pytest.mark.parametrize(
    ("arguments", "tool", "given"),
    [
        (
            "list --name acme --page 2 --page-size 3 --sort -created_at --detail full",
            "list_connections",
            {
                "filter": {"connection_name": {"contains": "acme"}},
                "page": {"number": 2, "size": 3},
                "sort": "-created_at",
                "detail": "full",
            },
        ),
        (
            "list --outbound-outbound-voice-profile-id 1293385161888847339 --page-size 7",
            "list_connections",
            {"filter": {"outbound": {"outbound_voice_profile_id": "1293385161888847339"}}, "page": {"size": 7}},
        ),
        (
            "search --active --no-webhook --record-type ip_connection --record-type uac_connection --limit 5 --fresh",
            "search_connections",
            {
                "where": {"active": True, "has_webhook": False, "record_type": ["ip_connection", "uac_connection"]},
                "limit": 5,
                "fresh": True,
            },
        ),
        (
            "search --inactive --tagged --group-by record_type --group-by tag --offset 1",
            "search_connections",
            {"where": {"active": False, "untagged": False}, "group_by": ["record_type", "tag"], "offset": 1},
        ),
        (
            "audit --check webhook_not_https --check duplicate_name --min-severity warning --name acme",
            "audit_connections",
            {
                "checks": ["webhook_not_https", "duplicate_name"],
                "min_severity": "warning",
                "filter": {"connection_name": {"contains": "acme"}},
            },
        ),
        ("get 1293384261260316325", "get_connection", {"id": "1293384261260316325"}),
        ("get --connection-name 12345", "get_connection", {"connection_name": "12345"}),
        (
            f"calls {CALL_CONTROL} --page-size 2",
            "list_active_calls",
            {"connection_id": CALL_CONTROL, "page": {"size": 2}},
        ),
    ],
)
def test_options_ask_what_the_same_arguments_ask(
    capsys: pytest.CaptureFixture[str], arguments: str, tool: str, given: dict[str, Any]
) -> None:
    """A command line with options has the answer of `call` with the arguments they stand for."""
    code, answer = ask(capsys, *arguments.split())
    called = ask(capsys, "call", tool, json.dumps(given))
    for said in (answer, called[1]):
        said.pop("as_of", None)
        said.get("coverage", {}).pop("as_of", None)
    assert (code, answer) == called


def paths(schema: dict[str, Any], above: str = "") -> list[str]:
    found: list[str] = []
    for name, node in schema.get("properties", {}).items():
        found += paths(node, f"{above}{name}.") if "properties" in node else [above + name]
    return found


@pytest.mark.parametrize(("command", "tool"), COMMANDS.items())
def test_every_argument_has_an_option(capsys: pytest.CaptureFixture[str], command: str, tool: str) -> None:
    """The help shows as many options and places as the tool has arguments, and the exit codes."""
    assert main([command, "--help"]) == 0
    text = capsys.readouterr().out
    (found,) = [each for each in TOOLS if each.name == tool]
    words = {word for line in text.splitlines() if line.startswith("  -") for word in line.split() if word[:2] == "--"}
    opposites = {"--no-outbound-voice-profile", "--no-webhook", "--no-failover-webhook", "--inactive", "--tagged"}
    ours = {"--json", "--sandbox", "--help"}
    assert len(words - ours - opposites) + ("CONNECTION_ID" in text) == len(paths(found.parameters))
    for said in ("Exit codes:", "0  ", "1  ", "2  ", "3  ", "INCOMPLETE"):
        assert said in text


def test_the_help_of_call_names_the_tools(capsys: pytest.CaptureFixture[str]) -> None:
    """Each with its title; the help of the program still works once every command is imported."""
    assert main(["call", "--help"]) == 0
    text = capsys.readouterr().out
    for tool in TOOLS:
        assert f"{tool.name} " in text
        assert str(tool.title) in text
    assert main(["--help"]) == 0
    assert main(["--help"]) == 0


def test_a_new_argument_appears_by_itself(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool that gains arguments, even one named like another or like an option of ours, shows and takes them."""
    from telnyx_connections_mcp import app
    from telnyx_connections_mcp.commands.list import command

    (tool,) = [each for each in TOOLS if each.name == "list_connections"]
    assert isinstance(tool, ReadTool)
    new = {
        "where": {"type": "object", "properties": {"sort": {"type": "string"}, "json": {"type": "boolean"}}},
        "shape": {"type": "object", "description": "As JSON."},
        "since": {"type": "string", "enum": ["a", "b", "c", "d"], "default": "a"},
    }
    grown = tool.model_copy(update={"parameters": {"properties": tool.parameters["properties"] | new}})
    monkeypatch.setattr(app, "TOOLS", [grown])
    monkeypatch.setattr(command, "params", [])
    assert main(["list", "--help"]) == 0
    text = capsys.readouterr().out
    for said in ("--where-sort TEXT", "--where-json / --no-where-json", "--shape TEXT", "--since SINCE", "Default: a."):
        assert said in text
    assert main(["list", "--where-sort", "x", "--sandbox"]) == 2
    assert "`where` is unknown" in capsys.readouterr().err
    command.params = []


def test_json_can_come_from_standard_input(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` in the place of the JSON."""
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"where": {"name_contains": "chat bridge"}}'))
    code, answer = ask(capsys, "call", "search_connections", "-")
    assert (code, answer["matches"]) == (0, 1)


def test_without_json_a_tool_has_no_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    """`call list_connections` lists the first page."""
    code, answer = ask(capsys, "call", "list_connections")
    assert (code, len(answer["connections"])) == (0, 25)


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
        (["audit", "--fqdn", "nobody.example.com"], 0),
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
def test_exit_codes_of_what_was_found(capsys: pytest.CaptureFixture[str], arguments: list[str], code: int) -> None:
    """0 when there is something, 1 when there is nothing, or when an audit finds errors; a sentence either way."""
    assert main([*arguments, "--sandbox"]) == code
    assert capsys.readouterr().err.count("\n") >= 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["list", "--nope"], "No such option"),
        (["list", "--page-size", "251"], "--page-size"),
        (["list", "--name", "ac"], "`--name` must be text of 3 to 256 characters"),
        (["search", "--outbound-voice-profile-id", "x"], "`--outbound-voice-profile-id` must be an id"),
        (["search", "--id", "", "--name-contains", ""], "`--name-contains` must be text"),
        (["search", "--created-after", "soon"], "`--created-after` must be an ISO date"),
        (["search", "--group-by", "tag", "--group-by", "active", "--group-by", "tag"], "`--group-by` must be"),
        (["search", "--sort", "colour"], "'colour' is not one of"),
        (["audit", "--check", "nope"], "'nope' is not one of"),
        (["get"], "give either `--id` or `--connection-name`"),
        (["get", "x", "--id", "1"], "give either NAME_OR_ID or an option"),
        (["calls"], "CONNECTION_ID"),
        (["calls", "a b"], "`CONNECTION_ID` must be"),
        (["calls", "1", "--page", "2", "--page-after", "x"], "give either `--page` or `--page-after`"),
        (["call", "nope"], "'nope' is not one of 'search_connections'"),
        (["call", "list_connections", "{"], "JSON cannot be read"),
        (["call", "list_connections", "[1]"], "JSON must be an object"),
        (["call", "list_connections", '{"page": {"size": 1, "size": 2}}'], "a name stands twice"),
        (["call", "list_connections", '{"size": 5}'], "did you mean `page.size`?"),
    ],
)
def test_wrong_usage_is_one_sentence(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    """Exit code 2, nothing on stdout, and the name that was typed."""
    assert main([*arguments, "--sandbox"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert said in told.err


@pytest.mark.parametrize(
    ("fault_and_command", "said"),
    [
        (["401", "list"], "Telnyx refused the API key"),
        (["429-wait", "search"], "rate limit"),
        (["404", "search"], ""),
        (["404", "get", "somebody"], ""),
        (["html-502", "audit", "--json"], "502"),
        (["403", "calls", CALL_CONTROL], ""),
        (["slow=9", "list"], "No answer within the 4 seconds that a call may take"),
    ],
)
def test_api_trouble_is_exit_code_3(
    capsys: pytest.CaptureFixture[str],
    sandbox_url: str,
    account: Callable[..., None],
    fault_and_command: list[str],
    said: str,
) -> None:
    """One sentence on stderr, nothing on stdout."""
    fault, *arguments = fault_and_command
    account(f"{sandbox_url}/fault/{fault}/v2", TELNYX_TOOL_TIMEOUT="4")
    assert main(arguments) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert told.err.startswith("telnyx-connections-mcp: ")
    assert said in told.err


@pytest.mark.parametrize("environ", [{}, {"TELNYX_API_KEY": "KEY", "TELNYX_BASE_URL": "ftp://x"}])
def test_a_setting_that_cannot_be_used_is_exit_code_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, environ: dict[str, str]
) -> None:
    """Said once, without a word of MCP clients."""
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert main(["list"]) == 3
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "MCP client" not in told.err
    assert "TELNYX_" in told.err


def test_the_sandbox_can_be_set(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """TELNYX_SANDBOX does as --sandbox does, and a sandbox with another wrong setting says which."""
    monkeypatch.setenv("TELNYX_SANDBOX", "1")
    assert main(["list"]) == 0
    monkeypatch.setenv("TELNYX_TOOL_TIMEOUT", "soon")
    capsys.readouterr()
    assert main(["list"]) == 3
    assert "TELNYX_TOOL_TIMEOUT" in capsys.readouterr().err


@pytest.mark.parametrize("form", [[], ["--json"]])
@pytest.mark.parametrize("arguments", [["search", "--limit", "250"], ["audit"], ["get", "Main line"]])
def test_an_incomplete_answer_is_printed_and_is_exit_code_3(
    capsys: pytest.CaptureFixture[str],
    large_sandbox_url: str,
    account: Callable[..., None],
    form: list[str],
    arguments: list[str],
) -> None:
    """A job that looks at the exit code alone must not take a part for the whole."""
    account(f"{large_sandbox_url}/fault/fail-page=2/v2", TELNYX_TOOL_TIMEOUT="2")
    assert main([*arguments, *form]) == 3
    told = capsys.readouterr()
    assert told.out
    assert "INCOMPLETE" in (told.out if form else told.err)


def test_no_budget_of_tokens_shortens_an_answer(
    capsys: pytest.CaptureFixture[str], large_sandbox_url: str, account: Callable[..., None]
) -> None:
    """A script that asks for 250 full rows has 250 full rows, whatever models may be told."""
    account(f"{large_sandbox_url}/v2", TELNYX_MAX_ANSWER_TOKENS="2000")
    assert main(["search", "--limit", "250", "--detail", "full", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["connections"]) == 250
    assert "webhook_event_url" in answer["connections"][0]
    assert "shortened" not in answer


def test_rows_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """Tab-separated under a heading, whole, with the same columns whatever the rows hold; all else on stderr."""
    assert main(["search", "--name-contains", "acme-prod", "--sort", "connection_name", "--sandbox"]) == 0
    told = capsys.readouterr()
    found = rows(told.out)
    assert [row["connection_name"] for row in found] == ["acme-prod-eu-01", "acme-prod-eu-01", "acme-prod-us-02"]
    assert {row["active"] for row in found} == {"true"}
    assert "3 connections of all 55 match" in told.err
    assert "Read 55 of 55 connections as of" in told.err
    assert "complete." in told.err
    heading = told.out.splitlines()[0]
    assert main(["search", "--name-contains", "nobody has this", "--sandbox"]) == 1
    told = capsys.readouterr()
    assert told.out.splitlines() == [heading]
    assert "The condition name_contains excludes most (55); without it 55 match." in told.err
    assert "Names that are near: none." in told.err


def test_groups_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """A column for each key, empty where nothing is set, and what is beyond the limit is said."""
    assert main(["search", "--group-by", "tag", "--limit", "2", "--created-before", "1d", "--sandbox"]) == 0
    told = capsys.readouterr()
    found = rows(told.out)
    assert list(found[0]) == ["tag", "count"]
    assert len(found) == 2
    for said in ("Not shown: ", "--offset 2.", "Meant: created_before 20"):
        assert said in told.err


def test_full_rows_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """Every field is a column, and the page that follows is named."""
    assert main(["list", "--page-size", "2", "--detail", "full", "--sandbox"]) == 0
    told = capsys.readouterr()
    assert "webhook_event_url" in rows(told.out)[0]
    assert "Page 1 of 28, up to 2 a page; go on with --page 2." in told.err


def test_one_connection_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """A line for each field, then its findings under a heading of their own."""
    assert main(["get", "chat bridge", "--sandbox"]) == 0
    told = capsys.readouterr()
    fields, findings = told.out.split("\n\n")
    assert {row["field"]: row["value"] for row in rows(fields)}["record_type"] == "texml_application"
    assert [row["check"] for row in rows(findings)] == ["no_outbound_voice_profile"]
    assert "Changed: 1 values had secrets masked" in told.err


def test_findings_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """A line each, with the command that lists all that one is about; that command lists as many."""
    assert main(["audit", "--sandbox"]) == 1
    found = {row["check"]: row for row in rows(capsys.readouterr().out)}
    finding = found["no_outbound_voice_profile"]
    assert finding["severity"] == "warning"
    assert "(1293384261" in finding["connections"]
    program, *listing = finding["all_with"].split()
    assert program == "telnyx-connections-mcp"
    assert ask(capsys, *listing)[1]["matches"] == int(finding["count"])


def test_calls_into_a_pipe(capsys: pytest.CaptureFixture[str], sandbox_url: str, account: Callable[..., None]) -> None:
    """A line each; an API that pages by cursor has its cursor named."""
    account(f"{sandbox_url}/fault/cursor-calls/v2")
    assert main(["calls", CALL_CONTROL, "--page-size", "2"]) == 0
    told = capsys.readouterr()
    assert len(rows(told.out)) == 2
    assert "Page 1, up to 2 a page; go on with --page-after c2." in told.err
    assert main(["calls", CALL_CONTROL, "--page-size", "2", "--page-after", "c2"]) == 0
    told = capsys.readouterr()
    assert len(rows(told.out)) == 2
    assert "A page, up to 2 a page; go on with --page-after c3." in told.err


def test_what_an_audit_did_not_check_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """With a filter the account's limit is not looked at; what Telnyx was asked for is said too."""
    assert main(["audit", "--name", "chat bridge", "--sandbox"]) == 0
    told = capsys.readouterr().err
    assert "Not checked: near_connection_limit" in told
    assert 'Telnyx was asked only for {"connection_name":{"contains":"chat bridge"}}' in told


def command(*arguments: str, **how: Any) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "telnyx_connections_mcp", *arguments], stderr=subprocess.PIPE, text=True, **how
    )


def test_a_reader_that_has_enough_ends_it_quietly() -> None:
    """As in `search | head -1`: no complaint, and the exit code of what was found."""
    into, out = os.pipe()
    os.close(into)
    with command("search", "--json", "--sandbox", stdout=out) as process:
        os.close(out)
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has this full disk")
def test_a_full_disk_is_trouble() -> None:
    """Half a file is not an answer."""
    with Path("/dev/full").open("w") as full, command("search", "--json", "--sandbox", stdout=full) as process:
        assert process.stderr is not None
        assert (
            process.stderr.read()
            == "telnyx-connections-mcp: The answer could not be written: No space left on device.\n"
        )
    assert process.returncode == 3


def test_an_interrupt_ends_it_with_130(account: Callable[..., None]) -> None:
    """Ctrl-C while Telnyx does not answer: no stack."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        account(f"http://127.0.0.1:{listener.getsockname()[1]}/v2")
        with command("list", stdout=subprocess.PIPE) as process:
            listener.settimeout(20)
            with listener.accept()[0]:
                process.send_signal(signal.SIGINT)
                assert process.stderr is not None
                assert process.stderr.read().strip() == ""
    assert process.returncode == 130


def test_a_defect_is_no_finding(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Exit code 3, one sentence, and the stack in the log: Python's own exit code 1 would mean "nothing found"."""
    from telnyx_connections_mcp.telnyx.client import TelnyxClient

    async def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(TelnyxClient, "list_connections", broken)
    assert main(["list", "--sandbox"]) == 3
    assert "list_connections failed through a defect of this program" in capsys.readouterr().err
    assert "ZeroDivisionError" in caplog.text
