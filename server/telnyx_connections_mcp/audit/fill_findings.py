"""Fills a snapshot's table `findings`, on first use; `inventory/snapshot_tables.py` creates it."""

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from telnyx_connections_mcp.audit.checks import CONNECTION_CHECKS
from telnyx_connections_mcp.audit.private_hosts import is_private
from telnyx_connections_mcp.audit.similar_names import similar_name
from telnyx_connections_mcp.audit.suspicious_text import is_suspicious
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.snapshot_tables import CHANGED
from telnyx_connections_mcp.inventory.times import kept_time

if TYPE_CHECKING:  # imported when it is first asked: every chat starts a server
    import sqlite3

WITHOUT_SURROUNDINGS = tuple(name for name, check in CONNECTION_CHECKS.items() if not check.reads)
"""The checks that read connections alone."""
YEAR = timedelta(days=365)

_WEBHOOKS = " UNION ALL ".join(
    f"SELECT n, '{field.name}', {field.url.host}, {field.url.scheme}, {field.url.secret_part} FROM connections "
    f"WHERE {field.name} IS NOT NULL"
    for field in CONNECTIONS.fields
    if field.url
)
HELP = f"""
webhooks(n, field, host, scheme, secret_part) AS ({_WEBHOOKS}),
hidden(n, field) AS (
    SELECT n, key FROM connections, json_each(rest, '$.changed')
    WHERE {CHANGED} AND json_extract(value, '$[0]') > 0
)"""
"""Additional views for checks: a row for each URL, and one for each text that lost invisible characters."""


def fill(database: "sqlite3.Connection", now: datetime, checks: Collection[str] = WITHOUT_SURROUNDINGS) -> None:
    """Fill the table `findings`: a row for each connection and field that fails one of the checks, as of `now`.

    What a check reads besides must be attached. Findings of other checks stay.
    """
    database.create_function("is_private", 1, _of_text(is_private))
    database.create_function("is_suspicious", 1, _of_text(is_suspicious))
    database.create_function("similar_name", 1, lambda name: similar_name(name) if name else "")
    for name in checks:
        check = CONNECTION_CHECKS[name]
        found = "n, field, detail" if check.reads else "n, field"
        remove(database, [name])
        database.execute(
            f"WITH {HELP}, failing({found}) AS ({check.select}) INSERT INTO findings "
            f"SELECT n, id, :finding, :severity, field, {'detail' if check.reads else 'NULL'} "
            "FROM failing JOIN connections USING (n)",
            {"finding": name, "severity": check.severity, "year_ago": kept_time(now - YEAR)},
        )


def remove(database: "sqlite3.Connection", checks: Iterable[str]) -> None:
    """Remove the findings of these checks."""
    database.executemany("DELETE FROM findings WHERE finding = ?", ((name,) for name in checks))


def _of_text(test: Callable[[str], bool]) -> Callable[[str | None], bool]:
    return lambda text: text is not None and test(text)
