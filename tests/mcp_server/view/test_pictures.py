"""The pictures of the page in docs/view/, which the README shows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.mcp_server.view.shown import Shown

ROOT = Path(__file__).parents[3]
PICTURES = ROOT / "docs" / "view"
SHOWN: dict[str, tuple[str, dict[str, Any], str]] = {
    "rows-light": ("search_connections", {"where": {"active": True}}, "table"),
    "bars-dark": ("search_connections", {"group_by": ["record_type"]}, ".bars"),
    "findings-light": ("audit_connections", {}, ".findings"),
    "years-dark": ("search_connections", {"group_by": ["created_year", "active"]}, ".columns"),
}
LARGEST = 90_000
"""Bytes of one picture: they are part of every checkout."""


@pytest.mark.parametrize("name", SHOWN)
def test_the_readme_shows_pictures_of_the_page(
    name: str, mount: Callable[..., Shown], server_url: str, request: pytest.FixtureRequest
) -> None:
    """Each picture is small and shown by the README with words in its place; `--renew` takes them again."""
    tool, arguments, selector = SHOWN[name]
    shown = mount(server=server_url, tool=tool, arguments=arguments, theme=name.rpartition("-")[2])
    assert shown.frame.locator(selector).is_visible()
    picture = PICTURES / f"{name}.png"
    if request.config.getoption("--renew"):
        PICTURES.mkdir(exist_ok=True)
        frame = shown.host.viewport_size | {"x": 0, "y": 0, "height": shown.height + 32}
        shown.host.screenshot(path=picture, clip=frame)
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < LARGEST
    assert f"](docs/view/{picture.name})" in (ROOT / "README.md").read_text("utf-8")
