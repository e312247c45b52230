"""Which of several accounts a command uses: the named one or the default, and never silently another."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from telnyx_connections_mcp.cli.entry import main

BERLIN = {"id": "1", "connection_name": "spree", "record_type": "ip_connection", "active": True}
PARIS = {"id": "2", "connection_name": "seine", "record_type": "ip_connection", "active": True}


@pytest.fixture
def accounts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, serve: Callable[[list[dict[str, Any]]], str]
) -> Callable[..., None]:
    """Write an accounts file with these accounts, each with one connection, and unset any other key."""

    def name(default: str | None, **connections: dict[str, Any]) -> None:
        (tmp_path / "key").write_text("KEY_OF_A_FILE", encoding="utf-8")
        tables = [
            f"[accounts.{name}]\nkey_file = 'key'\nbase_url = '{serve([connection])}'\n"
            f"default = {json.dumps(name == default)}"
            for name, connection in connections.items()
        ]
        (tmp_path / "accounts.toml").write_text("\n".join(tables), encoding="utf-8")
        monkeypatch.setenv("TELNYX_ACCOUNTS", str(tmp_path / "accounts.toml"))

    return name


@pytest.mark.parametrize(
    ("chosen", "account", "found"),
    [([], "berlin", "spree"), (["--account", "berlin"], "berlin", "spree"), (["--account", "paris"], "paris", "seine")],
)
def test_the_account_used_is_named(
    capsys: pytest.CaptureFixture[str], accounts: Callable[..., None], chosen: list[str], account: str, found: str
) -> None:
    """JSON begins with the account, as a server with these accounts answers; a person sees a note."""
    accounts("berlin", berlin=BERLIN, paris=PARIS)
    assert main(["search", *chosen, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert next(iter(answer.items())) == ("account", account)
    assert [row["connection_name"] for row in answer["connections"]] == [found]
    assert main(["search", *chosen]) == 0
    assert f"\nAccount: {account}.\n" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["search"], "name one of your accounts in `--account`: berlin, paris"),
        (["call", "search_connections"], "name one of your accounts in `--account`: berlin, paris"),
        (["search", "--account", "rome"], "you have no account 'rome'; your accounts: berlin, paris"),
        (["search", "--sandbox", "--account", "paris"], "you have no account 'paris'; your accounts: default"),
    ],
)
def test_no_account_is_guessed(
    capsys: pytest.CaptureFixture[str], accounts: Callable[..., None], arguments: list[str], said: str
) -> None:
    """Without a default, or with an unknown name, the command is refused in one sentence."""
    accounts(None, berlin=BERLIN, paris=PARIS)
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert said in told.err


def test_a_query_and_an_export_name_the_account(
    capsys: pytest.CaptureFixture[str], accounts: Callable[..., None], tmp_path: Path
) -> None:
    """A query names it in a note, an export in its sentence and in the file, so that files are not mixed up."""
    accounts("berlin", berlin=BERLIN, paris=PARIS)
    assert main(["query", "SELECT connection_name FROM connections", "--account", "paris"]) == 0
    told = capsys.readouterr()
    assert told.out == "connection_name\nseine\n"
    assert "Account: paris." in told.err
    path = tmp_path / "paris.sqlite"
    assert main(["export", str(path), "--account", "paris"]) == 0
    assert f"{path}: account paris: connections 1 of 1, " in capsys.readouterr().out
    with closing(sqlite3.connect(path)) as handle:
        accounts_and_names = handle.execute("SELECT DISTINCT account, connection_name FROM coverage, connections")
        assert accounts_and_names.fetchall() == [("paris", "seine")]
    assert main(["export", str(path), "--force", "--account", "rome"]) == 2
    assert "you have no account 'rome'; your accounts: berlin, paris" in capsys.readouterr().err


def test_an_only_account_is_not_named(capsys: pytest.CaptureFixture[str], accounts: Callable[..., None]) -> None:
    """A single account is not named, as in the answers of a server with one."""
    accounts(None, berlin=BERLIN)
    assert main(["list", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert "account" not in answer
    assert [row["connection_name"] for row in answer["connections"]] == ["spree"]


@pytest.mark.parametrize("chosen", [[], ["--account", "berlin"]])
def test_an_unusable_accounts_file_is_exit_code_3(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, chosen: list[str]
) -> None:
    """The error says what is wrong, and no other key is used instead."""
    monkeypatch.setenv("TELNYX_API_KEY", "KEY_OF_ANOTHER")
    monkeypatch.setenv("TELNYX_ACCOUNTS", "/there/is/no/such.toml")
    assert main(["list", *chosen]) == 3
    assert "The accounts file cannot be read (No such file or directory)" in capsys.readouterr().err


def test_the_command_of_a_finding_names_the_account(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, serve: Any
) -> None:
    """The printed command can be pasted, and uses the same account."""
    url = serve([{**PARIS, "id": str(number), "connection_name": f"seine {number}"} for number in range(30)])
    (tmp_path / "accounts.toml").write_text(f"[accounts.paris]\nkey_env = 'PARIS'\nbase_url = '{url}'\n", "utf-8")
    monkeypatch.setenv("PARIS", "KEY_PARIS")
    monkeypatch.setenv("TELNYX_ACCOUNTS", str(tmp_path / "accounts.toml"))
    main(["audit", "--account", "paris", "--check", "no_outbound_voice_profile"])
    command = capsys.readouterr().out.splitlines()[1].split("\ttelnyx-connections-mcp ")[1].split("\t")[0]
    assert command.endswith(" --account paris")
    assert main([*command.split(), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["matches"] == 30
