"""Bearer tokens of a file: what it holds, how it is changed, and how a running server takes that up."""

import logging
import os
import re
import stat
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from telnyx_connections_mcp.auth import token_editing, token_file
from telnyx_connections_mcp.auth.refusals import TokenRefused
from telnyx_connections_mcp.auth.token_editing import TokenFileError, add_token, list_tokens, revoke_token
from telnyx_connections_mcp.auth.token_file import TokenFile
from telnyx_connections_mcp.auth.token_lines import TokenLineError, read_lines
from telnyx_connections_mcp.cli.entry import main
from telnyx_connections_mcp.config.environment import SettingsError

HASH = f"hmac-sha256${'0' * 16}${'0' * 64}"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tokens"


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at the file at every call."""
    monkeypatch.setattr(token_file, "LOOK_EVERY", 0.0)


def lets_in(file: TokenFile, token: str) -> bool:
    try:
        return bool(file.check(token))
    except TokenRefused:
        return False


def run(path: Path, *arguments: str) -> int:
    return main(["token", *arguments, "--file", str(path)])


def test_new_prints_the_token_once_and_keeps_a_salted_hash(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is the token alone; the file, for its owner alone, does not hold it."""
    assert run(path, "new", "ops-bot", "--account", "berlin", "--account", "paris", "--expires", "2999-12-31") == 0
    said = capsys.readouterr()
    assert re.fullmatch(r"tcm_[A-Za-z0-9_-]{59}\n", said.out)
    assert "once" in said.err
    assert said.out.strip() not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    line = path.read_text().splitlines()[1]
    assert re.fullmatch(r"ops-bot hmac-sha256\$\S+ account=berlin,paris expires=2999-12-31", line)


def test_list_shows_names_and_never_hashes(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names, accounts and last days, in the order of the file."""
    add_token(path, "ops", accounts=("berlin", "paris"), expires=None)
    add_token(path, "ada", accounts=None, expires=None)
    assert run(path, "list") == 0
    assert capsys.readouterr().out == "NAME  ACCOUNTS      EXPIRES\nops   berlin,paris  -\nada   -             -\n"


def test_revoke_takes_out_that_line_alone(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Comments and other tokens stay as they are, and so does the mode of the file."""
    add_token(path, "ops", accounts=None, expires=None)
    path.write_text(f"{path.read_text()}# ops is the bot\nops-2 {HASH}", encoding="utf-8")
    path.chmod(0o640)
    assert run(path, "revoke", "ops") == 0
    assert "Revoked ops" in capsys.readouterr().err
    assert path.read_text().splitlines()[1:] == ["# ops is the bot", f"ops-2 {HASH}"]
    add_token(path, "ops", accounts=None, expires=None)  # a last line without a break stays a line
    assert [line.name for line in list_tokens(path)] == ["ops-2", "ops"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def test_the_file_may_come_from_the_environment(
    path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """TELNYX_HTTP_TOKENS names it; without either there is a sentence."""
    monkeypatch.setenv("TELNYX_HTTP_TOKENS", str(path))
    assert main(["token", "new", "ops"]) == 0
    monkeypatch.delenv("TELNYX_HTTP_TOKENS")
    assert main(["token", "new", "ada"]) == 2
    assert "--file" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["new", "ops"],
            "already exists: revoke it first, or choose another name; see telnyx-connections-mcp token --help.",
        ),
        (["new", "two words"], "A token name must be 1 to 64 letters"),
        (["new", "ada", "--account", "a b"], "An account name must be"),
        (["new", "ada", "--expires", "soon"], "soon"),
        (["revoke", "ada"], "There is no token ada in this file"),
    ],
)
def test_what_cannot_be_done_is_one_sentence(
    path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """The file stays as it was, and nothing lies beside it."""
    add_token(path, "ops", accounts=None, expires=None)
    before = path.read_text()
    assert run(path, *arguments) != 0
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert path.read_text() == before
    assert os.listdir(path.parent) == [path.name]  # noqa: PTH208  # names alone


@pytest.mark.parametrize("command", ["list", "revoke"])
def test_a_file_that_is_not_there_is_said(path: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Only `new` makes one."""
    assert run(path, command, *(["ops"] if command == "revoke" else [])) == 1
    assert "cannot be read (No such file or directory)" in capsys.readouterr().err


def test_a_broken_file_is_not_written_over(path: Path) -> None:
    """What nobody understands is for a person to mend."""
    path.write_text("ops\n", encoding="utf-8")
    with pytest.raises(TokenFileError, match="Line 1 has no hmac-sha256 hash"):
        add_token(path, "ada", accounts=None, expires=None)
    path.write_bytes(b"\xff\n")
    with pytest.raises(TokenFileError, match="not a readable text file"):
        list_tokens(path)


def test_commands_at_once_lose_nothing(path: Path) -> None:
    """Eight commands that add a token to one file all find theirs in it."""
    names = [f"bot-{number}" for number in range(8)]
    threads = [
        threading.Thread(target=add_token, args=(path, name), kwargs={"accounts": None, "expires": None})
        for name in names
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(line.name for line in list_tokens(path)) == names


def test_a_lock_that_was_left_behind_is_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A command that broke off does not stop the others without a word."""
    monkeypatch.setattr(token_editing, "WAIT", 0.0)
    path.with_name("tokens.lock").touch()
    with pytest.raises(TokenFileError, match=r"remove tokens\.lock"):
        add_token(path, "ops", accounts=None, expires=None)


def test_a_directory_that_is_not_there_and_a_file_that_is_one(path: Path) -> None:
    """Both are said in a sentence."""
    with pytest.raises(TokenFileError, match="cannot be written"):
        add_token(path / "tokens", "ops", accounts=None, expires=None)
    path.mkdir()
    with pytest.raises(TokenFileError, match="cannot be read"):
        add_token(path, "ops", accounts=None, expires=None)
    with pytest.raises(TokenFileError, match="cannot be written"), token_editing._changing(path) as write:  # noqa: SLF001  # a file that becomes a directory meanwhile
        write("")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("-ops x", "does not start with a token name"),
        ("ops", "has no hmac-sha256 hash"),
        ("ops scrypt$1$2", "has no hmac-sha256 hash"),
        (f"ops {HASH} acount=berlin", "something after the hash"),
        (f"ops {HASH} account=a account=b", "something after the hash"),
        (f"ops {HASH} account=a,,b", "not an account name"),
        (f"ops {HASH} expires=soon", "not a date"),
        (f"ops {HASH}\nops {HASH.replace('$00', '$11')}", "Line 4 repeats the name or the salt of an earlier line"),
        (f"ops {HASH}\nada {HASH}", "Line 4 repeats the name or the salt of an earlier line"),
        ("# telnyx-connections-mcp tokens, format 2", "a format that this version does not support"),
    ],
)
def test_a_line_that_is_none_is_named_and_not_quoted(line: str, said: str) -> None:
    """The sentence holds its number, and nothing of what stands there."""
    with pytest.raises(TokenLineError, match=re.escape(said)) as raised:
        read_lines(f"# tokens\n\n{line}\n")
    assert re.search("Line [34] ", str(raised.value))
    assert "0000" not in str(raised.value)


