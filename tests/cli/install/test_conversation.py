"""A person at a terminal is asked for what is missing and shown the change, and nothing is written without a yes."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from telnyx_connections_mcp.cli.install.clients import client_named
from telnyx_connections_mcp.cli.install.machine import settings_path

from .conftest import KEY, ZED, Put, Terminal, files, run, without_backups
from .test_install import entry, said

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals")

Start = Callable[..., Terminal]


def test_a_newcomer_pastes_a_key(terminal: Start, home: Path) -> None:
    """It goes only into a key file that only they can read, and the next step is shown."""
    (home / ".config" / "Claude").mkdir(parents=True)
    person = terminal("install", "claude-desktop")
    person.expect("Choose [1]: ")
    for wrong in (KEY, "4", "²"):
        person.answer(wrong)
        person.expect("Error: please type a number from 1 to 3")
        person.expect("Choose [1]: ")
    assert person.said.count(KEY) == 1  # the terminal's own echo
    person.said = person.said.replace(KEY, "." * len(KEY))
    person.answer("")
    person.expect("input is hidden): ")
    person.answer("two words")
    person.expect("Error")
    person.expect("input is hidden): ")
    person.answer(KEY)
    person.expect("Write this change? [")
    key_file = home / ".config" / "telnyx-connections-mcp" / "api-key"
    assert not key_file.exists()
    person.answer("y")
    assert person.leave() == 0
    assert KEY not in person.said
    assert "Quit Claude Desktop completely" in person.said
    assert key_file.read_text() == KEY + "\n"
    assert key_file.stat().st_mode & 0o777 == 0o600
    path = settings_path(client_named("claude-desktop"))
    assert entry(path)["env"] == {"TELNYX_API_KEY_FILE": str(key_file)}
    again = terminal("install", "zed")
    again.expect("Choose [1]: ")
    again.answer("1")
    again.expect(f"Use the key in {key_file} (ends in CRET), or type a new one?")
    again.answer("")
    again.expect("Write this change? [y/N]: ")
    again.answer("y")
    assert again.leave() == 0
    assert run("uninstall", "zed", "--yes") == 0
    assert key_file.exists()


@pytest.mark.parametrize(
    ("client", "choice", "env"),
    [
        ("vscode", "2", {"TELNYX_API_KEY": "${input:telnyx-api-key}"}),
        ("gemini-cli", "2", {"TELNYX_API_KEY": "${TELNYX_API_KEY}"}),
        ("zed", "2", {"TELNYX_API_KEY": KEY}),
        ("cursor", "4", None),
    ],
)
def test_every_choice_does_what_it_says(client: str, choice: str, env: dict[str, str] | None, terminal: Start) -> None:
    """The entry gets a reference, the key itself, or no key at all."""
    person = terminal("install", client)
    menu = person.expect("Choose [1]: ")
    assert (" 4 " in menu) == (client != "zed")
    person.answer(choice)
    if client == "zed":
        person.expect("input is hidden): ")
        person.answer(KEY)
    person.expect("Write this change? [")
    person.answer("y")
    assert person.leave() == 0
    assert KEY not in person.said
    assert entry(settings_path(client_named(client))).get("env") == env
    assert ("must find TELNYX_API_KEY" in person.said) == (client == "gemini-cli")
    assert ("in clear text: anyone who can read" in person.said) == (client == "zed")


def test_no_is_no(terminal: Start, put: Put, home: Path) -> None:
    """Nothing is written, not even the key file, and Ctrl-D means no as well."""
    path = put("zed", ZED.encode())
    person = terminal("install", "zed")
    person.expect("Choose [1]: ")
    person.answer("")
    person.expect("input is hidden): ")
    person.answer(KEY)
    person.expect("Write this change? [")
    person.answer("n")
    assert person.leave() == 1
    assert "Nothing was changed." in person.said
    person = terminal("install", "zed")
    person.expect("Choose [1]: ")
    person.answer("\x04")
    assert person.leave() == 130
    assert run("install", "zed", "--sandbox", "--yes") == 0
    before = without_backups(home)
    person = terminal("uninstall", "zed")
    person.expect("Write this change? [Y/n]: ")
    person.answer("n")
    assert person.leave() == 1
    assert without_backups(home) == before
    assert said(path)["vim_mode"] is True


@pytest.mark.parametrize("change", [b'{"theme": "light"}', None])
def test_a_change_meanwhile_is_noticed(change: bytes | None, terminal: Start, put: Put) -> None:
    """What another program wrote meanwhile stays, and none of our files are left behind."""
    path = put("zed", ZED.encode())
    person = terminal("install", "zed", "--sandbox")
    person.expect("Write this change? [")
    if change is None:
        path.unlink()
    else:
        path.write_bytes(change)
    person.answer("y")
    assert person.leave() == 1
    assert files(path.parent) == ({} if change is None else {path.name: change})
    if change is not None:
        assert "another program has changed it in the meantime: run the command again" in " ".join(person.said.split())


def test_a_file_that_appears_meanwhile_is_not_overwritten(terminal: Start, put: Put) -> None:
    """A file that did not exist when the change was shown is kept."""
    path = put("cursor", b"")
    path.unlink()
    person = terminal("install", "cursor", "--sandbox")
    person.expect("Write this change? [")
    path.write_bytes(b"{}")
    person.answer("y")
    assert person.leave() == 1
    assert files(path.parent) == {path.name: b"{}"}


def test_a_key_file_that_cannot_be_made_stops_it(terminal: Start, home: Path) -> None:
    """If the key file cannot be written, the client's settings stay as they are."""
    (home / "folder").write_text("")
    person = terminal("install", "zed", "--key-file", str(home / "folder" / "key"))
    person.expect("input is hidden): ")
    person.answer(KEY)
    person.expect("Write this change? [")
    person.answer("y")
    assert person.leave() == 1
    assert "cannot be written" in person.said
    assert files(home) == {"folder": b""}


