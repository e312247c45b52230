"""Statistical functions that SQLite lacks, tested without the query process in which they run."""

import sqlite3
from contextlib import closing

import pytest

from telnyx_connections_mcp.sql.aggregates import register_aggregates


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("median(v)", 2.5),
        ("percentile(v, 0)", 1.0),
        ("percentile(v, 0.9)", 3.7),
        ("percentile(v, 1)", 4.0),
        ("percentile_disc(v, 0)", 1.0),
        ("percentile_disc(v, 0.5)", 2.0),
        ("percentile_disc(v, 0.51)", 3.0),
        ("stddev(v)", (5 / 3) ** 0.5),
        ("variance(v)", 5 / 3),
        ("percentile(v, 0.25, 1)", 3.25),
        ("percentile_disc(v, 0.25, 1)", 4),
        ("percentile_disc(t, 0.5)", "a"),
        ("percentile_disc(t, 0.5, 1)", "a"),
        ("percentile_disc(t, 0.1, 1)", "b"),
        ("percentile_disc(NULL, 0.1)", None),
        ("median('7' || v)", 72.5),
        ("median(NULL)", None),
        ("mode(t)", "a"),
        ("mode(v)", 1),
        ("mode(v, 1)", 4),
        ("mode(NULL)", None),
        ("stddev_pop(v)", 1.25**0.5),
        ("var_pop(v)", 1.25),
        ("var_pop(CASE WHEN v = 1 THEN 1 END)", 0.0),
        ("var_pop(NULL)", None),
        ("stddev(NULL)", None),
        ("variance(CASE WHEN v = 1 THEN 1 END)", None),
        ("joined(t, '; ', 0, 'DESC LAST', v)", "b; a; a"),
        ("joined(t, '', 1, 'ASC FIRST', t)", "ab"),
        ("joined(t, NULL, 1, 'ASC FIRST', t)", "ab"),
        ("joined(v, ',', 0, 'ASC FIRST', t)", "3,1,2,4"),
        ("joined(v, ',', 0, 'ASC LAST DESC LAST', t, v)", "2,1,4,3"),
        ("joined(v, ',', 0, 'DESC FIRST ASC FIRST', t, v)", "3,4,1,2"),
        ("joined(v, ',', 0, 'DESC LAST', t)", "4,1,2,3"),
        ("joined(NULL, ',', 0, 'ASC FIRST', v)", None),
    ],
)
def test_statistics(expression: str, expected: object) -> None:
    """The results equal those of Python's statistics and other databases, and NULL is left out."""
    with closing(sqlite3.connect(":memory:")) as handle:
        assert expression.partition("(")[0] in register_aggregates(handle)
        rows = "SELECT 1 AS v, 'a' AS t UNION ALL SELECT 2, 'a' UNION ALL SELECT 3, NULL UNION ALL SELECT 4, 'b'"
        (found,) = handle.execute(f"SELECT {expression} FROM ({rows})").fetchone()
    assert found == (pytest.approx(expected) if isinstance(expected, float) else expected)


@pytest.mark.parametrize("expression", ["median('2024-05-06 07:08:09')", "stddev('a')", "variance('1_0')"])
def test_what_is_no_number_is_refused(expression: str) -> None:
    """A time or name among numbers is an error rather than left out."""
    with closing(sqlite3.connect(":memory:")) as handle:
        register_aggregates(handle)
        with pytest.raises(sqlite3.OperationalError, match="raised error"):
            handle.execute(f"SELECT {expression}")


@pytest.mark.parametrize("share", ["90", "-1", "'half'", "NULL"])
def test_a_fraction_is_from_0_to_1(share: str) -> None:
    """A percentage in place of a fraction is refused rather than guessed."""
    with closing(sqlite3.connect(":memory:")) as handle:
        register_aggregates(handle)
        with pytest.raises(sqlite3.OperationalError, match="raised error"):
            handle.execute(f"SELECT percentile(1, {share})")
