"""What `list`, `search`, `audit`, `get`, `calls` and `call` request."""

import io
import json
import sys
from collections.abc import Callable
from typing import Any

import pytest

from telnyx_connections_mcp.cli.entry import main
from telnyx_connections_mcp.mcp_server.app import TOOLS
from telnyx_connections_mcp.mcp_server.tool import ReadTool

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
def test_options_equal_arguments(
    capsys: pytest.CaptureFixture[str], arguments: str, tool: str, given: dict[str, Any]
) -> None:
    """A command line with options gives the answer of `call` with the same arguments."""
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
    """The help shows an option for every argument of the tool, and the exit codes."""
    assert main([command, "--help"]) == 0
    text = capsys.readouterr().out
    (found,) = [each for each in TOOLS if each.name == tool]
    words = {word for line in text.splitlines() if line.startswith("  -") for word in line.split() if word[:2] == "--"}
    opposites = {
        "--no-outbound-voice-profile",
        "--no-webhook",
        "--no-failover-webhook",
        "--inactive",
        "--tagged",
        "--named",
        "--no-numbers",
        "--no-address",
        "--profile-disabled",
        "--no-srtp",
    }
    ours = {"--json", "--account", "--sandbox", "--help"}
    assert len(words - ours - opposites) + ("CONNECTION_ID" in text) == len(paths(found.parameters))
    for said in ("Exit codes:", "0  ", "1  ", "2  ", "3  ", "INCOMPLETE"):
        assert said in text


def test_the_help_of_call_names_the_tools(capsys: pytest.CaptureFixture[str]) -> None:
    """The help lists each tool with its title, even once every command is imported."""
    assert main(["call", "--help"]) == 0
    text = capsys.readouterr().out
    for tool in TOOLS:
        assert f"{tool.name} " in text
        assert str(tool.title) in text
    assert main(["--help"]) == 0
    assert main(["--help"]) == 0


def test_a_new_argument_appears_by_itself(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A new argument of a tool gets its option, even if it is named like an existing one."""
    from telnyx_connections_mcp.cli.commands.list import command
    from telnyx_connections_mcp.mcp_server import app

    (tool,) = [each for each in TOOLS if each.name == "list_connections"]
    assert isinstance(tool, ReadTool)
    new = {
        "where": {"type": "object", "properties": {"sort": {"type": "string"}, "json": {"type": "boolean"}}},
        "shape": {"type": "object", "description": "As JSON."},
        "since": {"type": "string", "enum": ["a", "b", "c", "d"], "default": "a"},
    }
    grown = tool.model_copy(update={"accepted": {"properties": tool.parameters["properties"] | new}})
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
    """`-` in place of the JSON reads standard input."""
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"where": {"name_contains": "chat bridge"}}'))
    code, answer = ask(capsys, "call", "search_connections", "-")
    assert (code, answer["matches"]) == (0, 1)


def test_without_json_a_tool_has_no_arguments(capsys: pytest.CaptureFixture[str]) -> None:
    """`call list_connections` lists the first page."""
    code, answer = ask(capsys, "call", "list_connections")
    assert (code, len(answer["connections"])) == (0, 25)


def test_the_sandbox_can_be_set(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """TELNYX_SANDBOX works as --sandbox does, and another wrong setting is still reported."""
    monkeypatch.setenv("TELNYX_SANDBOX", "1")
    assert main(["list"]) == 0
    monkeypatch.setenv("TELNYX_TOOL_TIMEOUT", "soon")
    capsys.readouterr()
    assert main(["list"]) == 3
    assert "TELNYX_TOOL_TIMEOUT" in capsys.readouterr().err


def test_no_token_budget_shortens_an_answer(
    capsys: pytest.CaptureFixture[str], large_sandbox_url: str, account: Callable[..., None]
) -> None:
    """A script that requests 250 full rows gets them."""
    account(f"{large_sandbox_url}/v2", TELNYX_MAX_ANSWER_TOKENS="2000")
    assert main(["search", "--limit", "250", "--detail", "full", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["connections"]) == 250
    assert "webhook_event_url" in answer["connections"][0]
    assert "shortened" not in answer
