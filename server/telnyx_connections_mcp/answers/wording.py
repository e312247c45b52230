"""Phrases shared by the tools' summaries."""

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.snapshot import Coverage
from telnyx_connections_mcp.redaction.texts import quoted, shown
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter, ListFilter

_MAX_TYPES = 6
_MAX_VALUES = 3


def order(kind: Kind, sort: str | None) -> str:
    """The order of a list in words; by default Telnyx's own."""
    words = kind.sorts[(sort or kind.usual_sort).removeprefix("-")]
    return words.descending if (sort or kind.usual_sort).startswith("-") else words.ascending


def plural(count: int, noun: str) -> str:
    """`1 connection`, `2 connections`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def conditions(asked: ConnectionFilter | None) -> str:
    """` with a name containing "acme"` and the like; empty without a filter."""
    said = _asked(asked)
    return f" with {said}" if said else ""


def none_there(asked: ConnectionFilter | None, coverage: Coverage) -> str:
    """That there are no connections, and why, without a full stop."""
    if not coverage.complete:
        return f"No connection{conditions(asked)} was read"
    if asked and (said := _asked(asked)):
        return f"No connection has {said}{' (the case of an FQDN counts)' if asked.fqdn else ''}"
    return "This account has no connections, or none that this API key may see"


def _asked(asked: ConnectionFilter | None) -> str:
    said = []
    if asked and asked.connection_name:
        said.append(f"a name containing {quoted(asked.connection_name.contains)}")
    if asked and asked.fqdn:
        said.append(f"the FQDN {quoted(asked.fqdn)}")
    profiles = {
        asked.outbound_voice_profile_id if asked else None,
        asked.outbound.outbound_voice_profile_id if isinstance(asked, ListFilter) and asked.outbound else None,
    }
    said += [f"the outbound voice profile {profile}" for profile in sorted(filter(None, profiles))]
    return " and ".join(said)


def states(counts: Mapping[bool | None, int]) -> str:
    """How many are active and inactive."""
    said = [f"{counts.get(True, 0)} active", f"{counts.get(False, 0)} inactive"]
    if unknown := counts.get(None):
        said.append(f"{unknown} in an unknown state")
    return ", ".join(said)


@lru_cache(64)
def _type(name: str | None) -> str:
    return shown(name or "unknown type", 60)


def kinds(active: Mapping[bool | None, int], types: Mapping[str | None, int]) -> str:
    """How many are active and inactive, and which types, the most frequent first."""
    named: Counter[str] = Counter()
    for name, count in types.items():
        named[_type(name)] += count
    top = [f"{count} {name}" for name, count in named.most_common(_MAX_TYPES)]
    if len(named) > _MAX_TYPES:
        top.append(plural(len(named) - _MAX_TYPES, "more type"))
    return f"{states(active)}; {', '.join(top)}"


def unknown_said(kind: Kind, unknown: Mapping[str, Mapping[str, Any]]) -> str:
    """`No connection read has the record_type "fqdn". ` and the like, from `unknown_values`; empty if all are known."""
    said = [
        f"{noun}{_some(what['values'], what.get('more', 0))}"
        for name, what in unknown.items()
        if (noun := kind.conditions[name][0].noun)
    ]
    sentences = [f"No {kind.noun} read has {' or '.join(said)}. "] if said else []
    for name in unknown:
        condition, field = kind.conditions[name]
        if field and not condition.noun:
            sentences.append(f"No {kind.noun} read has a known {field.name}, so where.{name} matches none. ")
    return "".join(sentences)


def _some(values: Sequence[str], more: int) -> str:
    rest = len(values) - _MAX_VALUES + more
    return " or ".join(map(quoted, values[:_MAX_VALUES])) + (f" or {rest} more" if rest > 0 else "")
