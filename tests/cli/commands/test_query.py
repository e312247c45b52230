"""`query` runs one SELECT, on a terminal, into a pipe or into a file."""

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from rich.cells import cell_len

from telnyx_connections_mcp.cli.entry import main
from telnyx_connections_mcp.sql.tables import TABLES

See = Callable[..., Any]
Serve = Callable[[list[dict[str, Any]]], str]
Account = Callable[..., None]
Said = pytest.CaptureFixture[str]

BY_TYPE = "SELECT record_type, count(*) AS connections FROM connections GROUP BY 1 ORDER BY 2 DESC LIMIT 2"


def test_rows_into_a_pipe(capsys: Said) -> None:
    """Rows are tab-separated under a heading, NULL is empty, and standard error has the coverage."""
    assert main(["query", f"SELECT *, NULL, 1.5 FROM ({BY_TYPE})", "--sandbox"]) == 0
    told = capsys.readouterr()
    assert told.out == (
        "record_type\tconnections\tNULL\t1.5\ncall_control_application\t13\t\t1.5\nip_connection\t12\t\t1.5\n"
    )
    assert told.err.startswith("2 rows; connections 55 of 55 as of 20")
    assert told.err.count("\n") == 1


def test_rows_as_json(capsys: Said) -> None:
    """The answer of `query_account` is one line, and standard error is empty."""
    assert main(["query", BY_TYPE, "--json", "--sandbox"]) == 0
    told = capsys.readouterr()
    answer = json.loads(told.out)
    assert answer["columns"] == ["record_type", "connections"]
    assert answer["rows"] == [["call_control_application", 13], ["ip_connection", 12]]
    assert answer["coverage"]["complete"] is True
    assert (told.out.count("\n"), told.err) == (1, "")


def test_rows_as_csv(capsys: Said) -> None:
    """The csv module reads quotes, commas and repeated names of columns."""
    sql = """SELECT 'a "b", c' AS text, 7 AS text, NULL AS "x,y" """
    assert main(["query", sql, "--csv", "--sandbox"]) == 0
    told = capsys.readouterr()
    assert list(csv.reader(StringIO(told.out))) == [["text", "text", "x,y"], ['a "b", c', "7", ""]]
    assert told.err == "1 row.\n"


def test_a_table_on_a_terminal(see: See) -> None:
    """The table is as wide as needed, numbers are aligned right, NULL is marked, and the summary is above."""
    seen = see("query", f"SELECT *, NULL AS note FROM ({BY_TYPE})", "--sandbox")
    assert seen.code == 0
    assert any(line.startswith("2 rows; connections 55 of 55 as of") for line in seen.lines)
    assert "call_control_application           13  NULL" in seen.lines
    assert "ip_connection                      12  NULL" in seen.lines


def test_no_rows(see: See, capsys: Said) -> None:
    """No rows are exit code 1, and a pipe gets the heading."""
    nobody = "SELECT id, tag FROM connections JOIN connection_tags ON id = connection_id WHERE false"
    assert main(["query", nobody, "--sandbox"]) == 1
    told = capsys.readouterr()
    assert told.out == "id\ttag\n"
    assert told.err.startswith("No rows; connections 55 of 55")
    seen = see("query", nobody, "--sandbox")
    assert seen.code == 1
    assert "No rows; connections 55 of 55" in seen.text


@pytest.mark.parametrize("columns", [30, 80])
def test_rows_that_are_wider_than_the_terminal_are_shown_one_by_one(see: See, columns: int) -> None:
    """Each cell is a line, nothing is left out, and no line is too wide."""
    seen = see("query", "SELECT * FROM connections WHERE connection_name = 'chat bridge'", "--sandbox", columns=columns)
    assert max(map(cell_len, seen.lines)) <= columns
    first = [line.split()[0] for line in seen.lines if line.startswith("  ") and line.split()]
    if columns == 80:
        assert [word for word in first if word in TABLES["connections"].by_name] == [*TABLES["connections"].by_name]
    assert any(line.endswith("NULL") for line in seen.lines)


def test_long_texts_are_wrapped_not_cut(see: See) -> None:
    """Texts are wrapped to 24 columns or more, wide characters too, and ids stay whole."""
    seen = see(
        "query", f"SELECT '1293384261090955790' AS id, '{'word ' * 30}end' AS n, '{'電話' * 30}' AS wide", "--sandbox"
    )
    assert max(map(cell_len, seen.lines)) <= 80
    assert any(line.startswith("1293384261090955790") for line in seen.lines)
    text = "".join("".join(seen.lines).split())
    assert text.count("word") == 30
    assert text.count("電話") >= 20


