"""`demo --app` in a browser: what a person sees without any chat client."""

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def demo(browser: Any) -> Iterator[Any]:
    """The page of `demo --app` in a browser; nothing may be asked of any other machine, nor complained of."""
    command = [sys.executable, "-m", "telnyx_connections_mcp", "demo", "--app"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        found = re.search(r"http://127\.0\.0\.1:[0-9]+/", process.stderr.readline())
        assert found is not None
        page = browser.new_page()
        page.set_default_timeout(10_000)
        asked: list[str] = []
        complaints: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        try:
            page.goto(found[0])
            yield page
        finally:
            page.close()
            process.terminate()
        assert all(url.startswith((found[0], "data:")) for url in asked)
        assert complaints == []


def test_a_person_sees_every_kind_of_answer(demo: Any, axe: str) -> None:
    """Findings first; each question shows its answer, a bar lists its connections, and a row opens one."""
    frame = demo.frame_locator("iframe")
    heading = frame.get_by_role("heading", level=1)
    heading.filter(has_text="Findings").wait_for()
    assert (
        demo.evaluate(
            f"() => {{ {axe} ; return axe.run(document, {{iframes: false}}).then(found => found.violations.length) }}"
        )
        == 0
    )
    for question, title in (
        ("Created per month", "Result"),
        ("A mistake", "No answer"),
        ("Newest connections", "Connections"),
        ("Active by year", "Connections by year and state"),
        ("How many of each type?", "Connections by type"),
    ):
        demo.get_by_role("button", name=question).click()
        heading.filter(has_text=re.compile(f"^{title}$")).wait_for()
    frame.get_by_role("button", name="FQDN connection").click()
    heading.filter(has_text=re.compile("^Connections$")).wait_for()
    frame.locator("button.open").first.click()
    frame.locator("dl").first.wait_for()
    assert "search_connections" in demo.inner_text("#asked")


def test_the_person_chooses_theme_and_width(demo: Any) -> None:
    """The page follows at once, and takes the whole window where it is asked to."""
    frame = demo.frame_locator("iframe")
    demo.get_by_role("button", name="Newest connections").click()
    frame.locator("table").wait_for()
    demo.get_by_role("button", name="Dark theme").click()
    frame.locator("html[data-theme=dark]").wait_for()
    frame.get_by_role("button", name="Full screen").click()
    demo.locator("#place.full").wait_for()
    frame.get_by_role("button", name="Back to chat").click()
    demo.get_by_role("button", name="As narrow as a phone").click()
    frame.locator(".cards").wait_for()
