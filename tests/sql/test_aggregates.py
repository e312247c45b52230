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
        ("median(t)", None),
        ("stddev(t)", None),
        ("variance(CASE WHEN v = 1 THEN 1 END)", None),
        ("joined(t, '; ', v, 1, 0)", "b; a; a"),
        ("joined(t, '', t, 0, 1)", "ab"),
        ("joined(v, ',', t, 0, 0)", "3,1,2,4"),
        ("joined(NULL, ',', v, 0, 0)", None),
    ],
)
def test_statistics(expression: str, expected: object) -> None:
    """The results equal those of Python's statistics and other databases, and non-numbers are ignored."""
    with closing(sqlite3.connect(":memory:")) as handle:
        assert expression.partition("(")[0] in register_aggregates(handle)
        rows = "SELECT 1 AS v, 'a' AS t UNION ALL SELECT 2, 'a' UNION ALL SELECT 3, NULL UNION ALL SELECT 4, 'b'"
        (found,) = handle.execute(f"SELECT {expression} FROM ({rows})").fetchone()
    assert found == (pytest.approx(expected) if isinstance(expected, float) else expected)


@pytest.mark.parametrize("share", ["90", "-1", "'half'", "NULL"])
def test_a_fraction_is_from_0_to_1(share: str) -> None:
    """A percentage in place of a fraction is refused rather than guessed."""
    with closing(sqlite3.connect(":memory:")) as handle:
        register_aggregates(handle)
        with pytest.raises(sqlite3.OperationalError, match="raised error"):
            handle.execute(f"SELECT percentile(1, {share})")
