"""`install` and `uninstall` on settings files as clients keep them."""

import json
import os
import shutil
import tomllib
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client import Client as McpClient
from mcp.client.stdio import StdioServerParameters, stdio_client

from telnyx_connections_mcp.cli.install import json_edit
from telnyx_connections_mcp.cli.install.clients import CLIENTS, NAMES, client_named
from telnyx_connections_mcp.cli.install.machine import settings_path

from .conftest import FIXTURES, KEY, ZED, Put, files, run, without_backups


def said(path: Path) -> Any:
    """The content of a settings file, parsed as its client does."""
    text = path.read_bytes().decode("utf-8-sig")
    return tomllib.loads(text) if path.suffix == ".toml" else json_edit.read(text).value


def entry(path: Path) -> dict[str, Any]:
    servers = next(client.servers for client in CLIENTS if settings_path(client) == path)
    found: dict[str, Any] = said(path)[servers]["telnyx-connections"]
    return found


@pytest.mark.parametrize("name", FIXTURES)
def test_uninstall_restores_the_file_exactly(name: str, put: Put, key_file: Path) -> None:
    """Install keeps everything else, changes nothing a second time, and uninstall restores every byte."""
    client, data = FIXTURES[name]
    path = put(client, data)
    before = said(path)
    assert run("install", client, "--key-file", str(key_file), "--yes") == 0
    assert entry(path)["env"] == {"TELNYX_API_KEY_FILE": str(key_file)}
    after = said(path)
    servers = client_named(client).servers
    del after[servers]["telnyx-connections"]
    assert after == before | {servers: before.get(servers, {})}
    assert not path.read_bytes().startswith(b"\xef\xbb\xbf")
    written = files(path.parent)
    assert run("install", client, "--yes") == 0
    assert run("install", client, "--key-file", str(key_file), "--yes") == 0
    assert files(path.parent) == written
    assert run("install", client, "--sandbox", "--yes") == 0
    assert entry(path)["args"][-1] == "--sandbox"
    assert "env" not in entry(path)
    assert run("uninstall", client, "--yes") == 0
    assert path.read_bytes() == data
    assert run("uninstall", client, "--yes") == 0
    assert path.read_bytes() == data


@pytest.mark.parametrize("name", FIXTURES)
def test_without_a_backup_only_our_entry_is_removed(name: str, put: Put, key_file: Path) -> None:
    """A file that other programs have changed since loses only our entry."""
    client, data = FIXTURES[name]
    path = put(client, data)
    assert run("install", client, "--key-file", str(key_file), "--yes") == 0
    for backup in path.parent.glob("*.bak-*"):
        backup.unlink()
    assert run("uninstall", client, "--yes") == 0
    servers = client_named(client).servers
    left = said(path) if path.exists() else {}
    assert left.get(servers, {}) == (said_of(data, path)).get(servers, {})
    if said_of(data, path).get(servers):
        assert path.read_bytes() == data.removeprefix(b"\xef\xbb\xbf")


