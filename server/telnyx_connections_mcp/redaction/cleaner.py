"""Cleans, masks and cuts other people's text, counting the changes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from telnyx_connections_mcp.redaction import MASK
from telnyx_connections_mcp.redaction.texts import mask_text, may_hold
from telnyx_connections_mcp.redaction.urls import mask_url
from telnyx_connections_mcp.redaction.values import distinct, is_secret_pair, is_set, secret_names
from telnyx_connections_mcp.text.cleaning import clean, cut

UNREADABLE = "\ufffd"
SUMMARY_LIMIT = 256
"""Longest text in a summary, in characters."""
FULL_LIMIT = 4096
"""Longest text in a full row, in characters."""
_WHOLE_URL = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]{0,30}://")


@dataclass(slots=True)
class Cleaner:
    """Cleans texts and counts the changes, which answers report."""

    cleaned: int = 0
    replaced: int = 0
    cut: int = 0
    masked: int = 0

    def text(self, text: str, limit: int = SUMMARY_LIMIT) -> str:
        """`text` without invisible characters and secrets, cut to `limit` characters."""
        if len(text) <= limit and text.isascii() and text.isprintable() and not may_hold(text):
            return text  # nearly every text: this is a hot path
        visible = clean(text)
        self.cleaned += visible != text
        return self._masked(visible, mask_text(visible), limit)

    def url(self, url: str, limit: int = FULL_LIMIT) -> str:
        """`url` without its secrets, cleaned and bounded like any text."""
        visible = clean(url)
        self.cleaned += visible != url
        return self._masked(visible, mask_url(visible), limit)

    def secret(self) -> str:
        """The mask for a value that is wholly secret."""
        self.masked += 1
        return MASK

    def _masked(self, visible: str, masked: str, limit: int) -> str:
        """`masked`, cut after masking: half a secret would not be recognized."""
        self.replaced += UNREADABLE in visible
        self.masked += masked != visible
        short = cut(masked, limit)
        self.cut += short != masked
        return short

    def add(self, other: "Cleaner") -> None:
        """Count what `other` changed, too."""
        self.cleaned += other.cleaned
        self.replaced += other.replaced
        self.cut += other.cut
        self.masked += other.masked

    def changes(self, where_cleaned: str = "") -> str | None:
        """The changes in words, if any; `where_cleaned` is appended to the part about invisible characters."""
        changes = [
            f"{count} {noun}{'' if count == 1 else 's'} {what}"
            for count, noun, what in (
                (self.cleaned, "text", f"lost invisible or control characters{where_cleaned}"),
                (self.replaced, "text", f"with {UNREADABLE} where a character could not be read"),
                (self.cut, "text", "cut"),
                (self.masked, "value", "masked as *** (secret, or possibly secret)"),
            )
            if count
        ]
        return "; ".join(changes) or None


def fields_in_full(row: Mapping[str, Any], cleaner: Cleaner) -> dict[str, Any]:
    """Every field of an object of the API, unknown ones included, with secrets masked and long texts cut."""
    secret = secret_names(row)
    values = [
        cleaner.secret() if name in secret and is_set(value) else value_in_full(name, value, cleaner)
        for name, value in row.items()
    ]
    return dict(zip(distinct(cleaner.text(name, 64) for name in row), values, strict=True))


def value_in_full(name: str, value: Any, cleaner: Cleaner) -> Any:
    """The value of the field `name` in full; whether it is a secret by its name is not looked at."""
    if isinstance(value, str):
        if value and (name.lower().endswith(("url", "urls")) or ("://" in value and _WHOLE_URL.match(value))):
            return cleaner.url(value)
        return cleaner.text(value, FULL_LIMIT)
    if isinstance(value, Mapping):
        return fields_in_full(value, cleaner)
    if isinstance(value, list):
        if is_secret_pair(value):
            return [value_in_full(name, value[0], cleaner), cleaner.secret()]
        return [value_in_full(name, item, cleaner) for item in value]
    return value
