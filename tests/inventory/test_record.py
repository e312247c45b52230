"""A record is shown as the row that it was made of, whatever that holds."""

import json
from typing import Any

from hypothesis import given

from telnyx_connections_mcp.answers import views
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.record import Record, record
from telnyx_connections_mcp.inventory.showing import in_full, summary
from telnyx_connections_mcp.redaction.cleaner import Cleaner
from telnyx_connections_mcp.sandbox.fleet import create_fleet
from telnyx_connections_mcp.telnyx.models import connection_of
from telnyx_connections_mcp.telnyx.rows import bounded

from .rows import ROWS, TYPED


def shown(made: Record) -> list[Any]:
    short, every = Cleaner(), Cleaner()
    return [summary(CONNECTIONS, made, short), short, in_full(CONNECTIONS, made, every), every]


def before(row: dict[str, Any]) -> list[Any]:
    connection = connection_of(bounded(row, CONNECTIONS.names))
    short, every = Cleaner(), Cleaner()
    return [views.view(connection, "summary", short), short, views.view(connection, "full", every), every]


@given(ROWS | TYPED)
def test_a_record_is_shown_as_its_row_was(row: dict[str, Any]) -> None:
    """In both details, with the same counts of what was changed, in the same order."""
    kept = bounded(row, CONNECTIONS.names)
    got, wanted = shown(record(CONNECTIONS, kept.fields, kept.lost)), before(row)
    assert got == wanted
    assert json.dumps(got[0::2]) == json.dumps(wanted[0::2])


def test_every_connection_of_the_sandbox_is_shown_as_before() -> None:
    """Those that people have, more or less."""
    for row in create_fleet(size=1000, seed=3).connections:
        kept = bounded(row, CONNECTIONS.names)
        assert json.dumps(shown(record(CONNECTIONS, kept.fields, kept.lost))[0::2]) == json.dumps(before(row)[0::2])
