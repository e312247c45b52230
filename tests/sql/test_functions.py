"""The functions of statements beyond SQLite's own."""

import re
import sqlite3
from collections.abc import Iterator

import pytest

from telnyx_connections_mcp.sql.functions import register


@pytest.fixture
def handle() -> Iterator[sqlite3.Connection]:
    handle = sqlite3.connect(":memory:")
    register(handle)
    yield handle
    handle.close()


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("fold('  Zürich   PBX ')", "zurich pbx"),
        ("fold(NULL)", None),
        ("fold(' ')", None),
        ("fold(12)", "12"),
        ("split_part('a-b-c', '-', 2)", "b"),
        ("split_part('a-b-c', '-', -1)", "c"),
        ("split_part('a-b-c', '-', 4)", ""),
        ("split_part('a-b-c', '-', 0)", ""),
        ("split_part('abc', '', 1)", "abc"),
        ("split_part(NULL, '-', 1)", None),
        ("split_part('a', NULL, 1)", None),
        ("split_part('a', '-', 'x')", None),
        ("mod(7, 4)", 3),
        ("mod(-7, 4)", -3),
        ("mod(5.5, 2)", 1.5),
        ("mod('7', 4)", 3.0),
        ("mod(7, 0)", None),
        ("mod(NULL, 4)", None),
        ("mod(7, NULL)", None),
        ("rounded(2.5)", 3),
        ("rounded(-2.5)", -3),
        ("rounded('2.5')", "2.5"),
        ("rounded(1e999)", float("inf")),
        ("rounded(NULL)", None),
        ("greatest(1, NULL, 3, 2)", 3),
        ("greatest(NULL, NULL)", None),
        ("least('b', 'a', NULL, 'd')", "a"),
        ("date_trunc('year', '2024-08-15 13:45:10')", "2024-01-01"),
        ("date_trunc('Quarter', '2024-08-15 13:45:10')", "2024-07-01"),
        ("date_trunc('month', '2024-08-15')", "2024-08-01"),
        ("date_trunc('week', '2024-08-15 13:45:10')", "2024-08-12"),
        ("date_trunc('day', '2024-08-15 13:45:10')", "2024-08-15"),
        ("date_trunc('hour', '2024-08-15 13:45:10')", "2024-08-15 13:00:00"),
        ("date_trunc('minute', '2024-08-15 13:45:10')", "2024-08-15 13:45:00"),
        ("date_trunc('second', '2024-08-15T13:45:10.5+02:00')", "2024-08-15 11:45:10"),
        ("moved('2024-05-31', -1, 'month')", "2024-04-30"),
        ("moved('2024-05-31', 0.5, 'month', '1', 'hour')", "2024-06-15 01:00:00"),
        ("moved('2024-05-31 00:00:00', -0.5, 'day')", "2024-05-30 12:00:00"),
        ("moved('2024-05-31', 9999, 'year')", None),
        ("moved('2024-05-31', 1e300, 'year')", None),
        ("moved('2024-05-31', 1e999, 'month')", None),
        ("moved('2024-05-31', 1e300, 'day')", None),
        ("moved('2024-05-31', NULL, 'day')", None),
        ("moved('soon', 1, 'day')", None),
        ("moved('now', 1, 'day') > datetime('now')", 1),
        ("moved('2024-05-31', 'x', 'day')", "an error"),
        ("moved('2024-05-31', 1, 'fortnight')", "an error"),
        ("moved('2024-05-31', 1)", "an error"),
        ("date_trunc('day', 'soon')", None),
        ("date_trunc('day', NULL)", None),
        ("age('999999999y') IS NULL", "an error"),
        ("age('99999y')", None),
        ("age('soon')", "an error"),
        ("age(NULL)", "an error"),
        ("date_trunc('century', '2024-08-15')", "an error"),
    ],
)
def test_a_function_of_a_value(handle: sqlite3.Connection, expression: str, value: str | float | None) -> None:
    """A function gives NULL if it has nothing to say, and an error if the statement is wrong."""
    if value == "an error":
        with pytest.raises(sqlite3.OperationalError):
            handle.execute(f"SELECT {expression}").fetchone()
    else:
        assert handle.execute(f"SELECT {expression}").fetchone() == (value,)


def test_times_compare_with_those_of_the_tables(handle: sqlite3.Connection) -> None:
    """Times are text in the format of the tables."""
    (now, day, year) = handle.execute("SELECT now(), age('1d'), age('1Y')").fetchone()
    assert year < day < now
    for time in (now, day, year):
        assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", time)


@pytest.mark.parametrize(
    ("values", "any_", "every"),
    [("(1), (0)", 1, 0), ("(1), (NULL)", 1, 1), ("(0), (NULL)", 0, 0), ("(NULL)", None, None), ("(0), (1)", 1, 0)],
)
def test_whether_any_or_every_value_is_true(
    handle: sqlite3.Connection, values: str, any_: int | None, every: int | None
) -> None:
    """NULL is ignored."""
    found = handle.execute(f"SELECT bool_or(column1), bool_and(column1) FROM (VALUES {values})").fetchone()
    assert found == (any_, every)


def test_what_a_group_keeps_is_bounded(handle: sqlite3.Connection) -> None:
    """A million numbers, 32 KB of texts."""
    many = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT {})"
    with pytest.raises(MemoryError):
        handle.execute(f"{many.format(1_000_001)} SELECT median(i) FROM n").fetchone()
    with pytest.raises(sqlite3.DataError, match="too big"):
        handle.execute(
            f"{many.format(2)} SELECT joined(replace(hex(zeroblob(10000)), '0', 'a'), ',', 0, 'ASC LAST', i) FROM n"
        )
    with pytest.raises(MemoryError):
        handle.execute(f"{many.format(200)} SELECT mode(hex(zeroblob(50000))) FROM n").fetchone()
