"""Shows a change to the user: what is removed and added, with secrets masked."""

import json
import re
from collections.abc import Iterable, Iterator
from difflib import unified_diff

from telnyx_connections_mcp.redaction import MASK
from telnyx_connections_mcp.redaction.texts import mask_text
from telnyx_connections_mcp.text.cleaning import clean, cut

_WIDEST = 160
_REFERENCE = re.compile(r"\$(?:\w{0,64}|\{[^{}]{1,128}\})")
"""`$TOKEN`, `${TOKEN}`, `${input:key}`; an unquoted value ends before the `{`."""


def difference(before: str, after: str, own: str = "", secrets: Iterable[str] = ()) -> Iterator[str]:
    """The lines of a unified diff without header and context, which are not ours to show.

    What is secret (see `redaction`) shows as `***`, ours and other servers' alike, unless it is a reference; so do the
    values `secrets`, whose name may be in an earlier line. Long removed lines are cut, but not within `own`, a part of
    `before`.
    """
    values = {json.dumps(text, ensure_ascii=ascii_only) for text in secrets for ascii_only in (True, False)}
    hidden = [value for value in values if not _is_reference(value[1:-1])]
    pieces = own.splitlines()
    lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    for number, line in enumerate(lines):
        for value in hidden:
            line = line.replace(value, f'"{MASK}"')  # noqa: PLW2901  # the same line, as it may be shown
        if number >= 2 and not line.startswith("@@"):
            kept = line[1:] if line[0] == "+" else max((part for part in pieces if part in line), key=len, default="")
            left, kept, right = line[1:].partition(kept) if kept else (line[1:], "", "")
            yield line[0] + cut(_shown(left), _WIDEST) + _shown(kept) + cut(_shown(right), _WIDEST)


def _shown(text: str) -> str:
    return mask_text(clean(text.replace("\t", "    ")), is_reference=_is_reference)


def _is_reference(value: str) -> bool:
    return _REFERENCE.fullmatch(value) is not None
