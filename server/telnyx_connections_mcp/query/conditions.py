"""The conditions of `search_connections`: what each means, and the test of a connection that it becomes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fnmatch import translate
from operator import ge, lt
from re import compile as pattern
from re import sub
from typing import Any

from telnyx_connections_mcp.inventory.times import instant_of, read_instant
from telnyx_connections_mcp.redaction.texts import quoted
from telnyx_connections_mcp.redaction.urls import url_host
from telnyx_connections_mcp.telnyx.models import Connection
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter, Parameters
from telnyx_connections_mcp.text.cleaning import fold
from telnyx_connections_mcp.text.hosts import comparable_host, host_within

Test = Callable[[Connection], bool]


@dataclass(frozen=True, slots=True)
class Conditions:
    """A `Where` made ready: tests by the name of their condition, and what was resolved on the way."""

    tests: Mapping[str, Test]
    resolved: Mapping[str, datetime]
    api_filter: ConnectionFilter | None
    """What Telnyx itself can filter by without changing the meaning; the tests check it again where they can."""

    @property
    def own_tests(self) -> Mapping[str, Test]:
        """The tests of what Telnyx does not filter by."""
        return {name: test for name, test in self.tests.items() if name not in _PUSHED}

    def select(self, connections: Sequence[Connection]) -> list[Connection]:
        """The connections for which every condition holds."""
        chosen = list(connections)
        for test in self.tests.values():
            chosen = [connection for connection in chosen if test(connection)]
        return chosen


def read_where(where: Parameters | None, now: datetime) -> Conditions:
    """The conditions of `where`. Raises `ValueError` that begins with the name of the condition at fault."""
    given = where.model_dump(exclude_none=True) if where else {}
    resolved: dict[str, datetime] = {}
    for name in given.keys() & _TIMES:
        try:
            resolved[name] = read_instant(given[name], now)
        except ValueError as error:
            raise ValueError(f"`where.{name}` {error}, not {quoted(given[name])}") from None
    if (host := given.get("webhook_host")) is not None and _host_of(host) is None:
        instead = (
            "audit_connections has the check webhook_not_https" if "://" in host else "it takes no port, path or *"
        )
        raise ValueError(
            f"`where.webhook_host` must be a host such as {host_within(host) or 'hooks.example.com'}, "
            f"not {quoted(host)}; {instead}"
        )
    tests = {name: _TESTS[name](resolved.get(name, value)) for name, value in given.items() if name in _TESTS}
    pushed = {name: given[name] for name in _PUSHED if name in given}
    return Conditions(tests, resolved, ConnectionFilter(**pushed) if pushed else None)


def as_where(asked: ConnectionFilter | None) -> dict[str, Any]:
    """The `where` of search_connections that selects what a filter of the API does."""
    given = asked.model_dump(exclude_none=True) if asked else {}
    name = given.pop("connection_name", None)
    return ({"name_contains": name["contains"]} if name else {}) | given


def name_of(connection: Connection) -> str:
    """The name as it is compared."""
    return fold(connection.connection_name or "")


def _contains(text: str) -> Test:
    part = fold(text)
    return lambda connection: part in name_of(connection)


def _glob(text: str) -> Test:
    whole = pattern(translate(fold(text).replace("[", "[[]"))).match  # no way to write it that reads on and on
    return lambda connection: whole(name_of(connection)) is not None


def _one_of(field: str) -> Callable[[list[str]], Test]:
    def test(values: list[str]) -> Test:
        wanted = set(map(fold, values))
        return lambda connection: fold(getattr(connection, field) or "") in wanted

    return test


def _tags(connection: Connection) -> set[str]:
    return set(map(fold, connection.tags or ()))


def _tags_any(values: list[str]) -> Test:
    wanted = set(map(fold, values))
    return lambda connection: not wanted.isdisjoint(_tags(connection))


def _tags_all(values: list[str]) -> Test:
    wanted = set(map(fold, values))
    return lambda connection: wanted <= _tags(connection)


def _has(field: str) -> Callable[[bool], Test]:
    return lambda wanted: lambda connection: bool(getattr(connection, field)) is wanted


def _active(wanted: bool) -> Test:  # noqa: FBT001  # a condition's value
    return lambda connection: connection.active is wanted


def _site(text: str) -> Test:
    site = _place(text)

    def test(connection: Connection) -> bool:
        own = _place(connection.anchorsite_override or "")
        return own == site or own.startswith(f"{site},")

    return test


def _place(text: str) -> str:
    """`chicago,il`: whether a space follows the comma does not count."""
    return sub(" ?, ?", ",", fold(text))


def _host_of(text: str) -> str | None:
    """The host that a condition names, alone or by a URL."""
    return comparable_host((url_host(text) or "") if "://" in text else text)


def _host(text: str) -> Test:
    host = _host_of(text)

    def test(connection: Connection) -> bool:
        own = comparable_host(url_host(connection.webhook_event_url or "") or "") or ""
        return own == host or own.endswith(f".{host}")

    return test


def _equals(field: str) -> Callable[[str], Test]:
    return lambda value: lambda connection: getattr(connection, field) == value


def _not(make: Callable[[Any], Test]) -> Callable[[Any], Test]:
    def negative(value: Any) -> Test:
        test = make(value)
        return lambda connection: not test(connection)

    return negative


def _instant(field: str, holds: Callable[[datetime, datetime], bool]) -> Callable[[datetime], Test]:
    def make(bound: datetime) -> Test:
        def test(connection: Connection) -> bool:
            instant = instant_of(getattr(connection, field))
            return instant is not None and holds(instant, bound)

        return test

    return make


_PUSHED = ("fqdn", "outbound_voice_profile_id")
"""Told to Telnyx, which reads fewer connections then."""
_TIMES = frozenset({"created_after", "created_before", "updated_after", "updated_before"})

# `fqdn` is missing on purpose: an FQDN is not in a connection, only Telnyx knows it.
_TESTS: dict[str, Callable[[Any], Test]] = {
    "name_contains": _contains,
    "name_not_contains": _not(_contains),
    "name_glob": _glob,
    "ids": _one_of("id"),
    "record_type": _one_of("record_type"),
    "record_type_not": _not(_one_of("record_type")),
    "active": _active,
    "tags_any": _tags_any,
    "tags_all": _tags_all,
    "tags_none": _not(_tags_any),
    "untagged": _not(_has("tags")),
    "anchorsite_override": _site,
    "outbound_voice_profile_id": _equals("outbound_voice_profile_id"),
    "has_outbound_voice_profile": _has("outbound_voice_profile_id"),
    "has_webhook": _has("webhook_event_url"),
    "has_failover_webhook": _has("webhook_event_failover_url"),
    "webhook_host": _host,
    "webhook_api_version": _equals("webhook_api_version"),
    "created_after": _instant("created_at", ge),
    "created_before": _instant("created_at", lt),
    "updated_after": _instant("updated_at", ge),
    "updated_before": _instant("updated_at", lt),
}
