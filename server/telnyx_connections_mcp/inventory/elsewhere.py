"""Where other kinds hold what a condition or a group asks of an object: the numbers that ring on a connection, say.

Their tables are attached, each in a schema of its own, so their names need no schema. In the expressions, `its` is a
row of the other kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # it imports this
    from telnyx_connections_mcp.inventory.kind import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """One place of a value: the rows of `kind` whose `joined` column equals `own`."""

    kind: "Kind"
    field: str = ""
    """The field of the other kind that holds the value; empty if it only matters whether there is a row."""
    expression: str = ""
    """The value in SQL, unless it is the field itself."""
    joined: str = "connection_id"
    own: str = "connections.id"

    @property
    def value(self) -> str:
        """The value in SQL."""
        return self.expression or f"its.{self.field}"

    @property
    def rows(self) -> str:
        """The FROM clause of its rows."""
        return f"FROM {self.kind.name} AS its"

    @property
    def of_object(self) -> str:
        """The same for those of one object."""
        return f"{self.rows} WHERE its.{self.joined} = {self.own}"


def value_sql(places: Sequence[Elsewhere]) -> str:
    """The value for one object: of the first place that has one, or whether any place has a row."""
    if not places[0].field:
        return f"({' OR '.join(f'EXISTS (SELECT 1 {each.of_object})' for each in places)})"
    values = [f"(SELECT {each.value} {each.of_object})" for each in places]
    return values[0] if len(values) == 1 else f"coalesce({', '.join(values)})"
