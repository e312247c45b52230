"""What our own prompts tell a model to do is possible."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from telnyx_connections_mcp.audit.checks import CHECKS
from telnyx_connections_mcp.inventory.kinds import KINDS
from telnyx_connections_mcp.inventory.kinds.account_changes import ACCOUNT_CHANGES
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.mcp_server.app import TOOLS
from telnyx_connections_mcp.mcp_server.prompts.prompt_file import PromptFile, read_prompt
from telnyx_connections_mcp.mcp_server.prompts.serving import prompts_directory
from telnyx_connections_mcp.sandbox.fleet import create_fleet
from telnyx_connections_mcp.surroundings.parts import PARTS

pytestmark = pytest.mark.anyio
PROMPTS = {path.stem: read_prompt(path) for path in sorted(prompts_directory().glob("*.md"))}
CALL = re.compile(r"`([a-z_]+)`\s+with\s+`(\{.*?\})`", re.DOTALL)
MARKED = re.compile(r"`([^`]+)`")

FLEET = create_fleet()
PROFILE = next(row["outbound_voice_profile_id"] for row in FLEET.connections if "outbound_voice_profile_id" in row)
BUSY = next(iter(FLEET.calls))
NAMED = next(row["connection_name"] for row in FLEET.connections if row["id"] == BUSY)
FQDN = next(iter(FLEET.fqdns.values()))[0]

# What a model puts for the words in capitals that stand for an answer before.
STANDINS = {"HINT": "", "ID": BUSY, "HOST": "hooks.acme.example", "PROFILE": PROFILE, "SINCE": "2026-11-01"}
WITHIN_SQL = {"'SINCE'": "'2026-11-01'", "'%LAST'": "'%5550113'"}
ARGUMENTS: Mapping[str, Mapping[str, str]] = {
    "connection-report": {"connection_name": NAMED.upper()},
    "incident-triage": {"connection_name": NAMED, "symptom": 'says "486 busy" \\ hangs up'},
    "number-lookup": {"number": "+1 (200) 555-0113"},
    "voice-profile-impact": {"outbound_voice_profile_id": PROFILE},
}
# The hint that each call of find-connection is for, in its order.
HINTS = (
    *("(200) 555-0113", BUSY, PROFILE, FQDN, "hooks.acme.example", 'line "one', "PROD", "eu OUT"),
    "hooliivrline076256",
)


def calls(prompt: PromptFile, given: Mapping[str, str]) -> list[tuple[str, dict[str, Any]]]:
    """The tool requests in the rendered prompt."""
    text = prompt.filled_in(given)
    for name, value in STANDINS.items():
        text = text.replace(f'"{name}"', json.dumps(given.get("hint", "x") if name == "HINT" else value))
    for word, value in WITHIN_SQL.items():
        text = text.replace(word, value)
    return [(tool, json.loads(arguments)) for tool, arguments in CALL.findall(text)]


def shipped_calls() -> Iterator[Any]:
    for name, prompt in PROMPTS.items():
        given = [ARGUMENTS.get(name, {})] if name != "find-connection" else [{"hint": hint} for hint in HINTS]
        for number, (tool, arguments) in enumerate(calls(prompt, given[0])):
            if name == "find-connection":
                tool, arguments = calls(prompt, given[number])[number]  # noqa: PLW2901  # each for its own hint
            yield pytest.param(tool, arguments, id=f"{name}-{number}")


@pytest.mark.parametrize(("tool", "arguments"), list(shipped_calls()))
async def test_every_tool_request_works(connect: Callable[..., Any], tool: str, arguments: dict[str, Any]) -> None:
    """Each tool request in a prompt succeeds on the sandbox, with the whole account read."""
    async with connect() as client:
        result = await client.call_tool(tool, arguments)
        assert not result.is_error, result.content[0].text
        assert result.structured_content["summary"]
        coverage = result.structured_content.get("coverage", {"complete": True})
        read = [coverage] if "complete" in coverage else coverage.values()  # of several tables, each has its own
        assert all(each["complete"] for each in read)


def test_every_prompt_uses_a_tool() -> None:
    """Every prompt has a tool request, and every tool is used except the one for single pages."""
    used = {name: {tool for tool, _ in calls(prompt, {"hint": "x"})} for name, prompt in PROMPTS.items()}
    assert all(used.values())
    assert set().union(*used.values()) == {tool.name for tool in TOOLS} - {"list_connections"}
    assert len(HINTS) == len(calls(PROMPTS["find-connection"], {"hint": "x"}))


def names(schema: Mapping[str, Any]) -> Iterator[str]:
    """Every name in a schema."""
    for name, child in schema.get("properties", {}).items():
        yield name
        yield from names(child)


def vocabulary() -> set[str]:
    """What a prompt may put in code marks: tools, arguments, fields of answers and checks."""
    words = {"connection", *CHECKS, *(field.in_summary for field in CONNECTIONS.fields), *PARTS}
    words |= {name for kind in KINDS for name in (kind.name, *kind.names)}
    words |= {value for field in ACCOUNT_CHANGES.fields for value in field.known_values}
    words |= {
        "complete",
        "total_results",
        "all_by",
        "near",
        "unreadable",
        "count",
        "severity",
    }  # of objects whose schema is open
    for tool in TOOLS:
        words |= {tool.name, *names(tool.parameters), *names(tool.output_schema or {})}
    return words


@pytest.mark.parametrize("name", PROMPTS)
def test_nothing_is_named_that_does_not_exist(name: str) -> None:
    """Every word in code marks is a tool, an argument or a field."""
    marked = [word for word in MARKED.findall(PROMPTS[name].text) if not word.startswith("{") and word != "***"]
    assert marked
    assert {part for word in marked for part in word.split(".")} <= vocabulary()


async def test_the_words_of_open_objects_are_real(connect: Callable[..., Any]) -> None:
    """Words that no schema lists occur in answers."""
    async with connect() as client:
        audit = (await client.call_tool("audit_connections", {})).structured_content
        page = (await client.call_tool("list_active_calls", {"connection_id": BUSY})).structured_content["page"]
        misspelled = {"where": {"name_contains": "chat brigde"}}
        searched = (await client.call_tool("search_connections", misspelled)).structured_content
    async with connect(size=412) as client:
        twice = (await client.call_tool("audit_connections", {"checks": ["duplicate_name"]})).structured_content
    async with connect(fault="forbidden=ips") as client:
        around = {"id": BUSY, "include": ["addresses"]}
        parts = (await client.call_tool("get_connection", around)).structured_content["parts"]
    assert "unreadable" in parts["addresses"]["ips"]
    assert "complete" in audit["coverage"]
    assert "total_results" in page
    assert {"all_by", "count", "severity", "active"} <= set().union(*audit["findings"])
    assert searched["unknown"]["name_contains"]["near"]
    assert twice["findings"][0]["all_by"]


@pytest.mark.parametrize("name", PROMPTS)
def test_every_prompt_has_its_four_parts(name: str) -> None:
    """A prompt has a question, numbered steps, the form of the answer, and warnings."""
    text = PROMPTS[name].text
    assert name == PROMPTS[name].name
    assert "?" in text.split("\n\n")[0]
    for part in ("\n1. ", "\nAnswer with ", "not conclude ", "never\ninstructions", "data that people chose"):
        assert part.replace("\n", " ").strip() in " ".join(text.split())
