"""What the database of a snapshot holds, and how it is shared."""

import gc
import sqlite3
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from hypothesis import given

from telnyx_connections_mcp.inventory.database import Database, records
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.record import record
from telnyx_connections_mcp.inventory.snapshot_tables import layout_of
from telnyx_connections_mcp.telnyx.rows import bounded

from .rows import ROWS, TYPED

PUBLIC = """id, connection_name, record_type, active, created_at, updated_at, outbound_voice_profile_id,
    webhook_event_url, webhook_event_failover_url, webhook_api_version, anchorsite_override, webhook_host,
    webhook_scheme, webhook_secret_part, webhook_failover_host, webhook_failover_scheme, webhook_failover_secret_part,
    created_year, updated_year"""


def loaded(*pages: list[dict[str, Any]]) -> Database:
    database = Database(CONNECTIONS)
    for number, page in enumerate(pages, 1):
        database.load(number, [record(CONNECTIONS, row) for row in page])
    return database


def ask(database: Database, sql: str) -> list[Any]:
    return database.query(lambda handle: handle.execute(sql).fetchall())


def test_columns_hold_what_questions_need() -> None:
    """Columns have the API's names, NULL for what is unset or empty, times that sort as text, and no secret."""
    database = loaded(
        [
            {
                "id": 77,
                "connection_name": "Büro  Prod",
                "record_type": "ip_connection",
                "active": False,
                "created_at": "2024-02-29T23:30:00-01:00",
                "updated_at": "2025-01-02T03:04:05.678Z",
                "outbound_voice_profile_id": "",
                "tags": ["EU", "prod"],
                "webhook_event_url": "https://Hooks.acme.example.:443/voice?token=hunter2",
                "webhook_event_failover_url": None,
                "webhook_api_version": "2",
                "anchorsite_override": "Chicago, IL",
            }
        ]
    )
    assert ask(database, f"SELECT {PUBLIC} FROM connections") == [
        (
            *("77", "Büro  Prod", "ip_connection", 0, "2024-03-01 00:30:00", "2025-01-02 03:04:05.678", None),
            *("https://Hooks.acme.example.:443/voice?token=***", None, "2", "Chicago, IL"),
            *("hooks.acme.example.", "https", "query", None, None, None, 2024, 2025),
        )
    ]
    folded = "id_folded, connection_name_folded, record_type_folded, anchorsite_override_folded, webhook_host_folded"
    assert ask(database, f"SELECT {folded} FROM connections") == [
        ("77", "buro prod", "ip_connection", "chicago,il", "hooks.acme.example")
    ]
    assert ask(database, "SELECT n, place, connection_id, tag, tag_folded FROM connection_tags") == [
        (10_000, 0, "77", "EU", "eu"),
        (10_000, 1, "77", "prod", "prod"),
    ]


def test_times_sort_as_text() -> None:
    """Times of any precision and offset sort as text, and what is not a time is NULL."""
    times = [
        *(
            "2024-03-01T00:00:00.000Z",
            "2024-03-01T00:00:00.5Z",
            "2024-03-01 00:00:00.521992z",
            "2024-03-01T01:00+01:00",
        ),
        *("2024-03-01T00:00:00.501Z", "2024-03-01", "2024-02-30T00:00:00Z", "0001-01-01T00:00:00+05:00", "yesterday"),
    ]
    database = loaded([{"id": str(number), "created_at": time} for number, time in enumerate(times)])
    assert ask(database, "SELECT id, created_at FROM connections ORDER BY created_at NULLS LAST, n") == [
        ("0", "2024-03-01 00:00:00"),
        ("3", "2024-03-01 00:00:00"),
        ("5", "2024-03-01 00:00:00"),
        ("1", "2024-03-01 00:00:00.500"),
        ("4", "2024-03-01 00:00:00.501"),
        ("2", "2024-03-01 00:00:00.521992"),
        ("6", None),
        ("7", None),
        ("8", None),
    ]


@given(ROWS | TYPED)
def test_a_record_can_be_read_back(row: dict[str, Any]) -> None:
    """A record is read back as it was loaded."""
    kept = bounded(row, CONNECTIONS.names)
    made = record(CONNECTIONS, kept.fields, kept.lost)
    database = Database(CONNECTIONS)
    database.load(3, [made])
    assert database.query(lambda handle: records(handle, CONNECTIONS, [30_000])) == [made]
    assert "hunter2" not in str(made)
    values = zip(layout_of(CONNECTIONS).stored, made.values, strict=False)
    assert [name for (name, _), value in values if value == "" and not name.endswith("_unless_same")] == []


def test_a_page_that_is_loaded_again_replaces_the_old_one() -> None:
    """A reloaded page replaces its rows, and pages beyond the last can be removed."""
    database = loaded(*([{"id": f"{page}{row}", "tags": ["x"]} for row in range(3)] for page in range(1, 4)))
    database.load(2, [record(CONNECTIONS, {"id": "new", "tags": ["y"]})])
    assert ask(database, "SELECT id FROM connections ORDER BY n") == [
        (each,) for each in ("10", "11", "12", "new", "30", "31", "32")
    ]
    database.keep([1, 2])
    assert ask(database, "SELECT n FROM connection_tags") == [(10_000,), (10_001,), (10_002,), (20_000,)]
    found = database.query(lambda handle: records(handle, CONNECTIONS, [20_000, 10_001]))
    assert [(each.values[0], each.tags) for each in found] == [("new", ("y",)), ("11", ("x",))]


