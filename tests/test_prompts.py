"""Prompts come from Markdown files; faults of files and of callers are told in a sentence."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mcp.shared.exceptions import MCPError

from telnyx_connections_mcp import prompts
from telnyx_connections_mcp.prompts import PromptFileError, load_prompts, prompts_directory, read_prompt
from telnyx_connections_mcp.tools.list_connections import TOOL

pytestmark = pytest.mark.anyio
NAMES = ["connection-report", "find-connection", "list-inactive"]


async def test_every_prompt_is_listed_and_renders(connect: Callable[..., Any], era: str) -> None:
    """Name, title, description and arguments are there, and the text holds what was given, in both eras."""
    async with connect(mode=era) as client:
        listed = (await client.list_prompts()).prompts
        assert [prompt.name for prompt in listed] == NAMES
        for prompt in listed:
            assert prompt.title
            assert prompt.description
            given = {argument.name: "acme\u202e" for argument in prompt.arguments or () if argument.required}
            (message,) = (await client.get_prompt(prompt.name, given)).messages
            assert ("acme" in message.content.text) == bool(given)
            assert "{{" not in message.content.text
            assert "\u202e" not in message.content.text


async def test_optional_arguments_have_defaults(connect: Callable[..., Any]) -> None:
    """Left out or empty, the default stands in."""
    async with connect() as client:
        for extra, said in (
            ({}, "for an operations engineer"),
            ({"audience": " "}, "operations"),
            ({"audience": "Bo"}, "for Bo"),
        ):
            got = await client.get_prompt("connection-report", {"connection_name": "acme"} | extra)
            assert said in got.messages[0].content.text


@pytest.mark.parametrize(
    ("given", "said"),
    [({}, "needs hint"), ({"hint": " "}, "needs hint"), ({"hint": "x", "hnit": "y"}, "takes hint")],
)
async def test_wrong_arguments_are_invalid_params(
    connect: Callable[..., Any], era: str, given: dict[str, str], said: str
) -> None:
    """-32602 with a sentence, in both eras."""
    async with connect(mode=era) as client:
        with pytest.raises(MCPError, match=said) as refused:
            await client.get_prompt("find-connection", given)
    assert refused.value.error.code == -32602


def test_no_prompt_asks_for_a_tool_or_argument_that_does_not_exist() -> None:
    """What stands in code marks is a tool, an argument or a field."""
    known = {TOOL.name, "summary", "page", "next", "detail", "full", "sort", "active", "filter", "created_at"}
    for name in NAMES:
        text = read_prompt(prompts_directory() / f"{name}.md").text
        tools = set(re.findall(r"`([a-z]+_connections?)`", text))
        assert tools <= known


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("just text", "does not begin with front matter"),
        ("+++\nname = \n+++\n", "is not TOML"),
        ("+++\nname = 'x'\n+++\n", "lacks title"),
        (
            "+++\nname='x'\ntitle='x'\ndescription='x'\narguments=[{name='a', description='d'}]\n+++\n",
            "lacks a default for the optional argument a",
        ),
        ("+++\nname='x'\ntitle='x'\ndescription='x'\n+++\n{{who}}", "uses who without declaring it"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    """The error says which file and what is wrong."""
    (tmp_path / "broken.md").write_text(text)
    with pytest.raises(PromptFileError, match=said) as broken:
        list(load_prompts(tmp_path))
    assert "broken.md" in str(broken.value)


def test_an_installed_wheel_brings_its_own_prompts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Inside a wheel they lie beside the code, in a checkout at its top."""
    monkeypatch.setattr(prompts, "_PACKAGE", tmp_path)
    assert prompts_directory().name == "prompts"
    (tmp_path / "_prompts").mkdir()
    assert prompts_directory() == tmp_path / "_prompts"
