"""A connection as a model is shown it: as a short summary, or in full; always cleaned and masked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from typing_extensions import TypedDict

from telnyx_connections_mcp.redaction import MASK
from telnyx_connections_mcp.redaction.names import is_secret_name
from telnyx_connections_mcp.redaction.rows import distinct, is_set, secret_names
from telnyx_connections_mcp.redaction.texts import mask_text, may_hold
from telnyx_connections_mcp.redaction.urls import mask_url, url_host
from telnyx_connections_mcp.telnyx.models import CONNECTION_FIELDS, Connection
from telnyx_connections_mcp.text.cleaning import clean, cut

Detail = Literal["summary", "full"]

UNREADABLE = "\ufffd"
SUMMARY_LIMIT = 256
FULL_LIMIT = 4096
MOST_MADE = 1000
"""Summaries that are remembered of one fleet: a few rows of it are shown again and again."""
_UTC = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+(?:Z|\+00:?00)?")
_WHOLE_URL = re.compile(r"\s*[A-Za-z][A-Za-z0-9+.-]{0,30}://")


class ConnectionSummary(TypedDict, total=False):
    """What one needs to recognise and compare connections; what is not set is not there."""

    id: str
    connection_name: str
    record_type: str
    active: bool
    created_at: str
    updated_at: str
    outbound_voice_profile_id: str
    tags: list[str]
    webhook_host: str
    webhook_failover_host: str
    webhook_api_version: str
    anchorsite_override: str


@dataclass(slots=True)
class Cleaner:
    """Cleans texts and counts what it changed, because an answer says so."""

    cleaned: int = 0
    replaced: int = 0
    cut: int = 0
    masked: int = 0

    def text(self, text: str, limit: int = SUMMARY_LIMIT) -> str:
        """`text` without invisible characters and secrets, of at most `limit` characters."""
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
        """What stands for a value that is secret as a whole."""
        self.masked += 1
        return MASK

    def _masked(self, visible: str, masked: str, limit: int) -> str:
        """`masked`, cut only now: half a secret is not known for one."""
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

    def changes(self) -> str | None:
        """What was changed, in words; None when nothing was."""
        said = [
            f"{count} {noun}{'' if count == 1 else 's'} {what}"
            for count, noun, what in (
                (self.cleaned, "text", "lost invisible or control characters"),
                (self.replaced, "text", f"with {UNREADABLE} where a character could not be read"),
                (self.cut, "text", "cut"),
                (self.masked, "value", "masked as *** for what is, or may be, secret"),
            )
            if count
        ]
        return "; ".join(said) or None


def summary_once(connection: Connection, cleaner: Cleaner, made: dict[int, Any]) -> dict[str, Any]:
    """The summary, which may be among those `made` of the same fleet, of which the first 1,000 are remembered.

    It is shared by answers: nobody changes it.
    """
    known = made.get(id(connection))
    if known is None:
        own = Cleaner()
        known = view(connection, "summary", own), own
        if len(made) < MOST_MADE:
            made[id(connection)] = known
    row: dict[str, Any] = known[0]
    cleaner.add(known[1])
    return row


def view(connection: Connection, detail: Detail, cleaner: Cleaner) -> dict[str, Any]:
    """`connection` in the detail asked for."""
    if connection.cut:
        cleaner.cut += _cut_before(connection, detail)
    return dict(summarize(connection, cleaner)) if detail == "summary" else in_full(connection, cleaner)


def _cut_before(connection: Connection, detail: Detail) -> int:
    """How many of the fields shown were cut before; a text that is still too long is counted where it is cut again."""
    fields, limit = connection.as_fields(), FULL_LIMIT if detail == "full" else SUMMARY_LIMIT
    shown = [name for name in connection.cut if detail == "full" or name in CONNECTION_FIELDS]
    return sum(not (isinstance(value := fields.get(name), str) and len(value) > limit) for name in shown)


def summarize(connection: Connection, cleaner: Cleaner) -> ConnectionSummary:
    """The summary: empty values, the default anchor site and everything but the host of a webhook are left out."""
    row: dict[str, Any] = {
        "id": connection.id,
        "connection_name": connection.connection_name,
        "record_type": connection.record_type,
        "active": connection.active,
        "created_at": _day(connection.created_at),
        "updated_at": _day(connection.updated_at),
        "outbound_voice_profile_id": connection.outbound_voice_profile_id,
        "tags": [cleaner.text(tag) for tag in connection.tags or ()],
        "webhook_host": _host(connection.webhook_event_url),
        "webhook_failover_host": _host(connection.webhook_event_failover_url),
        "webhook_api_version": connection.webhook_api_version,
        "anchorsite_override": (
            None if connection.anchorsite_override == "Latency" else connection.anchorsite_override
        ),
    }
    shown = {
        name: cleaner.text(value) if isinstance(value, str) else value
        for name, value in row.items()
        if value or value is False
    }
    return cast("ConnectionSummary", shown)


def _day(time: str | None) -> str | None:
    """The day of a time in UTC, at seven tokens less than the time; any other text as it is."""
    return time[:10] if time and _UTC.fullmatch(time) else time


def _host(url: str | None) -> str | None:
    """The host of a webhook; None when none is set."""
    if not url:
        return None
    return url_host(url) or "(unreadable)"


def in_full(connection: Connection, cleaner: Cleaner) -> dict[str, Any]:
    """Every field of the API, unknown ones included, with secrets masked and long texts cut."""
    return fields_in_full(connection.as_fields(), cleaner)


def fields_in_full(row: Mapping[str, Any], cleaner: Cleaner) -> dict[str, Any]:
    """The same of any object of the API."""
    secret = secret_names(row)
    values = [
        cleaner.secret() if name in secret and is_set(value) else _full_value(name, value, cleaner)
        for name, value in row.items()
    ]
    return dict(zip(distinct(cleaner.text(name, 64) for name in row), values, strict=True))


def _full_value(name: str, value: Any, cleaner: Cleaner) -> Any:
    if isinstance(value, str):
        if value and (name.lower().endswith(("url", "urls")) or ("://" in value and _WHOLE_URL.match(value))):
            return cleaner.url(value)
        return cleaner.text(value, FULL_LIMIT)
    if isinstance(value, Mapping):
        return fields_in_full(value, cleaner)
    if isinstance(value, list):
        if len(value) == 2 and isinstance(value[0], str) and is_set(value[1]) and is_secret_name(value[0]):
            return [_full_value(name, value[0], cleaner), cleaner.secret()]  # as headers may come
        return [_full_value(name, item, cleaner) for item in value]
    return value
