"""The page of the interactive view, as the server hands it out: small, whole, and without a way out or in."""

import re

import pytest

from telnyx_connections_mcp.mcp_server.view.page import page

MOST_BYTES = 64 * 1024


def test_it_is_one_small_document() -> None:
    """Hosts load nothing else: style and scripts stand inside, and every marker of the template is filled."""
    document = page()
    assert document.startswith("<!doctype html>")
    assert len(document.encode()) < MOST_BYTES
    assert "/* style */" not in document
    assert "/* script */" not in document
    assert "ui/initialize" in document


def test_it_names_no_address() -> None:
    """Nothing in it could be loaded or opened from anywhere."""
    assert re.findall(r"\b(?:https?|wss?|data|blob|javascript):[^\s]", page()) == []
    assert re.findall(r"(?:\bsrc|\bhref|@import|url\()", page()) == []


@pytest.mark.parametrize(
    "way",
    [
        *(
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "DOMParser",
            "setHTML",
            "eval(",
            "Function(",
        ),
        *("fetch(", "XMLHttpRequest", "WebSocket", "EventSource", "sendBeacon", "importScripts", "import("),
        *("localStorage", "sessionStorage", "indexedDB", "cookie", "window.open"),
        *("ui/message", "ui/update-model-context", "ui/open-link"),
    ],
)
def test_it_has_no_way_for_text_to_become_code_or_to_leave(way: str) -> None:
    """Texts of an account are shown as text; none is parsed, stored, sent, or put in the user's mouth."""
    assert way not in page()
