"""Fixtures for `install`: an empty home, a person at a terminal, and settings files as clients keep them."""

import contextlib
import io
import os
import select
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from telnyx_connections_mcp.cli.entry import main
from telnyx_connections_mcp.cli.install.clients import client_named
from telnyx_connections_mcp.cli.install.machine import settings_path

KEY = "KEY0123456789abcdefSECRET"

ZED = """\
// Zed settings
//
// For information on how to configure Zed, see the documentation.
{
  "theme": "One Dark", // dark at night
  "buffer_font_size": 16,
  "context_servers": {
    "other": {
      "command": "some-command",
      "args": ["arg-1", "arg-2"],
      "env": { "API_TOKEN": "tok-of-another-server" },
    },
    /* "old": { "command": "x" }, */
  },
  "vim_mode": true,
}
"""
DESKTOP = '{\n\t"globalShortcut": "",\n\t"mcpServers": {\n\t\t"files": {"command": "npx", "args": ["-y", "f"]}\n\t}\n}'
CODE = """\
{
  "numStartups": 34,
  "tipsHistory": { "new-user-warmup": 1 },
  "projects": {
    "/home/me/app": {
      "allowedTools": [],
      "history": [{ "display": "what is \\"mcpServers\\"? // nothing" }],
      "mcpServers": {}
    }
  },
  "userID": "0123456789abcdef"
}
"""
VSCODE = """\
{
    "inputs": [
        { "id": "github", "type": "promptString", "description": "GitHub", "password": true },
    ],
    "servers": {
        "github": {
            "type": "http",
            "url": "https://api.example.com/mcp/", // hosted
            "headers": { "Authorization": "Bearer ${input:github}" }
        },
    }
}
"""
GEMINI = '{"selectedAuthType":"oauth-personal","mcpServers":{"a":{"command":"python","env":{"T":"$T"}}}}'
CODEX = """\
# Codex
model = "gpt-5.5-codex"   # the big one
approval_policy = 'on-request'

[mcp_servers.docs]
command = "npx"
args = [
  "-y", # do not ask
  "docs-mcp",
]

[mcp_servers.docs.env]
DOCS_TOKEN = "tok-of-another-server"

# where it may write
[projects."/home/me/app"]
trust_level = "trusted"
"""

FIXTURES: dict[str, tuple[str, bytes]] = {
    "zed, comments and trailing commas": ("zed", ZED.encode()),
    "zed, CRLF": ("zed", ZED.replace("\n", "\r\n").encode()),
    "zed, byte-order mark": ("zed", b"\xef\xbb\xbf" + ZED.encode()),
    "zed, only comments": ("zed", b"// Zed settings\n\n"),
    "desktop, tabs and no line end": ("claude-desktop", DESKTOP.encode()),
    "desktop, no servers": ("claude-desktop", b'{\n  "globalShortcut": ""\n}\n'),
    "desktop, empty object": ("claude-desktop", b"{}"),
    "desktop, empty object of two lines": ("claude-desktop", b"{\n}\n"),
    "desktop, no server yet": ("claude-desktop", b'{\r\n  "mcpServers": {\r\n  }\r\n}\r\n'),
    "desktop, empty file": ("claude-desktop", b""),
    "desktop, only a byte-order mark": ("claude-desktop", b"\xef\xbb\xbf"),
    "code, state and projects": ("claude-code", CODE.encode()),
    "cursor, one server on a line": ("cursor", b'{"mcpServers": {"a": {"url": "https://mcp.example.com"}}}\n'),
    "vscode, inputs and comments": ("vscode", VSCODE.encode()),
    "vscode, empty inputs": ("vscode", b'{\n  "servers": {},\n  "inputs": []\n}'),
    "windsurf, no server yet": ("windsurf", b'{ "mcpServers": {} }'),
    "gemini, on one line": ("gemini-cli", GEMINI.encode()),
    "codex, comments": ("codex-cli", CODEX.encode()),
    "codex, CRLF and byte-order mark": ("codex-cli", b"\xef\xbb\xbf" + CODEX.replace("\n", "\r\n").encode()),
    "codex, no line end": ("codex-cli", CODEX.rstrip().encode()),
    "codex, servers last": ("codex-cli", CODEX.partition("\n# where")[0].encode()),
    "codex, empty file": ("codex-cli", b""),
}
"""Files as the clients write and document them, each with the client that owns it."""