def test_a_terminal_gets_a_thousand_rows_and_a_pipe_all(see: See, capsys: Said) -> None:
    """The output says how to get the rest, and `--limit` applies to both."""
    many = "SELECT a.id FROM connections AS a, connections AS b"
    seen = see("query", many, "--sandbox")
    assert seen.code == 0
    assert "The first 1000 of 3025 rows" in seen.text
    assert sum(line.isdigit() for line in seen.lines) == 1_000
    assert "`--limit` is 1000: raise it, or end the statement" in " ".join(" ".join(seen.lines).split())
    assert main(["query", many, "--sandbox"]) == 0
    told = capsys.readouterr()
    assert told.out.count("\n") == 3_026
    assert told.err.startswith("3025 rows; ")
    assert main(["query", many, "--sandbox", "--limit", "2"]) == 0
    told = capsys.readouterr()
    assert told.out.count("\n") == 3
    assert "The first 2 of 3025 rows" in told.err
    assert sum(line.isdigit() for line in see("query", many, "--sandbox", "--limit", "1001").lines) == 1_001


def test_a_long_text_is_whole(capsys: Said) -> None:
    """A script gets every character of a cell that a model would get cut."""
    assert main(["query", "SELECT group_concat(id) AS ids FROM connections", "--sandbox"]) == 0
    told = capsys.readouterr()
    assert len(told.out.splitlines()[1].split(",")) == 55
    assert told.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "SQL is missing: put the statement in quotes, or give -"),
        (["SELECT", "1"], "put the statement in quotes, or give - to read it from standard input, and only that"),
        (["SELECT nme FROM connections"], "nme"),
        (["DELETE FROM connections"], "SELECT"),
        (["SELECT 1; SELECT 2"], "one statement"),
        ([""], "sql"),
        (["SELECT 1", "--json", "--csv"], "give either --csv or --json"),
        (["SELECT 1", "--limit", "0"], "--limit"),
        (["SELECT 1", "--schema"], "--schema takes no statement"),
        (["SELECT 1", "--account", "paris"], "you have no account 'paris'"),
    ],
)
def test_wrong_usage_is_one_sentence(capsys: Said, arguments: list[str], said: str) -> None:
    """Wrong usage is exit code 2, and nothing on standard output."""
    assert main(["query", *arguments, "--sandbox"]) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err.count("\n") == 1
    assert said in told.err


def test_an_invalid_statement_is_refused_before_any_request(capsys: Said, account: Account) -> None:
    """The error is about the column, although nothing listens at the address."""
    account("http://127.0.0.1:9/v2")
    assert main(["query", "SELECT colour FROM connections"]) == 2
    assert "colour" in capsys.readouterr().err


def test_a_statement_that_takes_too_long_is_exit_code_3(capsys: Said) -> None:
    """It is no wrong usage: the account was read for it. One of numbers alone needs no account."""
    joined = ", ".join(f"connections AS c{n}" for n in range(5))
    assert main(["query", f"SELECT count(*) FROM {joined}", "--sandbox"]) == 3
    told = capsys.readouterr()
    assert (told.out, told.err.count("\n")) == ("", 1)
    assert "too long and was stopped" in told.err
    numbers = f"n(i) AS (VALUES {', '.join(f'({n})' for n in range(100))})"
    joined = ", ".join(f"n AS n{n}" for n in range(5))
    assert main(["query", f"WITH {numbers} SELECT count(*) FROM {joined}", "--sandbox"]) == 2
    assert "too long and was stopped" in capsys.readouterr().err


@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"]])
def test_an_incomplete_account_is_reported_beside_the_rows(
    capsys: Said, large_sandbox_url: str, account: Account, form: list[str]
) -> None:
    """It is reported on standard error in every format, the rows are printed, and the exit code is 3."""
    account(f"{large_sandbox_url}/fault/fail-page=2/v2", TELNYX_TOOL_TIMEOUT="2")
    assert main(["query", "SELECT count(*) AS n FROM connections", *form]) == 3
    told = capsys.readouterr()
    assert told.err.startswith("INCOMPLETE, only ")
    assert told.err.count("\n") == 1
    if not form:
        assert told.out.startswith("n\n")
    assert "INCOMPLETE" in told.out if form == ["--json"] else "INCOMPLETE" not in told.out


def run(*arguments: str, stdin: bytes) -> "subprocess.CompletedProcess[bytes]":
    command = [sys.executable, "-m", "telnyx_connections_mcp", "query", *arguments, "--sandbox"]
    return subprocess.run(command, input=stdin, capture_output=True, timeout=60, check=False)


def test_a_statement_from_standard_input() -> None:
    """A statement may have comments and lines as in a file."""
    done = run("-", "--csv", stdin="-- names\nSELECT 'ü' AS name,\n  2 AS two\n".encode())
    assert (done.returncode, done.stdout.decode()) == (0, "name,two\nü,2\n")


@pytest.mark.parametrize(("stdin", "said"), [(b"", "is empty"), (b" \n", "is empty"), (b"SELECT '\xff'", "not text")])
def test_standard_input_without_a_statement(stdin: bytes, said: str) -> None:
    """It is one sentence and exit code 2."""
    done = run("-", stdin=stdin)
    assert (done.returncode, done.stdout) == (2, b"")
    assert said in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


