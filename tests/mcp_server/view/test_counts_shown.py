"""Counts as bars and columns, and findings: what a click lists is as many as the page said."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.mcp_server.view.shown import Shown

KEYS = [
    ["record_type"],
    ["active"],
    ["tag"],
    ["webhook_host"],
    ["outbound_voice_profile_id"],
    ["connection_name"],
    ["created_year"],
    ["record_type", "active"],
    ["created_year", "tag"],
]


@pytest.mark.parametrize("keys", KEYS, ids=" and ".join)
def test_a_bar_lists_as_many_as_it_says(keys: list[str], mount: Callable[..., Shown], server_url: str) -> None:
    """Every bar that can be clicked lists the connections that it counts, no more and no fewer."""
    asked = {"group_by": keys, "limit": 30}
    shown = mount(server=server_url, tool="search_connections", arguments=asked)
    title, bars = shown.title, shown.frame.locator("button.bar, button.column")
    assert bars.count()
    for place in {0, bars.count() - 1}:
        bar = bars.nth(place)
        said = int(bar.locator(".value").inner_text().strip(" :"))
        bar.click()
        shown.goes_to("Connections")
        total = shown.text(".place").rpartition(" ")[2] if shown.frame.locator(".place").count() else None
        assert int(total or len(shown.texts("tbody tr"))) == said
        assert shown.text(".sentence").startswith(f"{said} connection")
        shown.press("Back")
        shown.goes_to(title)


def test_bars_are_as_long_as_their_counts(mount: Callable[..., Shown], server_url: str) -> None:
    """The longest bar fills its track, and every other is in proportion; the count stands beside it."""
    shown = mount(server=server_url, tool="search_connections", arguments={"group_by": ["record_type"]})
    measure = "one => [one.querySelector('.fill').style.width, one.querySelector('.value').textContent]"
    bars = shown.frame.evaluate(f"[...document.querySelectorAll('.bar')].map({measure})")
    assert bars[0] == ["100%", ": 13"]
    assert bars[2] == [f"{800 / 13:.4f}%", ": 8"] or bars[2][0].startswith("61.5")


def test_bars_can_be_read_as_a_table(mount: Callable[..., Shown], server_url: str) -> None:
    """The same counts stand in a table, which sorts them, for whoever cannot see bars."""
    shown = mount(server=server_url, tool="search_connections", arguments={"group_by": ["record_type", "active"]})
    shown.press("Table")
    assert shown.texts("thead th") == ["Type", "State", "Count"]
    assert shown.texts("tbody tr")[0] == "Call control application ● active 10"
    shown.press("Count")
    shown.wait("th[aria-sort=ascending]")
    assert shown.texts("tbody td:nth-child(3)")[0] == "1"
    shown.press("Chart")
    assert shown.frame.locator(".bar").count()


def test_bars_of_one_first_key_stand_together(mount: Callable[..., Shown], server_url: str) -> None:
    """With two keys the bars of a type follow each other, the type with most connections first."""
    shown = mount(server=server_url, tool="search_connections", arguments={"group_by": ["record_type", "active"]})
    labels = [label.partition(" · ")[0] for label in shown.texts(".bar .label")]
    assert labels[:4] == ["Call control application"] * 2 + ["IP connection"] * 2
    assert labels == sorted(labels, key=labels.index)


def test_a_yes_says_to_what(mount: Callable[..., Shown], server_url: str) -> None:
    """Values that say nothing by themselves stand with the name of their key."""
    shown = mount(server=server_url, tool="search_connections", arguments={"group_by": ["has_numbers", "srtp"]})
    labels = shown.texts(".bar .label")
    assert "Has numbers: yes · SRTP: no" in labels
    assert any(label.startswith("Has numbers: no · SRTP: –") for label in labels)


def test_time_runs_from_left_to_right(mount: Callable[..., Shown], server_url: str) -> None:
    """Years stand in order, not the largest first; months without a row keep their place, without a number."""
    years = mount(server=server_url, tool="search_connections", arguments={"group_by": ["created_year"]})
    labels = [label.removeprefix("in ") for label in years.texts(".column .label")]
    assert labels == sorted(labels)
    sql = "SELECT strftime('%Y-%m', created_at) AS month, count(*) FROM connections GROUP BY month"
    months = mount(server=server_url, tool="query_account", arguments={"sql": sql})
    labels = [label.removeprefix("in ") for label in months.texts(".column .label")]
    assert labels == sorted(labels)
    assert labels[-1] == "2026-10"
    assert "2026-09" in labels
    assert months.frame.locator(".none", has_text="2026-09").locator(".value").count() == 0
    assert months.frame.locator("[data-key=next][aria-disabled]").count() == 1
    months.press("Earlier")
    assert "2026-10" not in " ".join(months.texts(".column .label"))


def test_more_groups_are_loaded(mount: Callable[..., Shown], server_url: str) -> None:
    """Groups beyond the answer's limit are loaded through the host, and counted in full."""
    asked = {"group_by": ["connection_name"], "limit": 9}
    shown = mount(server=server_url, tool="search_connections", arguments=asked)
    assert shown.text(".place").endswith(" of 53")
    shown.press("Load all 53")
    shown.says("Loaded 53 of 53 groups.")
    assert not shown.has_button("Load all")