@pytest.fixture(autouse=True)
def _no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make sure that nobody can be asked, even if the tests run on a terminal."""
    monkeypatch.setattr("sys.stdin", io.StringIO())


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory, and an environment without settings."""
    for name in list(os.environ):
        if name.startswith("TELNYX_"):
            monkeypatch.delenv(name)
    for name in ("APPDATA", "XDG_CONFIG_HOME", "CODEX_HOME", "CLAUDE_CONFIG_DIR"):
        monkeypatch.delenv(name, raising=False)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    return home


Put = Callable[[str, bytes], Path]


@pytest.fixture
def put(home: Path) -> Put:  # noqa: ARG001  # the file goes into that home
    """Write a client's settings file and return its path."""

    def write(name: str, data: bytes) -> Path:
        path = settings_path(client_named(name))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    return write


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text(KEY + "\n")
    return path


def run(*arguments: str) -> int:
    """The exit code of the command."""
    return main(arguments)


def files(folder: Path) -> dict[str, bytes]:
    """Every file below `folder`."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def without_backups(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in files(folder).items() if ".bak-" not in name}


@dataclass
class Terminal:
    """The command on a pseudo-terminal, and its output."""

    process: "subprocess.Popen[bytes]"
    descriptor: int
    said: str = ""
    read: int = 0
    """How much of `said` was waited for."""

    def expect(self, text: str, seconds: float = 30) -> str:
        """Wait for `text` after what was waited for before, and return everything up to its end."""
        while (at := self.said.find(text, self.read)) < 0:
            if not select.select([self.descriptor], [], [], seconds)[0]:
                raise TimeoutError(f"no {text!r} in {self.said[self.read :]!r}")
            self.said += os.read(self.descriptor, 4096).decode()
        before, self.read = self.read, at + len(text)
        return self.said[before : self.read]

    def answer(self, text: str) -> None:
        os.write(self.descriptor, text.encode() + b"\n")

    def leave(self) -> int:
        """Read to the end and return the exit code."""
        with contextlib.suppress(OSError):  # the other end is closed
            while select.select([self.descriptor], [], [], 30)[0] and (data := os.read(self.descriptor, 4096)):
                self.said += data.decode()
        return self.process.wait(30)


@pytest.fixture
def terminal(home: Path) -> Iterator[Callable[..., Terminal]]:  # noqa: ARG001  # the command inherits that home
    """Start the command on a terminal of its own, as a person would."""
    import pty

    started: list[Terminal] = []

    def start(*arguments: str) -> Terminal:
        parent, child = pty.openpty()
        process = subprocess.Popen(
            [sys.executable, "-m", "telnyx_connections_mcp", *arguments],
            stdin=child,
            stdout=child,
            stderr=child,
            start_new_session=True,  # or getpass would open the terminal of whoever runs the tests
        )
        os.close(child)
        started.append(Terminal(process, parent))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.wait()
        os.close(each.descriptor)


@pytest.fixture
def nobody(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of a user other than root, to whom permissions apply; the test runs as that user."""
    with tempfile.TemporaryDirectory() as folder:
        monkeypatch.setenv("HOME", folder)
        if os.geteuid() != 0:
            yield Path(folder)
            return
        assert run("install", "--list") == run("uninstall", "zed") == 0  # imported while everything can be read
        os.chown(folder, 65534, 65534)
        os.seteuid(65534)
        try:
            yield Path(folder)
        finally:
            os.seteuid(0)
