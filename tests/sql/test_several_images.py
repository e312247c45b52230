"""The query process holds several kinds, each in a schema of its own, and of each only what statements may see."""

import gc
import sys

import pytest

from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds import KINDS
from telnyx_connections_mcp.inventory.kinds.addresses import FQDNS, IPS
from telnyx_connections_mcp.inventory.kinds.call_events import CALL_EVENTS
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.kinds.sip_registrations import SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.record import record
from telnyx_connections_mcp.sql.child import Child
from telnyx_connections_mcp.sql.query_process import QueryProcess
from telnyx_connections_mcp.sql.statement import read_statement
from telnyx_connections_mcp.sql.tables import TABLES

from .test_query_process import children

pytestmark = pytest.mark.anyio
linux = pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
USER_NAME, NUMBER = "acmelogin77", "+13125550123"


def database(kind: Kind, *rows: dict[str, object]) -> Database:
    """A database of these objects, as they are once picked."""
    made = Database(kind)
    made.load(1, [record(kind, row) for row in rows])
    made.finish()
    return made


async def rows_of(process: QueryProcess, sql: str, *databases: Database) -> list[list[object]]:
    return [list(row) for row in (await process.run(databases, read_statement(sql), 10)).rows]


@linux
async def test_statements_over_different_kinds_share_a_process(process: QueryProcess) -> None:
    """It keeps what it was given, so that alternating between kinds starts no other."""
    before = children()
    ips, fqdns = database(IPS, {"id": "1"}), database(FQDNS, {"id": "2"}, {"id": "3"})
    assert await rows_of(process, "SELECT count(*) FROM ips", ips) == [[1]]
    (first,) = children() - before
    assert await rows_of(process, "SELECT count(*) FROM fqdns", fqdns) == [[2]]
    (second,) = children() - before
    assert first != second
    for _ in range(3):
        assert await rows_of(process, "SELECT count(*) FROM ips", ips) == [[1]]
        assert await rows_of(process, "SELECT count(*) FROM fqdns f, ips i", ips, fqdns) == [[2]]
        assert await rows_of(process, "SELECT 1") == [[1]]
    assert children() - before == {second}


@linux
async def test_a_newer_snapshot_replaces_one_of_its_kind(process: QueryProcess) -> None:
    """The others stay, and what nobody else uses any more is forgotten."""
    before = children()
    ips, fqdns = database(IPS, {"id": "1"}), database(FQDNS, {"id": "2"})
    await rows_of(process, "SELECT count(*) FROM fqdns f, ips i", ips, fqdns)
    newer = database(IPS, {"id": "1"}, {"id": "4"})
    del ips
    gc.collect()
    assert await rows_of(process, "SELECT count(*) FROM ips", newer) == [[2]]
    (only,) = children() - before
    assert await rows_of(process, "SELECT count(*) FROM fqdns f, ips i", newer, fqdns) == [[2]]
    assert children() - before == {only}


async def test_findings_that_come_later_are_seen(process: QueryProcess) -> None:
    """A database that has changed is loaded again for a statement that touches findings."""
    connections = database(CONNECTIONS, {"id": "1"})
    sql = "SELECT count(*) FROM findings"
    assert await rows_of(process, sql, connections) == [[0]]
    connections.write(
        lambda owner: owner.execute("INSERT INTO findings VALUES (10000, '1', 'duplicate_name', 'warning', 'id', NULL)")
    )
    assert await rows_of(process, "SELECT count(*) FROM connections", connections) == [[1]]
    assert await rows_of(process, sql, connections) == [[1]]


async def test_every_kind_fits_into_one_process(process: QueryProcess) -> None:
    """SQLite attaches ten databases at most."""
    every = [database(kind) for kind in KINDS]
    counts = ", ".join(f"(SELECT count(*) FROM {table})" for table in TABLES)
    assert await rows_of(process, f"SELECT {counts}", *every) == [[0] * len(TABLES)]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT user_name FROM connection_settings.connection_settings",
        "SELECT s.user_name FROM connection_settings s",
        "SELECT max(user_name) || min(user_name) FROM connection_settings",
        "SELECT sip_username FROM sip_registrations.sip_registrations",
        "SELECT from_number || to_number FROM call_events.call_events",
        "SELECT from_number FROM call_events WHERE from_number LIKE '%3125550123%' UNION SELECT '-'",
        "SELECT replace(user_name, '*', '') FROM connection_settings WHERE user_name = 'acmelogin77' UNION SELECT '-'",
    ],
)
async def test_what_is_shortened_is_not_in_the_process(sql: str) -> None:
    """Half of a login and whole numbers of calls are found by no statement, not even where they are stored."""
    given = [
        database(CONNECTION_SETTINGS, {"connection_id": "1", "user_name": USER_NAME}),
        database(SIP_REGISTRATIONS, {"connection_id": "1", "sip_username": USER_NAME}),
        database(CALL_EVENTS, {"connection_id": "1", "from_number": NUMBER, "to_number": NUMBER}),
    ]
    child = await Child.start(given)
    answer = await child.ask({"sql": sql, "limit": 10, "size": 10_000})
    await child.end()
    ((cell,),) = answer["rows"]
    assert set(str(cell).replace("***", " ").split()) <= {"ac", "0123", "-"}


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("SELECT rest FROM connection_settings.connection_settings", "prohibited"),
        ("SELECT n FROM ips.ips", "prohibited"),
        ("SELECT tag_set FROM ips.ips", "prohibited"),
        ("SELECT rowid FROM ips.ips", "prohibited"),
        ("SELECT * FROM ips.sqlite_schema", "prohibited"),
        ("SELECT count(*) FROM ips.sqlite_master", "not authorized"),
        ("SELECT * FROM ips.ip_tag_sets", "prohibited"),
        ("SELECT * FROM ips.ip_tags", "prohibited"),
        ("SELECT * FROM main.ips", "no such table"),
        ("SELECT * FROM temp.sqlite_temp_schema", "prohibited"),
        ("SELECT * FROM pragma_database_list", "not authorized"),
        ("SELECT count(*) FROM pragma_table_list", "not authorized"),
        ("ATTACH ':memory:' AS more", "not authorized"),
        ("DETACH ips", "not authorized"),
        ("INSERT INTO ips.ips (id) VALUES ('1')", "not authorized"),
    ],
)
async def test_nothing_beyond_the_views_is_read_in_any_schema(sql: str, said: str) -> None:
    """Hidden columns, stored tables and SQLite's own are refused by the process itself."""
    child = await Child.start([database(CONNECTION_SETTINGS, {"connection_id": "1"}), database(IPS, {"id": "1"})])
    answer = await child.ask({"sql": sql, "limit": 10, "size": 10_000})
    await child.end()
    assert answer["failed"] == "error"
    assert said in answer["message"]
