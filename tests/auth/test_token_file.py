"""Bearer tokens in a file: its content, how it is changed, and how a running server notices."""

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
from telnyx_connections_mcp.auth.error_messages import TokenRefused
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
    """Check the file on every request."""
    monkeypatch.setattr(token_file, "LOOK_EVERY", 0.0)


def lets_in(file: TokenFile, token: str) -> bool:
    try:
        return bool(file.check(token))
    except TokenRefused:
        return False


def run(path: Path, *arguments: str) -> int:
    return main(["token", *arguments, "--file", str(path)])


def test_new_prints_the_token_once_and_keeps_a_salted_hash(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is the token alone, and the file, which only its owner can read, does not contain it."""
    assert run(path, "new", "ops-bot", "--account", "berlin", "--account", "paris", "--expires", "2999-12-31") == 0
    said = capsys.readouterr()
    assert re.fullmatch(r"tcm_[A-Za-z0-9_-]{59}\n", said.out)
    assert "once" in said.err
    assert said.out.strip() not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    line = path.read_text().splitlines()[1]
    assert re.fullmatch(r"ops-bot hmac-sha256\$\S+ account=berlin,paris expires=2999-12-31", line)


def test_list_shows_names_and_never_hashes(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Names, accounts and last days are listed in the order of the file."""
    add_token(path, "ops", accounts=("berlin", "paris"), expires=None)
    add_token(path, "ada", accounts=None, expires=None)
    assert run(path, "list") == 0
    assert capsys.readouterr().out == "NAME  ACCOUNTS      EXPIRES\nops   berlin,paris  -\nada   -             -\n"


def test_revoke_removes_only_that_line(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Comments, other tokens and the mode of the file stay."""
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
    """TELNYX_HTTP_TOKENS names the file; without it or an option there is one sentence."""
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
def test_a_failure_is_one_sentence(
    path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """A command that fails says why in one sentence and leaves the file unchanged, with no other file beside it."""
    add_token(path, "ops", accounts=None, expires=None)
    before = path.read_text()
    assert run(path, *arguments) != 0
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert path.read_text() == before
    assert os.listdir(path.parent) == [path.name]  # noqa: PTH208  # names alone


@pytest.mark.parametrize("command", ["list", "revoke"])
def test_a_missing_file_is_reported(path: Path, command: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Only `new` creates a file."""
    assert run(path, command, *(["ops"] if command == "revoke" else [])) == 1
    assert "cannot be read (No such file or directory)" in capsys.readouterr().err


def test_a_broken_file_is_not_overwritten(path: Path) -> None:
    """A file that cannot be parsed is left for a person to repair."""
    path.write_text("ops\n", encoding="utf-8")
    with pytest.raises(TokenFileError, match="Line 1 has no hmac-sha256 hash"):
        add_token(path, "ada", accounts=None, expires=None)
    path.write_bytes(b"\xff\n")
    with pytest.raises(TokenFileError, match="not a readable text file"):
        list_tokens(path)


def test_concurrent_commands_lose_no_token(path: Path) -> None:
    """Eight concurrent commands add eight tokens to one file."""
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


def test_a_stale_lock_is_reported(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that a crashed command left is named, so that it does not block the others silently."""
    monkeypatch.setattr(token_editing, "WAIT", 0.0)
    path.with_name("tokens.lock").touch()
    with pytest.raises(TokenFileError, match=r"remove tokens\.lock"):
        add_token(path, "ops", accounts=None, expires=None)


def test_a_missing_directory_or_a_directory_as_file(path: Path) -> None:
    """Both are reported in one sentence."""
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
def test_an_invalid_line_is_reported_by_its_number(line: str, said: str) -> None:
    """The error gives the number of the line and quotes nothing of it."""
    with pytest.raises(TokenLineError, match=re.escape(said)) as raised:
        read_lines(f"# tokens\n\n{line}\n")
    assert re.search("Line [34] ", str(raised.value))
    assert "0000" not in str(raised.value)


def test_a_token_gives_its_callers_name_and_accounts(path: Path) -> None:
    """The token itself is not kept, and it has the scope that every token needs."""
    token = add_token(path, "ops", accounts=("berlin",), expires=None)
    caller = TokenFile(path, ("telnyx.read",)).check(token)
    assert (caller.client_id, caller.accounts, caller.scopes) == ("ops", ("berlin",), ["telnyx.read"])
    assert token not in repr(caller)


def test_a_token_works_to_the_end_of_its_last_day(path: Path) -> None:
    """A token works until the end of its last day in UTC, and the refusal afterwards names that day."""
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
def test_a_running_server_notices_changes(path: Path) -> None:
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
def test_a_broken_file_keeps_the_last_valid_tokens(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The error is logged once with the number of the line, and a repaired file is read again."""
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


def test_the_file_is_checked_once_a_second(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between two checks a request touches no disk, and a change takes effect at the next one."""
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


def test_a_file_may_have_a_byte_order_mark(path: Path) -> None:
    """A byte-order mark and Windows line breaks are accepted."""
    token = add_token(path, "ada", accounts=None, expires=None)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert TokenFile(path).check(token).client_id == "ada"
    second = add_token(path, "bob", accounts=None, expires=None)
    assert TokenFile(path).check(second).client_id == "bob"


def test_a_file_that_others_can_read_causes_a_warning(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The file works, and the log says what to do."""
    token = add_token(path, "ops", accounts=None, expires=None)
    path.chmod(0o644)
    TokenFile(path).check(token)
    assert "chmod 600" in caplog.text


def test_a_server_does_not_start_with_an_unusable_file(path: Path) -> None:
    """The error says how to create one."""
    with pytest.raises(SettingsError, match=r"No such file or directory.*token --help"):
        TokenFile(path)
