"""The query of `GET /connections`, validated as strictly as the API does, and the connections that match."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from telnyx_connections_mcp.sandbox.fleet import Account, Row

CONTAINS = "filter[connection_name][contains]"
FQDN = "filter[fqdn]"
PROFILES = ("filter[outbound_voice_profile_id]", "filter[outbound.outbound_voice_profile_id]")
NUMBER, SIZE, SORT = "page[number]", "page[size]", "sort"
SORTS = ("created_at", "connection_name", "active")
LARGEST_PAGE = 250
LARGEST_INT64 = 2**63 - 1


class BadParameterError(Exception):
    """A parameter that is unknown, repeated or malformed: `parameter` is its key, the text says why."""

    def __init__(self, parameter: str, why: str) -> None:
        super().__init__(why)
        self.parameter = parameter


@dataclass(frozen=True, slots=True)
class Query:
    """A validated query."""

    filters: Mapping[str, str]
    sort: str
    number: int
    size: int


def read_query(pairs: Sequence[tuple[str, str]]) -> Query:
    """The query of a list request. Raises `BadParameterError`."""
    parameters = once(pairs, (CONTAINS, FQDN, *PROFILES, NUMBER, SIZE, SORT))
    if len(parameters.get(CONTAINS, "abc")) < 3:
        raise BadParameterError(CONTAINS, "must have at least 3 characters")
    for name in PROFILES:
        if name in parameters and not (
            re.fullmatch("[0-9]+", parameters[name]) and int(parameters[name]) <= LARGEST_INT64
        ):
            raise BadParameterError(name, "must be an int64")
    sort = parameters.get(SORT, "-created_at")
    if sort.removeprefix("-") not in SORTS:
        raise BadParameterError(SORT, f"must be one of {', '.join(SORTS)}, or one of these with a leading -")
    filters = {name: parameters[name] for name in (CONTAINS, FQDN, *PROFILES) if name in parameters}
    return Query(filters, sort, page_number(parameters), page_size(parameters, SIZE, LARGEST_PAGE))


def page_number(parameters: Mapping[str, str]) -> int:
    """Which page, from 1. Raises `BadParameterError`."""
    return _integer(parameters, NUMBER, LARGEST_INT64, 1)


def page_size(parameters: Mapping[str, str], name: str, default: int) -> int:
    """How many items a page has at most: the parameter `name`. Raises `BadParameterError`."""
    return _integer(parameters, name, LARGEST_PAGE, default)


def once(pairs: Iterable[tuple[str, str]], known: Sequence[str]) -> dict[str, str]:
    """The parameters by name. Raises `BadParameterError` for one that is unknown or given twice."""
    parameters: dict[str, str] = {}
    for name, value in pairs:
        if name not in known:
            raise BadParameterError(name, "is not a parameter of this request")
        if name in parameters:
            raise BadParameterError(name, "is given more than once")
        parameters[name] = value
    return parameters


def _integer(parameters: Mapping[str, str], name: str, high: int, default: int) -> int:
    text = parameters.get(name, str(default))
    if not re.fullmatch("[0-9]{1,19}", text) or not 1 <= int(text) <= high:
        raise BadParameterError(name, f"must be an integer from 1 to {high}")
    return int(text)


def page_of(items: Sequence[Any], number: int, size: int) -> tuple[list[Any], dict[str, int]]:
    """One page of `items` and the `meta` that Telnyx sends with it."""
    meta = {
        "total_pages": -(-len(items) // size),
        "total_results": len(items),
        "page_number": number,
        "page_size": size,
    }
    return list(items[(number - 1) * size : number * size]), meta


@dataclass(slots=True)
class Directory:
    """An account whose sorted orders are cached, so that a request costs no more than its own rows."""

    fleet: Account
    _orders: dict[tuple[str, tuple[tuple[str, str], ...], int], list[Row]] = field(default_factory=dict)

    def select(self, query: Query, moved: int = 0) -> list[Row]:
        """The matching connections, in the requested order; ties are in order of id.

        `moved` makes the account larger by that many new connections, or smaller by that many of the oldest.
        """
        key = query.sort, tuple(query.filters.items()), moved
        if key not in self._orders:
            if len(self._orders) > 32:
                self._orders.clear()
            self._orders[key] = self._sorted(query, moved)
        return self._orders[key]

    def _sorted(self, query: Query, moved: int) -> list[Row]:
        name = query.sort.removeprefix("-")
        rows = sorted((row for row in self._account(moved) if self._matches(row, query)), key=_id)
        return sorted(rows, key=lambda row: row[name], reverse=query.sort.startswith("-"))

    def _account(self, moved: int) -> list[Row]:
        rows = self.fleet.connections
        if moved > 0:
            new = {"record_type": "ip_connection", "active": True, "created_at": "2026-11-02T00:00:00Z"}
            return rows + [new | {"id": f"9{n:018}", "connection_name": f"new-{n}"} for n in range(moved)]
        return sorted(rows, key=lambda row: (row["created_at"], row["id"]))[-moved:] if moved else rows

    def _matches(self, row: Row, query: Query) -> bool:
        for name, value in query.filters.items():
            if name == CONTAINS:
                matches = value.lower() in row["connection_name"].lower()
            elif name == FQDN:
                matches = value in self.fleet.fqdns.get(row["id"], ())
            else:
                matches = row.get("outbound_voice_profile_id") == value
            if not matches:
                return False
        return True


def _id(row: Row) -> str:
    return str(row["id"])
