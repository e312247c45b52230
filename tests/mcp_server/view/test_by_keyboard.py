"""Everything works without a mouse and without sight."""

import re
from collections.abc import Callable

from tests.mcp_server.view.shown import Shown

FOCUSED = "document.activeElement.textContent || document.activeElement.ariaLabel || ''"


def tab_through(shown: Shown) -> list[str]:
    """What the Tab key reaches, in order, from the start of the page on."""
    reached: list[str] = []
    shown.frame.evaluate("() => { document.activeElement.blur(); }")
    shown.frame.locator("h1").focus()
    while True:
        shown.host.keyboard.press("Tab")
        if shown.frame.evaluate("document.activeElement === document.body || !document.hasFocus()"):
            return reached
        said = shown.frame.evaluate(FOCUSED)
        assert shown.frame.evaluate("document.activeElement.matches(':focus-visible')")
        reached.append(said)
        assert len(reached) < 60


def test_tab_reaches_everything_in_the_order_it_is_read(mount: Callable[..., Shown], server_url: str) -> None:
    """Tools, columns, rows, pages: nothing is left out, nothing is a trap, and the focus is always seen."""
    shown = mount(
        server=server_url, tool="search_connections", arguments={"fields": ["id", "connection_name", "active"]}
    )
    reached = tab_through(shown)
    assert reached[:5] == ["Filter the 10 rows loaded", "Copy", "Full screen", "Name", "State"]
    assert reached[5] == "reception@acme.example"
    assert reached[10:] == ["‹ Previous", "Next ›", "Load all 55"]


def test_a_walk_from_a_bar_to_a_connection_and_back(mount: Callable[..., Shown], server_url: str) -> None:
    """Enter opens, the focus follows to the heading, and Back returns to where one was."""
    arguments = {"checks": ["application_without_webhook"]}
    shown = mount(server=server_url, tool="audit_connections", arguments=arguments)
    shown.frame.get_by_role("button", name="List 2 with Application without webhook").focus()
    shown.host.keyboard.press("Enter")
    shown.goes_to("Connections")
    assert shown.frame.evaluate("document.activeElement.tagName") == "H1"
    shown.frame.get_by_role("button", name="initech-prod-tokyo").focus()
    shown.host.keyboard.press("Space")
    shown.goes_to("initech-prod-tokyo")
    for title in ("Connections", "Findings"):
        shown.frame.get_by_role("button", name="Back").focus()
        shown.host.keyboard.press("Enter")
        shown.goes_to(title)
    assert "Application without webhook" in shown.frame.evaluate(FOCUSED)


def test_the_focus_stays_when_the_page_is_drawn_anew(mount: Callable[..., Shown], server_url: str) -> None:
    """Turning pages, sorting and another width leave the focus on the same control, even where it has nothing to do."""
    shown = mount(server=server_url, tool="search_connections", arguments={"limit": 12, "fields": ["connection_name"]})
    focused = "document.activeElement.dataset.key"
    shown.frame.get_by_role("button", name="Next").focus()
    shown.host.keyboard.press("Enter")
    shown.wait(".place[data-first='5']")
    assert shown.frame.evaluate(focused) == "next"
    shown.host.set_viewport_size({"width": 360, "height": 560})
    shown.wait(".cards")
    assert shown.frame.evaluate(focused) == "next"
    shown.frame.get_by_role("button", name="Previous").focus()
    for _ in range(3):
        shown.host.keyboard.press("Enter")
    assert shown.frame.evaluate(focused) == "previous"
    assert shown.frame.evaluate("document.activeElement.ariaDisabled") == "true"


def test_one_place_tells_a_screen_reader_what_happens(mount: Callable[..., Shown], server_url: str) -> None:
    """There is one status, it stays the same element, and tables say what they are and how they are sorted."""
    shown = mount(server=server_url, tool="search_connections")
    assert shown.frame.get_by_role("status").count() == 1
    shown.frame.evaluate("() => { document.querySelector('#status').dataset.kept = 'yes'; }")
    shown.press("Load all 55")
    shown.says("Loaded 55 of 55 rows.")
    assert shown.frame.evaluate("document.querySelector('#status').dataset.kept") == "yes"
    table = shown.frame.get_by_role("table", name=re.compile("^Connections, 1–[45] of 55$"))
    assert table.get_by_role("columnheader").count() == len(shown.texts("thead th"))
    assert table.get_by_role("rowheader").count() == len(shown.texts("tbody tr"))
    assert shown.frame.locator("th[aria-sort]").count() == len(shown.texts("thead th"))


def test_it_works_at_twice_the_size(mount: Callable[..., Shown], server_url: str) -> None:
    """At a zoom of 200 %, which halves the width, nothing is cut off sideways and all of it can be used."""
    for tool in ("search_connections", "audit_connections"):
        shown = mount(server=server_url, tool=tool, width=380)
        assert shown.frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
        shown.frame.get_by_role("button", name="Next").click()
        assert shown.barriers() == []
