"""The command `doctor` as used by people and programs."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, suppress
from pathlib import Path

import pytest

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.cli.doctor.check_list import CHECKS
from telnyx_connections_mcp.cli.doctor.check_result import Step
from telnyx_connections_mcp.cli.doctor.report import conclusion
from telnyx_connections_mcp.cli.entry import main
from telnyx_connections_mcp.sandbox.faults import FAULTS

Examine = Callable[..., Awaitable[dict[str, Step]]]  # tests/cli/doctor/conftest.py: examined
Serve = Callable[..., AbstractContextManager[int]]  # tests/cli/doctor/conftest.py: serve
KEY = "KEY0123456789abcdefSECRET"
NAMES = [check.name for check in CHECKS]


def test_on_the_sandbox_everything_works(capsys: pytest.CaptureFixture[str]) -> None:
    """Every check is an aligned line, the last sentence says that all is well, and the exit code is 0."""
    assert main(["doctor", "--sandbox"]) == 0
    said = capsys.readouterr()
    lines = [line for line in said.out.splitlines() if line[:1].isalpha() and line[24:25].strip()]
    assert [line[9:24].strip() for line in lines[1:-1]] == [check.label for check in CHECKS]
    assert {line.split()[0] for line in lines[1:-1]} <= {"ok", "warning", "skipped"}
    assert lines[-1].startswith("Everything works: the sandbox account has 55 connections.")
    assert said.err == ""
    assert "\x1b" not in said.out


def test_json_is_one_object(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, sandbox_url: str
) -> None:
    """The object has every check, the worst status and the version; a refused key is exit code 1."""
    monkeypatch.setenv("TELNYX_BASE_URL", f"{sandbox_url}/v2")
    monkeypatch.setenv("TELNYX_API_KEY", KEY)
    assert main(["doctor", "--json"]) == 1
    text = capsys.readouterr().out
    report = json.loads(text)
    assert set(report) == {"version", "overall", "conclusion", "steps"}
    assert (report["version"], report["overall"]) == (__version__, "failed")
    assert report["conclusion"].startswith("Fix first: Request. Telnyx refused the API key (HTTP 401")
    assert [step["name"] for step in report["steps"]] == NAMES
    for step in report["steps"]:
        assert set(step) == {"name", "label", "status", "detail", "advice", "milliseconds"}
        assert step["status"] in ("ok", "warning", "failed", "skipped")
        assert step["detail"]
        assert (step["advice"] != "") == (step["status"] in ("warning", "failed"))
        assert step["milliseconds"] >= 0
    assert KEY not in text


def test_without_anything_set_the_key_comes_first(capsys: pytest.CaptureFixture[str]) -> None:
    """A new user sees that the key is missing, what to do, and that the server itself starts."""
    assert main(["doctor"]) == 1
    text = capsys.readouterr().out
    assert "\nFix first: API key. Neither TELNYX_API_KEY nor TELNYX_API_KEY_FILE is set in this terminal: put" in text
    assert "protocol 2026-07-28, 6 tools" in text
    assert "protocol 2025-11-25, 6 tools" in text


def test_on_a_terminal_lines_are_broken_and_coloured() -> None:
    """Lines are wrapped to the terminal if possible, and statuses are coloured."""
    ours, theirs = pty.openpty()
    environ = dict(os.environ) | {"COLUMNS": "70", "TERM": "xterm"}
    command = [sys.executable, "-m", "telnyx_connections_mcp", "doctor", "--sandbox"]
    with subprocess.Popen(command, stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL, env=environ) as process:
        os.close(theirs)
        said = b""
        with suppress(OSError):  # how Linux says that nobody holds the other end
            while chunk := os.read(ours, 65536):
                said += chunk
        os.close(ours)
    assert process.returncode == 0
    text = said.decode()
    assert "\x1b[32mok" in text
    assert "\r\n" + " " * 24 in text
    assert all(len(line) <= 70 + len("\x1b[32m\x1b[0m") for line in text.split("\r\n") if "/" not in line)


@pytest.mark.parametrize(("sandbox", "code"), [(["--sandbox"], 0), ([], 1)])
def test_a_closed_pipe_keeps_the_exit_code(sandbox: list[str], code: int) -> None:
    """`doctor | head -1` prints no error, and the exit code is that of the whole report."""
    into, out = os.pipe()
    os.close(into)
    command = [sys.executable, "-m", "telnyx_connections_mcp", "doctor", *sandbox]
    done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, check=False)
    os.close(out)
    assert (done.returncode, done.stderr) == (code, b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="Linux has this full disk")
def test_a_full_disk_is_one_sentence() -> None:
    """A full disk causes no traceback."""
    command = [sys.executable, "-m", "telnyx_connections_mcp", "doctor", "--sandbox"]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 1
    assert done.stderr == b"telnyx-connections-mcp doctor: Cannot write the report: No space left on device.\n"


def test_the_conclusion_counts_warnings() -> None:
    """The last sentence claims nothing about a fleet of unknown size."""
    fine = Step("python", "Python", "ok", "Python 3", "", 0)
    odd = Step("command", "Command", "warning", "Not on the PATH", "look", 0)
    unclear = Step("fleet", "Connections", "warning", "Telnyx did not say how many connections there are", "look", 0)
    assert conclusion([fine]) == "Everything works: no check failed."
    assert conclusion([fine, odd]).endswith(" 1 warning to review.")
    assert conclusion([fine, unclear]) == "Everything works: no check failed. 1 warning to review."


@pytest.mark.anyio
@pytest.mark.parametrize("fault", sorted(FAULTS.keys() - {"slow", "stall", "huge"}))
async def test_no_fault_reveals_the_key(examined: Examine, sandbox_url: str, fault: str) -> None:
    """Whatever the API answers, the output contains at most the end of the key."""
    environ = {"TELNYX_BASE_URL": f"{sandbox_url}/fault/{fault}/v2", "TELNYX_API_KEY": "KEY_SANDBOX"}
    steps = await examined(**environ)
    assert "KEY_SANDBOX" not in json.dumps([step.detail + step.advice for step in steps.values()])


@pytest.mark.anyio
@pytest.mark.parametrize("status", [200, 302, 401, 403, 422, 429, 418])
async def test_an_echoing_server_does_not_reveal_the_key(examined: Examine, serve: Serve, status: int) -> None:
    """The key is removed from bodies and headers, escaped or not, and so are terminal sequences."""
    escaped = "".join(f"\\u{ord(character):04x}" for character in KEY)
    detail = f"\\u001b[31m {KEY} {escaped} KEY0123456789\\u200babcdefSECRET"
    body = json.dumps({"errors": [{"code": KEY, "detail": "@"}]}).replace("@", detail).encode()
    headers = (("x-ratelimit-remaining", KEY), ("location", f"https://{KEY}.example/"))
    with serve(status=status, body=body, headers_sent=headers) as port:
        environ = {"TELNYX_BASE_URL": f"http://127.0.0.1:{port}/v2", "TELNYX_API_KEY": KEY}
        steps = await examined(**environ)
    assert steps["request"].status == "failed"
    said = str(steps)
    assert KEY not in said
    assert "SECRET" not in said
    assert "\\x1b" not in said
