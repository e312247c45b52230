"""Rows in the page: sorted, filtered, paged, opened, copied, all of them through the host."""

import csv
import io
from collections.abc import Callable

from tests.mcp_server.view.shown import Shown

from telnyx_connections_mcp.sandbox.fleet import create_fleet

CONNECTIONS = create_fleet(size=55, seed=0).connections
NAMES = "tbody th"


def test_pages_show_every_connection_once(mount: Callable[..., Shown], server_url: str) -> None:
    """Turning the pages shows every connection of the account once, though the answer had ten rows."""
    shown = mount(server=server_url, tool="search_connections")
    names = shown.texts(NAMES)
    assert shown.text(".place") == "1–5 of 55"
    while not shown.frame.locator("[data-key=next][aria-disabled]").count():
        shown.press("Next")
        shown.wait(f".place[data-first='{len(names)}']")
        names += shown.texts(NAMES)
    assert len(names) == len(CONNECTIONS)
    whole = {row["connection_name"] for row in CONNECTIONS if len(row["connection_name"]) < 100}
    assert set(names) >= {name for name in whole if name.isprintable()}
    assert shown.text(".place").endswith("55 of 55")
    assert len(shown.seen()["calls"]) == 1  # 250 rows at a time
    shown.press("Previous")
    assert not shown.text(".place").endswith("55 of 55")


def test_the_server_sorts_what_is_not_loaded(mount: Callable[..., Shown], server_url: str) -> None:
    """A click on a column sorts the whole account, not ten of its rows, and the table says so."""
    shown = mount(server=server_url, tool="search_connections")
    shown.press("Name")
    shown.wait("th[aria-sort=ascending]")
    assert shown.seen()["calls"][-1]["arguments"]["sort"] == "connection_name"
    first = shown.texts(NAMES)[0]
    shown.press("Name")
    shown.wait("th[aria-sort=descending]")
    assert shown.texts(NAMES)[0] > first
    assert shown.frame.evaluate("document.activeElement.dataset.key") == "sort connection_name"


def test_what_is_loaded_is_sorted_here(mount: Callable[..., Shown], server_url: str) -> None:
    """Where all rows are loaded, any column sorts them without another request; what is not set stands last."""
    shown = mount(server=server_url, tool="search_connections", arguments={"limit": 250})
    shown.press("Tags")
    tags = "tbody td:nth-child(4)"
    ascending = shown.texts(tags)
    shown.press("Tags")
    descending = shown.texts(tags)
    assert ascending[0] < descending[0]
    assert "not set" not in " ".join(ascending + descending)
    assert shown.seen()["calls"] == []


def test_a_sort_of_some_rows_says_so(mount: Callable[..., Shown], server_url: str) -> None:
    """A column that the server does not sort by sorts the rows loaded, and the page says that these are not all."""
    shown = mount(server=server_url, tool="search_connections")
    shown.press("Type")
    shown.says("Sorted among the 10 rows loaded.")


def test_the_filter_finds_among_what_is_loaded(mount: Callable[..., Shown], server_url: str) -> None:
    """Typing filters the rows loaded by any of their columns, keeps the cursor, and says how many they are."""
    shown = mount(server=server_url, tool="search_connections", arguments={"limit": 250})
    box = shown.frame.get_by_role("searchbox", name="Filter the 55 rows loaded")
    box.press_sequentially("INACTIVE")
    inactive = sum(not row["active"] for row in CONNECTIONS)
    assert shown.text(".place").endswith(f" of {inactive} found in 55 loaded")
    assert set(shown.texts("tbody td:nth-child(3)")) == {"○ inactive"}
    box.press("ArrowLeft")
    box.press("Backspace")
    assert box.input_value() == "INACTIE"
    assert shown.text(".empty") == "No row loaded contains that."


def test_a_row_opens_its_connection(mount: Callable[..., Shown], server_url: str) -> None:
    """A click shows the connection with all that is around it; Back returns to the same row."""
    shown = mount(server=server_url, tool="search_connections", arguments={"where": {"name_contains": "chat bridge"}})
    shown.press("chat bridge")
    shown.goes_to("chat bridge")
    assert shown.seen()["calls"][0]["arguments"]["id"] == "1293384261260316325"
    assert "ID 1293384261260316325" in shown.text()
    assert shown.height <= 500
    shown.frame.locator("[data-key=all]").click()
    assert "Webhook credentials" in shown.text()
    assert "Webhook deliveries none in the last 24 hours" in shown.text()
    assert "masked as ***" in shown.text(".notes")
    assert shown.frame.evaluate("document.activeElement.tagName") == "H1"
    assert shown.barriers() == []
    shown.press("Back")
    shown.goes_to("Connections")
    assert shown.frame.evaluate("document.activeElement.dataset.key") == "open 0"


