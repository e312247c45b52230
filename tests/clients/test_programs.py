"""The programs that `install` sets up report that they see the server."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from telnyx_connections_mcp.cli.entry import main

Client = Callable[[str], Path]
COMMAND = str(Path(sys.executable).with_name("telnyx-connections-mcp"))


def told(program: Path, *arguments: str) -> str:
    """The output of a program in the test's home."""
    done = subprocess.run(
        [program, *arguments],
        env=os.environ | {"DISABLE_AUTOUPDATER": "1", "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory, with a working directory in it."""
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    for name in ("CLAUDE_CONFIG_DIR", "CODEX_HOME", "XDG_CONFIG_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def test_claude_code_connects(client: Client) -> None:
    """`claude mcp list` starts the installed server and connects; after `uninstall` it lists none."""
    program = client("node/node_modules/.bin/claude")
    assert main(["install", "claude-code", "--sandbox", "--yes"]) == 0
    (line,) = [line for line in told(program, "mcp", "list").splitlines() if "telnyx" in line]
    assert COMMAND in line
    assert "Connected" in line
    assert main(["uninstall", "claude-code", "--yes"]) == 0
    assert "telnyx" not in told(program, "mcp", "list")


def test_codex_lists_it(client: Client) -> None:
    """`codex mcp list` shows the installed server as enabled; after `uninstall` it lists none."""
    program = client("node/node_modules/.bin/codex")
    assert main(["install", "codex-cli", "--sandbox", "--yes"]) == 0
    (server,) = json.loads(told(program, "mcp", "list", "--json"))
    assert server["enabled"]
    assert (server["transport"]["command"], server["transport"]["args"]) == (COMMAND, ["--sandbox"])
    assert main(["uninstall", "codex-cli", "--yes"]) == 0
    assert json.loads(told(program, "mcp", "list", "--json")) == []
