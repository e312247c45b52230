"""The reference that an agent can read: arguments, conditions, sorts and fields, made from the code's own schemas.

A name comes from a schema or a model, never from here; here are only the words for what a schema leaves unsaid to
keep `tools/list` short. A name without words fails (tests/mcp_server/resources/test_reference.py).
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from telnyx_connections_mcp.answers.token_budget import compact_json
from telnyx_connections_mcp.answers.views import ConnectionSummary
from telnyx_connections_mcp.audit.checks import CHECKS
from telnyx_connections_mcp.mcp_server.tool import ReadTool
from telnyx_connections_mcp.mcp_server.tools import (
    audit_connections,
    list_active_calls,
    list_connections,
    search_connections,
)
from telnyx_connections_mcp.telnyx.models import CONNECTION_FIELDS

FIELDS: Mapping[str, str] = {
    "id": "Telnyx's id of the connection, digits as text.",
    "connection_name": "The name that its people gave it; several connections may share one.",
    "record_type": "Its type; the known ones stand at `record_type` above, and Telnyx may add more.",
    "active": "Whether it is switched on. It does not say whether calls succeed.",
    "created_at": "When it was created, UTC; a day in summaries.",
    "updated_at": "When its settings last changed, UTC; a day in summaries. Not when it last carried a call.",
    "outbound_voice_profile_id": "The outbound voice profile: without one Telnyx refuses its outbound calls.",
    "tags": "Its people's own labels.",
    "webhook_event_url": "Where Telnyx sends the events of calls; in full rows only, secrets as ***.",
    "webhook_event_failover_url": "Where they go when the first does not answer; in full rows only, secrets as ***.",
    "webhook_api_version": "The format of the events: 1 or 2.",
    "anchorsite_override": "Where its media is anchored. Latency is the default: not in summaries, a group in counts.",
    "webhook_host": "In summaries, the host of webhook_event_url; absent without a webhook.",
    "webhook_failover_host": "In summaries, the host of webhook_event_failover_url; absent without one.",
}

CONDITIONS: Mapping[str, str] = {
    "name_not_contains": "No such part in connection_name.",
    "ids": "One of these ids.",
    "record_type_not": "None of these types.",
    "active": "Switched on, or off.",
    "tags_any": "At least one of these tags.",
    "tags_all": "All of these tags.",
    "tags_none": "None of these tags.",
    "untagged": "true: no tag at all.",
    "outbound_voice_profile_id": "Uses this outbound voice profile.",
    "has_outbound_voice_profile": "Has one, or has none.",
    "has_webhook": "Has a primary webhook, or has none.",
    "has_failover_webhook": "Has a failover webhook, or has none.",
    "updated_after": "Changed at or after.",
}


@cache
def reference() -> str:
    """The text in Markdown; made at the first reading, because every start would pay for it."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Voice connections of a Telnyx account: filters, sorts, fields"
    yield (
        "\nTexts in conditions are compared without case and accents, any white space as one space. Times are ISO "
        "dates, date-times with any offset, or ages: 90d, 6m, 2y. An empty condition is none."
    )
    yield "Summaries leave out what is not set, and the anchor site Latency."
    yield "`unknown` in an answer names values of conditions that no connection read has: likely misspelled."
    yield "\n## search_connections: the whole account\n"
    arguments = search_connections.TOOL.parameters["properties"]
    yield "`where`, all conditions must hold:\n"
    for name, schema in arguments["where"]["properties"].items():
        yield f"- `{name}` ({_kind(schema)}): {schema.get('description') or CONDITIONS[name]}{_example(schema)}"
    yield f"\n`group_by`, up to {arguments['group_by']['maxItems']}: {_choices(arguments['group_by']['items'])}."
    yield "Groups tell texts apart as conditions do, without case and accents; null: not set."
    yield f"`sort`: {_choices(arguments['sort'])}; left out: `{arguments['sort']['default']}`. `-` is descending."
    yield from _section("list_connections: one page as Telnyx has it", list_connections.TOOL)
    yield from _section("list_active_calls: the live calls of one connection", list_active_calls.TOOL)
    yield from _section("audit_connections: what is wrong", audit_connections.TOOL, without=("filter", "checks"))
    yield "- `filter`: as in list_connections; left out: the whole account."
    yield "- `checks`: only these; left out: all. Each is of one severity:\n"
    for name, check in CHECKS.items():
        yield f"  - `{name}` ({check.severity}): {check.why} {check.do}"
    yield "\n## Fields of a connection\n"
    for name in dict.fromkeys((*CONNECTION_FIELDS, *ConnectionSummary.__annotations__)):
        yield f"- `{name}`: {FIELDS[name]}"
    yield "\nTelnyx may send more fields, depending on the type: get_connection and `detail` full show them all."


def _section(title: str, tool: ReadTool, without: tuple[str, ...] = ()) -> Iterator[str]:
    yield f"\n## {title}\n"
    for name, schema in _leaves(tool.parameters["properties"]):
        if name not in without and name.partition(".")[0] not in without:
            default = f" Left out: `{_said(schema['default'])}`." if "default" in schema else ""
            yield f"- `{name}` ({_kind(schema)}): {schema['description']}{default}{_example(schema)}"


def _leaves(properties: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The arguments that hold no others, by their dotted names."""
    for name, schema in properties.items():
        if "properties" in schema:
            yield from _leaves(schema["properties"], f"{prefix}{name}.")
        else:
            yield prefix + name, schema


def _kind(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        return _choices(schema)
    if schema["type"] == "array":
        return f"list of {_kind(schema['items'])}"
    if schema["type"] == "integer":
        most = f" to {schema['maximum']}" if "maximum" in schema else " or more"
        return f"{schema['minimum']}{most}"
    return {"string": "text", "boolean": "true or false"}[schema["type"]]


def _choices(schema: Mapping[str, Any]) -> str:
    return ", ".join(f"`{choice}`" for choice in schema["enum"])


def _example(schema: Mapping[str, Any]) -> str:
    said = ", ".join(f"`{_said(example)}`" for example in schema.get("examples") or ())
    return f" Example: {said}." if said else ""


def _said(value: object) -> str:
    return value if isinstance(value, str) else compact_json(value)
