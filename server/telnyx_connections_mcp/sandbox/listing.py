"""A list of the API: its query, validated as strictly as the API does, and the rows that match."""

from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from telnyx_connections_mcp.sandbox.filters import Filter, Value
from telnyx_connections_mcp.sandbox.fleet import Row
from telnyx_connections_mcp.sandbox.queries import (
    LARGEST_PAGE,
    NUMBER,
    SIZE,
    SORT,
    BadParameterError,
    once,
    page_number,
    page_of,
    page_size,
)
from telnyx_connections_mcp.sandbox.surroundings.account import Surroundings
from telnyx_connections_mcp.sandbox.surroundings.values import stamp

ORDERS_KEPT = 32


@dataclass(frozen=True, slots=True)
class Sort:
    """An order: by a value of each row, then by id."""

    of: Value
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of the API, and perhaps its objects one by one."""

    path: str
    rows: Callable[[Surroundings], Sequence[Row]]
    filters: Mapping[str, Filter] = field(default_factory=dict)
    sorts: Mapping[str, Sort] = field(default_factory=dict)
    unsorted: Sort | None = None
    """The order without `sort`; None where the API promises none."""
    default_size: int = LARGEST_PAGE
    size_names: Sequence[str] = (SIZE,)
    """Parameters that set the size of a page, the first given counts."""
    switches: Mapping[str, Callable[[Surroundings, Row], Row]] = field(default_factory=dict)
    """Parameters that are `true` or `false`, and what they add to a row."""
    by_id: bool = False
    """Whether the API has each object at its id below the path."""
    refusal: int = 400
    """HTTP status for a malformed parameter of the list."""
    refusal_of_one: int = 400
    """The same, of an object at its id."""
    repeatable: Container[str] = ()
    """Filters that may be given several times: any of their values matches."""
    at_most_one: str = ""
    """Start of the names of filters of which a request may have only one."""
    created: str = "created_at"
    """The field by which objects age."""
    visible: Callable[[Surroundings, Row, Mapping[str, str]], bool] | None = None
    """Which rows a list shows at all, given its parameters."""
    new_row: Row | None = None
    """What an object is that is created during a test; as the first object, if not given."""


@dataclass(frozen=True, slots=True)
class Query:
    """A validated query."""

    filters: Mapping[str, str]
    switches: frozenset[str]
    sort: str | None
    number: int
    size: int


def read_query(listing: Listing, pairs: Sequence[tuple[str, str]]) -> Query:
    """The query of a request for `listing`. Raises `BadParameterError`."""
    order = (SORT,) if listing.sorts else ()
    parameters = once(
        pairs, (*listing.filters, *listing.switches, NUMBER, *listing.size_names, *order), listing.repeatable
    )
    for name in listing.switches:
        if parameters.get(name, "true") not in ("true", "false"):
            raise BadParameterError(name, "must be true or false")
    on = frozenset(name for name in listing.switches if parameters.get(name) == "true")
    filters = {name: parameters[name] for name in listing.filters if name in parameters}
    for name, text in filters.items():
        needs = listing.filters[name].needs
        why_not = listing.filters[name].why_not(text) or (needs and needs not in on and f"requires {needs}=true")
        if why_not:
            raise BadParameterError(name, why_not)
    alone = [name for name in filters if listing.at_most_one and name.startswith(listing.at_most_one)]
    if len(alone) > 1:
        raise BadParameterError(alone[1], f"cannot be combined with {alone[0]}")
    sort = parameters.get(SORT)
    if sort is not None and sort not in listing.sorts:
        raise BadParameterError(SORT, f"must be one of {', '.join(listing.sorts)}")
    sizes = [page_size(parameters, name, listing.default_size) for name in listing.size_names if name in parameters]
    return Query(filters, on, sort, page_number(parameters), (*sizes, listing.default_size)[0])


@dataclass(slots=True)
class Directory:
    """The lists of an account, whose sorted orders are cached: a request costs no more than its own rows."""

    around: Surroundings
    _orders: dict[tuple[Any, ...], list[Row]] = field(default_factory=dict)
    _by_id: dict[str, dict[str, Row]] = field(default_factory=dict)

    def page(self, listing: Listing, query: Query, moved: int) -> tuple[list[Row], dict[str, int]]:
        """The page that the query asks for, and its `meta`.

        `moved` makes the list longer by that many new objects, or shorter by that many of the oldest.
        """
        rows, meta = page_of(self._select(listing, query, moved), query.number, query.size)
        for name in listing.switches:
            if name in query.switches:
                rows = [listing.switches[name](self.around, row) for row in rows]
        return rows, meta

    def one(self, listing: Listing, id_: str) -> Row | None:
        """The object of this id; None if there is none."""
        if listing.path not in self._by_id:
            self._by_id[listing.path] = {row["id"]: row for row in listing.rows(self.around)}
        return self._by_id[listing.path].get(id_)

    def _select(self, listing: Listing, query: Query, moved: int) -> list[Row]:
        """The matching rows, in the requested order; ties are in order of id."""
        key = listing.path, query.sort, tuple(query.filters.items()), moved
        if key not in self._orders:
            if len(self._orders) > ORDERS_KEPT:
                self._orders.clear()
            self._orders[key] = self._sorted(listing, query, moved)
        return self._orders[key]

    def _sorted(self, listing: Listing, query: Query, moved: int) -> list[Row]:
        tests = [(listing.filters[name], text) for name, text in query.filters.items()]
        shown = listing.rows(self.around)
        if listing.visible is not None:
            shown = [row for row in shown if listing.visible(self.around, row, query.filters)]
        rows = [
            row
            for row in _moved(listing, shown, moved, stamp(self.around.now))
            if all(test.holds(test.of(self.around, row), text) for test, text in tests)
        ]
        order = listing.unsorted if query.sort is None else listing.sorts[query.sort]
        if order is None:
            return rows
        rows.sort(key=lambda row: str(row.get("id")))
        return sorted(rows, key=lambda row: _rank(order.of(self.around, row)), reverse=order.descending)


def _rank(value: Any) -> tuple[bool, Any]:
    return value is not None, value


def _moved(listing: Listing, rows: Sequence[Row], moved: int, now: str) -> Sequence[Row]:
    if moved > 0 and (rows or listing.new_row):
        first = listing.new_row or rows[0] | {listing.created: now}
        return [*rows, *(_new(first, number) for number in range(moved))]
    return sorted(rows, key=lambda row: (row[listing.created], row.get("id", "")))[-moved:] if moved else rows


def _new(first: Row, number: int) -> Row:
    """An object like `first`, with an id and a name of its own where that has them."""
    own = {"id": f"9{number:018}", "connection_name": f"new-{number}"}
    return first | {name: value for name, value in own.items() if name in first}
