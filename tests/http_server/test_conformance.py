"""The protocol's own conformance suite against the real server, in both eras, without its invented tools."""

import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

PACKAGE = Path(__file__).parent / "conformance" / "package.json"
NODE = 22

BOTH = ["tools-list", "resources-list", "prompts-list", "completion-complete", "dns-rebinding-protection"]
SCENARIOS = [
    *(("2025-11-25", name) for name in ("server-initialize", "ping", *BOTH)),
    *(
        ("2026-07-28", name)
        for name in (
            *BOTH,
            "caching",
            "sep-2164-resource-not-found",
            "http-header-validation",
            "server-sse-multiple-streams",  # of 2025 it needs sessions, which this server does without
        )
    ),
]


def missing_tool() -> str | None:
    """What prevents running the suite on this machine."""
    node = shutil.which("node")
    if node is None or shutil.which("npm") is None:
        return f"the conformance suite needs Node.js {NODE} or newer and npm, and they are not installed"
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.lstrip("v").partition(".")[0]) < NODE:
        return f"the conformance suite needs Node.js {NODE} or newer, and this is {version}"
    return None


@pytest.fixture(scope="module")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The suite's program, installed outside the checkout."""
    if reason := missing_tool():
        if os.environ.get("CI") == "true":
            pytest.fail(f"{reason}; CI must run this test")
        pytest.skip(reason)
    directory = tmp_path_factory.mktemp("conformance")
    shutil.copy(PACKAGE, directory)
    npm = [shutil.which("npm") or "npm", "install", "--prefix", str(directory)]
    quiet = ["--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts"]
    done = subprocess.run([*npm, *quiet], cwd=directory, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    return directory / "node_modules" / "@modelcontextprotocol" / "conformance" / "dist" / "index.js"


@pytest.mark.parametrize(("version", "scenario"), SCENARIOS)
def test_the_suite_passes(suite: Path, plain: Any, version: str, scenario: str) -> None:
    """Nothing fails, and something was checked, because a scenario that does not apply passes as well."""
    command = [shutil.which("node") or "node", str(suite), "server", "--url", plain.url]
    done = subprocess.run(
        [*command, "--scenario", scenario, "--spec-version", version],
        cwd=suite.parents[4],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 failed" in done.stdout
    assert "SUCCESS" in done.stdout or "Passed: 1/1" in done.stdout
