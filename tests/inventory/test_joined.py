"""Several databases in one SELECT."""

import sqlite3
import threading

import pytest

from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.joined import with_attached
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.addresses import FQDNS, IPS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.kinds.phone_numbers import PHONE_NUMBERS
from telnyx_connections_mcp.inventory.record import record

JOIN = """SELECT c.id, count(p.id) FROM connections AS c
    LEFT JOIN phone_numbers.phone_numbers AS p ON p.connection_id = c.id GROUP BY c.id"""


def database(kind: Kind, *rows: dict[str, str]) -> Database:
    made = Database(kind)
    made.load(1, [record(kind, row) for row in rows])
    made.finish()
    return made


def connections() -> Database:
    return database(CONNECTIONS, {"id": "1"}, {"id": "2"})


def numbers() -> Database:
    return database(PHONE_NUMBERS, {"id": "n1", "connection_id": "2"}, {"id": "n2", "connection_id": "2"})


def test_tables_of_other_databases_are_joined_by_schema() -> None:
    """Each other database is a schema of the name it is given."""
    others = {"phone_numbers": numbers(), "ips": database(IPS), "fqdns": database(FQDNS)}
    for _ in range(3):
        found = with_attached(connections(), others, lambda handle: handle.execute(JOIN).fetchall())
        assert found == [("1", 0), ("2", 2)]


@pytest.mark.parametrize("table", ["connections", "phone_numbers.phone_numbers"])
def test_nothing_can_be_changed(table: str) -> None:
    """Neither the main database nor an attached one."""
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        with_attached(
            connections(), {"phone_numbers": numbers()}, lambda handle: handle.execute(f"DELETE FROM {table}")
        )


def test_joins_use_the_index_on_the_connection() -> None:
    """A join does not look at every row for every connection."""
    plan = with_attached(
        connections(),
        {"phone_numbers": numbers()},
        lambda handle: handle.execute(f"EXPLAIN QUERY PLAN {JOIN}").fetchall(),
    )
    assert any("phone_numbers_connection_id" in step[-1] for step in plan)


def test_a_writer_waits_for_whoever_has_a_database_attached() -> None:
    """An attached database does not change while it is queried."""
    main, other = connections(), numbers()
    started, finished = threading.Event(), threading.Event()

    def write() -> None:
        started.set()
        other.write(lambda handle: handle.execute("DELETE FROM phone_numbers"))
        finished.set()

    def work(handle: sqlite3.Connection) -> object:
        writer.start()
        started.wait(10)
        return [handle.execute(JOIN).fetchall(), finished.is_set(), handle.execute(JOIN).fetchall()]

    writer = threading.Thread(target=write)
    assert with_attached(main, {"phone_numbers": other}, work) == [[("1", 0), ("2", 2)], False, [("1", 0), ("2", 2)]]
    writer.join(10)
    assert with_attached(main, {"phone_numbers": other}, lambda handle: handle.execute(JOIN).fetchall()) == [
        ("1", 0),
        ("2", 0),
    ]
