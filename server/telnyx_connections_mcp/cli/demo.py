"""A demonstration: a real client starts the real server and calls its tools.

Every answer is checked against the sandbox's own data, so exit code 0 means that all were right.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp_types import CallToolResult, TextContent

from telnyx_connections_mcp.sandbox.fleet import create_fleet

SERVER = StdioServerParameters(command=sys.executable, args=["-m", "telnyx_connections_mcp", "serve", "--sandbox"])
COLUMNS = {"connection_name": 34, "record_type": 26, "active": 6, "created_at": 10, "webhook_host": 26}

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """One call of the demo: the ids of the right answer, or a word of the refusal."""

    title: str
    arguments: Mapping[str, Any]
    right_ids: Sequence[str] = ()
    refused_with: str = ""

    def is_right(self, result: CallToolResult) -> bool:
        """Whether `result` is the right answer."""
        if self.refused_with:
            return bool(result.is_error) and self.refused_with in text_of(result)
        rows = (result.structured_content or {}).get("connections", [])
        return not result.is_error and [row["id"] for row in rows] == list(self.right_ids)


def questions(connections: Sequence[Row]) -> list[Question]:
    """The calls of the demo; the right answers are computed from the data, not by the server."""
    newest = sorted(sorted(connections, key=lambda row: row["id"]), key=lambda row: row["created_at"], reverse=True)
    ids = [row["id"] for row in newest]
    acme = [row["id"] for row in newest if "acme" in row["connection_name"].lower()]
    return [
        Question('Which connections have "acme" in their name?', {"filter": {"connection_name": "acme"}}, acme),
        Question("The second page of ten.", {"page": {"number": 2, "size": 10}}, ids[10:20]),
        Question("The five newest.", {"sort": "-created_at", "page": {"size": 5}}, ids[:5]),
        Question("A mistyped argument is rejected, with a hint.", {"page": {"sise": 10}}, refused_with="page.size"),
    ]


def run_demo(command: str) -> int:
    """Run the demo on standard output; 0 when every answer was right, else 1. `command` starts this installation."""
    wrong = anyio.run(_watch, questions(create_fleet(size=55, seed=0).connections))
    if wrong:
        _say(f"\n{wrong} of the answers above were WRONG: please report this.")
        return 1
    _say("\nEvery answer was right. To connect a client (add --sandbox to look around without a key):\n")
    _say(f"  {command} install claude-desktop\n")
    _say(f"Other clients: {command} install --list")
    return 0


async def _watch(questions_to_ask: Sequence[Question]) -> int:
    """Ask the questions of a server started as a subprocess; how many answers were wrong."""
    _say("$ telnyx-connections-mcp serve --sandbox     (started as a subprocess, over stdio)")
    async with Client(stdio_client(SERVER)) as client:
        tools = (await client.list_tools()).tools
        _say(f"tools/list: {', '.join(tool.name for tool in tools)}   (protocol {client.protocol_version})")
        wrong = 0
        for question in questions_to_ask:
            result = await client.call_tool("list_connections", dict(question.arguments))
            right = question.is_right(result)
            wrong += not right
            _show(question, result, right=right)
        return wrong


def _show(question: Question, result: CallToolResult, *, right: bool) -> None:
    _say(f"\n# {question.title}")
    _say(f"> list_connections {json.dumps(dict(question.arguments))}")
    rows = (result.structured_content or {}).get("connections")
    if rows is None:
        _say(f"< {'error' if result.is_error else 'answer'}: {text_of(result)}")
    else:
        _say(f"< {(result.structured_content or {})['summary']}")
        _say("  " + "  ".join(name.ljust(width) for name, width in COLUMNS.items()).rstrip())
        for row in rows:
            _say("  " + "  ".join(_cell(row.get(name, ""), width) for name, width in COLUMNS.items()).rstrip())
    _say(f"  {'right' if right else 'WRONG'}: checked against the sandbox's data")


def _cell(value: object, width: int) -> str:
    text = {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)
    return text[:width].ljust(width)


def text_of(result: CallToolResult) -> str:
    """The text blocks of a result."""
    return "\n".join(block.text for block in result.content if isinstance(block, TextContent))


def _say(line: str) -> None:
    print(line)  # noqa: T201  # standard output is what this command is for
