"""Clients of another maker, the TypeScript SDKs, start the real command and use it on the sandbox."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.sandbox import SANDBOX_KEY

SOURCES = Path(__file__).parent / "second_client"


@pytest.fixture(scope="module")
def client_script(tmp_path_factory: pytest.TempPathFactory, npm_install: Callable[..., None]) -> Path:
    """The client with its SDKs, installed outside the checkout."""
    directory = tmp_path_factory.mktemp("second-client")
    for name in ("package.json", "client.mjs"):
        shutil.copy(SOURCES / name, directory)
    npm_install(directory)
    return directory / "client.mjs"


def talk(script: Path, maker: str, origin: str, *server: str) -> dict[str, Any]:
    """What the client received in a session with a server that it starts, or with the one at a URL."""
    done = subprocess.run(
        [shutil.which("node") or "node", script, maker, *(server or (sys.executable, "-m", "telnyx_connections_mcp"))],
        env=os.environ | {"TELNYX_API_KEY": SANDBOX_KEY, "TELNYX_BASE_URL": f"{origin}/v2"},
        cwd=script.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.fixture(scope="module")
def said_to_sdk(client_script: Path, sandbox_url: str) -> dict[str, Any]:
    return talk(client_script, "sdk", sandbox_url)


@pytest.fixture(scope="module")
def said_to_client(client_script: Path, sandbox_url: str) -> dict[str, Any]:
    return talk(client_script, "client", sandbox_url)


@pytest.fixture(scope="module")
def said_to_sdk_over_http(client_script: Path, sandbox_url: str, server_url: str) -> dict[str, Any]:
    return talk(client_script, "sdk", sandbox_url, server_url)


@pytest.fixture(scope="module")
def said_to_client_over_http(client_script: Path, sandbox_url: str, server_url: str) -> dict[str, Any]:
    return talk(client_script, "client", sandbox_url, server_url)


@pytest.fixture(
    params=["said_to_sdk", "said_to_client", "said_to_sdk_over_http", "said_to_client_over_http"],
    ids=["sdk-1.x", "client-2.x", "sdk-1.x-http", "client-2.x-http"],
)
def said(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The same session with each client."""
    told: dict[str, Any] = request.getfixturevalue(request.param)
    return told


def test_it_finds_the_server_and_its_tools(said: dict[str, Any]) -> None:
    """It learns the server's name and version, and a read-only tool with both schemas."""
    assert (said["server"]["name"], said["server"]["version"]) == ("telnyx-connections-mcp", __version__)
    [tool] = (tool for tool in said["tools"] if tool["name"] == "list_connections")
    assert tool["annotations"]["readOnlyHint"]
    assert tool["inputSchema"]["additionalProperties"] is False
    assert tool["outputSchema"]["required"]


def test_the_newer_client_needs_no_handshake(said_to_client: dict[str, Any]) -> None:
    """The client of 2026 discovers that the server speaks its protocol."""
    assert said_to_client["era"] == "2026-07-28"


def test_a_filter_and_a_page_give_what_was_asked(said: dict[str, Any]) -> None:
    """The page has the matching connections, and passes the client's own check of the schema."""
    found = said["found"]["structuredContent"]
    assert len(found["connections"]) == found["page"]["size"] == 2
    assert all("acme" in row["connection_name"].lower() for row in found["connections"])
    assert found["page"]["total_results"] < said["second_page"]["structuredContent"]["page"]["total_results"]


def test_pages_follow_each_other(said: dict[str, Any]) -> None:
    """The second page of ten has rows 11 to 20, and names the third."""
    page = said["second_page"]["structuredContent"]
    assert page["summary"].startswith("Connections 11 to 20 of 55")
    assert len(page["connections"]) == 10
    assert page["page"]["next"] == 3


def test_text_says_the_same_as_structure(said: dict[str, Any]) -> None:
    """A client that shows only the text shows the whole answer."""
    [block] = said["found"]["content"]
    assert json.loads(block["text"]) == said["found"]["structuredContent"]


def test_a_mistyped_argument_is_an_error_the_model_reads(said: dict[str, Any]) -> None:
    """The error is the tool's and not the protocol's, and names the right argument."""
    assert said["mistyped"]["isError"] is True
    assert "page.size" in said["mistyped"]["content"][0]["text"]


def test_it_finds_the_page_and_its_policy(said: dict[str, Any]) -> None:
    """The page's URI is on the tool, its policy in the list and beside the text, and the capability is named."""
    page, (read,), (old,) = said["page"], said["page"]["read"], said["page"]["old"]
    assert page["capability"] == {"io.modelcontextprotocol/ui": {}}
    assert page["listed"]["mimeType"] == read["mimeType"] == "text/html;profile=mcp-app"
    assert page["listed"]["_meta"] == read["_meta"]
    assert read["_meta"]["ui"]["csp"]["connectDomains"] == []
    assert read["text"].startswith("<!doctype html>")
    assert old == read | {"uri": old["uri"]}


def test_a_group_leads_to_its_connections(said: dict[str, Any]) -> None:
    """What stands beside the groups lists as many as the first of them counts, all at once."""
    page, first = said["page"], said["page"]["groups"]["structuredContent"]["groups"][0]
    assert page["told"]["tool"] == "search_connections"
    assert page["told"]["arguments"] == {"group_by": ["active"]}
    assert len(page["rows"]["structuredContent"]["connections"]) == first["count"]


def test_prompts_are_listed_and_filled_in(said: dict[str, Any]) -> None:
    """Every prompt file is listed, and an argument appears in the text."""
    files = {path.stem for path in (SOURCES.parents[1] / "prompts").glob("*.md")}
    assert {prompt["name"] for prompt in said["prompts"]} == files
    [message] = said["prompt"]["messages"]
    assert "sip.acme.example" in message["content"]["text"]


def test_a_prompt_without_its_argument_is_refused_by_name(said: dict[str, Any]) -> None:
    """The error is "invalid params" and names the missing argument."""
    assert said["prompt_without_hint"]["code"] == -32602
    assert "hint" in said["prompt_without_hint"]["message"]