def test_a_byte_order_mark_is_removed_for_claude_desktop(
    put: Put, key_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Claude Desktop ignores every server in a file that has one; uninstall restores it."""
    path = put("claude-desktop", b"\xef\xbb\xbf{}")
    assert run("install", "claude-desktop", "--key-file", str(key_file), "--yes") == 0
    written = path.read_bytes()
    assert json.loads(written)
    assert (
        "! The file begins with a byte-order mark, which makes some clients drop every server: it will be removed."
        in (capsys.readouterr().out)
    )
    path.write_bytes(b"\xef\xbb\xbf" + written)
    assert run("install", "claude-desktop", "--key-file", str(key_file), "--yes") == 0
    assert path.read_bytes() == written
    assert f"Nothing changes in {path} except its byte-order mark." in capsys.readouterr().out
    assert run("uninstall", "claude-desktop", "--yes") == 0
    assert path.read_bytes() == b"\xef\xbb\xbf{}"


@pytest.mark.usefixtures("home")
def test_gemini_says_that_it_must_trust_the_folder(capsys: pytest.CaptureFixture[str]) -> None:
    """Otherwise it shows the server as disabled, which looks like our fault."""
    assert run("install", "gemini-cli", "--sandbox", "--yes") == 0
    assert "in a folder that you trust: elsewhere it shows the server as disabled" in capsys.readouterr().out


@pytest.mark.usefixtures("home")
@pytest.mark.skipif(os.name == "nt", reason="Windows has no pipes with names")
def test_a_pipe_or_device_as_settings_file_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """A pipe does not block the command, and a device is not overwritten."""
    path = settings_path(client_named("cursor"))
    path.parent.mkdir(parents=True)
    os.mkfifo(path)
    assert run("install", "cursor", "--sandbox", "--yes") == 1
    assert "it cannot be read (it is a pipe or a device, not a file)" in capsys.readouterr().err
    path.unlink()
    path.symlink_to(os.devnull)
    assert run("install", "cursor", "--sandbox", "--yes") == 1
    assert "it is a pipe or a device" in capsys.readouterr().err


def said_of(data: bytes, path: Path) -> Any:
    text = data.decode("utf-8-sig")
    return tomllib.loads(text) if path.suffix == ".toml" else json_edit.read(text).value


@pytest.mark.parametrize("client", NAMES)
def test_a_new_file_is_created_and_removed(client: str, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only its owner can read it, a missing client causes a warning, and uninstall removes the file."""
    path = settings_path(client_named(client))
    assert run("install", client, "--sandbox", "--yes") == 0
    assert "does not seem to be installed: there is no " in capsys.readouterr().out
    assert path.stat().st_mode & 0o777 == 0o600
    if client != "claude-code":
        assert run("install", client, "--key-plain", "--yes") == 2  # nobody there to type it
    assert run("uninstall", client, "--yes") == 0
    assert without_backups(home) == {}


def test_a_file_created_and_updated_is_removed_too(home: Path, key_file: Path) -> None:
    """The backup from before the update has only our entry, so nothing is worth keeping."""
    assert run("install", "cursor", "--sandbox", "--yes") == 0
    assert run("install", "cursor", "--key-file", str(key_file), "--yes") == 0
    assert run("uninstall", "cursor", "--yes") == 0
    assert without_backups(home) == {}


def test_entries_of_others_stay(put: Put, capsys: pytest.CaptureFixture[str]) -> None:
    """What the client added after us stays, and only what we created is removed."""
    path = put("vscode", b'{\n  "other": 1\n}\n')
    assert run("install", "vscode", "--key-env", "--yes") == 0
    assert said(path)["inputs"][0]["password"] is True
    path.write_text(path.read_text().replace('"other": 1', '"other": 2'))
    assert run("uninstall", "vscode", "--yes") == 0
    assert path.read_text() == '{\n  "other": 2\n}\n'
    assert "will no longer have the server" in capsys.readouterr().out


def test_an_input_that_another_server_uses_stays(put: Put) -> None:
    """An input that others use or its owner changed is neither removed nor added twice."""
    path = put("vscode", b"{}")
    assert run("install", "vscode", "--key-env", "--yes") == 0
    text = path.read_text().replace('"servers": {', '"servers": {\n    "b": {"env": {"K": "${input:telnyx-api-key}"}},')
    path.write_text(text)
    assert run("uninstall", "vscode", "--yes") == 0
    assert [each["id"] for each in said(path)["inputs"]] == ["telnyx-api-key"]
    path.write_text('{"inputs": [{"id": "telnyx-api-key", "type": "promptString", "password": true}, 7]}')
    assert run("install", "vscode", "--key-env", "--yes") == 0
    assert len(said(path)["inputs"]) == 2
    assert run("install", "vscode", "--sandbox", "--yes") == 0
    assert len(said(path)["inputs"]) == 2


def test_changing_to_a_key_file_removes_the_input(put: Put, key_file: Path) -> None:
    """VS Code no longer asks for the key; its empty list of inputs stays, because it may have been there."""
    path = put("vscode", b"{}")
    assert run("install", "vscode", "--key-env", "--yes") == 0
    assert run("install", "vscode", "--key-file", str(key_file), "--yes") == 0
    assert said(path)["inputs"] == []


def test_what_the_owner_added_to_the_entry_stays(put: Put, key_file: Path) -> None:
    """Settings that the owner added to our entry survive an update."""
    path = put(
        "cursor",
        b'{"mcpServers": {"telnyx-connections": {"command": "uvx", "args": ["telnyx-connections-mcp"],'
        b' "disabled": true, "env": {"TELNYX_API_KEY": "PASTE_YOUR_TELNYX_API_KEY_HERE", "TELNYX_LOG_LEVEL": "INFO"}'
        b"}}}",
    )
    assert run("install", "cursor", "--key-file", str(key_file), "--yes") == 0
    assert entry(path)["disabled"] is True
    assert entry(path)["env"] == {"TELNYX_LOG_LEVEL": "INFO", "TELNYX_API_KEY_FILE": str(key_file)}
    assert Path(entry(path)["command"]).is_absolute()
    path = put("codex-cli", b'[mcp_servers.telnyx-connections]\ncommand = "telnyx-connections-mcp"\nenv_vars = ["A"]\n')
    assert run("install", "codex-cli", "--key-env", "--yes") == 0
    assert entry(path)["env_vars"] == ["A", "TELNYX_API_KEY"]
    assert run("install", "codex-cli", "--yes") == 0
    assert run("install", "codex-cli", "--key-file", str(key_file), "--yes") == 0
    assert entry(path)["env_vars"] == ["A"]


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("/old/telnyx-connections-mcp --prompts /my/prompts", "--prompts /my/prompts"),
        ("telnyx-connections-mcp.exe --sandbox --log-level DEBUG", "--log-level DEBUG"),
        ("python -m telnyx_connections_mcp --accounts /a", "--accounts /a"),
        ("uvx --from git+https://x/telnyx-connections-mcp.git telnyx-connections-mcp serve", "serve"),
        ("docker run -i telnyx-connections-mcp:1.0 --prompts /p", "--prompts /p"),
        ("npx telnyx-connections-mcp-proxy", ""),
    ],
)
def test_arguments_that_the_owner_added_stay(
    words: str, kept: str, put: Put, key_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only `--sandbox` and the launcher of another program are added or removed."""
    command, *args = words.split()
    servers = {"telnyx-connections": {"command": command, "args": args}}
    path = put("cursor", json.dumps({"mcpServers": servers}).encode())
    program = key_file.with_name("telnyx-connections-mcp")
    program.write_text("")
    monkeypatch.setattr("sys.argv", [str(program)])
    assert run("install", "cursor", "--key-file", str(key_file), "--yes") == 0
    assert entry(path).get("args", []) == kept.split()
    assert run("install", "cursor", "--sandbox", "--yes") == 0
    assert entry(path)["args"] == [*kept.split(), "--sandbox"]
    written = path.read_bytes()
    assert run("install", "cursor", "--yes") == 0
    assert path.read_bytes() == written


@pytest.mark.parametrize(
    ("client", "data"),
    [("cursor", '{"a": "@", "mcpServers": {}, "z": "@"}'), ("codex-cli", '[mcp_servers.a]\ncommand = "x"\n')],
)
def test_our_own_entry_is_shown_whole(
    client: str, data: str, put: Put, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Even in a very long line our entry is shown whole, and only the rest is cut."""
    path = put(client, data.replace("@", "x" * 300).encode())
    key = tmp_path / ("k" * 200) / "key"
    key.parent.mkdir()
    key.write_text(KEY)
    assert run("install", client, "--key-file", str(key), "--yes") == 0
    start = path.read_text().index("telnyx-connections")
    capsys.readouterr()
    assert run("uninstall", client) == 1
    shown = next(line for line in capsys.readouterr().out.splitlines() if str(key) in line)
    assert shown.startswith("  -")
    if client == "cursor":
        own = path.read_text()[start : path.read_text().index('"z"')]
        assert shown.count("[cut]") == 2
        assert own.rstrip(", }") in shown


@pytest.mark.parametrize("client", ["cursor", "codex-cli"])
def test_another_server_of_our_name_is_left_alone(
    client: str, put: Put, capsys: pytest.CaptureFixture[str], key_file: Path
) -> None:
    """A server that this command did not create is neither replaced nor removed."""
    data = (
        b'[mcp_servers.telnyx-connections]\nurl = "https://example.com"\n'
        if client == "codex-cli"
        else b'{"mcpServers": {"telnyx-connections": {"command": "other", "args": 5}}}'
    )
    path = put(client, data)
    for arguments in (["install", client, "--key-file", str(key_file)], ["uninstall", client]):
        assert run(*arguments, "--yes") == 1
        assert 'its "telnyx-connections" starts something else' in capsys.readouterr().err
    assert files(path.parent) == {path.name: data}
    assert run("install", "--list") == 0
    assert "has another of that name" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("client", "data", "why"),
    [
        ("zed", ZED.replace(": true,", ": true")[:-2].encode(), "line 16, column 1: expected a comma or } here"),
        ("claude-desktop", b'{"mcpServers": []}', 'line 1, column 16: "mcpServers" is not a JSON object'),
        (
            "claude-desktop",
            b'{"mcpServers": {"telnyx-connections": 1}}',
            'column 17: "telnyx-connections" is not a server entry',
        ),
        ("claude-desktop", b'{"mcpServers": {}, "mcpServers": {}}', 'line 1, column 20: "mcpServers" appears twice'),
        ("claude-desktop", b"{} {}", "line 1, column 4: there is extra text after the JSON value"),
        ("claude-desktop", "{}".encode("utf-16"), "it is not UTF-8 (byte 1): save it as UTF-8"),
        ("vscode", b'{"inputs": {}}', 'line 1, column 12: "inputs" is not a JSON array'),
        ("codex-cli", b'[mcp_servers]\n"a" = \n', "line 2, column 7: Invalid value"),
        ("codex-cli", b"mcp_servers = 1", 'line 1, column 1: "mcp_servers" is not a table'),
        ("codex-cli", b"mcp_servers = {telnyx-connections = 1}", '"telnyx-connections" is not a server entry'),
        ("codex-cli", b"mcp_servers = {a = {command = 'x'}}", "use --print and edit [mcp_servers.telnyx-connections]"),
    ],
)
def test_a_broken_file_is_left_as_it_is(
    client: str, data: bytes, why: str, put: Put, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file stays without a backup, and the error gives file, line and column."""
    path = put(client, data)
    key = "--sandbox" if client != "vscode" else "--key-env"
    assert run("install", client, key, "--yes") == 1
    error = capsys.readouterr().err
    assert error.startswith(f"Nothing was changed in {path}: ")
    assert why in error
    assert error.count("\n") == 1
    assert files(path.parent) == {path.name: data}
    assert run("install", "--list") == 0
    assert str(path) in capsys.readouterr().out


def test_comments_that_a_strict_client_rejects_cause_a_warning(put: Put, capsys: pytest.CaptureFixture[str]) -> None:
    """The file is written all the same, and the warning says where the comment is."""
    put("claude-desktop", b'{\n  "a": 1, // one\n}')
    assert run("install", "claude-desktop", "--sandbox", "--yes") == 0
    assert "! line 2, column 11: there is a comment or a trailing comma, which Claude Desktop does not accept" in (
        capsys.readouterr().out
    )


def test_the_key_is_never_shown(
    put: Put, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, key_file: Path
) -> None:
    """No key is shown, and writing ours in clear, or removing it, causes a warning."""
    monkeypatch.setenv("TELNYX_API_KEY", KEY)
    path = put("claude-desktop", b'{"mcpServers": {"a": {"command": "x", "env": {"A_TOKEN": "tok-1"}}}}')
    path.chmod(0o644)
    assert run("install", "claude-desktop", "--key-plain", "--yes") == 0
    assert entry(path)["env"] == {"TELNYX_API_KEY": KEY}
    assert path.stat().st_mode & 0o777 == 0o644
    out = capsys.readouterr().out
    assert f"! {path} holds the key in clear text" in out
    assert f"chmod 600 {path}" in out
    assert "***" in out
    path.chmod(0o600)
    assert run("install", "claude-desktop", "--key-file", str(key_file), "--yes") == 0
    assert KEY not in path.read_text()
    out += capsys.readouterr().out
    assert f"can read the key file; run chmod 600 {key_file}" in out
    assert "The backup holds the key in clear text: remove it" in out
    assert run("install", "claude-desktop", "--key-plain", "--yes") == 0
    assert run("install", "claude-desktop", "--yes") == 0
    assert run("uninstall", "claude-desktop", "--yes") == 0
    said = capsys.readouterr()
    assert KEY not in out + said.out + said.err
    assert "tok-1" not in out + said.out
    key_file.chmod(0o600)
    assert run("install", "claude-desktop", "--key-file", str(key_file), "--yes") == 0
    assert "Other users" not in capsys.readouterr().out


def test_a_secret_on_the_line_after_its_name_is_masked(put: Put, capsys: pytest.CaptureFixture[str]) -> None:
    """Values of options and below names are masked in our entry."""
    path = put("claude-desktop", b"{}")
    assert run("install", "claude-desktop", "--sandbox", "--yes") == 0
    settings = json.loads(path.read_text())
    own = settings["mcpServers"]["telnyx-connections"]
    own |= {"args": [*own["args"], "--token", "hunter2"], "credentials": {"value": ["hunter3"]}, "note": "kept"}
    path.write_text(json.dumps(settings, indent=2))
    capsys.readouterr()
    assert run("uninstall", "claude-desktop", "--yes") == 0
    out = capsys.readouterr().out
    assert "hunter" not in out
    assert out.count('"***"') == 2
    assert '"note": "kept"' in out


def test_the_difference_masks_secrets_and_keeps_paths(put: Put, capsys: pytest.CaptureFixture[str]) -> None:
    """References and paths are shown, and escape sequences do not reach the terminal."""
    put("zed", b'{"api_key": "sk-1", "secret_path": "/s", "t": "\x1b[31m' + b"x" * 300 + b'"}'.replace(b"\x1b", b""))
    assert run("install", "zed", "--sandbox", "--yes") == 1
    put("zed", b'{"api_key": "sk-1", "secret_path": "/s", "token": "$T", "t": "' + b"x" * 300 + b'"} // \x1b[31m red')
    assert run("install", "zed", "--sandbox", "--yes") == 0
    out = capsys.readouterr().out
    assert '"api_key": "***", "secret_path": "/s", "token": "$T"' in out
    assert "\x1b" not in out
    assert "[cut]" in out


@pytest.mark.parametrize("name", NAMES)
def test_the_written_entry_starts_the_server(name: str, home: Path) -> None:  # noqa: ARG001
    """Parsed and started as the client does, the entry starts a server that lists its tools."""
    path = settings_path(client_named(name))
    assert run("install", name, "--sandbox", "--yes") == 0
    found = entry(path)
    env = {key: os.environ[key] for key in ("PYTHONPATH", "PATH") if key in os.environ} | found.get("env", {})
    server = StdioServerParameters(command=found["command"], args=found.get("args", []), env=env)

    async def tools() -> list[str]:
        async with McpClient(stdio_client(server)) as client:
            return [tool.name for tool in (await client.list_tools()).tools]

    assert "list_connections" in anyio.run(tools)


def test_the_difference_knows_the_secrets_of_every_client(put: Put, capsys: pytest.CaptureFixture[str]) -> None:
    """The diff masks secrets by the rule for Telnyx's responses, in names, URLs and options."""
    lines = {
        "apiKey": "hunter2",
        "sip_pwd": 12345,
        "headers": {"Authorization": "Bearer hunter2hunter", "X-Trace": "7"},
        "args": ["--token=hunter2", "--url", "https://bob:hunter2@h.example/x"],
        "key_file": "/home/bob/key",
    }
    put("zed", json.dumps(lines).encode())
    assert run("install", "zed", "--sandbox", "--yes") == 0
    out = capsys.readouterr().out
    assert "hunter2" not in out
    assert "12345" not in out
    assert '"key_file": "/home/bob/key"' in out


def test_a_link_stays_a_link(put: Put, tmp_path: Path) -> None:
    """The target of a link is changed, and the backup is beside that."""
    path = put("zed", b"")
    path.unlink()
    real = tmp_path / "dotfiles" / "zed.json"
    real.parent.mkdir()
    path.symlink_to(real)
    assert run("install", "zed", "--sandbox", "--yes") == 0
    assert path.is_symlink()
    real.write_text(ZED)
    real.chmod(0o640)
    assert run("install", "zed", "--sandbox", "--yes") == 0
    assert "telnyx-connections" in real.read_text()
    assert real.stat().st_mode & 0o777 == 0o640
    assert list(real.parent.iterdir()) == [real]
    assert run("uninstall", "zed", "--yes") == 0
    assert real.read_text() == ZED
    assert path.is_symlink()


def test_backups_never_overwrite_each_other(put: Put, key_file: Path) -> None:
    """Several changes within a second leave as many backups."""
    path = put("zed", ZED.encode())
    for _ in range(2):
        assert run("install", "zed", "--sandbox", "--yes") == 0
        assert run("install", "zed", "--key-file", str(key_file), "--yes") == 0
    path.with_name("settings.json.bak-8").write_bytes(b"{")
    path.with_name("settings.json.bak-9").write_bytes(b"\xff")
    assert len(list(path.parent.glob("*.bak-*"))) == 6
    assert run("uninstall", "zed", "--yes") == 0
    assert path.read_bytes() == ZED.encode()


def test_an_unwritable_file_stays(nobody: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Read-only and unreadable files and folders are one sentence each, with exit code 1."""
    path = nobody / ".cursor" / "mcp.json"
    path.parent.mkdir()
    path.write_text("{}")
    for locked, mode, why in ((path, 0o400, "written"), (path.parent, 0o500, "written"), (path, 0o000, "read")):
        locked.chmod(mode)
        assert run("install", "cursor", "--sandbox", "--yes") == 1
        assert f"Nothing was changed in {path}: it cannot be {why} (Permission denied)." in capsys.readouterr().err
        assert run("install", "--list") == 0
        assert ("cannot be read" in capsys.readouterr().out) == (why == "read")
        locked.chmod(0o700)
        assert files(nobody) == {".cursor/mcp.json": b"{}"}
    path.write_text('{"mcpServers": {"telnyx-connections": {"command": "telnyx-connections-mcp"}}}')
    path.parent.chmod(0o500)
    assert run("uninstall", "cursor", "--yes") == 1
    assert "Permission denied" in capsys.readouterr().err
    path.parent.chmod(0o700)


def test_an_unusable_path_is_one_sentence(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Files as folders, folders as files, loops of links and names that are not text are refused."""
    (home / ".cursor").write_text("")
    assert run("install", "cursor", "--sandbox", "--yes") == 1
    assert "it cannot be read (Not a directory)" in capsys.readouterr().err
    (home / ".gemini" / "settings.json").mkdir(parents=True)
    assert run("install", "gemini-cli", "--sandbox", "--yes") == 1
    assert "it cannot be read (Is a directory)" in capsys.readouterr().err
    (home / ".codex").symlink_to(home / ".codex")
    assert run("install", "codex-cli", "--sandbox", "--yes") == 1
    assert "it cannot be read (Too many levels of symbolic links)" in capsys.readouterr().err
    monkeypatch.setattr("sys.prefix", "/x")
    monkeypatch.setattr("sys.executable", "/x/\udcff/python")
    assert run("install", "zed", "--sandbox", "--yes") == 1
    assert "its path contains a name that is not UTF-8" in capsys.readouterr().err


@pytest.mark.parametrize("call", [1, 2])
def test_no_room_for_the_new_file(
    call: int, put: Put, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk leaves the old file alone and nothing beside it."""
    path = put("zed", ZED.encode())

    opened: list[int] = []
    open_it = os.fdopen

    def full(handle: int, mode: str) -> Any:
        opened.append(handle)
        if len(opened) < call:
            return open_it(handle, mode)
        os.close(handle)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fdopen", full)
    assert run("install", "zed", "--sandbox", "--yes") == 1
    assert "it cannot be written (No space left on device)" in capsys.readouterr().err
    assert files(path.parent) == {path.name: ZED.encode()}


def test_without_a_terminal_it_does_not_ask(
    put: Put, capsys: pytest.CaptureFixture[str], key_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It shows the change and how to confirm it; anything missing is a usage error."""
    path = put("zed", ZED.encode())
    assert run("install", "zed", "--key-file", str(key_file)) == 1
    said = capsys.readouterr()
    assert '+    "telnyx-connections": {' in said.out
    assert "add --yes" in said.err
    assert run("install", "zed", "--yes") == 2
    assert "say how Zed gets the Telnyx API key: --key-file PATH" in capsys.readouterr().err
    monkeypatch.setenv("TELNYX_API_KEY", "${TELNYX_API_KEY}")
    assert run("install", "zed", "--yes", "--key-plain") == 2
    assert "TELNYX_API_KEY does not hold a Telnyx API key" in capsys.readouterr().err
    monkeypatch.delenv("TELNYX_API_KEY")
    for wrong in (["--key-file", "a", "--sandbox"], ["--key-env"], ["--key-plain"], ["--nope"]):
        assert run("install", "zed", "--yes", *wrong) == 2
    for typed, near in (("claude", "claude-desktop or claude-code"), ("codex", "codex-cli"), ("zet", "zed")):
        assert run("install", typed) == run("uninstall", typed) == 2
        assert capsys.readouterr().err.count(f"(did you mean {near}?)") == 2
    assert run("install", "emacs") == 2
    assert "did you mean" not in capsys.readouterr().err
    assert run("install", "zed", "--key-env") == 2
    assert "Zed cannot pass on environment variables: use --key-file" in capsys.readouterr().err
    assert run("install") == 2
    assert "name a client: claude-desktop, " in capsys.readouterr().err
    assert run("install", "zed", "--yes", "--key-file", str(tmp_path / "none")) == 1
    assert f"there is no key file {tmp_path / 'none'}" in capsys.readouterr().err
    (tmp_path / "none").write_text("two words")
    assert run("install", "zed", "--yes", "--key-file", str(tmp_path / "none")) == 1
    assert "does not hold a Telnyx API key" in capsys.readouterr().err
    assert files(path.parent) == {path.name: ZED.encode()}
    monkeypatch.setenv("TELNYX_API_KEY_FILE", str(key_file))
    assert run("install", "zed", "--yes") == 0
    assert entry(path)["env"] == {"TELNYX_API_KEY_FILE": str(key_file)}


def test_the_list_says_where_and_whether(put: Put, capsys: pytest.CaptureFixture[str]) -> None:
    """Each client has a line with its name, its file on this machine, and whether we are in it."""
    put("zed", ZED.encode())
    put("cursor", b"").unlink()
    path = put("codex-cli", b"")
    assert run("install", "codex-cli", "--sandbox", "--yes") == 0
    capsys.readouterr()
    assert run("install", "--list") == 0
    titles, *clients = capsys.readouterr().out.splitlines()
    assert titles.split() == ["CLIENT", "NAME", "STATE", "SETTINGS"]
    lines = {line.split()[0]: line for line in clients}
    assert tuple(lines) == NAMES
    assert "without this server" in lines["zed"]
    assert "no file yet" in lines["cursor"]
    assert "not installed" in lines["windsurf"]
    assert "has this server" in lines["codex-cli"]
    assert lines["codex-cli"].endswith(str(path))


@pytest.mark.parametrize("client", NAMES)
def test_the_snippet_holds_no_key(
    client: str, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The snippet with a placeholder or reference is all of standard output; where to paste it is on stderr."""
    monkeypatch.setenv("TELNYX_API_KEY", KEY)
    for options in ([], ["--key-plain"], ["--key-file", "~/k"], ["--sandbox"]):
        assert run("install", client, "--print", *options) == 0
        said = capsys.readouterr()
        assert KEY not in said.out + said.err
        shown = tomllib.loads(said.out) if client == "codex-cli" else json.loads(said.out)
        made = shown[client_named(client).servers]["telnyx-connections"]
        assert Path(made["command"]).is_absolute()
        assert str(settings_path(client_named(client))) in said.err
        if options == ["--key-plain"]:
            assert made["env"] == {"TELNYX_API_KEY": "PASTE_YOUR_TELNYX_API_KEY_HERE"}
        if "~/k" in options:
            assert made["env"] == {"TELNYX_API_KEY_FILE": str(home / "k")}
    assert files(home) == {}


def test_the_command_is_the_one_that_runs(
    home: Path, put: Put, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The entry has the path of the running command, with links unresolved, or a module; a cache causes a warning."""
    path = put("zed", b"")
    program = home / "bin" / "telnyx-connections-mcp"
    program.parent.mkdir()
    program.write_text("")
    monkeypatch.setattr("sys.argv", [str(program)])
    assert run("install", "zed", "--sandbox", "--yes") == 0
    assert entry(path) == {"command": str(program), "args": ["--sandbox"]}
    monkeypatch.setattr("sys.argv", ["x"])
    monkeypatch.setattr("sys.executable", str(home / "python"))
    monkeypatch.setattr("sys.prefix", str(home / "cache" / "env"))
    (home / "cache").mkdir()
    (home / "cache" / "CACHEDIR.TAG").write_text("")
    assert run("install", "zed", "--sandbox", "--yes") == 0
    assert entry(path)["args"] == ["-m", "telnyx_connections_mcp", "--sandbox"]
    assert f"! This command is in the cache {home / 'cache'}" in capsys.readouterr().out


def test_a_client_on_the_path_is_installed(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It counts even before it has written a file, and Claude Code must be closed first."""
    program = home / "claude"
    program.write_text("")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(home), prepend=os.pathsep)
    assert shutil.which("claude") == str(program)
    assert run("install", "claude-code", "--sandbox", "--yes") == 0
    assert run("uninstall", "claude-code", "--yes") == 0
    out = capsys.readouterr().out
    assert "does not seem to be installed" not in out
    assert out.count("! Claude Code rewrites this file while it runs") == 2
