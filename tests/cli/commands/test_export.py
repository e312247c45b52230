"""`export` writes the whole account to a file, complete or not at all."""

import csv
import json
import os
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from telnyx_connections_mcp.cli.entry import main
from telnyx_connections_mcp.inventory.kinds import KINDS
from telnyx_connections_mcp.sql.tables import TABLES

Serve = Callable[[list[dict[str, Any]]], str]
Account = Callable[..., None]
Said = pytest.CaptureFixture[str]
FORMATS = ["sqlite", "csv", "jsonl"]
SECRET = "s3cr3t-t0ken-0123456789"


@pytest.fixture(autouse=True)
def _readable_by_all() -> Any:
    """Set a mask with which others can read new files."""
    before = os.umask(0o022)
    yield
    os.umask(before)


SQLITE3 = shutil.which("sqlite3")


@pytest.mark.skipif(
    SQLITE3 is None and os.environ.get("CI") != "true",
    reason="sqlite3 must be installed (Debian: apt-get install sqlite3)",
)
def test_sqlite3_reads_the_tables(tmp_path: Path) -> None:
    """The sqlite3 program finds the rows that `query` finds, an intact database, and its time."""
    path = tmp_path / "fleet.sqlite"
    assert main(["export", str(path), "--sandbox"]) == 0

    def asked(sql: str) -> list[str]:
        done = subprocess.run(
            ["/usr/bin/env", "sqlite3", "-readonly", path, sql], capture_output=True, text=True, check=True, timeout=60
        )
        return done.stdout.splitlines()

    assert asked("PRAGMA integrity_check") == ["ok"]
    assert asked("SELECT count(*), count(DISTINCT id) FROM connections") == ["55|55"]
    by_type = "SELECT record_type, count(*) FROM connections GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 2"
    assert asked(by_type) == ["call_control_application|13", "ip_connection|12"]
    joined = "SELECT count(*) FROM connections JOIN connection_tags ON connection_id = id WHERE tag = 'prod'"
    assert int(asked(joined)[0]) > 0
    assert "webhook_not_https|error|webhook_event_url" in asked("SELECT finding, severity, field FROM findings")
    of_connections = "FROM coverage WHERE objects = 'connections'"
    assert asked(f"SELECT read, of, complete, account, note {of_connections}") == ["55|55|1||"]
    assert asked(f"SELECT as_of <= datetime('now') AND as_of > datetime('now', '-1 hour') {of_connections}") == ["1"]