def test_a_token_is_its_callers_name_and_accounts(path: Path) -> None:
    """The token itself is not kept; a scope that is asked of every token is this one's too."""
    token = add_token(path, "ops", accounts=("berlin",), expires=None)
    caller = TokenFile(path, ("telnyx.read",)).check(token)
    assert (caller.client_id, caller.accounts, caller.scopes) == ("ops", ("berlin",), ["telnyx.read"])
    assert token not in repr(caller)


def test_a_token_works_to_the_end_of_its_last_day(path: Path) -> None:
    """In UTC; the refusal of the next day names it, so that its owner knows to ask for a new one."""
    today = datetime.now(UTC).date()
    good, late = (
        add_token(path, name, accounts=None, expires=today - timedelta(days=ago)) for ago, name in enumerate("ab")
    )
    file = TokenFile(path)
    ends = file.check(good).expires_at or 0
    assert ends == datetime.combine(today, datetime.min.time(), UTC).timestamp() + 24 * 3600
    with pytest.raises(TokenRefused, match=f"expired after {today - timedelta(days=1)}"):
        file.check(late)


@pytest.mark.usefixtures("at_once")
def test_a_running_server_takes_up_what_changes(path: Path) -> None:
    """A new token works and a revoked one does not, without a restart."""
    first = add_token(path, "first", accounts=None, expires=None)
    file = TokenFile(path)
    assert file.check(first).client_id == "first"
    second = add_token(path, "second", accounts=None, expires=None)
    assert file.check(second).client_id == "second"
    revoke_token(path, "first")
    with pytest.raises(TokenRefused, match="was revoked"):
        file.check(first)


@pytest.mark.usefixtures("at_once")
def test_a_broken_file_keeps_the_last_good_tokens(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It is told once, by the number of its line; mended, it is taken up."""
    token = add_token(path, "ops", accounts=None, expires=None)
    file = TokenFile(path)
    good = path.read_text()
    for broken in ("SECRET stuff\n", "", None, b"\xff\n", "x" * (4 * 1024 * 1024 + 1)):
        if broken is None:
            path.unlink()
        else:
            path.write_bytes(broken.encode() if isinstance(broken, str) else broken)
        if broken == "":
            with pytest.raises(TokenRefused):
                file.check(token)
            path.write_text(good, encoding="utf-8")
        for _ in range(3):
            assert file.check(token).client_id == "ops"
    told = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert [line.partition("The tokens that")[0] for line in told] == [
        "The token file is broken: Line 1 has no hmac-sha256 hash after the name. ",
        "The token file cannot be read (No such file or directory). ",
        "The token file is not text. ",
        "The token file is longer than 4 MiB. ",
    ]
    assert "SECRET" not in caplog.text


def test_the_file_is_looked_at_once_a_second(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two looks a call touches no disk, and what changed is taken up after the next."""
    monkeypatch.setattr(token_file, "LOOK_EVERY", 0.2)
    token = add_token(path, "ops", accounts=None, expires=None)
    file = TokenFile(path)
    file.check(token)
    revoke_token(path, "ops")
    file.check(token)
    until = time.monotonic() + 5
    while lets_in(file, token):
        assert time.monotonic() < until
        time.sleep(0.02)


def test_a_file_that_an_editor_marked_as_utf_8_is_one(path: Path) -> None:
    """With a byte order mark, and with the line breaks of Windows."""
    token = add_token(path, "ada", accounts=None, expires=None)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert TokenFile(path).check(token).client_id == "ada"
    second = add_token(path, "bob", accounts=None, expires=None)
    assert TokenFile(path).check(second).client_id == "bob"


def test_a_file_that_others_may_read_is_warned_of(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It works, and the log says what to do."""
    token = add_token(path, "ops", accounts=None, expires=None)
    path.chmod(0o644)
    TokenFile(path).check(token)
    assert "chmod 600" in caplog.text


def test_a_server_does_not_start_on_a_file_it_cannot_use(path: Path) -> None:
    """The sentence says how to make one."""
    with pytest.raises(SettingsError, match=r"No such file or directory.*token --help"):
        TokenFile(path)
