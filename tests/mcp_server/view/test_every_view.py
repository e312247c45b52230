"""Every view, in both themes, wide and narrow: low enough for a chat, and nobody is kept out."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.mcp_server.view.shown import Shown

MONTHS = "SELECT strftime('%Y-%m', created_at) AS month, count(*) AS connections FROM connections GROUP BY month"
VIEWS: dict[str, tuple[str, dict[str, Any], str]] = {
    "rows": ("search_connections", {}, "Connections"),
    "bars": ("search_connections", {"group_by": ["record_type"]}, "Connections by type"),
    "grouped bars": ("search_connections", {"group_by": ["record_type", "active"]}, "Connections by type and state"),
    "years": ("search_connections", {"group_by": ["created_year"]}, "Connections by year"),
    "months": ("query_account", {"sql": MONTHS}, "Result"),
    "a wide result": ("query_account", {"sql": "SELECT * FROM connections"}, "Result"),
    "findings": ("audit_connections", {}, "Findings"),
    "no rows": ("search_connections", {"where": {"name_contains": "zzz"}}, "Connections"),
    "a count": ("search_connections", {"limit": 0}, "Connections"),
    "an error": ("search_connections", {"wher": {}}, "No answer"),
}
HIGHEST = 500  # pixels in a chat


@pytest.mark.parametrize("name", VIEWS)
def test_it_fits_a_chat_and_keeps_nobody_out(name: str, mount: Callable[..., Shown], server_url: str) -> None:
    """In both themes, wide and as narrow as a phone, axe finds nothing, and the page is at most 500 px high."""
    tool, arguments, title = VIEWS[name]
    shown = mount(server=server_url, tool=tool, arguments=arguments)
    assert shown.title == title
    for width, theme in ((760, "light"), (760, "dark"), (320, "dark"), (320, "light")):
        shown.retheme(theme)
        shown.resize(width)
        assert shown.barriers() == []
        assert shown.height <= HIGHEST
        assert shown.frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert shown.seen()["heights"][-1] == shown.height


def test_axe_would_see_a_barrier(mount: Callable[..., Shown], server_url: str) -> None:
    """The check above is worth something: it trips on a button without a name and on text too pale to read."""
    shown = mount(server=server_url, tool="search_connections")
    shown.frame.evaluate("""() => {
        document.querySelector('main').append(document.createElement('button'));
        document.querySelector('.sentence').style.color = '#bbbbbb';
    }""")
    assert {barrier.partition(":")[0] for barrier in shown.barriers()} == {"button-name", "color-contrast"}


def test_it_is_as_light_as_its_host(mount: Callable[..., Shown], server_url: str) -> None:
    """The page lets the host's card through and takes over its colours and font; without a theme it has its own."""
    variables = {"--color-text-primary": "rgb(1, 2, 3)", "--font-sans": "monospace", "--bad": "url(x)"}
    shown = mount(server=server_url, tool="search_connections", context={"styles": {"variables": variables}})
    style = "getComputedStyle(document.body)"
    assert shown.frame.evaluate(f"{style}.backgroundColor") == "rgba(0, 0, 0, 0)"
    assert shown.frame.evaluate(f"{style}.color") == "rgb(1, 2, 3)"
    assert shown.frame.evaluate(f"{style}.fontFamily") == "monospace"
    assert shown.frame.evaluate("document.documentElement.style.getPropertyValue('--bad')") == ""
    unthemed = mount(server=server_url, tool="search_connections", theme=None)
    assert unthemed.frame.evaluate(f"{style}.backgroundColor") == "rgb(255, 255, 255)"
    assert unthemed.barriers() == []


def test_nothing_moves(mount: Callable[..., Shown], server_url: str) -> None:
    """The page has no transition and no animation, whatever a person's system asks for."""
    shown = mount(server=server_url, tool="search_connections", arguments={"group_by": ["record_type"]})
    moving = """[...document.querySelectorAll('*')].filter(one => {
        const {transitionDuration, animationName} = getComputedStyle(one);
        return parseFloat(transitionDuration) || animationName !== 'none';
    }).length"""
    assert shown.frame.evaluate(moving) == 0


def test_every_target_is_large_enough_for_a_finger(mount: Callable[..., Shown], server_url: str) -> None:
    """Buttons and the filter are at least 44 px wide and high, wide and narrow."""
    for width in (760, 320):
        for tool in ("search_connections", "audit_connections"):
            shown = mount(server=server_url, tool=tool, width=width)
            small = """[...document.querySelectorAll('button, input')].filter(one => {
                const {width, height} = one.getBoundingClientRect();
                return width < 44 || height < 44;
            }).map(one => one.outerHTML)"""
            assert shown.frame.evaluate(small) == []


def test_full_screen_shows_more(mount: Callable[..., Shown], server_url: str) -> None:
    """Where the host offers full screen, it shows 50 rows; where it does not, there is no such button."""
    shown = mount(server=server_url, tool="search_connections", arguments={"limit": 55})
    assert 2 <= len(shown.texts("tbody tr")) <= 5
    shown.press("Full screen")
    shown.wait("tbody:has(tr:nth-child(50))")
    assert shown.barriers() == []
    shown.press("Back to chat")
    shown.wait("tbody:not(:has(tr:nth-child(6)))")
    plain = mount(server=server_url, tool="search_connections", context={"availableDisplayModes": ["inline"]})
    assert not plain.has_button("Full screen")