def test_a_database_holds_the_public_tables_alone(tmp_path: Path) -> None:
    """It has the tables of `query --schema` and `coverage`, with the same columns and their meanings."""
    path = tmp_path / "fleet.sqlite"
    assert main(["export", str(path), "--sandbox"]) == 0
    with sqlite3.connect(path) as handle:
        tables = dict(handle.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'table'"))
        assert tables.keys() == {*TABLES, "coverage"}
        for table in TABLES.values():
            columns = [name for _, name, *_ in handle.execute(f"PRAGMA table_info({table.name})")]
            assert columns == [column.name for column in table.columns]
            assert all(f"{column.name} " in tables[table.name] for column in table.columns)
        assert "-- Telnyx's id for the connection" in tables["connections"]
    handle.close()


def test_the_csv_module_reads_the_connections(tmp_path: Path, capsys: Said) -> None:
    """Each connection is a line with the columns of the table, and its tags in one of them."""
    path = tmp_path / "fleet.csv"
    assert main(["export", str(path), "--sandbox"]) == 0
    capsys.readouterr()
    assert main(["query", "SELECT * FROM connections", "--csv", "--sandbox"]) == 0
    expected = list(csv.reader(capsys.readouterr().out.splitlines()))
    with path.open(encoding="utf-8", newline="") as file:
        found = list(csv.reader(file))
    assert [row[:-1] for row in found] == expected
    assert found[0][-1] == "tags"
    assert "pci, support, legacy" in [row[-1] for row in found]
    assert "" in [row[-1] for row in found]


def test_lines_of_json_hold_every_field(tmp_path: Path, serve: Serve, account: Account, capsys: Said) -> None:
    """They have fields that no table has, tags always as a list, and what cleaning changed."""
    rows = [
        {"id": "1", "connection_name": "a\x1b[31m", "tags": ["b, c", "d"], "inbound": {"codecs": ["G722"]}},
        {"id": "2", "connection_name": None, "active": True},
    ]
    account(serve(rows))
    path = tmp_path / "fleet.jsonl"
    assert main(["export", str(path)]) == 0
    first, second = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert first == {"id": "1", "connection_name": "a", "tags": ["b, c", "d"], "inbound": {"codecs": ["G722"]}}
    assert (second["id"], second["active"], second["tags"]) == ("2", True, [])
    assert "Changed: 1 text lost invisible or control characters." in capsys.readouterr().err
    assert main(["export", str(tmp_path / "sandbox.jsonl"), "--sandbox"]) == 0
    assert "; 3 values masked as *** (secret, or possibly secret).\n" in capsys.readouterr().err


@pytest.mark.parametrize("format_", FORMATS)
def test_a_file_is_private_and_its_secrets_are_masked(
    tmp_path: Path, serve: Serve, account: Account, format_: str, capsys: Said
) -> None:
    """The mode is 600 whatever the mask, all secrets are masked, no other file is left, and stdout has one line."""
    key = "KEY0123456789ABCDEF"
    url = f"https://u:{SECRET}@hooks.example/x?token={SECRET}"
    account(serve([{"id": "1", "connection_name": f"x {key}", "webhook_event_url": url}]), TELNYX_API_KEY=key)
    path = tmp_path / f"fleet.{format_.upper()}"
    assert main(["export", str(path)]) == 0
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == [path.name]
    data = path.read_bytes()
    assert SECRET.encode() not in data
    assert key.encode() not in data
    assert b"https://***:***@hooks.example/x?token=***" in data
    assert b"x [the API key]" in data
    told = capsys.readouterr()
    assert told.out.startswith(f"{path}: connections 1 of 1")
    assert told.out.count("\n") == 1


def test_formulas_in_names_and_tags_are_texts(tmp_path: Path, serve: Serve, account: Account, capsys: Said) -> None:
    """They are escaped in CSV only, and the output says so."""
    account(serve([{"id": "1", "connection_name": "=HYPERLINK(1)", "tags": ["@x", "ok"]}]))
    assert main(["export", str(tmp_path / "a.csv")]) == 0
    _, row = csv.reader((tmp_path / "a.csv").read_text("utf-8").splitlines())
    assert (row[1], row[-1]) == ("'=HYPERLINK(1)", "'@x, ok")
    assert "2 texts have an apostrophe before what a spreadsheet would take for a formula." in capsys.readouterr().err
    assert main(["export", str(tmp_path / "a.jsonl")]) == 0
    assert json.loads((tmp_path / "a.jsonl").read_text("utf-8"))["connection_name"] == "=HYPERLINK(1)"


@pytest.mark.parametrize(
    ("name", "made", "said"),
    [
        ("fleet.xlsx", None, "the name of FILE must end in .sqlite, .csv, .jsonl, which is its format"),
        ("fleet", None, "must end in"),
        ("fleet.csv", "file", "fleet.csv exists: choose another name, or replace it with --force"),
        ("fleet.csv", "dangling link", "fleet.csv exists"),
        ("fleet.csv", "directory", "fleet.csv is a directory"),
        ("nowhere/fleet.csv", None, "there is no directory"),
        ("file/fleet.csv", None, "cannot be written (Not a directory)"),
        (f"{'x' * 300}.csv", None, "cannot be written (File name too long)"),
    ],
)
def test_an_unwritable_file_is_refused_before_any_request(
    tmp_path: Path, account: Account, capsys: Said, *, name: str, made: str | None, said: str
) -> None:
    """It is exit code 2 and one sentence, although nothing listens at the address."""
    account("http://127.0.0.1:9/v2")
    (tmp_path / "file").write_text("")
    path = tmp_path / name
    if made == "file":
        path.write_text("before")
    elif made == "dangling link":
        path.symlink_to("nowhere")
    elif made == "directory":
        path.mkdir()
    assert main(["export", str(path)]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert said in told.err
    assert made != "file" or path.read_text() == "before"


def test_force_replaces_only_regular_files(tmp_path: Path, capsys: Said) -> None:
    """The new file is private, and neither a pipe nor a link with its target is replaced."""
    path, pipe, link = tmp_path / "a.csv", tmp_path / "pipe.csv", tmp_path / "link.csv"
    path.write_text("before")
    path.chmod(0o644)
    os.mkfifo(pipe)
    (tmp_path / "other").write_text("before")
    link.symlink_to("other")
    assert main(["export", str(path), "--force", "--sandbox"]) == 0
    assert path.read_text("utf-8").count("\n") == 56
    assert path.stat().st_mode & 0o777 == 0o600
    assert main(["export", str(pipe), "--force", "--sandbox"]) == 2
    assert "is no ordinary file" in capsys.readouterr().err
    assert main(["export", str(link), "--force", "--sandbox"]) == 2
    assert link.is_symlink()
    assert (tmp_path / "other").read_text() == "before"


def test_a_directory_without_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said) -> None:
    """It is reported before any request; the system's answer is faked, because root may write anywhere."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert main(["export", str(tmp_path / "a.csv"), "--sandbox"]) == 2
    assert f"nothing can be written to the directory {tmp_path}" in capsys.readouterr().err


@pytest.mark.parametrize("format_", FORMATS)
def test_an_incomplete_account_is_not_written(
    tmp_path: Path, large_sandbox_url: str, account: Account, capsys: Said, format_: str
) -> None:
    """It is exit code 3, and an existing file stays even with `--force`: a file would not show what it lacks."""
    account(f"{large_sandbox_url}/fault/fail-page=2/v2", TELNYX_TOOL_TIMEOUT="2")
    path = tmp_path / f"fleet.{format_}"
    path.write_text("yesterday")
    assert main(["export", str(path), "--force"]) == 3
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.startswith("telnyx-connections-mcp: Nothing was written: INCOMPLETE, only ")
    assert told.err.count("\n") == 1
    assert path.read_text() == "yesterday"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_an_empty_account_is_a_file_too(tmp_path: Path, serve: Serve, account: Account) -> None:
    """The file has only the heading, or nothing."""
    account(serve([]))
    for format_ in FORMATS:
        assert main(["export", str(tmp_path / f"a.{format_}")]) == 0
    assert (tmp_path / "a.csv").read_text("utf-8").startswith("id,connection_name,")
    assert (tmp_path / "a.jsonl").read_bytes() == b""


def test_no_key_is_one_sentence(tmp_path: Path, capsys: Said) -> None:
    """A missing key is exit code 3."""
    assert main(["export", str(tmp_path / "a.csv")]) == 3
    told = capsys.readouterr()
    assert told.err.count("\n") == 1
    assert "TELNYX_API_KEY" in told.err
    assert not (tmp_path / "a.csv").exists()


def test_an_unknown_account_is_wrong_usage(tmp_path: Path, capsys: Said) -> None:
    """An unknown account is exit code 2."""
    assert main(["export", str(tmp_path / "a.csv"), "--sandbox", "--account", "paris"]) == 2
    assert "you have no account 'paris'" in capsys.readouterr().err


@pytest.mark.parametrize("format_", FORMATS)
def test_a_full_disk_leaves_nothing_behind(tmp_path: Path, format_: str, capsys: Said) -> None:
    """It is exit code 3 and one sentence, and the old file stays; a limit on file sizes stands in for the disk."""
    path = tmp_path / f"fleet.{format_}"
    path.write_text("yesterday")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, hard))
    try:
        code = main(["export", str(path), "--force", "--sandbox"])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    told = capsys.readouterr()
    assert (code, told.out, told.err.count("\n")) == (3, "", 1)
    assert told.err.startswith(f"telnyx-connections-mcp: {path} cannot be written: ")
    assert path.read_text() == "yesterday"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_file_is_there_though_nobody_reads_that_it_is(tmp_path: Path) -> None:
    """Exit code 0 where standard output is closed, as in a job that wants no mail."""
    path = tmp_path / "a.csv"
    command = f"{sys.executable} -m telnyx_connections_mcp export {path} --sandbox >&-"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert path.read_text("utf-8").count("\n") == 56


INTERRUPTED = """
import os, signal, sys
from telnyx_connections_mcp.cli.entry import main
real = os.fsync
def fsync(descriptor):
    os.kill(os.getpid(), signal.SIGINT)
    real(descriptor)
os.fsync = fsync
sys.exit(main(["export", sys.argv[1], "--sandbox"]))
"""


def test_ctrl_c_while_it_is_written_leaves_nothing_behind(tmp_path: Path) -> None:
    """It is exit code 130 without a traceback or a file."""
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, str(tmp_path / "a.jsonl")],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 128 + signal.SIGINT
    assert "Traceback" not in done.stderr
    assert [*tmp_path.iterdir()] == []


@pytest.mark.parametrize("links", [True, False])
def test_a_file_that_appears_meanwhile_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Said, *, links: bool
) -> None:
    """This holds also on a file system without hard links."""
    path = tmp_path / "a.csv"
    real = os.link

    def appear(*args: Any, **how: Any) -> None:
        path.write_text("theirs")
        if not links:
            raise PermissionError(1, "Operation not permitted")
        real(*args, **how)

    monkeypatch.setattr(os, "link", appear)
    assert main(["export", str(path), "--sandbox"]) == 3
    assert "cannot be written: " in capsys.readouterr().err
    assert path.read_text() == "theirs"
    assert [each.name for each in tmp_path.iterdir()] == [path.name]


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On FAT and the like the file is renamed."""

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    assert main(["export", str(tmp_path / "a.csv"), "--sandbox"]) == 0
    assert [each.name for each in tmp_path.iterdir()] == ["a.csv"]


def coverage_in(path: Path) -> dict[str, tuple[Any, ...]]:
    """What a database says of each kind: how many were read, of how many, whether all, and a note."""
    with sqlite3.connect(path) as handle:
        rows = handle.execute('SELECT objects, read, "of", complete, note FROM coverage').fetchall()
    handle.close()
    return {kind: tuple(of) for kind, *of in rows}


def test_a_database_says_what_it_holds_of_each_kind(tmp_path: Path, capsys: Said) -> None:
    """Each has a row with its numbers and times, and logins are shortened in the file too."""
    path = tmp_path / "fleet.sqlite"
    assert main(["export", str(path), "--sandbox"]) == 0
    of = coverage_in(path)
    assert of["phone_numbers"] == (110, 110, 1, None)
    assert [*of] == [kind.name for kind in KINDS]
    with sqlite3.connect(path) as handle:
        shown = {name for (name,) in handle.execute("SELECT DISTINCT user_name FROM connection_settings") if name}
        (days,) = handle.execute(
            "SELECT round(julianday(as_of) - julianday(since), 3) FROM coverage WHERE objects = 'webhook_deliveries'"
        ).fetchone()
    handle.close()
    assert shown
    assert all(name.endswith("***") for name in shown)
    assert days == 1
    assert ", phone_numbers 110 of 110, " in capsys.readouterr().out


def test_what_the_key_may_not_read_is_left_out(
    tmp_path: Path, sandbox_url: str, account: Account, capsys: Said
) -> None:
    """Its table is empty, and both the file and the one line say why; the rest is there."""
    account(f"{sandbox_url}/fault/forbidden=audit_events/v2")
    path = tmp_path / "fleet.sqlite"
    assert main(["export", str(path)]) == 0
    why = "this API key may not read account changes"
    assert coverage_in(path)["account_changes"] == (0, None, 0, f"Not read: {why}.")
    told = capsys.readouterr()
    assert told.out.endswith(f"; no account_changes: {why}.\n")
    assert told.err == ""


def test_what_fails_is_not_left_out(tmp_path: Path, large_sandbox_url: str, account: Account, capsys: Said) -> None:
    """A kind that may be read the next time is no reason to replace yesterday's file."""
    account(f"{large_sandbox_url}/fault/missing=connections/v2")
    path = tmp_path / "fleet.sqlite"
    assert main(["export", str(path)]) == 3
    assert "Nothing was written: the connections could not be read, because " in capsys.readouterr().err
    assert not path.exists()


def test_registrations_of_many_connections_are_not_exported(
    tmp_path: Path, large_sandbox_url: str, account: Account
) -> None:
    """Telnyx takes a request for each, so beyond 50 the table is empty and the file says why."""
    account(f"{large_sandbox_url}/v2")
    path = tmp_path / "fleet.sqlite"
    assert main(["export", str(path)]) == 0
    read, _, complete, note = coverage_in(path)["sip_registrations"]
    assert (read, complete) == (0, 0)
    assert note.startswith("Not read: Telnyx says of one connection at a time whether it is registered, and there are ")
