"""Telnyx's description of its API, where this machine has it: it is Telnyx's, and not in this repository."""

import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .differences import DESCENDING

ROOT = Path(__file__).parents[2]
DESCRIPTION = ROOT.parent / "shared" / "telnyx-openapi-read-subset.json"
PRISM = "@stoplight/prism-cli@5.14.2"  # the newest that takes a Node.js before 24


@pytest.fixture(scope="session")
def description() -> Path:
    """The file of the description."""
    if not DESCRIPTION.parent.is_dir():
        pytest.skip(f"Telnyx's description is not beside this checkout, in {DESCRIPTION.parent}")
    return DESCRIPTION


@pytest.fixture(scope="session")
def prism_url(
    description: Path, tmp_path_factory: pytest.TempPathFactory, npm_install: Callable[..., None]
) -> Iterator[str]:
    """A mock of Telnyx that makes its answers up from the description, and refuses requests that do not fit it."""
    directory = tmp_path_factory.mktemp("prism")
    npm_install(directory, PRISM)
    document = json.loads(description.read_text("utf-8"))
    DESCENDING.amend(document)
    amended = directory / "amended.json"
    amended.write_text(json.dumps(document))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    program = directory / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
    command = [shutil.which("node") or "node", program, "mock", "--port", str(port), "--errors", "--dynamic"]
    options = ["--seed", "1", "--cors", "false", amended]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert any("Prism is listening" in line for line in process.stdout), "Prism did not start"
        threading.Thread(target=process.stdout.read, daemon=True).start()  # it logs every request
        yield f"http://127.0.0.1:{port}"
        process.terminate()
