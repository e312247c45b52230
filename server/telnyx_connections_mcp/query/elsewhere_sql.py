"""The SQL of conditions on what other kinds hold, whose tables are attached (`inventory/elsewhere.py`)."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from telnyx_connections_mcp.inventory.elsewhere import Elsewhere
from telnyx_connections_mcp.inventory.kind import Condition, Field
from telnyx_connections_mcp.inventory.operators import Operator
from telnyx_connections_mcp.query.sql_expression import Sql, among, exactly
from telnyx_connections_mcp.redaction.texts import quoted
from telnyx_connections_mcp.text.addresses import read_address
from telnyx_connections_mcp.text.cleaning import fold
from telnyx_connections_mcp.text.telephone_numbers import read_telephone_number

if TYPE_CHECKING:  # imported with the first snapshot, to start fast
    import sqlite3

_MOST_MEANT = 6
Test = Callable[[Elsewhere], Sql]
"""Makes a test of a row of the other kind, `its`."""


def has(of: Field, test: Test) -> Sql:
    """An expression for whether a row that belongs to the object passes `test`, which few rows do."""
    tests = [(place, test(place)) for place in of.elsewhere]
    found = [f"{place.own} IN (SELECT its.{place.joined} {place.rows} WHERE {each.text})" for place, each in tests]
    # An unset column is neither in nor not in a list.
    return Sql(f"({' OR '.join(found)}) IS TRUE", _values(tests))


def anywhere(of: Field, test: Test) -> Sql:
    """An expression for whether any row passes `test`, whatever it belongs to."""
    tests = [(place, test(place)) for place in of.elsewhere]
    found = [f"EXISTS (SELECT 1 {place.rows} WHERE {each.text})" for place, each in tests]
    return Sql(" OR ".join(found), _values(tests))


def understood(condition: Condition, text: str) -> str:
    """`text` as it is looked for: a number with its country code, an address in its usual spelling."""
    if condition.operator is Operator.NUMBER and (number := read_telephone_number(text)) is not None:
        return number.ending or number.whole or text
    return (read_address(text) if condition.operator is Operator.ADDRESS else None) or text


def only_spelling(condition: Condition, text: str) -> str | None:
    """The one spelling in which the API can hold what `text` means; None if there may be others, or it may be several.

    A number with its country code has one, and an IPv4 address; the case of an FQDN and the zeros of IPv6 vary.
    """
    if condition.operator is Operator.NUMBER:
        number = read_telephone_number(text)
        return number.whole if number and not number.ending else None
    address = read_address(text) if condition.operator is Operator.ADDRESS else None
    return address if address and address.replace(".", "").isdigit() else None


def numbers_meant(handle: "sqlite3.Connection", condition: Condition, of: Field, text: str) -> list[str]:
    """The telephone numbers in the account, at most six, that `text` may be."""
    (place,), test = of.elsewhere, elsewhere_test(condition, text)
    each = test(place)
    found = handle.execute(
        f"SELECT DISTINCT {place.value} AS value {place.rows} WHERE {each.text} ORDER BY value LIMIT {_MOST_MEANT}",
        each.values,
    )
    return [number for (number,) in found]


def _values(tests: Sequence[tuple[Elsewhere, Sql]]) -> tuple[str | int, ...]:
    return tuple(value for _, each in tests for value in each.values)


def elsewhere_test(condition: Condition, value: str) -> Test:
    """What `condition` asks of the rows of other kinds. Raises `ValueError`."""
    match condition.operator:
        case Operator.CONTAINS:
            return lambda place: _folded(place, "instr(fold(value), ?) > 0", fold(value))
        case Operator.SAME:
            return lambda place: _folded(place, "fold(value) = ?", fold(value))
        case Operator.EQUALS:
            return lambda place: exactly(place.value, value)
        case Operator.NUMBER:
            return _number(condition, value)
        case Operator.ADDRESS:
            return _address(condition, value)
        case _:
            raise ValueError(f"{condition.name}: {condition.operator} is not asked of other kinds")


def _folded(place: Elsewhere, test: str, text: str) -> Sql:
    """A test of the distinct values, each of which is folded once."""
    distinct = f"SELECT DISTINCT {place.value} AS value {place.rows}"
    return Sql(f"{place.value} IN (SELECT value FROM ({distinct}) WHERE {test})", (text,))


def _number(condition: Condition, text: str) -> Test:
    number = read_telephone_number(text)
    if number is None:
        raise ValueError(
            f"`where.{condition.name}` must be one telephone number, best with its country code, such as "
            f"+13125550123, not {quoted(text)}"
        )
    tests = [Sql("{} = ?", (number.whole,))] if number.whole else []
    tests += [Sql("substr({}, ?) = ?", (-len(number.ending), number.ending))] if number.ending else []
    values = tuple(value for each in tests for value in each.values)
    return lambda place: Sql(" OR ".join(each.text.format(place.value) for each in tests), values)


def _address(condition: Condition, text: str) -> Test:
    address = read_address(text)
    if address is None:
        raise ValueError(
            f"`where.{condition.name}` must be one IP address or FQDN, such as 203.0.113.7 or sip.example.com, "
            f"not {quoted(text)}"
        )
    return lambda place: among(place.value, (address, text.strip().lower()))