def test_the_schema_is_shown_without_a_request(capsys: Said, see: See) -> None:
    """Every table and column of `sql.tables` has its type and meaning, in every format, without a key."""
    names = [(table.name, column.name) for table in TABLES.values() for column in table.columns]
    assert main(["query", "--schema"]) == 0
    head, *rows = [line.split("\t") for line in capsys.readouterr().out.splitlines()]
    assert head == ["table", "column", "type", "meaning"]
    assert [(table, column) for table, column, _, _ in rows] == names
    assert {type_ for _, _, type_, _ in rows} == {"TEXT", "INTEGER", "NUMERIC"}
    assert all(meaning.endswith(".") for *_, meaning in rows)
    by_name = {(table, column): meaning for table, column, _, meaning in rows}
    assert by_name["findings", "severity"].endswith("One of: 'error', 'warning', 'info'.")
    assert "'Ashburn, VA'" in by_name["connections", "anchorsite_override"]
    assert main(["query", "--schema", "--csv"]) == 0
    assert list(csv.reader(StringIO(capsys.readouterr().out))) == [head, *rows]
    assert main(["query", "--schema", "--json"]) == 0
    assert [list(row.values()) for row in json.loads(capsys.readouterr().out)] == rows
    seen = see("query", "--schema", columns=100)
    assert max(map(cell_len, seen.lines)) <= 100
    text = " ".join(" ".join(seen.lines).split())
    assert "connection_tags: The tags of connections, one a row." in text
    assert all(column in text for _, column in names)


def test_other_peoples_text_cannot_control_a_terminal(see: See, serve: Serve, account: Account, capsys: Said) -> None:
    """Escape sequences, tabs and line breaks are removed, and rich markup is text."""
    name = "[red]x[/red]\x1b]0;owned\x07\x1b[31m\ttab\nline\x9b2J"
    account(serve([{"id": "1", "connection_name": name, "tags": [":smile:"]}]))
    sql = "SELECT connection_name, tag FROM connections JOIN connection_tags ON connection_id = id"
    seen = see("query", sql)
    assert "owned" not in seen.text
    assert "\x1b]" not in seen.text
    assert "[red]x[/red] tab line" in seen.text
    assert ":smile:" in seen.text
    for form in ([], ["--csv"]):
        assert main(["query", sql, *form]) == 0
        out = capsys.readouterr().out
        assert out.count("\n") == 2
        assert "\x1b" not in out


def test_formulas_in_csv_are_texts(capsys: Said) -> None:
    """They get an apostrophe, also after a semicolon and in names of columns, while numbers stay."""
    texts = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", " =1", "\uff1d1", "x;=1+1"]
    texts += ["+493012345", "-5", "-1.5", "-", "a-b", "a=b", "x; y"]
    values = ", ".join("'{}'".format(text.replace("'", "''")) for text in texts)
    assert main(["query", f'SELECT {values}, -7 AS "=y"', "--csv", "--sandbox"]) == 0
    told = capsys.readouterr()
    _, row = csv.reader(StringIO(told.out))
    expected = ["'=1+1", "'+cmd|' /C calc'!A0", "'-2+3", "'@SUM(A1)", " '=1", "'\uff1d1", "x;'=1+1"]
    assert row == [*expected, "+493012345", "-5", "-1.5", "-", "a-b", "a=b", "x; y", "-7"]
    assert "texts have an apostrophe before what a spreadsheet would take for a formula." in told.err
    assert main(["query", "SELECT '=1+1' AS x", "--csv", "--sandbox"]) == 0
    assert capsys.readouterr().err.endswith(
        "1 text has an apostrophe before what a spreadsheet would take for a formula.\n"
    )


def test_a_kind_that_cannot_be_read_is_exit_code_3(capsys: Said, sandbox_url: str, account: Account) -> None:
    """The rows of the others are printed, and what is missing is said; a list that is not offered is only said."""
    account(f"{sandbox_url}/fault/forbidden=ips/v2")
    sql = "SELECT count(*) AS n FROM connections c LEFT JOIN ips i ON i.connection_id = c.id"
    assert main(["query", sql]) == 3
    told = capsys.readouterr()
    assert told.out == "n\n55\n"
    assert told.err.startswith("NOT READ: ips (this API key may not read IP addresses). 1 row; ")
    assert main(["query", sql, "--json"]) == 3
    assert capsys.readouterr().err.startswith("NOT READ: ips ")
    account(f"{sandbox_url}/fault/missing=uac_connections/v2")
    assert main(["query", "SELECT count(*) > 40 AS many FROM connection_settings"]) == 0
    told = capsys.readouterr()
    assert told.out == "many\n1\n"
    assert "uac_connections (not offered to this account)" in told.err
