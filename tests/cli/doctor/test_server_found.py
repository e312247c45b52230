"""What the doctor finds out when it starts the server."""

import os
from pathlib import Path

import pytest

from telnyx_connections_mcp.cli.doctor.checks_server import HANDSHAKE, PER_REQUEST, Era, serve_once
from telnyx_connections_mcp.cli.doctor.subject import subject_of

pytestmark = pytest.mark.anyio
KEY = "KEY0123456789abcdefSECRET"


@pytest.mark.parametrize(
    ("era", "version"), [(PER_REQUEST, "2026-07-28"), (HANDSHAKE, "2025-11-25")], ids=["2026", "2025"]
)
async def test_the_server_answers_in_both_eras(era: Era, version: str) -> None:
    """It reports the time to the first answer, protocol and tools, and warns if that is slow."""
    found = await serve_once(subject_of(os.environ, sandbox=True), era, slow=60_000)
    assert found.status == "ok"
    assert f"protocol {version}, 6 tools" in found.detail
    found = await serve_once(subject_of(os.environ, sandbox=True), era, slow=0)
    assert found.status == "warning"
    assert "-m compileall -q " in found.advice


async def test_another_protocol_than_expected_is_a_failure() -> None:
    """An SDK that silently falls back is noticed."""
    found = await serve_once(subject_of(os.environ, sandbox=True), Era("legacy", PER_REQUEST.versions))
    assert found.status == "failed"
    assert "The server answered with protocol 2025-11-25 and 6 tools" in found.detail


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("raise ValueError('{key} is broken')", "did not start: ValueError: [hidden] is broken"),
        ("import sys, os; sys.stderr.write('out of luck\\n'); os._exit(3)", "did not start: out of luck"),
        ("import os; os._exit(3)", "did not start: it printed nothing"),
    ],
    ids=["error", "words", "silence"],
)
async def test_a_server_that_cannot_start_is_quoted(tmp_path: Path, code: str, said: str) -> None:
    """Its last line of stderr is shown without the key."""
    (tmp_path / "mcp_types.py").write_text(code.format(key=KEY) if "key" in code else code)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    environ = dict(os.environ) | {"PYTHONPATH": path, "TELNYX_API_KEY": KEY}
    found = await serve_once(subject_of(environ), HANDSHAKE)
    assert found.status == "failed"
    assert said in found.detail
    assert "telnyx-connections-mcp demo" in found.advice
