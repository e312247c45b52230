"""The parts of an answer about what surrounds a connection.

In full they have rows as Telnyx has them. In a summary rows are texts; of many parts it has the first few rows, and
nothing that the sentence says already.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telnyx_connections_mcp.answers.changes import Changes
from telnyx_connections_mcp.answers.row_texts import ROW_TEXTS
from telnyx_connections_mcp.answers.rows import shown_row
from telnyx_connections_mcp.answers.wording import word
from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS
from telnyx_connections_mcp.inventory.kinds.outbound_voice_profiles import OUTBOUND_VOICE_PROFILES
from telnyx_connections_mcp.inventory.kinds.sip_registrations import SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.record import Record
from telnyx_connections_mcp.inventory.shortening import shortened
from telnyx_connections_mcp.inventory.times import instant_of
from telnyx_connections_mcp.inventory.url_parts import Derived
from telnyx_connections_mcp.inventory.views import Detail
from telnyx_connections_mcp.redaction.cleaner import Cleaner
from telnyx_connections_mcp.surroundings.found import Found
from telnyx_connections_mcp.surroundings.parts import PARTS, Part
from telnyx_connections_mcp.surroundings.unreadable import Unreadable
from telnyx_connections_mcp.text.cleaning import cut

_FEW_PARTS = 2
"""Most parts that a summary shows at length."""
_FEW_ROWS = 2
"""Most rows of a list in a brief summary."""
ROWS = 25
"""Most rows of a list in a summary."""
_LONGEST = 64
"""Longest text in a summary, in characters."""
_MINUTE = len("2024-03-01T00:00")

_BRIEF: Mapping[Kind, tuple[str, ...]] = {
    CONNECTION_SETTINGS: ("sip_region", "inbound_channel_limit", "outbound_channel_limit", "voice_host"),
    OUTBOUND_VOICE_PROFILES: ("concurrent_call_limit",),
    SIP_REGISTRATIONS: (),
}
"""What a brief summary has of the one object of a kind: what the sentence lacks."""
_KNOWN = frozenset({"connection_id", "record_type"})
"""What the answer has of the connection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """How much of each part is shown."""

    detail: Detail
    brief: bool
    """Whether a summary is one of many parts."""
    rows: int
    """Most rows of each list."""


def is_brief(parts: Collection[Part], detail: Detail) -> bool:
    """Whether each part is shown briefly, because there are many."""
    return detail != "full" and len(parts) > _FEW_PARTS


def shown_parts(
    parts: Sequence[Part], read: Mapping[Kind, Found | Unreadable], extent: Extent, changed: Changes
) -> dict[str, Any]:
    """Each part by name, as far as there is something to say; one of several kinds has each of them by its name."""
    shown: dict[str, Any] = {}
    for name in parts:
        kinds = {
            kind.name: said for kind in PARTS[name] if (said := _shown(kind, read[kind], extent, changed.at(name)))
        }
        if kinds:
            shown[name] = kinds if len(PARTS[name]) > 1 else kinds.popitem()[1]
    return shown


def _shown(kind: Kind, what: Found | Unreadable, extent: Extent, cleaner: Cleaner) -> dict[str, Any]:
    if isinstance(what, Unreadable):
        return {"unreadable": what.why}
    notes = {"note": "; ".join(what.notes)} if what.notes else {}
    if kind in _BRIEF and what.records:
        return _fields(kind, what.records[0], extent, cleaner) | notes
    if extent.brief and not what.records:
        return notes
    rows, more = _rows(kind, what, extent, cleaner) if what.records else ([], 0)
    of = {} if what.of is None else {"of": what.of}
    within = {"within": what.within} if what.within and not extent.brief else {}
    return of | within | ({"rows": rows} if rows else {}) | ({"more": more} if more else {}) | notes


def _fields(kind: Kind, record: Record, extent: Extent, cleaner: Cleaner) -> dict[str, Any]:
    """The one object of a kind: in full, or what is set of it, or what the sentence about it lacks."""
    if extent.detail == "full":
        return shown_row(kind, record, "full", cleaner)
    names = _BRIEF[kind] if extent.brief else [name for name in kind.by_name if name not in _KNOWN]
    return _set_fields(kind, record, names, cleaner) if names else {}


def _rows(kind: Kind, what: Found, extent: Extent, cleaner: Cleaner) -> tuple[list[Any], int]:
    """The rows of a list, and how many objects of it they leave out."""
    most = min(extent.rows, _FEW_ROWS) if extent.brief else extent.rows
    total = len(what.records) if what.of is None else what.of
    if extent.detail == "summary" and ROW_TEXTS[kind].at:
        groups = _groups(kind, what, cleaner)[:most]
        return [f"{count} {text}" for text, count in groups], total - sum(count for _, count in groups)
    first = what.records[:most]
    if extent.detail == "full":
        return [shown_row(kind, record, "full", cleaner) for record in first], total - len(first)
    words = ROW_TEXTS[kind]
    return [words.of(_set_fields(kind, record, words.fields, cleaner)) for record in first], total - len(first)


def _groups(kind: Kind, what: Found, cleaner: Cleaner) -> list[tuple[str, int]]:
    """Those that are alike, and how many they are, the most frequent first; if all were read, when the last was."""
    words = ROW_TEXTS[kind]
    counts: Counter[str] = Counter()
    last: dict[str, str] = {}
    for record in what.records:
        row = _set_fields(kind, record, (*words.fields, words.at), cleaner)
        at, text = str(row.pop(words.at, "")), words.of(row)
        counts[text] += 1
        last[text] = max(at, last.get(text, ""))
    if what.of != len(what.records):
        return counts.most_common()
    return [(f"{text}{last[text] and f', last {word(last[text])}'}", count) for text, count in counts.most_common()]


def _set_fields(kind: Kind, record: Record, names: Sequence[str], cleaner: Cleaner) -> dict[str, Any]:
    """These fields as far as they are set, with shortened texts."""
    row = shown_row(kind, record, "summary", cleaner, names)
    return {name: _short(kind.shown[name], value, cleaner) for name, value in row.items() if value is not None}


def _short(field: Field | Derived, value: Any, cleaner: Cleaner) -> Any:
    if not isinstance(value, str):
        return value
    if isinstance(field, Field) and field.shortening is not None:
        return shortened(field.shortening, value)
    if field.type is Type.TIME and instant_of(value) is not None:
        return f"{value[:_MINUTE]}Z"
    short = cut(value, _LONGEST)
    cleaner.cut += short != value
    return short
