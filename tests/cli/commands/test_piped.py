"""Output into a pipe or a file: rows on standard output, everything else on standard error."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from telnyx_connections_mcp.cli.entry import main
from telnyx_connections_mcp.sandbox.calls import cursor

CALL_CONTROL = "1293384261090955790"


def rows(text: str) -> list[dict[str, str]]:
    """Tab-separated lines under a heading."""
    head, *lines = [line.split("\t") for line in text.splitlines()]
    return [dict(zip(head, line, strict=True)) for line in lines]


def test_rows_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """Rows are tab-separated under a heading, uncut, and always have the same columns."""
    assert main(["search", "--name-contains", "acme-prod", "--sort", "connection_name", "--sandbox"]) == 0
    told = capsys.readouterr()
    found = rows(told.out)
    assert [row["connection_name"] for row in found] == ["acme-prod-eu-01", "acme-prod-eu-01", "acme-prod-us-02"]
    assert {row["active"] for row in found} == {"true"}
    assert "3 connections of all 55 match" in told.err
    assert "Read 55 of 55 connections as of" in told.err
    assert "complete." in told.err
    heading = told.out.splitlines()[0]
    assert main(["search", "--name-contains", "nobody has this", "--sandbox"]) == 1
    told = capsys.readouterr()
    assert told.out.splitlines() == [heading]
    assert "Unknown: name_contains nobody has this." in told.err
    assert main(["search", "--name-contains", "acme", "--tags-all", "prd", "--sandbox"]) == 1
    told = capsys.readouterr()
    assert "Unknown: tags_all prd, similar: prod, support." in told.err
    assert "The condition tags_all excludes the most (55); without it " in told.err
    assert main(["search", "--record-type", "zzz", *(f"--id={n}" for n in range(25)), "--sandbox"]) == 1
    told = capsys.readouterr()
    assert "Unknown: ids 0, 1, 2" in told.err
    assert " and 5 more; record_type zzz, existing: call_control_application, " in told.err
    assert main(["get", "nobody has this", "--sandbox"]) == 1
    assert "Similar names: none." in capsys.readouterr().err


def test_groups_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """Groups have a column for each key, empty if unset, and a note about those beyond the limit."""
    assert main(["search", "--group-by", "tag", "--limit", "2", "--created-before", "1d", "--sandbox"]) == 0
    told = capsys.readouterr()
    found = rows(told.out)
    assert list(found[0]) == ["tag", "count"]
    assert len(found) == 2
    for said in ("11 more groups, totalling ", "--offset 2.", "Read as: created_before 20"):
        assert said in told.err


def test_full_rows_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """Every field is a column, and the next page is named."""
    assert main(["list", "--page-size", "2", "--detail", "full", "--sandbox"]) == 0
    told = capsys.readouterr()
    assert "webhook_event_url" in rows(told.out)[0]
    assert "Page 1 of 28, up to 2 a page; continue with --page 2." in told.err


def test_one_connection_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """A connection is a line for each field, then its findings under their own heading."""
    assert main(["get", "chat bridge", "--sandbox"]) == 0
    told = capsys.readouterr()
    fields, findings = told.out.split("\n\n")
    assert {row["field"]: row["value"] for row in rows(fields)}["record_type"] == "texml_application"
    assert [row["check"] for row in rows(findings)] == ["webhook_credentials", "no_outbound_voice_profile"]
    assert "Changed: 1 value masked as ***" in told.err


@pytest.mark.parametrize("command", [["search", "--limit", "3"], ["list", "--page-size", "3"]])
def test_chosen_fields_into_a_pipe(capsys: pytest.CaptureFixture[str], command: list[str]) -> None:
    """They are the columns, in that order, also where no connection has them."""
    assert main([*command, "--sandbox", "--field", "webhook_failover_scheme", "--field", "id"]) == 0
    first, *others = capsys.readouterr().out.splitlines()
    assert first == "webhook_failover_scheme\tid"
    assert len(others) == 3
    assert all(len(line.split("\t")) == 2 for line in others)
    arguments = '{"fields": "id,connection_name", "filter": {"connection_name": {"contains": "nobody"}}}'
    assert main(["call", "list_connections", arguments, "--sandbox"]) == 1
    assert capsys.readouterr().out == "id\tconnection_name\n"


@pytest.mark.parametrize("more", [[], ["--group-by", "tag"]])
def test_a_count_alone_into_a_pipe(capsys: pytest.CaptureFixture[str], more: list[str]) -> None:
    """A count is a number under its heading, and 0 is exit code 1."""
    assert main(["search", "--sandbox", "--inactive", "--limit", "0", *more]) == 0
    assert capsys.readouterr().out == "matches\n10\n"
    assert main(["search", "--sandbox", "--name-exact", "nobody", "--limit", "0", *more]) == 1
    assert capsys.readouterr().out == "matches\n0\n"


def test_findings_into_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """Each finding is a line with a command, which lists as many connections as it counts."""
    assert main(["audit", "--sandbox"]) == 1
    found = {row["check"]: row for row in rows(capsys.readouterr().out)}
    finding = found["no_outbound_voice_profile"]
    assert finding["severity"] == "warning"
    assert "(1293384261" in finding["connections"]
    program, *listing = finding["all_by"].split()
    assert (program, listing[-1]) == ("telnyx-connections-mcp", "--sandbox")
    assert main([*listing, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["matches"] == int(finding["count"])


def test_duplicate_names_into_a_pipe(
    capsys: pytest.CaptureFixture[str], serve: Any, account: Callable[..., None]
) -> None:
    """Duplicate names have their counts and the command that lists them all."""
    account(serve([{"id": f"{n}", "connection_name": f"name {n % 12}"} for n in range(25)]))
    assert main(["audit", "--check", "duplicate_name"]) == 0
    (found,) = rows(capsys.readouterr().out)
    assert found["groups"].startswith("name 0 (3), name 1 (2), ")
    assert found["names"] == "12"
    assert main(found["all_by"].split()[1:]) == 0
    assert len(rows(capsys.readouterr().out)) == 12


def test_groups_by_name_into_a_pipe(
    capsys: pytest.CaptureFixture[str], serve: Any, account: Callable[..., None]
) -> None:
    """Their spellings have columns of their own, whether or not any name has several."""
    for names, second in ((["acme", "ACME", "acme"], "acme\t3\tacme 2, ACME 1\t"), (["b", "a"], "a\t1\t\t")):
        account(serve([{"id": f"{n}", "connection_name": name} for n, name in enumerate(names)]))
        assert main(["search", "--group-by", "connection_name"]) == 0
        heading, first, *_ = capsys.readouterr().out.splitlines()
        assert heading == "connection_name\tcount\tspellings\tmore_spellings"
        assert first == second


def test_calls_into_a_pipe(capsys: pytest.CaptureFixture[str], sandbox_url: str, account: Callable[..., None]) -> None:
    """Each call is a line, and the next cursor is named if the API pages by cursor."""
    account(f"{sandbox_url}/fault/cursor-calls/v2")
    assert main(["calls", CALL_CONTROL, "--page-size", "2"]) == 0
    told = capsys.readouterr()
    assert len(rows(told.out)) == 2
    assert f"Page 1, up to 2 a page; continue with --page-after {cursor(2)}." in told.err
    assert main(["calls", CALL_CONTROL, "--page-size", "2", "--page-after", cursor(2)]) == 0
    told = capsys.readouterr()
    assert len(rows(told.out)) == 2
    assert f"A page, up to 2 a page; continue with --page-after {cursor(4)}." in told.err


def test_call_names_the_next_page_as_json(capsys: pytest.CaptureFixture[str], sandbox_url: str, account: Any) -> None:
    """`call` has no options, so the next page is given as JSON arguments."""
    assert main(["call", "search_connections", '{"limit": 2}', "--sandbox"]) == 0
    assert 'continue with {"offset":2}.' in capsys.readouterr().err
    assert main(["call", "list_connections", "--sandbox"]) == 0
    assert 'continue with {"page":{"number":2}}.' in capsys.readouterr().err
    account(f"{sandbox_url}/fault/cursor-calls/v2")
    asked = {"connection_id": CALL_CONTROL, "page": {"size": 2}}
    assert main(["call", "list_active_calls", json.dumps(asked)]) == 0
    assert f'continue with {{"page":{{"after":"{cursor(2)}"}}}}.' in capsys.readouterr().err


def test_no_groups_are_no_line(capsys: pytest.CaptureFixture[str], serve: Any, account: Any) -> None:
    """Without groups nothing is printed, not even a blank line."""
    account(serve([]))
    assert main(["search", "--group-by", "tag"]) == 1
    assert capsys.readouterr().out == ""


def test_an_audit_says_what_it_did_not_check(capsys: pytest.CaptureFixture[str]) -> None:
    """With a filter the account's limit is not checked, and the filter sent to Telnyx is named."""
    assert main(["audit", "--name", "chat bridge", "--sandbox"]) == 0
    told = capsys.readouterr().err
    assert "Not checked: near_connection_limit" in told
    assert 'Telnyx filtered by {"connection_name":{"contains":"chat bridge"}}' in told
