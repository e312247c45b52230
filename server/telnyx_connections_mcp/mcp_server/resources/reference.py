"""The reference for agents: arguments, conditions, sorts and fields, generated from the schemas.

Descriptions that schemas lack, to keep `tools/list` short, come from the kind (inventory/kinds/).
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from telnyx_connections_mcp.audit.checks import CHECKS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.mcp_server.schema import described
from telnyx_connections_mcp.mcp_server.tool import ReadTool
from telnyx_connections_mcp.mcp_server.tools import (
    audit_connections,
    get_connection,
    list_active_calls,
    list_connections,
    query_account,
    search_connections,
)
from telnyx_connections_mcp.sql.tables import TABLES, Table
from telnyx_connections_mcp.surroundings.parts import MEANINGS


@cache
def reference() -> str:
    """The text in Markdown, made on first use to keep the start fast."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# Voice connections of a Telnyx account: filters, sorts, fields"
    yield (
        "\nTexts in conditions are compared ignoring case and accents, with any white space as one space, unless a "
        "condition says that case counts. Times are ISO dates, "
        "date-times with any offset, or ages: 90d, 6m, 2y. An empty condition is ignored."
    )
    yield "Summaries leave out what is not set, and the anchor site Latency."
    yield "`unknown` in an answer lists values in conditions that no connection read has: they are probably misspelled."
    yield "\n## search_connections: the whole account\n"
    arguments = search_connections.TOOL.parameters["properties"]
    yield "`where` (all conditions must hold):\n"
    for name, schema in arguments["where"]["properties"].items():
        kind = "list of `checks`" if name == "finding" else _kind(schema)
        yield f"- `{name}` ({kind}): {CONNECTIONS.conditions[name][0].meaning}"
    yield f"\n`group_by`, up to {arguments['group_by']['maxItems']}: {_choices(arguments['group_by']['items'])}."
    yield (
        "Groups distinguish texts ignoring case and accents; null means not set. A name spelled in several ways has "
        "`spellings`, with their counts."
    )
    yield f"`limit`: {arguments['limit']['description']} `offset`: {arguments['offset']['description']}"
    yield f"`sort`: {_choices(arguments['sort'])}; default: `{arguments['sort']['default']}`. `-` means descending."
    yield from _section("list_connections: one page as Telnyx has it", list_connections.TOOL)
    yield from _section("list_active_calls: the live calls of one connection", list_active_calls.TOOL)
    yield from _section("get_connection: one connection, and what surrounds it", get_connection.TOOL)
    yield "- The parts of `include`; `all` are all of them:\n"
    for name, meaning in MEANINGS.items():
        yield f"  - `{name}`: {meaning}"
    yield from _section("audit_connections: what is wrong", audit_connections.TOOL, without=("filter", "checks"))
    yield "- `filter`: as in list_connections; default: the whole account."
    yield "- `checks`: only these; default: all. Each has one severity:\n"
    for name, check in CHECKS.items():
        yield f"  - `{name}` ({check.severity}): {check.why} {check.do}"
    yield from _section("query_account: one SELECT over the whole account", query_account.TOOL)
    yield "\nIts tables; `connections` has the fields below, and:\n"
    for table in TABLES.values():
        yield f"- `{table.name}`: {table.meaning}"
        yield from _columns(table)
    yield "\n`connection_id` is the `id` of a connection, and tables of tags belong to the `id` of the others."
    yield "\n## Fields of a connection\n"
    for name, shown in CONNECTIONS.shown.items():
        yield f"- `{name}`: {f'{shown.meaning} {shown.in_answers}'.strip()}"
    yield "\nTelnyx may send more fields, depending on the type: get_connection and `detail` full show them all."


def _columns(table: Table) -> Iterator[str]:
    """The columns of a table: of connections each with its meaning, of others by name."""
    if table.kind is not CONNECTIONS:
        yield f"  {', '.join(f'`{name}`' for name in table.by_name)}"
        return
    for column in table.columns:
        if column.name not in CONNECTIONS.shown or table.name != CONNECTIONS.name:
            yield f"  - `{column.name}`: {column.meaning}"


def _section(title: str, tool: ReadTool, without: tuple[str, ...] = ()) -> Iterator[str]:
    yield f"\n## {title}\n"
    for name, schema in _leaves(tool.parameters["properties"]):
        if name not in without and name.partition(".")[0] not in without:
            kind = "list of fields, see below" if name == "fields" else _kind(schema)
            yield f"- `{name}` ({kind}): {described(schema)}"


def _leaves(properties: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The arguments that have no others below them, by dotted name."""
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
