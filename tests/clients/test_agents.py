"""Agents of four frameworks, with a scripted model, use every tool over stdio and HTTP."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .model import Model, serve

HERE = Path(__file__).parent
CONTRACT = HERE.parent / "contract" / "tools_list.json"
COMMAND = Path(sys.executable).with_name("telnyx-connections-mcp")
AGENTS = {
    "pydantic_ai": "mcp2/bin/python",
    "openai_agents": "mcp2/bin/python",
    "langchain": "mcp1/bin/python",
    "ai_sdk": "node/node_modules/ai",
}
"""The agents, and what each needs: the Python of its environment, or its package for Node.js."""
FILTER = {"connection_name": {"contains": "acme"}}
QUESTIONS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "search_connections": (
        {"where": {"actve": True, "has_webhok": False}, "group_by": ["record_type"]},
        {"where": {"active": True, "has_webhook": False}, "group_by": ["record_type"]},
        "13 connections of all 55 match",
    ),
    "list_connections": (
        {"filter": FILTER, "page": {"sise": 2}},
        {"filter": FILTER, "page": {"size": 2}},
        "Connections 1 to 2 of 6 with a name containing",
    ),
    "audit_connections": (
        {"filter": {"conection_name": {"contains": "acme"}}, "checks": ["webhook_not_https"]},
        {"filter": FILTER, "checks": ["webhook_not_https"]},
        "of all 6 connections with a name containing",
    ),
    "get_connection": (
        {"conection_name": "chat bridge"},
        {"connection_name": "chat bridge"},
        "active texml_application, 2 audit findings",
    ),
    "list_active_calls": (
        {"connection_id": "1293384261090955790", "page": {"sise": 2}},
        {"connection_id": "1293384261090955790", "page": {"size": 2}},
        "2 of 37 active calls",
    ),
}
"""What the model asks each tool at first, mistyped; what it asks once it was told; and a part of the answer."""


@pytest.fixture(scope="module", params=AGENTS)
def model(request: pytest.FixtureRequest, client: Callable[[str], Path], server_url: str) -> Model:
    """The model of an agent that has finished, once over stdio and once over HTTP."""
    name, needed = request.param, client(AGENTS[request.param])
    if needed.name == "python":
        program = [needed, HERE / "agents" / f"{name}_agent.py"]
    else:  # Node.js looks for packages beside the script
        script = shutil.copy(HERE / "agents" / f"{name}_agent.mjs", needed.parents[1])
        program = [shutil.which("node") or "node", script]
    model = Model([(tool, mistyped) for tool, (mistyped, _, _) in QUESTIONS.items()])
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("VIRTUAL_ENV", "PYTHON"))}
    with serve(model) as url:
        done = subprocess.run(
            [*program, f"{url}/v1", COMMAND, server_url],
            env=environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["Done.", "Done."]
    return model


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_the_model_is_offered_our_schemas(model: Model, transport: str) -> None:
    """The model gets every tool with our schema; nothing is dropped or made required."""
    tools, _ = model.conversation(f"over {transport}")
    ours = {tool["name"]: tool["inputSchema"] for tool in json.loads(CONTRACT.read_text(encoding="utf-8"))["tools"]}
    assert tools == ours


@pytest.mark.parametrize("transport", ["stdio", "http"])
def test_every_tool_answers_after_a_mistake(model: Model, transport: str) -> None:
    """A mistyped argument gives an error from which the model corrects its call, and then the answer."""
    _, exchanges = model.conversation(f"over {transport}")
    assert len(exchanges) == 2 * len(QUESTIONS)
    for (tool, (mistyped, meant, part)), wrong, right in zip(
        QUESTIONS.items(), exchanges[::2], exchanges[1::2], strict=True
    ):
        assert wrong[0] == (tool, mistyped)
        assert "Nothing was sent to Telnyx" in wrong[1]
        assert right[0] == (tool, meant)
        assert part in right[1]
