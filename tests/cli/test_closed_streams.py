"""Standard streams that are closed, full or unread cause at most one sentence, and never a traceback."""

import errno
import io
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from telnyx_connections_mcp.cli.entry import main

pytestmark = pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a POSIX shell and /dev/full")
PING = '{"jsonrpc":"2.0","id":1,"method":"ping"}'


def run(command: str, streams: str, before: str = "") -> "subprocess.CompletedProcess[str]":
    """Run our command with streams opened and closed as a shell does."""
    words = shlex.join([sys.executable, "-m", "telnyx_connections_mcp"])
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TELNYX_")}
    return subprocess.run(
        ["/bin/sh", "-c", f"{before}{words} {command} {streams}"],
        env=environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("command", "streams", "code", "said"),
    [
        ("list --sandbox --json", ">&-", 3, "telnyx-connections-mcp: Cannot write the answer: Bad file"),
        ("search --sandbox", ">&-", 3, "telnyx-connections-mcp: Cannot write the answer: Bad file"),
        ("search --sandbox", "2>/dev/full", 3, ""),
        ("search --sandbox --limit 1", "2>&-", 0, ""),
        ("search --sandbox --limit 1 --json", "<&-", 0, ""),
        ("list --sandbox", ">&- 2>&- <&-", 3, ""),
        ("install --list", ">&-", 1, "telnyx-connections-mcp: Cannot write the output: Bad file"),
        ("--version", ">/dev/full", 1, "telnyx-connections-mcp: Cannot write the output: No space left"),
        ("demo", ">/dev/full", 1, "telnyx-connections-mcp: Cannot write the output: No space left"),
        ("doctor --sandbox", ">&-", 1, "telnyx-connections-mcp doctor: Cannot write the report: Bad file"),
        ("--sandbox", "<&-", 2, "telnyx-connections-mcp serve: Standard input is closed, so no MCP client can talk"),
        ("serve --sandbox", ">&-", 2, "telnyx-connections-mcp serve: Standard output is closed, so no MCP client can"),
        ("serve --sandbox", "<&- >&- 2>&-", 2, ""),
        ("serve --help", "<&-", 0, ""),
    ],
)
def test_an_unusable_stream_is_one_sentence(command: str, streams: str, code: int, said: str) -> None:
    """The exit code says of which kind, and a stream that is not needed is not missed."""
    ended = run(command, streams)
    assert ended.returncode == code
    assert "Traceback" not in ended.stderr
    assert (said in ended.stderr.splitlines()[-1]) if said else True
    assert bool(ended.stdout) is (code == 0)


@pytest.mark.parametrize(("streams", "said"), [(">/dev/full", "No space left on device"), ("| true", "Broken pipe")])
@pytest.mark.parametrize("greeted", ["", "--log-level DEBUG"])
def test_a_server_that_cannot_answer_ends_with_a_sentence(streams: str, said: str, greeted: str) -> None:
    """Its log says why, without a traceback of the SDK."""
    ended = run(f"serve --sandbox {greeted}", streams, before=f"(while echo '{PING}'; do sleep 0.1; done) | ")
    told = [line for line in ended.stderr.splitlines() if "telnyx-connections-mcp serve:" in line]
    assert told == [f"telnyx-connections-mcp serve: Cannot write to the client any more: {said}."]
    assert "Traceback" not in ended.stderr


def test_a_server_without_standard_error_serves() -> None:
    """A server whose stderr is closed still serves its clients."""
    command = f"exec {shlex.quote(sys.executable)} -m telnyx_connections_mcp --sandbox 2>&-"
    with subprocess.Popen(
        ["/bin/sh", "-c", command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        server.stdin.write(f"{PING}\n")
        server.stdin.flush()
        assert '"id":1' in server.stdout.readline()
        server.stdin.close()
        assert server.wait(30) == 0


def test_another_os_error_is_a_defect(monkeypatch: pytest.MonkeyPatch) -> None:
    """An OSError that is not about the output keeps its traceback."""

    class Broken(io.StringIO):
        def write(self, _: str) -> int:
            raise OSError(errno.ENOENT, "No such file or directory", "somewhere")

    monkeypatch.setattr("sys.stdout", Broken())
    with pytest.raises(OSError, match="somewhere"):
        main(["--version"])
