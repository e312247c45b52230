"""A row of a list as a text, for the summary of what surrounds a connection."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from telnyx_connections_mcp.answers.wording import word
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.account_changes import ACCOUNT_CHANGES
from telnyx_connections_mcp.inventory.kinds.addresses import FQDNS, IPS
from telnyx_connections_mcp.inventory.kinds.call_events import CALL_EVENTS
from telnyx_connections_mcp.inventory.kinds.phone_numbers import PHONE_NUMBERS
from telnyx_connections_mcp.inventory.kinds.webhook_deliveries import WEBHOOK_DELIVERIES


class RowText(NamedTuple):
    """How rows of a kind become texts."""

    fields: tuple[str, ...]
    """What `of` needs of a row."""
    of: Callable[[Mapping[str, Any]], str]
    at: str = ""
    """The field with the time, if rows that are alike are counted together; else empty."""


def _number(row: Mapping[str, Any]) -> str:
    """`+13125550123`, with its status unless it is active."""
    number, status = row.get("phone_number", "(no number)"), row.get("status")
    return f"{number}{f' ({word(status)})' if status not in (None, 'active') else ''}"


def _address(row: Mapping[str, Any]) -> str:
    """`203.0.113.7:5060`, `[2001:db8::7]:5060`, `sip.example.com`."""
    host = str(row.get("ip_address") or row.get("fqdn") or "(no address)")
    if "port" not in row:
        return host
    return f"{f'[{host}]' if ':' in host else host}:{row['port']}"


def _delivery(row: Mapping[str, Any]) -> str:
    """`call.initiated to hooks.example.com: HTTP 503`."""
    status = f"HTTP {row['http_status']}" if "http_status" in row else "no HTTP status"
    host = word(row["host"]) if "host" in row else "an unknown host"
    return f"{_event(row, 'event_type')} to {host}: {status}"


def _call_event(row: Mapping[str, Any]) -> str:
    """`call.hangup: user_busy, SIP 486`."""
    causes = [word(row["cause"])] if "cause" in row else []
    causes += [f"SIP {word(row['sip_cause'])}"] if "sip_cause" in row else []
    return ": ".join(filter(None, [_event(row, "name"), ", ".join(causes)]))


def _event(row: Mapping[str, Any], name: str) -> str:
    return word(row[name]) if name in row else "unknown event"


def _change(row: Mapping[str, Any]) -> str:
    """`2026-11-20T06:24Z update of password by account_owner`."""
    at = word(row["changed_at"]) if "changed_at" in row else "at an unknown time"
    what = word(row["change_type"]) if "change_type" in row else "change"
    of = f" of {word(row['fields'])}" if "fields" in row else ""
    by = f" by {word(row['changed_by'])}" if "changed_by" in row else ""
    return f"{at} {what}{of}{by}"


ROW_TEXTS: Mapping[Kind, RowText] = {
    PHONE_NUMBERS: RowText(("phone_number", "status"), _number),
    IPS: RowText(("ip_address", "port"), _address),
    FQDNS: RowText(("fqdn", "port"), _address),
    WEBHOOK_DELIVERIES: RowText(("event_type", "host", "http_status"), _delivery, at="started_at"),
    CALL_EVENTS: RowText(("name", "cause", "sip_cause"), _call_event, at="occurred_at"),
    ACCOUNT_CHANGES: RowText(("changed_at", "change_type", "fields", "changed_by"), _change),
}
