"""An installation that cannot start tells the client in a sentence."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .greetings import VERSIONS, initialize, message


@pytest.mark.parametrize(
    ("module", "fault", "why"),
    [
        ("anyio", 'ModuleNotFoundError("No module named anyio", name="anyio")', "the Python module anyio is missing"),
        ("pydantic", 'ImportError("SECRET in a path")', "its start failed (ImportError)"),
        ("anyio", 'RuntimeError("SECRET")', "its start failed (RuntimeError)"),
    ],
)
def test_a_greeted_client_is_told_why_nothing_works(
    start: Callable[..., Any], tmp_path: Path, module: str, fault: str, why: str
) -> None:
    """Every later request gets an answer that says what to do, without a traceback, and the exit code is 1."""
    (tmp_path / f"{module}.py").write_text(f"raise {fault}\n", encoding="utf-8")
    server = start("--sandbox", PYTHONPATH=str(tmp_path))
    assert "result" in server.handshake()
    assert server.ask(1, "tools/list")["result"]["tools"]
    for number in (2, "three"):
        error = server.ask(number, "tools/call", name="list_connections", arguments={})["error"]
        assert error["code"] == -32603
        assert error["message"].startswith(f"telnyx-connections-mcp cannot answer: {why}. ")
        assert "SECRET" not in error["message"]
    server.write(b"no JSON\n" + message("notifications/cancelled", requestId=2).encode())
    code, stderr = server.close()
    assert code == 1
    assert stderr.startswith(f"telnyx-connections-mcp cannot answer: {why}. ")
    assert "Traceback" in stderr


def test_without_the_sdk_nobody_is_greeted(start: Callable[..., Any], tmp_path: Path) -> None:
    """The very first request is answered with what is missing."""
    (tmp_path / "mcp.py").write_text('raise ModuleNotFoundError("No module", name="mcp")\n', encoding="utf-8")
    server = start("--sandbox", PYTHONPATH=str(tmp_path))
    server.write(initialize(VERSIONS[0]).encode())
    assert "the Python module mcp is missing" in json.dumps(server.read())


def test_nobody_is_greeted_with_another_sdk(start: Callable[..., Any], tmp_path: Path) -> None:
    """Answers recorded with one version of the SDK are not used with another."""
    (tmp_path / "mcp").mkdir()
    (tmp_path / "mcp" / "__init__.py").write_text('raise ImportError("another SDK")\n', encoding="utf-8")
    (tmp_path / "mcp-2.99.0.dist-info").mkdir()
    server = start("--sandbox", PYTHONPATH=str(tmp_path))
    server.write(initialize(VERSIONS[0]).encode())
    assert "error" in server.read()


def test_a_greeting_is_not_answered_twice_if_the_start_fails(start: Callable[..., Any], tmp_path: Path) -> None:
    """The handshake is not answered again with an error."""
    (tmp_path / "anyio.py").write_text("1 / 0\n", encoding="utf-8")
    server = start(PYTHONPATH=str(tmp_path))
    server.handshake()
    assert server.ask(0, "resources/read", uri="telnyx://fleet")["error"]
    assert server.close()[0] == 1
    assert server.popen.stdout.read() == b""


def test_a_defect_while_it_serves_ends_it(start: Callable[..., Any], tmp_path: Path) -> None:
    """A defect ends the server with a traceback, and nothing is answered in its place."""
    (tmp_path / "anyio.py").write_text(
        "import os, sys\n"
        "sys.path.remove(os.path.dirname(__file__))\n"
        "del sys.modules['anyio']\n"
        "import anyio\n"
        "async def fail(_, streams):\n"
        "    raise ValueError(await anext(streams))\n"
        "run = anyio.run\n"
        "anyio.run = lambda _, *arguments: run(fail, *arguments)\n",
        encoding="utf-8",
    )
    server = start("--sandbox", PYTHONPATH=str(tmp_path))
    server.send({"id": 0, "method": "tools/call"})
    assert server.popen.wait(20) == 1
    assert server.popen.stdout.read() == b""
    assert b"ValueError" in server.popen.stderr.read()
