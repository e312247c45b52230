"""Ctrl-C ends a command at once, whatever it is doing."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from textwrap import dedent

import pytest

KEY = "KEY0123456789ABCDEF"
PRESSED = """
    import os, signal, socket, sys, threading
    from telnyx_connections_mcp.cli.entry import main

    def press():
        os.kill(os.getpid(), signal.SIGINT)

    def pressed(owner, name, after=False):
        real = getattr(owner, name)
        def call(*args, **kwargs):
            setattr(owner, name, real)
            if not after:
                press()
            try:
                return real(*args, **kwargs)
            finally:
                if after:
                    press()
        setattr(owner, name, call)
"""
RESOLVING = """
    def never(*args, **kwargs):
        press()
        threading.Event().wait()

    socket.getaddrinfo = never
"""
MOMENTS = {
    "while a name is looked up": RESOLVING,
    "before connecting": 'pressed(socket.socket, "connect")',
    "after connecting": 'pressed(socket.socket, "connect", after=True)',
    "once connected": 'pressed(socket.socket, "getpeername")',
    "before sending": 'pressed(socket.socket, "send")',
    "after sending": 'pressed(socket.socket, "send", after=True)',
}
"""Where Python's own functions press Ctrl-C."""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """An environment without our settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TELNYX_")}
    return kept | {"TELNYX_API_KEY": KEY, "XDG_CONFIG_HOME": str(tmp_path), "TELNYX_TOOL_TIMEOUT": "60"}


@pytest.mark.parametrize("command", ["list", "doctor"])
@pytest.mark.parametrize("moment", MOMENTS)
def test_an_interrupt_is_never_lost(environ: dict[str, str], moment: str, command: str) -> None:
    """Ctrl-C gives exit code 130 without a traceback, long before any time limit."""
    script = f"{dedent(PRESSED)}\n{dedent(MOMENTS[moment])}\nsys.exit(main([{command!r}]))"
    host = "localhost" if moment == "while a name is looked up" else "127.0.0.1"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        environ["TELNYX_BASE_URL"] = f"http://{host}:{listener.getsockname()[1]}/v2"
        begun = time.monotonic()
        ended = subprocess.run(
            [sys.executable, "-c", script], env=environ, capture_output=True, text=True, timeout=40, check=False
        )
    assert (ended.returncode, ended.stderr) == (130, "\n")
    assert time.monotonic() - begun < 30


def test_an_ignored_interrupt_stays_ignored(environ: dict[str, str]) -> None:
    """`nohup`, and shells for background jobs, start commands that ignore it."""
    script = dedent(PRESSED) + 'signal.signal(signal.SIGINT, signal.SIG_IGN)\npressed(socket.socket, "connect")\n'
    with socket.create_server(("127.0.0.1", 0)) as listener:
        environ |= {"TELNYX_BASE_URL": f"http://127.0.0.1:{listener.getsockname()[1]}/v2", "TELNYX_TOOL_TIMEOUT": "1"}
        ended = subprocess.run(
            [sys.executable, "-c", f"{script}sys.exit(main(['list']))"],
            env=environ,
            capture_output=True,
            text=True,
            timeout=40,
            check=False,
        )
    assert ended.returncode == 3
    assert "The request took longer than 1 s" in ended.stderr
