"""Options come from the tool, and what its schema lacks from the kind that its `where` is about."""

from dataclasses import replace
from typing import Any

from telnyx_connections_mcp.cli.terminal.options import ToolOption, as_options, parameters
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.mcp_server.tool import ReadTool
from telnyx_connections_mcp.mcp_server.tools.search_connections import TOOL, SearchConnections

ACTIVE = CONNECTIONS.by_name["active"]
TYPE = CONNECTIONS.by_name["record_type"]


def with_fields(*changed: Any) -> Kind:
    """Connections with these fields in place of those of the same names."""
    by_name = {field.name: field for field in changed}
    fields = tuple(by_name.get(field.name, field) for field in CONNECTIONS.fields)
    return replace(CONNECTIONS, name="others", fields=fields)


def of_kind(kind: Kind | None) -> ReadTool:
    """The tool with the conditions of `kind`."""
    model = type("Arguments", (SearchConnections,), {"KIND": kind})
    return ReadTool.model_validate(dict(TOOL) | {"arguments_model": model, "parameters": {}})


def options(tool: ReadTool) -> dict[tuple[str, ...], ToolOption]:
    """Its options by path."""
    return {each.path: each for each in parameters(tool) if isinstance(each, ToolOption)}


def test_a_condition_is_called_as_its_own_kind_says() -> None:
    """Two kinds may have a condition of the same name with different options."""
    off = replace(ACTIVE, conditions=(replace(ACTIVE.conditions[0], opposite="off"),))
    other = of_kind(with_fields(off, replace(TYPE, known_values=("local", "mobile"))))
    where = {"where": {"active": False}}
    assert as_options(TOOL, where) == ["--inactive"]
    assert as_options(other, where) == ["--off"]
    path = ("where", "record_type")
    assert options(TOOL)[path].known_values == TYPE.known_values
    assert options(other)[path].known_values == ("local", "mobile")


def test_a_tool_without_a_kind_has_the_usual_opposites() -> None:
    """A tool without a kind has the usual negations, and no completions."""
    plain = of_kind(None)
    assert as_options(plain, {"where": {"active": False}}) == ["--no-active"]
    assert not any(option.known_values for option in options(plain).values())
