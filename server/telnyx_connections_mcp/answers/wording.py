"""Phrases shared by the tools' summaries."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.snapshot import Coverage
from telnyx_connections_mcp.redaction.texts import LONGEST_QUOTE, quoted, shown
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter, ListFilter

_MAX_TYPES = 6
_ONE_WORD = re.compile(r'[^\s"]+(?:, [^\s"]+)*')
_MAX_VALUES = 3


def order(kind: Kind, sort: str | None) -> str:
    """The order of a list in words; by default Telnyx's own."""
    words = kind.sorts[(sort or kind.usual_sort).removeprefix("-")]
    return words.descending if (sort or kind.usual_sort).startswith("-") else words.ascending


def plural(count: int, noun: str) -> str:
    """`1 connection`, `2 connections`."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def word(value: object) -> str:
    """A value of the API among our own words: quoted if it has white space other than that of a list."""
    text = shown(str(value), LONGEST_QUOTE)
    return text if _ONE_WORD.fullmatch(text) else f'"{text}"'


def filter_words(api_filter: ConnectionFilter | None) -> str:
    """` with a name containing "acme"` and the like; empty without a filter."""
    words = _filter_clause(api_filter)
    return f" with {words}" if words else ""


def no_connections(api_filter: ConnectionFilter | None, coverage: Coverage) -> str:
    """That there are no connections, and why, without a full stop."""
    if not coverage.complete:
        return f"No connection{filter_words(api_filter)} was read"
    if api_filter and (words := _filter_clause(api_filter)):
        return f"No connection has {words}{' (the case of an FQDN counts)' if api_filter.fqdn else ''}"
    return "This account has no connections, or none that this API key may see"


def _filter_clause(api_filter: ConnectionFilter | None) -> str:
    if api_filter is None:
        return ""
    parts = []
    if api_filter.connection_name:
        parts.append(f"a name containing {quoted(api_filter.connection_name.contains)}")
    if api_filter.fqdn:
        parts.append(f"the FQDN {quoted(api_filter.fqdn)}")
    profiles = {
        api_filter.outbound_voice_profile_id,
        api_filter.outbound.outbound_voice_profile_id
        if isinstance(api_filter, ListFilter) and api_filter.outbound
        else None,
    }
    parts += [f"the outbound voice profile {profile}" for profile in sorted(filter(None, profiles))]
    return " and ".join(parts)


def state_counts(counts: Mapping[bool | None, int] | None) -> str:
    """How many are active and inactive, with a semicolon; empty for a kind without a state."""
    if counts is None:
        return ""
    parts = [f"{counts.get(True, 0)} active", f"{counts.get(False, 0)} inactive"]
    if unknown := counts.get(None):
        parts.append(f"{unknown} in an unknown state")
    return f"{', '.join(parts)}; "


@lru_cache(64)
def _type(name: str | None) -> str:
    return shown(name or "unknown type", 60)


def type_counts(active: Mapping[bool | None, int] | None, types: Mapping[str | None, int]) -> str:
    """How many are active and inactive, and which types, the most frequent first."""
    named: Mapping[str, int] = {_type(name): count for name, count in types.items()}
    if len(named) < len(types):  # some look alike
        named = Counter()
        for name, count in types.items():
            named[_type(name)] += count
        named = dict(named.most_common())
    top = [f"{count} {name}" for name, count in islice(named.items(), _MAX_TYPES)]
    if len(named) > _MAX_TYPES:
        top.append(plural(len(named) - _MAX_TYPES, "more type"))
    return f"{state_counts(active)}{', '.join(top)}"


def unknown_words(kind: Kind, unknown: Mapping[str, Mapping[str, Any]]) -> str:
    """`No connection read has the record_type "fqdn". ` and the like, from `unknown_values`; empty if all are known."""
    phrases = [
        f"{noun}{_some(what['values'], what.get('more', 0))}"
        for name, what in unknown.items()
        if (noun := kind.conditions[name][0].noun) and "in_account" not in what
    ]
    sentences = [f"No {kind.label} read has {' or '.join(phrases)}. "] if phrases else []
    sentences += [
        f"{upper_first(kind.conditions[name][0].noun or '')}{_some(what['values'], 0)} is in the account, but on no "
        f"{kind.label} read. "
        for name, what in unknown.items()
        if "in_account" in what
    ]
    for name in unknown:
        condition, field = kind.conditions[name]
        if field and not condition.noun:
            sentences.append(f"No {kind.label} read has a known {field.name}, so where.{name} matches none. ")
    return "".join(sentences)


def upper_first(text: str) -> str:
    """`text` as the beginning of a sentence."""
    return text[:1].upper() + text[1:]


def _some(values: Sequence[str], more: int) -> str:
    rest = len(values) - _MAX_VALUES + more
    return " or ".join(map(quoted, values[:_MAX_VALUES])) + (f" or {rest} more" if rest > 0 else "")
