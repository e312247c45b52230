"""Names that statements use for tables and columns, and which are meant."""

from collections.abc import Collection

from telnyx_connections_mcp.query.suggestions import nearest_texts
from telnyx_connections_mcp.sql.tables import TABLES, Column
from telnyx_connections_mcp.text.cleaning import clean, cut

_SHOWN = 64
"""Longest name echoed back, in characters."""

_OTHERS = {
    "name": "connection_name",
    "connection": "connection_name",
    "label": "connection_name",
    "type": "record_type",
    "connection_type": "record_type",
    "kind": "record_type",
    "status": "active",
    "state": "active",
    "enabled": "active",
    "is_active": "active",
    "disabled": "active",
    "created": "created_at",
    "updated": "updated_at",
    "modified_at": "updated_at",
    "webhook": "webhook_event_url",
    "webhook_url": "webhook_event_url",
    "url": "webhook_event_url",
    "failover_url": "webhook_event_failover_url",
    "webhook_failover_url": "webhook_event_failover_url",
    "host": "webhook_host",
    "scheme": "webhook_scheme",
    "anchorsite": "anchorsite_override",
    "anchor_site": "anchorsite_override",
    "site": "anchorsite_override",
    "region": "anchorsite_override",
    "voice_profile_id": "outbound_voice_profile_id",
    "profile_id": "outbound_voice_profile_id",
    "api_version": "webhook_api_version",
    "check": "finding",
    "check_name": "finding",
    "finding_name": "finding",
}
"""What people call the columns."""
_INSTEAD = {
    "tags": (
        "tags are rows of connection_tags(connection_id, tag): write "
        "id IN (SELECT connection_id FROM connection_tags WHERE tag = 'prod'), or join it"
    ),
    "created_year": "write strftime('%Y', created_at)",
    "updated_year": "write strftime('%Y', updated_at)",
    **dict.fromkeys(
        ("second", "minute", "hour", "day", "week", "month", "quarter", "year"),
        "units are no words here: write datetime(t, '-90 days'), or julianday(a) - julianday(b), which is days",
    ),
    "interval": "write datetime('now', '-90 days')",
    "e": "write the characters themselves in '...', without E and backslashes",
    "rownum": "write LIMIT n at the end",
    "created_month": "write strftime('%Y-%m', created_at)",
}
"""What has another form here."""


def column_named(name: str) -> Column | None:
    """The column of any table with this name, in lower case."""
    return next((table.by_name[name] for table in TABLES.values() if name in table.by_name), None)


def unknown_column(name: str, tables: Collection[str]) -> str:
    """A sentence that none of `tables` has this column, with the nearest names and all columns."""
    plain = name.rpartition(".")[2].lower()
    among = [TABLES[table] for table in tables] or [*TABLES.values()]
    listed = "; ".join(f"{table.name} has {', '.join(table.by_name)}" for table in among)
    there = [column for table in among for column in table.by_name]
    if plain in _INSTEAD:
        hint = _INSTEAD[plain]
    elif plain == "connection_id" and "connections" in tables:
        hint = "in connections it is id"
    elif _OTHERS.get(plain) in there:
        hint = f"write {_OTHERS[plain]}"
    elif elsewhere := [table.name for table in TABLES.values() if plain in table.by_name]:
        hint = f"it is in {' and '.join(elsewhere)}: join that"
    else:
        near = nearest_texts(plain, there)[:2]
        hint = f"write {' or '.join(near)}" if near else "use one of these"
    return f"There is no column {cut(clean(name), _SHOWN)}: {hint}; {listed}."


def unknown_table(name: str) -> str:
    """That there is no such table, and which there are."""
    near = nearest_texts(name.rpartition(".")[2], TABLES)[:1]
    hint = f"write {near[0]}; " if near else ""
    listed = ", ".join(f"{table.name}({', '.join(table.by_name)})" for table in TABLES.values())
    return f"There is no table {name}: {hint}the tables are {listed}."
