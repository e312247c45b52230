"""The sandbox is what Telnyx's description says, but for what `differences.py` lists."""

import copy
import json
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from telnyx_connections_mcp.sandbox import SANDBOX_KEY

from .differences import DIFFERENCES, Difference

SCHEMATHESIS = "schemathesis==4.32.5"
COVERAGE = ["--phases", "examples,coverage"]
FUZZING = ["--phases", "fuzzing", "--mode", "positive", "--max-examples", "20"]
KEY = {"authorization": f"Bearer {SANDBOX_KEY}"}


@pytest.mark.parametrize("difference", DIFFERENCES, ids=[one.shown_by for one in DIFFERENCES])
def test_each_difference_is_still_one(difference: Difference, description: Path, sandbox_url: str) -> None:
    """The description does not say what is amended, and the sandbox does what is stated."""
    document = json.loads(description.read_text("utf-8"))
    before = copy.deepcopy(document)
    difference.amend(document)
    assert document != before
    answer = httpx.get(f"{sandbox_url}/v2{difference.shown_by}", headers=KEY)
    assert (answer.status_code, difference.says in answer.text) == (difference.status, True)


@pytest.fixture(scope="session")
def schemathesis() -> list[str]:
    """The command, in an environment of its own: its plug-in would load itself into every test."""
    command = [sys.executable, "-m", "uv", "tool", "run", "--python", sys.executable, "--from", SCHEMATHESIS, "st"]
    if subprocess.run([*command, "--version"], capture_output=True, check=False, timeout=300).returncode:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{SCHEMATHESIS} could not be installed; CI must run this test")
        pytest.skip(f"{SCHEMATHESIS} could not be installed")
    return command


@pytest.mark.parametrize("how", [COVERAGE, FUZZING], ids=["bounds", "made up"])
def test_schemathesis_finds_no_other_difference(
    how: list[str], schemathesis: list[str], description: Path, sandbox_url: str, tmp_path: Path
) -> None:
    """Requests on both sides of every bound, and made-up valid ones, get a response that is described for them."""
    document = json.loads(description.read_text("utf-8"))
    for difference in DIFFERENCES:
        difference.amend(document)
    amended = tmp_path / "amended.json"
    amended.write_text(json.dumps(document))
    run = ["run", str(amended), "--url", f"{sandbox_url}/v2", "--header", f"Authorization: Bearer {SANDBOX_KEY}"]
    done = subprocess.run(
        [*schemathesis, *run, "--continue-on-failure", "--no-shrink", "--seed", "1", *how],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
        timeout=240,
    )
    assert done.returncode == 0, done.stdout + done.stderr
