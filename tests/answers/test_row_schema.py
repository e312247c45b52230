"""Schemas of rows."""

from telnyx_connections_mcp.answers.rows import row_schema
from telnyx_connections_mcp.inventory.kinds.addresses import IPS


def test_a_number_is_a_number_or_text_that_the_api_sent_instead() -> None:
    """As for every field, a value of another type is shown as text."""
    assert row_schema(IPS)["properties"]["port"]["type"] == ["number", "null", "string"]
