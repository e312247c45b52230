"""The SQL of operators that no condition of a connection's own fields uses."""

from telnyx_connections_mcp.inventory.kind import Condition
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.operators import Operator
from telnyx_connections_mcp.query.operator_sql import operator_sql


def test_the_same_text_is_compared_whole_in_any_case() -> None:
    """A text is the same if only case and accents differ."""
    same = Condition(name="same", operator=Operator.SAME, meaning="The same.")
    found = operator_sql(CONNECTIONS, same, CONNECTIONS.by_name["connection_name"], "BÜRO")
    assert found is not None
    assert (found.text, found.values) == ("coalesce(connection_name_folded, '') = ?", ("buro",))
