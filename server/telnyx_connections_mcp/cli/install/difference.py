"""A change as a person can judge it: what goes and what comes, secrets masked."""

from collections.abc import Iterator
from difflib import unified_diff

from telnyx_connections_mcp.redaction.texts import mask_text
from telnyx_connections_mcp.text.cleaning import clean, cut

_WIDEST = 160


def difference(before: str, after: str, own: str = "") -> Iterator[str]:
    """The lines of a unified diff without header and context: the neighbours are not ours to show.

    What is secret (see `redaction`) shows as `***`, ours and other servers' alike, unless it is a reference. Long lines
    that go are cut, but not inside `own`, a part of `before`.
    """
    pieces = own.splitlines()
    lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    for number, line in enumerate(lines):
        if number >= 2 and not line.startswith("@@"):
            kept = line[1:] if line[0] == "+" else max((part for part in pieces if part in line), key=len, default="")
            left, kept, right = line[1:].partition(kept) if kept else (line[1:], "", "")
            yield line[0] + cut(_shown(left), _WIDEST) + _shown(kept) + cut(_shown(right), _WIDEST)


def _shown(text: str) -> str:
    return mask_text(clean(text.replace("\t", "    ")), is_reference=lambda value: value.startswith("$"))
