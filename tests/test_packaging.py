"""What is built and installed is the whole server with its prompts, however it is installed."""

import ast
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from threading import Timer

import pytest

from telnyx_connections_mcp import __version__

ROOT = Path(__file__).resolve().parents[1]
UV = (sys.executable, "-m", "uv")
BIN = "Scripts" if os.name == "nt" else "bin"
PROMPTS = sorted(path.stem for path in (ROOT / "prompts").glob("*.md"))
LIST_PROMPTS = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "prompts/list",
    "params": {
        "_meta": {
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientInfo": {"name": "packaging", "version": "1"},
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/logLevel": "error",  # with it the list is not the recorded one (greeter/)
        }
    },
}


def environ() -> dict[str, str]:
    """Our environment, without variables that would show this one's packages or coverage."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHONPATH", "COVERAGE_"))}


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, env=environ(), capture_output=True, text=True, check=False, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def prompts_of(command: Path, cwd: Path) -> list[str]:
    """The names of the prompts of an installed server, over stdio."""
    pipe = subprocess.PIPE
    with subprocess.Popen([command, "--sandbox"], stdin=pipe, stdout=pipe, cwd=cwd, env=environ()) as server:
        deadline = Timer(60, server.kill)
        deadline.start()
        try:
            assert server.stdin is not None
            assert server.stdout is not None
            server.stdin.write(json.dumps(LIST_PROMPTS).encode() + b"\n")
            server.stdin.flush()
            answer = json.loads(server.stdout.readline())  # before stdin closes: at its end open answers are dropped
            server.stdin.close()
            assert server.wait() == 0
        finally:
            deadline.cancel()
            server.kill()
    return sorted(prompt["name"] for prompt in answer["result"]["prompts"])


def install(folder: Path, *what: str | Path, cwd: Path) -> Path:
    """The `bin` of a fresh virtual environment with `what` and its dependencies only."""
    run(*UV, "venv", "--quiet", "--python", sys.executable, folder, cwd=cwd)
    run(*UV, "pip", "install", "--quiet", "--python", folder, *what, cwd=cwd)
    return folder / BIN


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout as another machine would have it."""
    copy = tmp_path_factory.mktemp("source") / "checkout"
    skip = shutil.ignore_patterns(".git", "__pycache__", ".venv*", ".*_cache", ".coverage*", ".hypothesis", "dist")
    shutil.copytree(ROOT, copy, ignore=skip)
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path) -> Path:
    """A wheel built from the sdist."""
    run(sys.executable, "-m", "build", "--installer", "uv", "--outdir", "dist", cwd=source)
    (built,) = (source / "dist").glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of an environment with the wheel."""
    return install(tmp_path_factory.mktemp("wheel") / "venv", wheel, cwd=wheel.parent)


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    """The wheel has the prompts and py.typed, but no tests and no top-level module `server`."""
    names = zipfile.ZipFile(wheel).namelist()
    package = "telnyx_connections_mcp"
    assert {name.split("/")[0] for name in names} == {package, f"{package}-{__version__}.dist-info"}
    assert f"{package}/py.typed" in names
    assert {f"{package}/_prompts/{name}.md" for name in PROMPTS} <= set(names)


def test_the_installed_wheel_works(installed: Path, tmp_path: Path) -> None:
    """In a fresh environment it prints its version, has its prompts, and its demo succeeds."""
    command = installed / "telnyx-connections-mcp"
    assert run(command, "--version", cwd=tmp_path) == f"telnyx-connections-mcp {__version__}\n"
    assert prompts_of(command, cwd=tmp_path) == PROMPTS
    assert "Every answer was right." in run(command, "demo", cwd=tmp_path)


@pytest.mark.parametrize("how", [["."], ["--editable", "."]], ids=["install", "editable"])
def test_other_ways_to_install_find_the_prompts(how: list[str], source: Path, tmp_path: Path) -> None:
    """An installed folder and an editable install have the command and the prompts; .ci/run installs both with pip."""
    command = install(tmp_path / "venv", *how, cwd=source) / "telnyx-connections-mcp"
    assert run(command, "--version", cwd=tmp_path) == f"telnyx-connections-mcp {__version__}\n"
    assert prompts_of(command, cwd=tmp_path) == PROMPTS


def test_an_installed_package_brings_no_module_called_server(installed: Path, tmp_path: Path) -> None:
    """`server/` is only the folder of our sources, not a module name that others may need."""
    found = "import importlib.util; print(importlib.util.find_spec('server'))"
    assert run(installed / "python", "-c", found, cwd=tmp_path) == "None\n"


def test_no_second_copy_of_the_package_is_imported() -> None:
    """Nothing imports `server.telnyx_connections_mcp`, as `python -m pytest` would allow, with every class twice."""
    assert not [name for name in sys.modules if name.startswith("server.telnyx")]
    sources = [path for folder in ("server", "tests", "benchmarks") for path in (ROOT / folder).rglob("*.py")]
    trees = {path: ast.walk(ast.parse(path.read_text(encoding="utf-8"))) for path in sources}
    imported = {path: {name for node in tree for name in modules_of(node)} for path, tree in trees.items()}
    assert [
        path.name for path, names in imported.items() if any(name.split(".")[0] == "server" for name in names)
    ] == []


def modules_of(node: ast.AST) -> list[str]:
    """The absolute names of the modules that a statement imports."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []
