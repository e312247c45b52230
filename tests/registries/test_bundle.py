"""The MCP bundle passes the official tool, holds the whole server, and starts as its manifest says."""

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.mcp_server.app import TOOLS
from telnyx_connections_mcp.sandbox import SANDBOX_KEY

ROOT = Path(__file__).resolve().parents[2]
MANIFEST: dict[str, Any] = json.loads((ROOT / "mcpb" / "manifest.json").read_text(encoding="utf-8"))
PROMPTS = sorted(path.stem for path in (ROOT / "prompts").glob("*.md"))
OFFICIAL_TOOL = "@anthropic-ai/mcpb@^2.1"
AS_A_CLIENT_DOES = """\
import { readFileSync } from "node:fs";
import { getMcpConfigForManifest } from "@anthropic-ai/mcpb";
const [extensionPath, api_key] = process.argv.slice(1);
const manifest = JSON.parse(readFileSync(extensionPath + "/manifest.json", "utf8"));
const given = { manifest, extensionPath, systemDirs: {}, userConfig: { api_key }, pathSeparator: "/" };
console.log(JSON.stringify((await getMcpConfigForManifest(given)) ?? null));
"""


def build(target: Path) -> Path:
    done = subprocess.run(
        [sys.executable, ROOT / "mcpb" / "build.py", target], capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stdout) == (0, f"{target}\n"), done.stderr
    return target


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("bundle") / "built.mcpb")


@pytest.fixture(scope="module")
def tool(tmp_path_factory: pytest.TempPathFactory, npm_install: Callable[..., None]) -> Path:
    """The folder in which the official tool is installed."""
    directory = tmp_path_factory.mktemp("mcpb")
    npm_install(directory, OFFICIAL_TOOL)
    return directory


def mcpb(tool: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [
        shutil.which("node") or "node",
        tool / "node_modules" / "@anthropic-ai" / "mcpb" / "dist" / "cli" / "cli.js",
    ]
    return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture(scope="module")
def unpacked(tool: Path, bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundle, unpacked as a client does."""
    folder = tmp_path_factory.mktemp("unpacked") / "telnyx-connections-mcp"
    done = mcpb(tool, "unpack", bundle, folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def test_the_bundle_passes_the_official_tool(tool: Path, bundle: Path, unpacked: Path) -> None:
    """Manifest and bundle pass the checks of the official tool."""
    done = mcpb(tool, "validate", unpacked / "manifest.json")
    assert done.returncode == 0, done.stdout + done.stderr
    assert mcpb(tool, "info", bundle).returncode == 0


def test_the_official_tool_rejects_a_wrong_manifest(tool: Path, tmp_path: Path) -> None:
    """An unknown type of server does not pass."""
    wrong = MANIFEST | {"server": MANIFEST["server"] | {"type": "uvx"}}
    (tmp_path / "manifest.json").write_text(json.dumps(wrong), encoding="utf-8")
    assert mcpb(tool, "validate", tmp_path / "manifest.json").returncode != 0


def test_the_same_checkout_gives_the_same_bytes(bundle: Path, tmp_path: Path) -> None:
    """Building twice gives the same SHA-256, which a registry shows."""
    assert build(tmp_path / "again.mcpb").read_bytes() == bundle.read_bytes()


def test_it_holds_the_server_and_the_prompts_and_nothing_else(bundle: Path) -> None:
    """The bundle has all sources and prompts, but no tests, bytecode or dependencies."""
    names = zipfile.ZipFile(bundle).namelist()
    package = ROOT / "server" / "telnyx_connections_mcp"
    sources = [path for path in package.rglob("*") if path.suffix in (".py", ".typed", ".txt", ".html", ".css", ".js")]
    assert sorted(names) == sorted(
        ["manifest.json", "pyproject.toml", "README.md", "LICENSE"]
        + [f"prompts/{name}.md" for name in PROMPTS]
        + [path.relative_to(ROOT).as_posix() for path in sources]
    )


def test_its_project_has_only_the_dependencies_of_the_server(bundle: Path) -> None:
    """`uv` resolves the dependencies of the server, and no linter."""
    ours = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    bundled = tomllib.loads(zipfile.ZipFile(bundle).read("pyproject.toml").decode())
    assert ours.pop("dependency-groups")
    assert bundled == ours


def test_the_manifest_matches_the_package() -> None:
    """Name, version, licence and Python are those of pyproject.toml, the tools those of the server."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert MANIFEST["version"] == __version__
    assert (MANIFEST["name"], MANIFEST["license"]) == (project["name"], project["license"])
    assert MANIFEST["author"] == project["authors"][0]
    assert MANIFEST["compatibility"]["runtimes"]["python"] == project["requires-python"]
    assert [tool["name"] for tool in MANIFEST["tools"]] == [tool.name for tool in TOOLS]


def test_the_key_is_a_secret_setting() -> None:
    """The client asks for the key, stores it as a secret, and passes it in the environment only."""
    [(name, key)] = MANIFEST["user_config"].items()
    assert (key["type"], key["sensitive"], key["required"]) == ("string", True, True)
    how = MANIFEST["server"]["mcp_config"]
    assert how["env"] == {"TELNYX_API_KEY": f"${{user_config.{name}}}"}
    assert "user_config" not in "".join(how["args"])


def client_configuration(tool: Path, unpacked: Path, key: str) -> dict[str, Any] | None:
    """What the official package makes of the manifest and a user's key."""
    command = [shutil.which("node") or "node", "--input-type=module", "--eval", AS_A_CLIENT_DOES]
    done = subprocess.run([*command, unpacked, key], cwd=tool, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    configuration: dict[str, Any] | None = json.loads(done.stdout)
    return configuration


def test_without_a_key_a_client_does_not_start_it(tool: Path, unpacked: Path) -> None:
    """The client asks for the missing key before it starts the server."""
    assert client_configuration(tool, unpacked, "") is None


@pytest.mark.parametrize("by", ["mcp_config", "entry_point"])
def test_it_starts_as_the_manifest_says(
    by: str, tool: Path, unpacked: Path, start: Callable[..., Any], sandbox_url: str
) -> None:
    """`uv` installs and starts it; the key reaches Telnyx, and every prompt is there.

    A client that manages `uv` by itself runs the entry point.
    """
    configuration = client_configuration(tool, unpacked, SANDBOX_KEY)
    assert configuration is not None
    assert configuration["command"] == "uv"
    arguments = configuration["args"]
    if by == "entry_point":
        arguments = [*arguments[:-1], MANIFEST["server"]["entry_point"]]
    scripts = sysconfig.get_path("scripts")
    server = start(
        command=["uv", *arguments],
        PATH=f"{scripts}{os.pathsep}{os.environ['PATH']}",
        TELNYX_BASE_URL=f"{sandbox_url}/v2",
        **configuration["env"],
    )
    assert server.handshake(300)["result"]["serverInfo"]["version"] == __version__
    answer = server.ask(2, "tools/call", name="search_connections", arguments={"group_by": ["record_type"]})
    assert re.search(r"\b55\b", answer["result"]["structuredContent"]["summary"])
    assert sorted(prompt["name"] for prompt in server.ask(3, "prompts/list")["result"]["prompts"]) == PROMPTS
    assert server.close()[0] == 0
