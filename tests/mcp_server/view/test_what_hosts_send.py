"""Whatever a host sends instead of a whole answer has its own plain view."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from tests.mcp_server.view.shown import Shown

COVERAGE = {"read": 2, "of": 2, "complete": True, "as_of": "2026-11-24T12:00:00Z"}
ROWS = [{"id": str(n), "connection_name": f"trunk-{n}", "record_type": "ip_connection", "active": True} for n in (1, 2)]
DATA: dict[str, Any] = {"summary": "2 connections in all.", "matches": 2, "coverage": COVERAGE, "connections": ROWS}


def result(data: dict[str, Any], **more: Any) -> dict[str, Any]:
    """The result of a tool."""
    return {"content": [{"type": "text", "text": json.dumps(data)}], "structuredContent": data, **more}


def test_a_failure_is_told_as_it_is(mount: Callable[..., Shown], server_url: str) -> None:
    """The page shows the one sentence that says what to do next."""
    shown = mount(server=server_url, tool="search_connections", arguments={"where": {"nam": "x"}})
    assert shown.title == "No answer"
    assert shown.text(".plainly").startswith("Nothing was sent to Telnyx: `where.nam` is unknown")


def test_a_failure_without_words_is_told_too(mount: Callable[..., Shown], server_url: str) -> None:
    """A failure whose text the host dropped is still told as one."""
    shown = mount(server=server_url, tool="search_connections", result={"content": [], "isError": True})
    assert shown.text(".plainly") == "The tool failed and did not say why."


def test_no_row_says_why(mount: Callable[..., Shown], server_url: str) -> None:
    """Nothing found is said in words, with the condition that excluded most."""
    where = {"active": False, "name_contains": "acme", "has_webhook": False}
    shown = mount(server=server_url, tool="search_connections", arguments={"where": where})
    assert shown.text(".empty") == "No rows."
    assert "Without the condition" in shown.text(".notes")


def test_a_cancelled_request_says_so(mount: Callable[..., Shown], server_url: str) -> None:
    """The page says that the request was cancelled, why, and can ask again where the host tells the tool."""
    shown = mount(server=server_url, tool="search_connections", cancelled="<b>by the user</b>")
    assert shown.title == "Cancelled"
    assert shown.text(".plainly") == "The request was cancelled: <b>by the user</b>"
    assert not shown.has_button("Ask again")


def test_before_the_answer_it_says_that_it_waits(mount: Callable[..., Shown], server_url: str) -> None:
    """A host that replays nothing leaves a page that says so, low and without a barrier."""
    shown = mount(server=server_url, tool="search_connections", silent=True)
    assert shown.title == "Waiting for the answer"
    assert shown.barriers() == []
    assert shown.height < 120


@pytest.mark.parametrize("kept", [{"content": []}, {"content": [], "structuredContent": {}}], ids=["nothing", "empty"])
def test_an_answer_that_the_host_lost_is_asked_for_again(
    kept: dict[str, Any], mount: Callable[..., Shown], server_url: str
) -> None:
    """After a reload without the answer, the page asks again if the host tells the tool, and else says so."""
    lost = mount(server=server_url, tool="search_connections", result=kept)
    assert lost.text(".plainly") == "The host did not keep this answer: ask again in the chat."
    tool = {"toolInfo": {"tool": {"name": "search_connections", "inputSchema": {"type": "object"}}}}
    asked = {"group_by": ["record_type"]}
    found = mount(server=server_url, tool="search_connections", arguments=asked, result=kept, context=tool)
    found.goes_to("Connections by type")
    assert found.seen()["calls"][0]["arguments"] == asked


def test_an_answer_kept_as_text_is_whole(mount: Callable[..., Shown], server_url: str) -> None:
    """Where the host kept only the text, the page reads the same answer from it."""
    shown = mount(server=server_url, tool="search_connections", result=result(DATA) | {"structuredContent": None})
    assert shown.texts("tbody th") == ["trunk-1", "trunk-2"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nobody_overlooks_an_incomplete_answer(theme: str, mount: Callable[..., Shown], server_url: str) -> None:
    """It stands in a frame above everything, begins with INCOMPLETE, and says why."""
    why = "Telnyx refused page 2 (HTTP 500)"
    part = COVERAGE | {"of": 9, "complete": False, "why": why}
    said = f"INCOMPLETE, only 2 of 9 connections could be read: {why}. 2 connections read."
    data = DATA | {"summary": said, "coverage": part}
    shown = mount(server=server_url, tool="search_connections", result=result(data), theme=theme)
    assert shown.text(".incomplete") == said
    assert shown.text(".incomplete strong") == "INCOMPLETE"
    assert shown.text(".coverage") == "Read 2 of 9 connections, as of 2026-11-24 12:00:00 UTC."
    assert shown.barriers() == []
    quiet = mount(server=server_url, tool="search_connections", result=result(data | {"summary": "2 rows."}))
    assert quiet.text(".incomplete") == f"INCOMPLETE: {why}. 2 rows."


def test_what_was_masked_or_cut_is_said(mount: Callable[..., Shown], server_url: str) -> None:
    """Notes stand under the rows, those that do not fit behind a button."""
    more = {"shortened": "fewer rows.", "changed": "1 value masked", "resolved": {"created_before": "2026-01-01"}}
    shown = mount(server=server_url, tool="search_connections", result=result(DATA | more))
    assert shown.texts(".notes p") == ["Shortened: fewer rows."]
    shown.press("3 notes in full")
    assert shown.texts(".notes p")[1:] == ["Masked or cleaned: 1 value masked", "created_before: 2026-01-01"]


def test_coverage_names_every_list_that_was_read(mount: Callable[..., Shown], server_url: str) -> None:
    """An answer made of several lists says how much of each was read."""
    coverage = {"connections": COVERAGE, "phone_numbers": COVERAGE | {"read": 3, "of": None, "complete": False}}
    data = {"summary": "1 row.", "columns": ["n"], "rows": [[1]], "coverage": coverage}
    shown = mount(server=server_url, tool="query_account", result=result(data))
    assert shown.text(".coverage").startswith("Read 2 of 2 connections, 3 of an unknown number of phone numbers, as of")
    assert shown.text(".incomplete").startswith("INCOMPLETE")


def test_coverage_names_what_was_also_read(mount: Callable[..., Shown], server_url: str) -> None:
    """What a search read besides connections is named too, and nobody overlooks that a part of it is missing."""
    numbers = COVERAGE | {"read": 3, "of": 7, "complete": False, "why": "HTTP 500 on page 2"}
    data = DATA | {"coverage": COVERAGE | {"also": {"phone_numbers": numbers}}}
    shown = mount(server=server_url, tool="search_connections", result=result(data))
    assert shown.text(".coverage").startswith("Read 2 of 2 connections, 3 of 7 phone numbers, as of")
    assert shown.text(".incomplete") == "INCOMPLETE: HTTP 500 on page 2. 2 connections in all."


def test_an_account_read_again_meanwhile_is_paged_from_its_start(mount: Callable[..., Shown], server_url: str) -> None:
    """Rows of two readings are never mixed: the page starts over, and gives up if that goes on."""
    left = {"left": {"count": 1, "offset": 2}}
    later = COVERAGE | {"as_of": "2026-11-24T13:00:00Z"}
    third = [{"id": "3", "connection_name": "trunk-3"}]
    renewed = DATA | {"coverage": later, "connections": [{"id": "0", "connection_name": "new"}, *ROWS]}
    answers = [result(DATA | {"coverage": later, "connections": third}), result(renewed)]
    shown = mount(server=server_url, tool="search_connections", result=result(DATA | left), answers=answers)
    shown.press("Load all")
    shown.wait("tbody tr:nth-child(3)")
    assert shown.texts("tbody th") == ["new", "trunk-1", "trunk-2"]
    assert "13:00:00" in shown.text(".coverage")
    again = [result(DATA | left | {"coverage": COVERAGE | {"as_of": str(n)}}) for n in range(5)]
    restless = mount(server=server_url, tool="search_connections", result=result(DATA | left), answers=again)
    restless.press("Load all")
    restless.says("The account is being read again and again: ask once more.")


def test_what_goes_wrong_later_leaves_what_is_shown(mount: Callable[..., Shown], server_url: str) -> None:
    """A request of the page that fails is told in the status line; the rows stay."""
    refusal = {"content": [{"type": "text", "text": "Telnyx is away: try again."}], "isError": True}
    shown = mount(server=server_url, tool="search_connections", result=result(DATA), answers=[refusal])
    shown.press("trunk-1")
    shown.says("Telnyx is away: try again.")
    assert shown.texts("tbody th") == ["trunk-1", "trunk-2"]


def test_details_do_without_what_the_server_lacks(mount: Callable[..., Shown], server_url: str) -> None:
    """Where the server refuses `include`, the page asks for the connection alone."""
    refusal = {"content": [{"type": "text", "text": "Nothing was sent: `include` is unknown."}], "isError": True}
    alone = {"summary": "trunk-1.", "connection": ROWS[0], "findings": [], "coverage": COVERAGE}
    shown = mount(server=server_url, tool="search_connections", result=result(DATA), answers=[refusal, result(alone)])
    shown.press("trunk-1")
    shown.goes_to("trunk-1")
    assert [call["arguments"] for call in shown.seen()["calls"]] == [
        {"id": "1", "include": ["all"], "detail": "full"},
        {"id": "1"},
    ]


def test_whatever_surrounds_a_connection_is_shown(mount: Callable[..., Shown], server_url: str) -> None:
    """Every part has its place: rows and how many they are, what is empty, and what could not be read."""
    number = {"id": "7", "phone_number": "+13125550100", "connection_id": "1", "tags": ["a", "b"]}
    parts = {
        "settings": {"connection_id": "1", "inbound": {"codecs": ["G722", "OPUS"], "limit": 10}, "encrypted": None},
        "numbers": {"of": 9, "rows": [number], "more": 8},
        "profile": {"name": "Default", "enabled": False, "connections_count": 3},
        "addresses": {"ips": {"of": 0}, "fqdns": {"of": 1, "rows": ["sip.acme.example"]}},
        "failures": {"webhook_deliveries": {"of": 0, "within": "the last 24 hours"}},
        "changes": {"unreadable": "the key may not read it"},
    }
    data = {
        "summary": "trunk-1.",
        "connection": ROWS[0],
        "parts": parts,
        "findings": [],
        "as_of": "2026-11-24T12:00:00Z",
    }
    shown = mount(server=server_url, tool="search_connections", result=result(data))
    for width in (760, 320):
        shown.resize(width)
        assert shown.height <= 500
        assert shown.barriers() == []
    shown.frame.locator("[data-key=all]").click()
    assert shown.texts("section h2") == ["Numbers (9)", "Profile", "FQDNs (1)", "Settings", "Nothing to show"]
    failures = "Webhook deliveries none in the last 24 hours"
    for said in ("Phone number +13125550100", "and 8 more", "Enabled no", "sip.acme.example", "OPUS", failures):
        assert said in shown.text()
    assert "Changes could not be read: the key may not read it" in shown.text()
    assert "Connection ID" not in shown.text()
    assert shown.barriers() == []


def test_a_host_that_goes_away_is_answered(mount: Callable[..., Shown], server_url: str) -> None:
    """The page lets itself be taken down."""
    shown = mount(server=server_url, tool="search_connections")
    assert shown.host.evaluate("teardown()") == {}