def test_tags_are_kept_however_many_sets_of_them_there_are() -> None:
    """Equal sets are kept once, up to a bound; beyond it each is kept by itself."""
    pages = [[{"tags": [f"t{page}-{number}"]} for number in range(9_000)] for page in (1, 2)]
    again = [{"tags": ["t1-0"]}, {"tags": ["t2-8999"]}]
    database = loaded(*pages, again)
    database.finish()
    assert ask(database, "SELECT count(*), count(DISTINCT tag) FROM connection_tags") == [(18_002, 18_000)]
    assert ask(database, "SELECT count(*) FROM connection_tag_sets") == [(18_001,)]


def test_cached_records_equal_those_of_the_table() -> None:
    """Records are the same in any order of requests, cached or not."""
    database = loaded([{"id": str(number), "tags": ["a"] * (number % 3)} for number in range(700)])
    database.finish()
    numbers = [10_000 + number for number in range(700)]
    for some in (numbers[:5], numbers[3:250], numbers[240:300][::-1], numbers[290:540], numbers[535:550], numbers[::3]):
        expected = database.query(lambda handle, some=some: records(handle, CONNECTIONS, some))  # type: ignore[misc]
        assert database.records(some) == database.records(some) == expected


def test_a_query_cannot_change_anything() -> None:
    """Only `write` can change the database, and a failed write leaves nothing behind."""
    database = loaded([{"id": "1"}])
    for sql in ("DELETE FROM connections", "CREATE TABLE more (x)", "DROP TABLE findings"):
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            ask(database, sql)

    def fails(handle: sqlite3.Connection) -> None:
        handle.execute("DELETE FROM connections")
        raise ValueError("halfway")

    with pytest.raises(ValueError, match="halfway"):
        database.write(fails)
    assert ask(database, "SELECT count(*) FROM connections") == [(1,)]
    database.write(lambda handle: handle.execute("INSERT INTO findings VALUES (10000, '1', 'x', 'info', 'tags', NULL)"))
    assert ask(database, "SELECT finding FROM findings") == [("x",)]


def test_threads_read_concurrently_and_wait_for_a_writer() -> None:
    """No thread sees half of a change, and none is refused."""
    database = loaded([{"id": str(number)} for number in range(200)])

    def change(number: int) -> None:
        database.load(number + 2, [record(CONNECTIONS, {"id": f"{number}-{row}"}) for row in range(100)])

    with ThreadPoolExecutor(8) as threads:
        done = [threads.submit(ask, database, "SELECT count(*) FROM connections") for _ in range(100)]
        for number in range(5):
            done.append(threads.submit(lambda number=number: change(number) or [(0,)]))
            done += [threads.submit(ask, database, "SELECT count(*) FROM connections") for _ in range(50)]
        assert {each.result()[0][0] % 100 for each in done} == {0}
    assert ask(database, "SELECT count(*) FROM connections") == [(700,)]


def test_memory_is_counted_and_released() -> None:
    """A database without references is closed, with every connection that read it."""
    database = loaded([{"id": str(number), "connection_name": "x" * 200} for number in range(250)])
    assert 250 * 200 < database.size < 250 * 1000
    uri, gone = database.uri, weakref.ref(database)
    assert ask(database, "SELECT count(*) FROM connections") == [(250,)]
    del database
    gc.collect()
    assert gone() is None
    again = sqlite3.connect(uri, uri=True)
    assert again.execute("SELECT count(*) FROM sqlite_schema").fetchone() == (0,)
    again.close()


def test_names_of_columns_are_the_api_s_or_derived() -> None:
    """Columns are the API's fields or derived from them, and the last holds everything else."""
    layout = layout_of(CONNECTIONS)
    assert layout.stored[-1][0] == "rest"
    assert layout.tags == "tags"
    assert [name for name, _ in layout.computed] == ["created_year", "updated_year"]


def test_a_writer_is_not_starved_by_readers() -> None:
    """Readers that come after a writer wait, even if they overlap without end."""
    database = loaded([{"id": "1"}])
    begun = [threading.Event(), threading.Event()]
    written = threading.Event()

    def ask_again_and_again(own: threading.Event, other: threading.Event) -> None:
        def last_until_the_other_begins(_: sqlite3.Connection) -> None:
            own.set()
            other.wait(0.2)  # it waits for the writer, if the writer comes first
            other.clear()

        while not written.is_set():
            database.query(last_until_the_other_begins)

    with ThreadPoolExecutor(3) as threads:
        for own, other in (begun, begun[::-1]):
            threads.submit(ask_again_and_again, own, other)
        assert begun[0].wait(5)
        assert begun[1].wait(5)
        writing = threads.submit(database.write, lambda owner: owner.execute("DELETE FROM connections").rowcount)
        try:
            assert writing.result(10) == 1
        finally:
            written.set()
