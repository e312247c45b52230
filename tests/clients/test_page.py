"""docs/clients.md names no client without a snippet."""

import re

from .snippets import PAGE, snippets

MAX_LINES = 10


def test_every_client_named_has_a_short_snippet() -> None:
    """Every row of its tables has a snippet of at most ten lines, which also runs over HTTP."""
    page = PAGE.read_text(encoding="utf-8")
    found = {snippet.name: snippet for snippet in snippets(page)}
    tables = re.findall(r"^\| (?:client|framework) \| version .*\n\|[-|]+\n((?:\|.*\n)+)", page, re.MULTILINE)
    rows = [row.split("|")[1].partition(":")[0].strip() for table in tables for row in table.splitlines()]
    assert len(tables) == 2
    assert sorted(found) == sorted(rows)
    for snippet in found.values():
        run = [line for line in snippet.text.splitlines() if "over HTTP: " not in line]
        assert len(run) <= MAX_LINES, snippet.name
        assert "/mcp" in (snippet.over_http("http://h/mcp") or ""), snippet.name