def test_the_environment_names_the_key_file(terminal: Start, key_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first choice offers that file, even if the environment has a plain key as well."""
    monkeypatch.setenv("TELNYX_API_KEY_FILE", str(key_file))
    person = terminal("install", "zed")
    assert str(key_file) in person.expect("Choose [1]: ")
    person.answer("")
    person.expect("(Enter keeps it; input is hidden)")
    person.answer("")
    person.expect("Write this change? [")
    person.answer("y")
    assert person.leave() == 0
    assert entry(settings_path(client_named("zed")))["env"] == {"TELNYX_API_KEY_FILE": str(key_file)}


def test_a_wrong_key_is_replaced(terminal: Start, put: Put, key_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Installing again offers it on a terminal, and keeps the client's file and a link to the key file."""
    path = put("zed", ZED.encode())
    link = key_file.with_name("link")
    link.symlink_to(key_file)
    assert run("install", "zed", "--key-file", str(link), "--yes") == 0
    written = path.read_bytes()
    person = terminal("install", "zed")
    person.expect("(Enter keeps it; input is hidden)")
    person.answer("")
    person.expect(f"To replace the key, put a new one into {link} and restart Zed.")
    assert person.leave() == 0
    assert key_file.read_text() == KEY + "\n"
    for held in (KEY, "two words"):
        key_file.write_text(held)
        key_file.chmod(0o644)
        person = terminal("install", "zed")
        person.expect("input is hidden)")
        person.answer(KEY[::-1])
        person.expect("Write this change? [")
        assert key_file.read_text() == held
        person.answer("")
        assert person.leave() == 0
        assert KEY[::-1] not in person.said
        assert (link.is_symlink(), key_file.read_text()) == (True, KEY[::-1] + "\n")
        assert key_file.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == written
    capsys.readouterr()
    assert run("install", "zed") == 0
    assert f"To replace the key, put a new one into {link}" in capsys.readouterr().out


def test_a_lost_key_file_is_created_again(
    terminal: Start, put: Put, key_file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Its absence is pointed out even if nothing else has to change, and the client's file stays."""
    path = put("zed", ZED.encode())
    assert run("install", "zed", "--key-file", str(key_file), "--yes") == 0
    key_file.unlink()
    written = files(path.parent)
    assert run("install", "zed", "--yes") == 0
    assert f"! There is no key file {key_file}" in capsys.readouterr().out
    person = terminal("install", "zed")
    person.expect(f"The key file {key_file} will be created")
    person.expect("input is hidden): ")
    person.answer("\x04")
    assert person.leave() == 130
    person = terminal("install", "zed", "--key-file", str(key_file), "--yes")
    person.expect("input is hidden): ")
    person.answer(KEY)
    person.expect("Nothing changes in")
    assert person.leave() == 0
    assert key_file.read_text() == KEY + "\n"
    assert files(path.parent) == written


def test_a_client_that_is_not_named_is_chosen_from_a_list(terminal: Start, put: Put, home: Path) -> None:
    """Clients that seem missing are marked, and the default answer for them is no."""
    put("zed", ZED.encode())
    person = terminal("install", "--sandbox")
    menu = person.expect("Choose: ")
    assert "  6  Zed\r\n" in menu
    assert "  3  Cursor (does not seem to be installed)\r\n" in menu
    person.answer("zed")
    person.expect("please type a number from 1 to 8")
    person.answer("3")
    person.expect("Write this change? [y/N]: ")
    person.answer("")
    assert person.leave() == 1
    assert not (home / ".cursor").exists()
    person = terminal("install", "--sandbox")
    person.expect("Choose: ")
    person.answer("6")
    person.expect("Write this change? [Y/n]: ")
    person.answer("")
    assert person.leave() == 0


def test_removing_the_whole_file_is_asked_for(terminal: Start, home: Path) -> None:
    """If the file has only this server, the question is whether to delete it."""
    assert run("install", "cursor", "--sandbox", "--yes") == 0
    person = terminal("uninstall", "cursor")
    person.expect("Remove it? [Y/n]: ")
    person.answer("")
    assert person.leave() == 0
    assert without_backups(home) == {}


def test_yes_uses_the_existing_key_file(terminal: Start, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is asked, with or without a terminal, and --print shows it too."""
    key_file = home / ".config" / "telnyx-connections-mcp" / "api-key"
    key_file.parent.mkdir(parents=True)
    key_file.write_text(KEY)
    person = terminal("install", "zed", "--yes")
    assert person.leave() == 0
    assert run("install", "cursor", "--yes") == 0
    for client in ("zed", "cursor"):
        assert entry(settings_path(client_named(client)))["env"] == {"TELNYX_API_KEY_FILE": str(key_file)}
    capsys.readouterr()
    assert run("install", "gemini-cli", "--print") == 0
    assert f'"TELNYX_API_KEY_FILE": "{key_file}"' in capsys.readouterr().out
