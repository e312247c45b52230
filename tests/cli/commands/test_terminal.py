"""What a person sees on a real (pseudo) terminal: width, colour, progress, other people's text."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from rich.cells import cell_len

from telnyx_connections_mcp.cli.entry import main

See = Callable[..., Any]
Serve = Callable[[list[dict[str, Any]]], str]
CALL_CONTROL = "1293384261090955790"


@pytest.mark.parametrize("columns", [40, 80, 200])
def test_a_table_is_as_wide_as_the_terminal(see: See, capsys: pytest.CaptureFixture[str], columns: int) -> None:
    """No line is wider, ids are whole, and columns that do not fit are named."""
    question = ("search", "--sandbox", "--limit", "5")
    assert main([*question, "--json"]) == 0
    asked = json.loads(capsys.readouterr().out)["connections"]
    seen = see(*question, columns=columns, only_stdout=True)
    assert seen.code == 0
    assert max(map(cell_len, seen.lines)) <= columns
    heading = next(line for line in seen.lines if line.startswith("connection_name")).split()
    joined = "".join("".join(seen.lines).split())
    _, said, named = joined.partition("Notshown,becausetheterminalistoonarrow:")
    left_out = named.partition(".")[0].split(",") if said else []
    assert {*heading, *left_out} == {name for row in asked for name in row}
    assert bool(left_out) == (columns < 200)
    for row in asked:
        assert any(row["id"] in line for line in seen.lines)
    for said in ("55connectionsinall", "Read55of55connections", "50more;continuewith--offset5."):
        assert said in joined


def test_long_names_are_wrapped_not_cut(see: See, serve: Serve, account: Callable[..., None]) -> None:
    """Every character of a long name is shown, even of wide characters."""
    long, wide = "name" * 40 + "END", "電話" * 30
    account(serve([{"id": "1", "connection_name": long}, {"id": "2", "connection_name": wide}]))
    seen = see("list")
    assert max(map(cell_len, seen.lines)) <= 80
    column = "".join(line.split("  ")[0].strip() for line in seen.lines)
    assert long in column
    assert wide in column


def test_ids_are_whole_on_the_narrowest_terminal(see: See, serve: Serve, account: Callable[..., None]) -> None:
    """Names are wrapped further instead, and an id is only wrapped if it does not fit at all."""
    account(serve([{"id": "1293384261090955790", "connection_name": "a long name of many words " * 3}]))
    seen = see("list", columns=30)
    assert any("1293384261090955790" in line for line in seen.lines)
    assert max(map(cell_len, seen.lines)) <= 30
    lines = see("list", columns=20, only_stdout=True).lines
    assert "1293384261090955790" in "".join(word for line in lines for word in line.split() if word.isdigit())


@pytest.mark.parametrize("command", [["list"], ["search"], ["audit"], ["get", "[red]x[/red] [link=http://e.example]y"]])
def test_names_are_not_interpreted_as_markup(
    see: See, serve: Serve, account: Callable[..., None], command: list[str]
) -> None:
    """Rich markup and emoji codes in a name are shown as they are, and escape sequences are removed."""
    account(
        serve(
            [
                {
                    "id": "1",
                    "connection_name": "[red]x[/red] [link=http://e.example]y",
                    "record_type": "call_control_application",
                    "active": True,
                    "tags": [":smile:", "\x1b]0;owned\x07\x1b[31mtag\x9b2J"],
                }
            ]
        )
    )
    seen = see(*command, columns=250)
    text = "\n".join(seen.lines)
    assert "[red]x[/red] [link=http://e.example]y" in text
    assert "owned" not in seen.text
    assert "\x1b]" not in seen.text
    assert "\x9b" not in seen.text
    if command != ["audit"]:
        assert ":smile:, tag" in text


def test_colour_is_for_terminals_that_want_it(see: See) -> None:
    """A terminal gets colours, unless NO_COLOR is set."""
    audit = ("audit", "--sandbox", "--check", "webhook_not_https")
    assert "\x1b[1;31mERROR" in see(*audit, only_stdout=True).text
    assert "[31m" not in see(*audit, only_stdout=True, process=True, NO_COLOR="1").text


def test_chosen_fields_are_a_table(see: See) -> None:
    """The table has exactly these columns, and a count alone is in the summary."""
    seen = see("search", "--sandbox", "--limit", "2", "--field", "created_at", "--field", "webhook_scheme")
    text = " ".join(" ".join(seen.lines).split())
    assert " created_at webhook_scheme " in text
    assert "id " not in text.split("created_at")[1].split("Read ")[0]
    seen = see("search", "--sandbox", "--limit", "0")
    assert "matches" not in " ".join(seen.lines)
    assert "55 connections in all: " in " ".join(seen.lines)


def test_findings_are_readable(see: See) -> None:
    """A finding says what, how many, why, what to do, which are the first, and how to list all."""
    seen = see("audit", "--sandbox", "--min-severity", "warning")
    assert seen.code == 1
    text = " ".join(" ".join(seen.lines).split())
    for said in (
        "ERROR webhook_not_https (1 connection): webhook_event_url 1 Call events go to the webhook or its failover",
        "Do: Serve the webhook over https and change its URL. acme-prod-eu-01 (1293384261206800888)",
        "WARNING no_outbound_voice_profile (17 connections)",
        "First: Büro Stark berlin (1293384261311868828), ",
        "All: telnyx-connections-mcp search --finding no_outbound_voice_profile --limit 17 --field id",
        "Changed: 4 texts lost invisible or control characters (id 1293384261221020937, id 1293384261230820301, ",
    ):
        assert said in text


def test_duplicate_names_are_listed_with_the_command_for_all(
    see: See, serve: Serve, account: Callable[..., None]
) -> None:
    """The most frequent names have counts, and findings the number of active connections if lower."""
    rows = [{"id": f"{n}", "connection_name": f"name {n % 12}", "active": n > 0} for n in range(25)]
    account(serve(rows))
    text = " ".join(" ".join(see("audit", "--check", "duplicate_name").lines).split())
    assert "WARNING duplicate_name (25 connections, 24 active)" in text
    assert "First of 12 names: name 0 (3), name 1 (2), " in text
    assert "All: telnyx-connections-mcp search --finding duplicate_name --group-by connection_name --limit 12" in text


def test_an_account_near_its_limit_has_a_finding_without_connections(
    see: See, serve: Serve, account: Callable[..., None]
) -> None:
    """The finding says how much of which limit is used."""
    account(serve([]))
    text = " ".join(" ".join(see("audit", "--check", "near_connection_limit").lines).split())
    assert "WARNING near_connection_limit" in text
    assert "9 of 10 (global_limit)" in text


def test_one_connection_is_a_list_of_fields(see: See, serve: Serve, account: Callable[..., None]) -> None:
    """Each field is a line, with null and nested values as JSON; several of one name are a table."""
    account(serve([{"id": "1", "connection_name": "a", "inbound": {"codecs": ["G722"]}, "webhook_event_url": None}]))
    for command in (["get", "a"], ["list", "--detail", "full"]):
        lines = [" ".join(line.split()) for line in see(*command).lines]
        assert "connection_name a" in lines
        assert "webhook_event_url (not set)" in lines
        assert 'inbound {"codecs":["G722"]}' in lines
    seen = see("get", "acme-prod-eu-01", "--sandbox")
    assert seen.code == 1
    assert sum(line.startswith("acme-prod-eu-01 ") for line in seen.lines) == 2


def test_groups_and_calls_are_tables(see: See) -> None:
    """Numbers are aligned right, and unset values are marked."""
    lines = see("search", "--group-by", "tag", "--sandbox").lines
    assert any(line.split() == ["(not", "set)", "20"] for line in lines), lines
    assert any("1 h 39 min" in line for line in see("calls", CALL_CONTROL, "--sandbox").lines)


def test_progress_is_shown_and_vanishes(see: See, large_sandbox_url: str, account: Callable[..., None]) -> None:
    """A bar on standard error counts the pages, and is erased before the answer."""
    account(f"{large_sandbox_url}/fault/slow=0.3/v2")
    seen = see("search", "--limit", "1")
    assert seen.code == 0
    assert "1/3" in seen.text
    bar, _, answer = seen.text.rpartition("\x1b[2K")
    assert "pages" in bar
    assert "pages" not in answer
    assert "600 connections in all" in answer


def test_json_on_a_terminal_is_one_line(see: See) -> None:
    """JSON is neither wrapped nor coloured."""
    seen = see("list", "--json", "--sandbox", only_stdout=True)
    assert seen.text.count("\n") == 1
    assert "\x1b" not in seen.text


def test_an_incomplete_answer_is_red(see: See, large_sandbox_url: str, account: Callable[..., None]) -> None:
    """INCOMPLETE stands out above and below the rows."""
    account(f"{large_sandbox_url}/fault/fail-page=2/v2", TELNYX_TOOL_TIMEOUT="2")
    seen = see("search", "--limit", "1")
    assert seen.code == 3
    assert "\x1b[1;31mINCOMPLETE" in seen.text
    assert "; INCOMPLETE: " in " ".join(seen.lines)


def test_a_terminal_without_unicode_gets_question_marks(see: See) -> None:
    """What it cannot show becomes a question mark, without an error."""
    seen = see("search", "--name-contains", "stark berlin", "--sandbox", process=True, PYTHONIOENCODING="ascii")
    assert seen.code == 0
    assert "B?ro Stark berlin" in seen.text