@pytest.mark.parametrize(
    ("columns", "rows", "chart"),
    [
        (["host", "n"], [["a", 1], ["b", 2]], True),
        (["host", "site", "n"], [["a", None, 1.5], ["a", "x", 2]], True),
        (["host", "n"], [["a", 1], ["a", 2]], False),
        (["host", "n"], [["a", 1], ["b", -2]], False),
        (["host", "n"], [["a", 1], ["b", None]], False),
        (["a", "b"], [[1, 2], [3, 4]], False),
        (["n"], [[1], [2]], False),
        (["a", "b", "c", "n"], [["a", "b", "c", 1], ["a", "b", "d", 1]], False),
    ],
)
def test_only_what_counts_is_drawn_as_bars(
    columns: list[str], rows: list[list[Any]], *, chart: bool, mount: Callable[..., Shown], server_url: str
) -> None:
    """A statement's rows become bars if they are one number for each text, or pair of texts; else they stay a table."""
    data = {"summary": "Rows.", "columns": columns, "rows": rows}
    result = {"content": [], "structuredContent": data}
    shown = mount(server=server_url, tool="query_account", result=result)
    assert bool(shown.frame.locator(".bar").count()) == chart
    assert bool(shown.frame.locator("table").count()) != chart


def test_findings_are_listed_worst_first(mount: Callable[..., Shown], server_url: str) -> None:
    """Each has its severity as a word, why it matters and what to do."""
    shown = mount(server=server_url, tool="audit_connections", context={"displayMode": "fullscreen"})
    severities = [severity.split()[-1] for severity in shown.texts(".severity")]
    assert severities == sorted(severities, key=["Error", "Warning", "Info"].index)
    first = shown.texts(".findings > li")[0]
    assert first.startswith("✕ Error Profile disabled")
    assert "Do: Enable the profile" in first


def test_a_finding_lists_all_its_connections(mount: Callable[..., Shown], server_url: str) -> None:
    """A click lists as many connections as the finding counts; those with the same name are counted by it."""
    shown = mount(server=server_url, tool="audit_connections", context={"displayMode": "fullscreen"})
    for check, number in (("Webhook credentials", 3), ("Suspicious text", 4)):
        shown.press(f"List {number} with {check}")
        shown.goes_to("Connections")
        assert len(shown.texts("tbody tr")) == number
        assert shown.text(".sentence").startswith(f"{number} connections")
        shown.press("Back")
        shown.goes_to("Findings")
    shown.press("with Duplicate name")
    shown.goes_to("Connections by name")
    assert shown.barriers() == []


def test_no_finding_is_said(mount: Callable[..., Shown], server_url: str) -> None:
    """An audit that found nothing says so."""
    asked = {"checks": ["near_connection_limit"]}
    shown = mount(server=server_url, tool="audit_connections", arguments=asked)
    assert shown.text(".empty") == "Nothing found."