def test_columns_that_do_not_fit_are_shown_in_turn(mount: Callable[..., Shown], server_url: str) -> None:
    """The table never scrolls sideways: a button shows the other columns, and says how many there are."""
    shown = mount(server=server_url, tool="query_account", arguments={"sql": "SELECT * FROM connections"}, width=620)
    seen = shown.texts("thead th")
    while set(seen) >= set(shown.texts("thead th")[1:]) and len(seen) < 60:
        shown.press("More columns")
        seen += shown.texts("thead th")[1:]
        if shown.texts("thead th")[1] == seen[1]:
            break
    assert f"More columns ({len(shown.texts('thead th'))} of {len(set(seen))})" in shown.text("nav")
    assert {"Webhook event URL", "Updated at", "Outbound voice profile ID"} <= set(seen)


def test_where_it_is_narrow_rows_are_cards(mount: Callable[..., Shown], server_url: str) -> None:
    """On a phone there is no table: each connection is a card, with its type and state as words."""
    shown = mount(server=server_url, tool="search_connections", width=320)
    assert shown.frame.locator("table").count() == 0
    assert shown.texts(".cards > li")[0].startswith("reception@acme.example")
    assert "IP connection ● active" in shown.texts(".cards > li")[0].replace("Type ", "").replace("State ", "")
    shown.press("reception@acme.example")
    shown.goes_to("reception@acme.example")


def test_what_is_loaded_is_saved_as_csv(mount: Callable[..., Shown], server_url: str) -> None:
    """Where the host saves files it gets the rows loaded, and the page says how many of how many."""
    shown = mount(server=server_url, tool="search_connections", capabilities={"serverTools": {}, "downloadFile": {}})
    shown.press("Copy", exact=True)
    shown.press("Save as CSV")
    shown.says("Handed 10 rows of 55 to the host.")
    [file] = shown.seen()["downloads"]
    assert file["resource"]["mimeType"] == "text/csv"
    head, *rows = csv.reader(io.StringIO(file["resource"]["text"]))
    assert head[:4] == ["id", "connection_name", "record_type", "active"]
    assert len(rows) == 10
    assert rows[0][:4] == ["1293384261331476573", "reception@acme.example", "ip_connection", "true"]


def test_what_is_loaded_is_copied(mount: Callable[..., Shown], server_url: str) -> None:
    """Rows go to the clipboard, though the policy withholds its API; the page says how many of how many."""
    shown = mount(server=server_url, tool="search_connections", arguments={"limit": 2, "fields": ["connection_name"]})
    shown.press("Copy", exact=True)
    assert not shown.has_button("Save as CSV")
    shown.press("Copy as CSV")
    shown.says("Copied 2 rows of 55.")
    shown.host.context.grant_permissions(["clipboard-read"])
    shown.host.bring_to_front()
    copied = "connection_name\nreception@acme.example\nhooli-staging-fax\n"
    assert shown.host.evaluate("navigator.clipboard.readText()") == copied
    assert shown.frame.evaluate("document.activeElement.dataset.key") == "csv"


def test_what_cannot_be_copied_is_handed_over(mount: Callable[..., Shown], server_url: str) -> None:
    """Where the host forbids to copy, the text stands in a field, selected."""
    shown = mount(server=server_url, tool="search_connections", arguments={"limit": 2, "fields": ["connection_name"]})
    shown.frame.evaluate("() => { document.execCommand = () => false; }")
    shown.press("Copy", exact=True)
    shown.press("Copy as Markdown")
    shown.says("press Ctrl+C")
    selected = shown.frame.evaluate("document.activeElement.value.slice(0, document.activeElement.selectionEnd)")
    assert selected == "| connection\\_name |\n| --- |\n| reception@acme.example |\n| hooli-staging-fax |\n"
    assert shown.barriers() == []


def test_a_host_that_lets_the_page_ask_nothing(mount: Callable[..., Shown], server_url: str) -> None:
    """There the rows of the answer are shown, and nothing looks as if it could be clicked."""
    shown = mount(server=server_url, tool="search_connections", capabilities={})
    assert shown.texts(NAMES)[0] == "reception@acme.example"
    assert not shown.has_button("reception@acme.example")
    assert not shown.has_button("Load all")
    shown.press("Next")
    assert shown.frame.locator("[data-key=next][aria-disabled]").count() == 1
    assert shown.text(".place") == "6–10 of 55"
    shown.press("Name")
    shown.says("Sorted among the 10 rows loaded.")
