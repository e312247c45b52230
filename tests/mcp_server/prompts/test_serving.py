"""Prompts as clients see them; mistakes in requests are answered, mistakes in files logged."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError

from telnyx_connections_mcp.mcp_server.prompts import serving
from telnyx_connections_mcp.mcp_server.prompts.serving import load_prompts, prompts_directory

pytestmark = pytest.mark.anyio
NAMES = [
    "audit-account",
    "change-review",
    "connection-report",
    "failover-review",
    "find-connection",
    "incident-triage",
    "number-lookup",
    "stale-connections",
    "voice-profile-impact",
]
OWN = "---\nname: {name}\ntitle: Ours\ndescription: Of the team\n---\nDo it our way."


def folder(path: Path, **files: str) -> Path:
    path.mkdir(exist_ok=True)
    for name, content in files.items():
        (path / f"{name}.md").write_text(content, encoding="utf-8")
    return path


async def test_every_prompt_is_listed_and_renders(connect: Callable[..., Any], era: str) -> None:
    """Every prompt has a name, title, description and arguments, and its text contains the given values."""
    async with connect(mode=era) as client:
        listed = (await client.list_prompts()).prompts
        assert [prompt.name for prompt in listed] == NAMES
        for prompt in listed:
            assert prompt.title
            assert prompt.description
            assert all(argument.description for argument in prompt.arguments or ())
            given = {argument.name: "acme\u202e" for argument in prompt.arguments or () if argument.required}
            (message,) = (await client.get_prompt(prompt.name, given)).messages
            assert message.role == "user"
            assert ("acme" in message.content.text) == bool(given)
            assert "{{" not in message.content.text
            assert "\u202e" not in message.content.text


async def test_optional_arguments_have_defaults(connect: Callable[..., Any]) -> None:
    """An argument that is missing or empty gets its default."""
    async with connect() as client:
        for extra, said in (
            ({}, "should an operations engineer know"),
            ({"audience": '"Bo" and Jo'}, 'should "Bo" and Jo know'),
            ({"audience": " "}, "operations"),
            ({"audience": "\u200b"}, "operations"),
            ({"audience": "Bo"}, "should Bo know"),
        ):
            got = await client.get_prompt("connection-report", {"connection_name": "acme"} | extra)
            assert said in got.messages[0].content.text


@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("find-connection", {}, "requires hint"),
        ("find-connection", {"hint": " "}, "requires hint"),
        ("find-connection", {"hint": "\u200b\u202e"}, "requires hint"),
        ("find-connection", {"hint": "x", "hnit": "y"}, "takes hint"),
        ("failover-review", {"hint": "x"}, "takes tag"),
        ("find-connection", {"hint": '"chat'}, 'hint is "chat: your client cut it at a space'),
        ("connection-report", {"connection_name": "acme", "audience": '"the'}, 'audience is "the: your client cut it'),
        ("find-conection\u202e", {"hint": "x"}, "There is no prompt 'find-conection'; the prompts are audit-account, "),
    ],
)
async def test_wrong_requests_are_invalid_params(
    connect: Callable[..., Any], era: str, name: str, given: dict[str, str], said: str
) -> None:
    """A wrong name or argument is error -32602 with a sentence, in both protocol eras."""
    async with connect(mode=era) as client:
        with pytest.raises(MCPError, match=said) as refused:
            await client.get_prompt(name, given)
    assert refused.value.error.code == -32602


async def test_a_team_adds_its_own_prompts(connect: Callable[..., Any], era: str, tmp_path: Path) -> None:
    """Its prompts are listed with ours in order, replace ours of the same name, and are not cached publicly."""
    own = folder(tmp_path, a=OWN.format(name="audit-account"), b=OWN.format(name="oncall"))
    async with connect(mode=era, prompts=own) as client:
        listed = await client.list_prompts()
        assert [prompt.name for prompt in listed.prompts] == sorted([*NAMES, "oncall"])
        with pytest.raises(MCPError, match="takes no arguments"):
            await client.get_prompt("oncall", {"hint": "x"})
        got = await client.get_prompt("audit-account", {})
        assert got.messages[0].content.text == "Do it our way."
        assert listed.cache_scope == "private"
    async with connect() as client:
        assert (await client.list_prompts()).cache_scope == "public"


async def test_a_broken_file_is_left_out(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A broken file is logged with its line, and all other prompts are served, even ours of its name."""
    own = folder(
        tmp_path,
        broken=OWN.format(name="audit-account").replace("title: Ours", "title: 7"),
        fine=OWN.format(name="oncall"),
        twin=OWN.format(name="oncall"),
    )
    (own / "notes.txt").write_text("no prompt")
    titles = {prompt.name: prompt.title for prompt in load_prompts(own)}
    assert titles["audit-account"] == "Audit the account"
    assert titles["oncall"] == "Ours"
    broken, twin = (record.getMessage() for record in caplog.records if record.levelname == "ERROR")
    assert broken == (
        f"{own / 'broken.md'}, line 3: `title` must be text of 1 to 100 characters; this prompt is left out."
    )
    assert "twin.md, line 2: another file" in twin


async def test_a_missing_folder_is_reported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The server still has its own prompts."""
    assert [prompt.name for prompt in load_prompts(tmp_path / "nope")] == NAMES
    assert "nope cannot be read (No such file or directory), so its prompts are left out." in caplog.text


@pytest.mark.parametrize("how", ["flag", "variable"])
def test_the_real_command_starts_with_a_broken_file(start: Callable[..., Any], tmp_path: Path, how: str) -> None:
    """The file is reported on stderr with its line, and the flag takes precedence over the variable."""
    own = folder(
        tmp_path / "own", broken="---\nname: x\n\ntitle: [\n---\ntext", fine=OWN.format(name="find-connection")
    )
    flag = ["--prompts", str(own)] if how == "flag" else []
    server = start("--sandbox", *flag, TELNYX_PROMPTS=str(tmp_path / "nope") if flag else str(own))
    server.handshake()
    listed = server.ask(1, "prompts/list")["result"]["prompts"]
    assert [prompt["name"] for prompt in listed] == NAMES
    assert {prompt["name"]: prompt["title"] for prompt in listed}["find-connection"] == "Ours"
    assert server.ask(2, "prompts/get", name="nope")["error"]["code"] == -32602
    code, said = server.close()
    assert code == 0
    assert said.count("\n") == 1
    assert "broken.md, line 5: the front matter is not YAML" in said


def test_the_real_command_starts_without_the_folder(start: Callable[..., Any]) -> None:
    """A missing folder is one line on stderr, even without a key."""
    server = start("--prompts", "/nonexistent/prompts")
    server.handshake()
    assert len(server.ask(1, "prompts/list")["result"]["prompts"]) == len(NAMES)
    code, said = server.close()
    assert code == 0
    assert "The prompts folder /nonexistent/prompts cannot be read (No such file or directory)" in said


def test_an_installed_wheel_brings_its_own_prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel has its prompts beside the code, a checkout at its top."""
    monkeypatch.setattr(serving, "_PACKAGE", tmp_path)
    assert prompts_directory().name == "prompts"
    (tmp_path / "_prompts").mkdir()
    assert prompts_directory() == tmp_path / "_prompts"
