"""The spellings of a text whose case and accents are ignored when it is compared."""

from collections.abc import Mapping
from typing import Any

from telnyx_connections_mcp.redaction.values import distinct
from telnyx_connections_mcp.text.cleaning import cut, spelled


def spellings(counts: Mapping[str, int], number: int, longest: int) -> dict[str, Any]:
    r"""`{"spellings": {"acme": 3, "acme\u0020": 1}}`, if there are several, or one that is not what it looks like.

    `counts` are the first of `number` spellings; `more_spellings` counts the others.
    """
    if len(counts) < 2 and all(spelled(text) == text for text in counts):
        return {}
    names = distinct(cut(spelled(text), longest) for text in counts)
    more = number - len(counts)
    return {"spellings": dict(zip(names, counts.values(), strict=True))} | ({"more_spellings": more} if more else {})
