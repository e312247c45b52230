"""What to write instead of a statement that SQLite refuses."""

from telnyx_connections_mcp.sql.statement import Statement


def correction(message: str, statement: Statement) -> str:
    """One sentence for SQLite's `message` about `statement`."""
    del message, statement
    return "SQLite cannot run the statement."
