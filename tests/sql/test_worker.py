"""What the query process answers to each statement, and when it ends."""

import sqlite3
from collections.abc import Iterator

import pytest

from .frames import Frames

VIEWS = ["CREATE TEMP VIEW seen AS SELECT a, b FROM own.stored"]
ROWS = 3_000


def image() -> bytes:
    with sqlite3.connect(":memory:") as database:
        database.execute("CREATE TABLE stored (a INTEGER, b TEXT, secret TEXT)")
        database.executemany(
            "INSERT INTO stored VALUES (?, ?, 'hidden')", [(number, f"text {number}") for number in range(ROWS)]
        )
        content = database.serialize()
    database.close()
    return content


@pytest.fixture(scope="module")
def worker() -> Iterator[Frames]:
    with Frames() as frames:
        frames.load(("own", image()), views=VIEWS)
        assert frames.read() == {"bounded": True}
        yield frames


def test_rows_up_to_the_limit(worker: Frames) -> None:
    """Rows beyond the limit are counted."""
    answer = worker.ask("SELECT a, b AS name FROM seen ORDER BY a", 2)
    assert answer == {
        "columns": ["a", "name"],
        "rows": [[0, "text 0"], [1, "text 1"]],
        "more": True,
        "total": ROWS,
        "shortened": 0,
    }


def test_rows_within_the_size(worker: Frames) -> None:
    """At least one row comes back, however long it is."""
    answer = worker.ask("SELECT b FROM seen WHERE a < 20 ORDER BY a", size=20)
    assert answer["rows"] == [["text 0"], ["text 1"], ["text 2"]]
    assert (answer["more"], answer["total"]) == (True, 20)
    assert worker.ask("SELECT b FROM seen WHERE a < 20 ORDER BY a", size=1)["rows"] == [["text 0"]]


def test_rows_that_are_not_shown_are_counted(worker: Frames) -> None:
    """Rows that are not shown are counted, unless there are too many."""
    assert worker.ask("SELECT x.b FROM seen x, seen y WHERE y.a < 2", 0)["total"] == 2 * ROWS
    assert worker.ask("SELECT x.b FROM seen x, seen y, seen z", 0)["total"] is None


def test_cells_are_clean_and_bounded(worker: Frames) -> None:
    """Cells are cleaned, bounded, and valid in JSON."""
    answer = worker.ask(
        "SELECT 9e999, -9e999, 9007199254740993, -5, 1.5, NULL, x'00ff', CAST(x'41ff1b5b324a' AS TEXT), "
        f"replace('{'a' * 100}', 'a', 'abcdefghijklmnopqrst')"
    )
    assert answer["rows"][0][:-1] == [
        "Infinity",
        "-Infinity",
        "9007199254740993",
        -5,
        1.5,
        None,
        "[2 bytes]",
        "A\ufffd",
    ]
    assert len(answer["rows"][0][-1]) == 1_000
    assert answer["shortened"] == 1


@pytest.mark.parametrize(
    ("sql", "message"),
    [
        ("SELECT secret FROM seen", "no such column: secret"),
        ("SELECT secret FROM own.stored", "access to own.stored.secret is prohibited"),
        ("SELECT count(*) FROM sqlite_schema", "not authorized"),
        ("SELECT count(*) FROM pragma_database_list", "not authorized"),
        ("DELETE FROM own.stored", "not authorized"),
        ("SELECT hex('a')", "not authorized to use function: hex"),
        ("PRAGMA hard_heap_limit = 0", "not authorized"),
    ],
)
def test_forbidden_tables_and_functions_are_refused(worker: Frames, sql: str, message: str) -> None:
    """The authorizer refuses them even if the guard does not."""
    answer = worker.ask(sql)
    assert answer["failed"] == "error"
    assert message in answer["message"]


def test_a_statement_is_stopped_by_its_time_or_memory(worker: Frames) -> None:
    """It is stopped, and the next one is answered."""
    assert worker.ask("SELECT count(*) FROM seen a, seen b, seen c") == {"failed": "time"}
    assert worker.ask("SELECT a.b || b.b FROM seen a, seen b ORDER BY 1") == {"failed": "memory"}
    assert worker.ask("WITH c AS (SELECT 1) SELECT count(*) FROM c")["rows"] == [[1]]


def test_a_statement_is_cancelled(worker: Frames) -> None:
    """A statement may be cancelled before or while it runs, and later ones are answered."""
    slow = "SELECT count(*) FROM seen a, seen b, seen c"
    running, waiting = worker.send(slow), worker.send(slow)
    worker.write({"cancel": running})
    worker.write({"cancel": waiting})
    assert worker.read() == {"failed": "time"}
    assert worker.read() == {"failed": "time"}
    assert worker.ask("SELECT 1")["rows"] == [[1]]


@pytest.mark.parametrize("loaded", [False, True])
def test_the_process_ends_with_its_input(loaded: bool) -> None:  # noqa: FBT001  # both cases
    """It ends whether it has an image or still waits for the rest of one."""
    with Frames() as frames:
        if loaded:
            frames.load(("own", image()), views=VIEWS, said=1_000_000)
    assert frames.process.returncode == 0
