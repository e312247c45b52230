"""`get --include`: what surrounds a connection, in a terminal and in a pipe."""

from collections.abc import Callable
from typing import Any

import pytest

from telnyx_connections_mcp.cli.entry import main

TRUNK, CREDENTIAL = "1293384261206800888", "1293384261079076256"


def test_parts_are_tables_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """Each under its name; the sentence, and what the rows do not say, on standard error."""
    assert main(["get", TRUNK, "--include", "all", "--sandbox"]) == 0
    told = capsys.readouterr()
    assert told.out == (
        f"field\tvalue\nid\t{TRUNK}\n\n"
        "severity\tcheck\tcount\tactive\tfields\twhy\tdo\tconnections\tnote\tnames\texact\tgroups\tall_by\n"
        "error\twebhook_not_https\t\t\t\t\t\t\t\t\t\t\t\n\n"
        "settings\tvalue\nsip_region\tUS\n\n"
        "numbers\n+12005550113\n+12005550112\n\n"
        "ips\n192.0.2.4:5061\n192.0.2.3:5060\n"
    )
    assert "2 addresses, 14 numbers" in told.err
    assert "numbers: 12 more; --detail full shows all that was read.\n" in told.err


def test_full_parts_have_columns(capsys: pytest.CaptureFixture[str]) -> None:
    """With --detail full a list has a column for each field, and one object a line for each."""
    options = ["--include", "numbers", "--include", "profile", "--include", "failures", "--detail", "full"]
    assert main(["get", CREDENTIAL, *options, "--sandbox"]) == 0
    told = capsys.readouterr()
    sheets = dict(part.split("\n", 1) for part in told.out.rstrip("\n").split("\n\n"))
    profile = dict(line.split("\t") for line in sheets["profile\tvalue"].splitlines())
    assert profile["name"] == "EU out"
    assert profile["whitelisted_destinations"] == "US, CA, DE"
    (numbers,) = (heading for heading in sheets if heading.startswith("id\tphone_number\tconnection_id"))
    assert len(sheets[numbers].splitlines()) == 4
    assert "webhook_deliveries: none in the last 24 hours." in told.err


def test_a_part_that_could_not_be_read_is_no_complete_answer(
    sandbox_url: str, account: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """It exits with 3, as every answer that is not whole, and says why; everything else is printed."""
    account(f"{sandbox_url}/fault/forbidden=phone_numbers,ips/v2")
    assert main(["get", TRUNK, "--include", "numbers", "--include", "addresses"]) == 3
    told = capsys.readouterr()
    assert "numbers: could not be read: this API key may not read phone numbers." in told.err
    assert "ips: could not be read: this API key may not read IP addresses." in told.err
    assert "fqdns: none." in told.err


@pytest.mark.parametrize("options", [["--include", "all"], ["--include", "all", "--detail", "full"]])
def test_parts_in_a_terminal(see: Callable[..., Any], options: list[str]) -> None:
    """Each table has its name above it, and its rows within the width of the terminal."""
    seen = see("get", CREDENTIAL, *options, "--sandbox", columns=100)
    assert seen.code == 0
    joined = "\n".join(line.rstrip() for line in seen.lines)
    for said in ("numbers", "+12005550188", "call_events", "changes"):
        assert said in joined
    assert max(map(len, seen.lines)) <= 100
    assert ("settings" in seen.lines or "settings" in joined) == ("full" in options)


def test_brief_findings_are_drawn(see: Callable[..., Any]) -> None:
    """A finding without its reasons is its severity and its check."""
    seen = see("get", TRUNK, "--include", "all", "--sandbox")
    assert "ERROR webhook_not_https" in seen.lines


def test_a_part_says_its_note(
    sandbox_url: str, account: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    """What an answer notes about a part is on a line of its own."""
    account(f"{sandbox_url}/fault/ignores-filter/v2")
    assert main(["get", TRUNK, "--include", "numbers", "--include", "profile"]) == 0
    said = capsys.readouterr().err
    assert "\nnumbers: 96 of the phone numbers listed did not match the request and were left out.\n" in said


@pytest.mark.parametrize(
    "arguments", [["x", "--id", "7"], ["--id", "7", "x", "--include", "all"], ["7", "--connection-name", "x"]]
)
def test_a_connection_is_named_once(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Options about what is read go with a name or an id; another name or id does not."""
    assert main(["get", *arguments, "--sandbox"]) == 2
    assert "give either NAME_OR_ID or an option that identifies the connection" in capsys.readouterr().err
