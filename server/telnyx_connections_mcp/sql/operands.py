"""What the operands of a comparison are."""

from collections.abc import Sequence

from telnyx_connections_mcp.sql.tables import Column
from telnyx_connections_mcp.sql.tokens import TokenKind
from telnyx_connections_mcp.sql.written import Range, Written


def column_of(written: Written, operand: Range) -> Column | None:
    """The column that `operand` is, unless the statement gives its name to something else.

    Of several tables that have it, the first: a name has the same type in all of them.
    """
    return next(iter(columns_of(written, operand)), None)


def columns_of(written: Written, operand: Range) -> Sequence[Column]:
    """The columns that `operand` may be, of different tables."""
    last = written.at(operand.end - 1)
    named = operand.end - operand.start in (1, 3) and written.is_name(operand.end - 1)
    if not named or last.name is None or (last.name in written.aliases and not written.sources.is_qualified(operand)):
        return []
    return written.sources.columns(operand)


def literal_of(written: Written, value: Range) -> str | None:
    """The text of a string."""
    token = written.at(value.start)
    return token.value if value.end - value.start == 1 and token.kind is TokenKind.STRING else None
