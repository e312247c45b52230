"""Values that a condition names and no connection has: most likely misspelled, whether or not something matches.

`tags_none: ["prd"]` matches everything, which reads like an answer about the tag `prod`. So what is on no connection
is told, with what is near or, where that is little, with all that there is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from telnyx_connections_mcp.query.conditions import Test
from telnyx_connections_mcp.query.suggestions import nearest_texts
from telnyx_connections_mcp.redaction.urls import url_host
from telnyx_connections_mcp.telnyx.models import Connection
from telnyx_connections_mcp.telnyx.parameters import Parameters
from telnyx_connections_mcp.text.cleaning import fold

MOST_VALUES = 20
_MOST_HINTED = 5
_MOST_NEAR = 10
_FEW = 15
"""So many different texts are all named where none is near."""

Texts = Callable[[Connection], Iterable[str | None]]


def unknown_values(
    where: Parameters, tests: Mapping[str, Test], connections: Sequence[Connection]
) -> dict[str, dict[str, Any]]:
    """By condition, its `values` that none of `connections` has, and `near` ones or, of few, all that `there_are`.

    Values beyond the twentieth are counted as `more`. Without connections nothing can be said: empty.
    """
    said: dict[str, dict[str, Any]] = {}
    for name, texts in _TEXTS.items() if connections else ():
        given = getattr(where, name)
        if given is not None and (missing := list(_missing(name, given, tests[name], connections, texts))):
            said[name] = _said(missing, _hints(name, missing, connections, texts))
    return said


def _missing(
    name: str, given: str | list[str], test: Test, connections: Sequence[Connection], texts: Texts
) -> Iterator[str]:
    if isinstance(given, str):
        if not any(test(connection) is not (name in _NEGATED) for connection in connections):
            yield given
        return
    known = {fold(text) for text in _distinct(connections, texts)}
    yield from (value for value in dict.fromkeys(given) if fold(value) not in known)


def _hints(name: str, missing: Sequence[str], connections: Sequence[Connection], texts: Texts) -> dict[str, list[str]]:
    if name == "ids":  # all begin alike, so every id is near every other
        return {}
    distinct = _distinct(connections, texts)
    near = list(dict.fromkeys(text for value in missing[:_MOST_HINTED] for text in nearest_texts(value, distinct)))
    if near:
        return {"near": near[:_MOST_NEAR]}
    return {"there_are": sorted(distinct)} if 0 < len(distinct) <= _FEW and name not in _NAMES else {}


def _said(missing: Sequence[str], hints: Mapping[str, list[str]]) -> dict[str, Any]:
    more = len(missing) - MOST_VALUES
    return {"values": list(missing[:MOST_VALUES])} | ({"more": more} if more > 0 else {}) | dict(hints)


def _distinct(connections: Iterable[Connection], texts: Texts) -> list[str]:
    return list(dict.fromkeys(text for connection in connections for text in texts(connection) if text))


def _field(name: str) -> Texts:
    return lambda connection: (getattr(connection, name),)


def _tags(connection: Connection) -> Iterable[str]:
    return connection.tags or ()


def _host(connection: Connection) -> Iterable[str | None]:
    return (url_host(connection.webhook_event_url or ""),)


_NAMES = frozenset({"name_contains", "name_not_contains", "name_glob"})
_NEGATED = frozenset({"name_not_contains"})
"""Of the conditions with one value, those whose test holds where the value is not."""

# What Telnyx itself filters by (fqdn, outbound_voice_profile_id) is missing: without a match there is no connection.
_TEXTS: Mapping[str, Texts] = {
    "name_contains": _field("connection_name"),
    "name_not_contains": _field("connection_name"),
    "name_glob": _field("connection_name"),
    "ids": _field("id"),
    "record_type": _field("record_type"),
    "record_type_not": _field("record_type"),
    "tags_any": _tags,
    "tags_all": _tags,
    "tags_none": _tags,
    "anchorsite_override": _field("anchorsite_override"),
    "webhook_host": _host,
    "webhook_api_version": _field("webhook_api_version"),
}
