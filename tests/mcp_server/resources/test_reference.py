"""The reference explains everything that tools accept and return."""

from telnyx_connections_mcp.audit.checks import CHECKS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.mcp_server.app import TOOLS
from telnyx_connections_mcp.mcp_server.resources.reference import reference


def test_every_name_is_explained() -> None:
    """Every condition, sort, group key, check and field is in the reference."""
    text = reference()
    orders = [order for name in CONNECTIONS.sort for order in (name, f"-{name}")]
    choices = (*CONNECTIONS.group_by, *orders)
    shown = [name for field in CONNECTIONS.fields for name in (field.name, field.in_summary)]
    for name in (*CONNECTIONS.where, *choices, *CHECKS, *shown):
        assert f"`{name}`" in text
    for argument in ("filter.connection_name.contains", "filter.fqdn", "page.size", "connection_id", "min_severity"):
        assert f"- `{argument}`" in text
    assert all(tool.name in text for tool in TOOLS)


def test_it_is_markdown_of_bounded_length() -> None:
    """The reference has one title, no trailing white space, and is short enough to be read whole."""
    text = reference()
    assert text.startswith("# ")
    assert text.count("\n# ") == 0
    assert all(line == line.rstrip() for line in text.splitlines())
    assert "`None`" not in text
    assert len(text) < 18_000
