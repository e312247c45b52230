"""The tables in few words, as a model is shown them: what matters of them, and is not easily guessed."""

from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.kinds.sip_registrations import MAX_CONNECTIONS, SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.sql.tables import TABLES, Column, Table, span

_LISTED = 3
"""Values of a column that are listed,"""
_FEW = 10
"""if there are not more than this."""
_NAMED = {
    "outbound_voice_profiles": (
        "id name enabled whitelisted_destinations daily_spend_limit daily_spend_limit_enabled concurrent_call_limit"
    ),
    "phone_numbers": "phone_number connection_id status phone_number_type country_iso_alpha2",
    "ips": "ip_address connection_id",
    "fqdns": "fqdn connection_id",
    "connection_settings": (
        "connection_id transport_protocol encrypted_media codecs inbound_channel_limit outbound_channel_limit "
        "sip_region sip_subdomain_receive_settings voice_host"
    ),
    "sip_registrations": "connection_id registered status ip_address",
    "webhook_deliveries": "connection_id host http_status started_at",
    "call_events": "connection_id name occurred_at failed cause sip_cause",
    "account_changes": "changed_at changed_by change_type resource_id fields",
}
"""The columns that are named, by table; of the tables of connections all are."""
_LOOK_LIKE = {
    "whitelisted_destinations": "'US, CA'",
    "phone_number": "'+13125550123'",
    "encrypted_media": "'SRTP' or NULL",
    "sip_subdomain_receive_settings": "'from_anyone'",
    "sip_region": "",
    "changed_by": "",
}
"""What values look like, if that is not said by those that Telnyx documents."""
_MORE = "Tags: phone_number_tags, outbound_voice_profile_tags. All columns of a table: SELECT * FROM ips LIMIT 1."


def described() -> str:
    """The tables with their columns, a line each."""
    shown = [table for table in TABLES.values() if table.kind is CONNECTIONS or table.name in _NAMED]
    return "\n".join([*map(_table, shown), _MORE])


def _table(table: Table) -> str:
    names = _NAMED[table.name].split() if table.name in _NAMED else table.by_name
    columns = ", ".join(_column(table.by_name[name]) for name in names)
    most = f" of at most {MAX_CONNECTIONS} connections" if table.kind is SIP_REGISTRATIONS else ""
    return f"{table.name}({columns}){span(table.kind)}{most}"


def _column(column: Column) -> str:
    """Its name, with what the name does not say of its values."""
    if column.type is Type.BOOLEAN:
        return f"{column.name} 0/1"
    few = () if column.closed or len(column.values) > _FEW else column.values[:_LISTED]
    known = ", ".join(f"'{value}'" for value in few)
    look = _LOOK_LIKE.get(column.name, f"({known}, ...)" if known else "")
    return f"{column.name} {look}".rstrip()
