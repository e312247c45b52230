"""Names that statements use for tables and columns, and which are meant."""

from collections.abc import Sequence

from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.query.suggestions import nearest_texts
from telnyx_connections_mcp.sql.tables import TABLES, Table
from telnyx_connections_mcp.sql.written import Written
from telnyx_connections_mcp.text.cleaning import clean, cut

_SHOWN = 64
"""Longest name echoed back, in characters."""
_LISTED = 2
"""Most tables whose columns are all listed."""
_LONG = 700
"""Longest list of all columns, in characters."""
_SHORT = 4
"""Fewest characters of a name that is sought in the names of columns."""
_NAME = ("connection_name", "name")
_TYPE = ("record_type", "phone_number_type", "type", "event_type", "resource_type")
_STATE = ("active", "enabled", "status", "registered")
_CREATED = ("created_at", "purchased_at", "changed_at", "occurred_at", "started_at")
_UPDATED = ("updated_at", "last_modified")
_HOST = ("webhook_host", "host", "fqdn")
_ADDRESS = ("ip_address", "fqdn")
_NUMBER = ("phone_number", "from_number", "to_number")
_WHO = ("changed_by", "user_id")
_WHAT = ("resource_id", "resource_name", "connection_id")
_LIMIT = ("concurrent_call_limit", "outbound_channel_limit", "inbound_channel_limit")
_OTHERS: dict[str, Sequence[str]] = {
    **dict.fromkeys(("name", "label", "title", "profile_name"), _NAME),
    "connection": ("connection_name", "connection_id"),
    "id": ("connection_id",),
    **dict.fromkeys(("type", "connection_type", "kind", "event", "event_name"), (*_TYPE, "name")),
    **dict.fromkeys(("status", "state", "enabled", "active", "is_active", "disabled"), _STATE),
    **dict.fromkeys(("created", "created_at", "time", "timestamp", "at", "date", "event_timestamp"), _CREATED),
    **dict.fromkeys(("updated", "modified_at", "updated_at", "last_registered_at"), _UPDATED),
    **dict.fromkeys(("webhook", "webhook_url", "url"), ("webhook_event_url", "host", "voice_url")),
    **dict.fromkeys(("failover_url", "webhook_failover_url"), ("webhook_event_failover_url", "voice_fallback_url")),
    **dict.fromkeys(("host", "hostname", "domain"), _HOST),
    "scheme": ("webhook_scheme",),
    **dict.fromkeys(("anchorsite", "anchor_site", "site"), ("anchorsite_override",)),
    "region": ("sip_region", "anchorsite_override"),
    **dict.fromkeys(
        ("voice_profile_id", "profile_id", "outbound_voice_profile_id"), ("outbound_voice_profile_id", "id")
    ),
    "api_version": ("webhook_api_version",),
    **dict.fromkeys(("check", "check_name", "finding_name"), ("finding",)),
    **dict.fromkeys(("ip", "address", "ip_addr", "ua_ip"), _ADDRESS),
    **dict.fromkeys(("number", "phone", "e164", "did", "msisdn"), _NUMBER),
    **dict.fromkeys(("country", "country_code", "iso_country"), ("country_iso_alpha2", "whitelisted_destinations")),
    **dict.fromkeys(("countries", "destinations", "allowed_destinations"), ("whitelisted_destinations",)),
    **dict.fromkeys(("spend_limit", "daily_limit", "limit_usd"), ("daily_spend_limit",)),
    **dict.fromkeys(("concurrency_limit", "channel_limit", "max_calls"), _LIMIT),
    **dict.fromkeys(("srtp", "encryption", "media_encryption"), ("encrypted_media",)),
    **dict.fromkeys(("transport", "protocol", "transport_protocol"), ("transport_protocol", "transport")),
    "codec": ("codecs",),
    "dtmf": ("dtmf_type",),
    **dict.fromkeys(("t38", "t38_enabled", "fax"), ("t38_reinvite_source", "t38_fax_gateway_enabled")),
    **dict.fromkeys(("username", "sip_user", "sip_username", "user_name"), ("user_name", "sip_username")),
    **dict.fromkeys(("who", "user", "actor", "changed_by"), (*_WHO, "user_name")),
    **dict.fromkeys(("what", "object_id", "resource"), _WHAT),
    **dict.fromkeys(("changes", "changed_fields", "field"), ("fields",)),
    "action": ("change_type",),
    **dict.fromkeys(("hangup_cause", "reason", "error"), ("cause", "http_status", "last_registration_response")),
    **dict.fromkeys(("sip_code", "sip_status", "sip_hangup_cause", "response_code"), ("sip_cause", "http_status")),
    **dict.fromkeys(("status_code", "code"), ("http_status", "sip_cause")),
    **dict.fromkeys(("from", "caller"), ("from_number",)),
    **dict.fromkeys(("to", "callee"), ("to_number",)),
}
"""What people call the columns."""
_OTHER_TABLES = {
    **dict.fromkeys(("profiles", "voice_profiles", "profile"), "outbound_voice_profiles"),
    **dict.fromkeys(("numbers", "number", "dids"), "phone_numbers"),
    **dict.fromkeys(("ip_addresses", "addresses", "ip"), "ips"),
    **dict.fromkeys(("domains", "hosts"), "fqdns"),
    **dict.fromkeys(("settings", "trunks", "ip_connections", "credential_connections"), "connection_settings"),
    **dict.fromkeys(("registrations", "registration_status"), "sip_registrations"),
    **dict.fromkeys(("deliveries", "webhooks", "webhook_events", "failures"), "webhook_deliveries"),
    **dict.fromkeys(("calls", "events", "call_logs"), "call_events"),
    **dict.fromkeys(("changes", "audit_events", "audit_logs", "audit_log"), "account_changes"),
}
"""What people call the tables."""
_OF_OTHERS = ("tables", "columns", "sqlite_master", "sqlite_schema")
"""Where databases list their tables."""
_INSTEAD = {
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


def is_column(name: str, written: Written) -> bool:
    """Whether a table that the statement reads has a column with this name, in lower case."""
    return any(name in TABLES[table].by_name for table in written.sources.tables or TABLES)


def tags_hint(written: Written) -> str:
    """How to ask for the tags of what the statement reads."""
    kinds = [TABLES[table].kind for table in written.sources.tables]
    kind = next((each for each in kinds if each.tags_table in TABLES), CONNECTIONS)
    own = f"{kind.noun}_id"
    return (
        f"tags are rows of {kind.tags_table}({own}, tag): write "
        f"id IN (SELECT {own} FROM {kind.tags_table} WHERE tag = 'prod'), or join it"
    )


def unknown_column(name: str, written: Written) -> str:
    """A sentence that no table of the statement has this column, with the nearest names and all columns."""
    qualifier, _, plain = name.lower().rpartition(".")
    read = written.sources.tables
    among = [TABLES[table] for table in written.sources.aliased(qualifier) or read]
    there = list(dict.fromkeys(column for table in among or TABLES.values() for column in table.by_name))
    if plain == "tags":
        hint = tags_hint(written)
    elif plain in _INSTEAD:
        hint = _INSTEAD[plain]
    else:
        hint = _hint(plain, there, _others(plain, among))
    listed = f"; {_listed(among)}" if among else ""
    return f"There is no column {cut(clean(name), _SHOWN)}: {hint}{listed}."


def _others(name: str, among: Sequence[Table]) -> list[str]:
    """The other tables that have the column; of the same kinds alone if any of those has it."""
    kinds = [table.kind for table in among]
    others = [table for table in TABLES.values() if name in table.by_name and table not in among]
    return [table.name for table in others if table.kind in kinds] or [table.name for table in others]


def _hint(name: str, there: Sequence[str], others: Sequence[str]) -> str:
    """Which column may be meant."""
    meant = [each for each in _OTHERS.get(name, ()) if each in there and each != name]
    if name == "connection_id" and "connection_name" in there:
        return "in connections it is id"
    if others and not meant:
        return f"it is in {' and '.join(others[:_LISTED])}: join that"
    parts = [each for each in there if len(name) >= _SHORT and name in each]
    near = meant[:1] or nearest_texts(name, there)[:2] or parts[:2]
    return f"write {' or '.join(near)}" if near else "use one of these"


def _listed(tables: Sequence[Table]) -> str:
    """Their columns; of many tables how to see them."""
    if len(tables) > _LISTED:
        return f"SELECT * FROM {tables[0].name} LIMIT 1 shows the columns of a table"
    return "; ".join(f"{table.name} has {_columns(table)}" for table in tables)


def _columns(table: Table) -> str:
    """All of its columns, but of a long list without what is derived from URLs."""
    listed = ", ".join(table.by_name)
    if len(listed) <= _LONG:
        return listed
    own = (name for name in table.by_name if name in table.kind.by_name)
    return f"{', '.join(own)} and parts of its URLs, such as voice_host"


def tables_in_words(written: Written | None = None) -> str:
    """The columns of the tables that the statement names; if it names none, the names of all."""
    words = [token.name or "" for token in written.tokens] if written else []
    named = [TABLES[word] for word in words if word in TABLES]
    if named:
        return _listed(named[:_LISTED])
    return f"the tables are {', '.join(TABLES)}; SELECT * FROM connections LIMIT 1 shows the columns of one"


def unknown_table(name: str) -> str:
    """That there is no such table, and which there are."""
    plain = name.rpartition(".")[2].lower()
    if any(plain in table.by_name for table in TABLES.values()):
        return f"{name} is a column, not a table: to find a value in a list, write {plain} LIKE '%US%'."
    near = _OTHER_TABLES.get(plain) or next(iter(nearest_texts(plain, TABLES)), None)
    if plain in _OF_OTHERS:
        near = None
    hint = f"write {near}; {_listed([TABLES[near]])}" if near else tables_in_words()
    return f"There is no table {name}: {hint}."
