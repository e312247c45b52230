"""server.json is valid for the MCP registry and matches the package."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from skillsaw.formats.mcp_registry import MCP_REGISTRY_SCHEMA_ID

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.config import settings_table
from telnyx_connections_mcp.config.environment import Choice
from telnyx_connections_mcp.config.settings import read_settings

ROOT = Path(__file__).resolve().parents[2]
SERVER: dict[str, Any] = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))
[PACKAGE] = SERVER["packages"]
VARIABLES = {variable["name"]: variable for variable in PACKAGE["environmentVariables"]}
A_KEY = {"TELNYX_API_KEY": "KEY0123456789"}


def lint(server: Path) -> subprocess.CompletedProcess[str]:
    """Run skillsaw, which includes the registry's schema and rules and works offline."""
    command = [sys.executable, "-m", "skillsaw", "lint", "--type", "mcp-registry", "--strict", "--no-plugins", server]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_it_follows_the_published_schema(tmp_path: Path) -> None:
    """server.json follows the newest schema and the registry's further rules for publishers."""
    assert SERVER["$schema"] == MCP_REGISTRY_SCHEMA_ID
    shutil.copy(ROOT / "server.json", tmp_path)
    done = lint(tmp_path / "server.json")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("part", "wrong"),
    [
        ('"name": "TELNYX_API_KEY"', '"nam": "TELNYX_API_KEY"'),
        ('"type": "stdio"', '"type": "pipe"'),
        ('"version": "0', '"version": "^0'),
    ],
)
def test_the_linter_rejects_mistakes(part: str, wrong: str, tmp_path: Path) -> None:
    """A missing field, an unknown transport or a version range does not pass."""
    text = (ROOT / "server.json").read_text(encoding="utf-8")
    assert part in text
    (tmp_path / "server.json").write_text(text.replace(part, wrong), encoding="utf-8")
    assert lint(tmp_path / "server.json").returncode == 1


def test_it_names_the_package_and_its_version() -> None:
    """server.json names our package on PyPI in the version of this checkout."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert PACKAGE["identifier"] == project["name"]
    assert SERVER["version"] == PACKAGE["version"] == __version__


def test_the_key_is_a_secret() -> None:
    """The key is marked as required and secret."""
    assert VARIABLES["TELNYX_API_KEY"]["isSecret"] is True
    assert VARIABLES["TELNYX_API_KEY"]["isRequired"] is True
    assert "default" not in VARIABLES["TELNYX_API_KEY"]


def test_every_variable_is_a_setting_with_that_default() -> None:
    """Every variable exists and has the default that it gives."""
    assert VARIABLES.keys() <= settings_table.VARIABLES.keys()
    defaults = {name: variable["default"] for name, variable in VARIABLES.items() if "default" in variable}
    assert set(defaults) == set(VARIABLES) - {"TELNYX_API_KEY"}
    for name, value in defaults.items():
        assert read_settings(A_KEY | {name: value}) == read_settings(A_KEY), name
        assert read_settings(A_KEY | {name: "not this"}).problem, name
    level = settings_table.LOG_LEVEL.type
    assert isinstance(level, Choice)
    assert VARIABLES["TELNYX_LOG_LEVEL"]["choices"] == list(level.choices)


def test_the_readme_carries_the_name_of_the_registry() -> None:
    """The README, which PyPI shows, has the server's name, by which the registry verifies the package."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"mcp-name:\s*([^\s<]+)", readme) == [SERVER["name"]]
