"""The sandbox accepts and returns what `shapes.json`, our own summary of the API, describes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
SHAPES = HERE / "shapes.json"


def compare(description: Path) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, str(HERE / "compare.py"), str(description)]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}  # half the time
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False, timeout=120)


def test_every_response_has_the_described_shape() -> None:
    """Every response has the described shape, and no documented request is refused."""
    done = compare(SHAPES)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.endswith(" answers compared, 0 differences\n")


def test_each_kind_of_difference_is_reported(tmp_path: Path) -> None:
    """Missing, unknown and mistyped fields, statuses and parameters are each reported."""
    shapes: dict[str, Any] = json.loads(SHAPES.read_text("utf-8"))
    connection, call = (shapes["schemas"][name]["properties"] for name in ("connection", "call"))
    del connection["tags"], shapes["paths"]["/connections"]["get"]["responses"]["400"]
    connection["active"] = {"type": "string"}
    shapes["schemas"]["call"]["required"].append("started_at")
    call["call_duration"] = {"enum": [0]}
    page = shapes["paths"]["/connections"]["get"]["parameters"][1]["schema"]["properties"]
    page["cursor"] = {"type": "string"}
    changed = tmp_path / "shapes.json"
    changed.write_text(json.dumps(shapes))
    done = compare(changed)
    assert done.returncode == 1
    for told in (
        "/connections 200: /data/tags is not described",
        "/connections 200: $.data[N].active: True is not of type 'string'",
        "/connections status 400 is not described",
        "active_calls 200: $.data[N]: 'started_at' is a required property",
        "/connections?page%5Bcursor%5D=example is refused: ",
    ):
        assert told in done.stdout
