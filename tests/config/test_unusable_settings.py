"""Every command reports unusable settings promptly in one sentence, never as a traceback."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from telnyx_connections_mcp.auth.token_file import TokenFile
from telnyx_connections_mcp.cli.entry import main
from telnyx_connections_mcp.config.accounts import read_accounts
from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.config.http_settings import HttpSettings
from telnyx_connections_mcp.config.settings import Settings, read_settings
from telnyx_connections_mcp.http_server.listening import tls_context
from telnyx_connections_mcp.mcp_server.context import network_of

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes with names")
Start = Callable[..., Any]
KEY = "KEY0123456789"
SECONDS = 30


def run(*arguments: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run our command to its end with these settings only."""
    keep = {name: value for name, value in os.environ.items() if not name.upper().startswith(("TELNYX_", "HTTP"))}
    return subprocess.run(
        [sys.executable, "-m", "telnyx_connections_mcp", *arguments],
        env=keep | environ,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )


def answer_of(start: Start, **environ: str) -> str:
    """The text that a server over stdio returns for a tool."""
    server = start(**environ)
    server.handshake()
    said = server.ask(1, "tools/call", name="list_connections", arguments={})
    assert said["result"]["isError"]
    return str(said["result"]["content"][0]["text"])


@pytest.fixture
def pipe(tmp_path: Path) -> str:
    """A pipe that nobody writes to."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return str(path)


def test_a_pipe_as_key_file_does_not_block(start: Start, pipe: str) -> None:
    """A server over stdio starts and reports it, while a command or a server over HTTP exits with it."""
    said = (
        "The file named by TELNYX_API_KEY_FILE cannot be read (it is a pipe or a device, not a file): correct the path"
    )
    assert answer_of(start, TELNYX_API_KEY_FILE=pipe).startswith(said)
    for arguments, code in ((["list"], 3), (["serve", "--http", "0"], 2)):
        ended = run(*arguments, TELNYX_API_KEY_FILE=pipe)
        assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (code, "", 1)
        assert said in ended.stderr


@pytest.fixture(params=["pipe", "zero", "folder", "huge"])
def no_file(request: pytest.FixtureRequest, tmp_path: Path, pipe: str) -> tuple[str, str]:
    """Something that is not a regular file, and the error for it."""
    path = tmp_path / "key"
    if request.param == "folder":
        return str(tmp_path), "s a directory"
    if request.param == "huge":
        with path.open("wb") as file:
            file.truncate(5 * 1024**3)  # no byte of it is on the disk
        return str(path), "longer than|not UTF-8"
    return pipe if request.param == "pipe" else "/dev/zero", "it is a pipe or a device"


def test_a_path_that_is_no_regular_file_does_not_block(
    no_file: tuple[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pipes, devices, folders and huge files are reported for every setting that names a file."""
    path, said = no_file
    assert re.search(said, read_settings({"TELNYX_API_KEY_FILE": path}).problem or "")
    assert re.search(said, read_accounts({"TELNYX_ACCOUNTS": path}).settings.problem or "")
    redis = {"TELNYX_API_KEY": KEY, "TELNYX_REDIS_URL": "redis://cache", "TELNYX_SNAPSHOT_KEY_FILE": path}
    assert re.search(said, read_settings(redis).problem or "")
    with pytest.raises(SettingsError, match=said):
        TokenFile(Path(path))
    assert main(["token", "list", "--file", path]) != 0
    assert re.search(said, capsys.readouterr().err)
    if "longer" not in said:  # OpenSSL reads what it needs of a file
        with pytest.raises(SettingsError, match="(?i)" + said):
            tls_context(HttpSettings(tls_cert=path))
        monkeypatch.setenv("SSL_CERT_FILE", path)
        with pytest.raises(SettingsError, match="(?i)" + said):
            network_of(Settings(api_key=KEY))


PROXIES = [
    *("http://127.0.0.1:6153export", "127.0.0.1:6153export", "http://h:99999", "http://h:0", "http://", "http://:8080"),
    *('"http://h:1"', "http:/h:1", "http://[::1", "ftp://h:1", "socks5://h:1", "http://u:pa55word-of-ours@h:1x"),
    *("http://a..b:1", "http://999.1.1.1:1", "http://h :1", "http://h:1/x", "http://h:1\tx", "http:// h:1"),
]
NO_PROXY = "The proxy in HTTPS_PROXY or ALL_PROXY cannot be used: set it to an http:// proxy, or unset it."


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
def test_an_invalid_proxy_is_reported(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The error does not quote the variable, which may hold a password."""
    for proxy in PROXIES:
        monkeypatch.setenv(name, proxy)
        with pytest.raises(SettingsError) as refused:
            network_of(Settings(api_key=KEY))
        assert str(refused.value) == NO_PROXY


@pytest.mark.parametrize(
    "proxy", ["http://h:1", "h:1", " http://u:p@h/ ", "HTTP://h", "https://[::1]:8", "http://h\u00f6"]
)
def test_a_proxy_may_be_written_in_many_ways(monkeypatch: pytest.MonkeyPatch, proxy: str) -> None:
    """A proxy may have a scheme, a user, a non-ASCII name or an IP address."""
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    network_of(Settings(api_key=KEY))


def test_every_command_reports_an_invalid_proxy(start: Start) -> None:
    """Tools and terminal commands report it, and a server over HTTP does not start."""
    environ = {"TELNYX_API_KEY": KEY, "HTTPS_PROXY": PROXIES[0]}
    assert answer_of(start, **environ) == NO_PROXY
    for arguments, code in ((["search"], 3), (["serve", "--http", "0"], 2)):
        ended = run(*arguments, **environ)
        assert (ended.returncode, ended.stdout) == (code, "")
        assert re.fullmatch(rf"telnyx-connections-mcp( serve)?: {re.escape(NO_PROXY)}\n", ended.stderr)


def test_an_unclear_sandbox_setting_sends_no_request(start: Start) -> None:
    """If TELNYX_SANDBOX is neither yes nor no, nothing is sent to any account."""
    environ = {"TELNYX_API_KEY": KEY, "TELNYX_SANDBOX": "enabld", "TELNYX_BASE_URL": "http://127.0.0.1:9/v2"}
    assert answer_of(start, **environ).startswith("TELNYX_SANDBOX must be yes or no")
    for arguments, code in ((["list"], 3), (["serve", "--http", "0"], 2)):
        ended = run(*arguments, **environ)
        assert (ended.returncode, ended.stdout, ended.stderr.count("\n")) == (code, "", 1)
        assert "TELNYX_SANDBOX must be yes or no" in ended.stderr


def test_enabled_turns_the_sandbox_on() -> None:
    """The word "Enabled" turns the sandbox on."""
    ended = run("search", TELNYX_API_KEY=KEY, TELNYX_SANDBOX="Enabled")
    assert ended.returncode == 0
    assert "55 connections in all" in ended.stderr
