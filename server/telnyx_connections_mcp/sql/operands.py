"""What the operands of a comparison are."""

from telnyx_connections_mcp.sql.names import column_named
from telnyx_connections_mcp.sql.tables import Column
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Range, Written


def column_of(written: Written, operand: Range) -> Column | None:
    """The column that `operand` is, unless the statement gives its name to something else."""
    last = written.at(operand.end - 1)
    named = operand.end - operand.start in (1, 3) and written.is_name(operand.end - 1)
    if not named or last.name is None or last.name in written.aliases:
        return None
    return column_named(last.name)


def literal_of(written: Written, value: Range) -> str | None:
    """The text of a string."""
    token = written.at(value.start)
    return token.value if value.end - value.start == 1 and token.kind is TokenKind.STRING else None
