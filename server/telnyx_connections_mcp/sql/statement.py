"""A statement that may run."""

from collections.abc import Collection
from dataclasses import dataclass

from telnyx_connections_mcp.sql.guard import guard
from telnyx_connections_mcp.sql.tables import TABLES
from telnyx_connections_mcp.sql.tokens import tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One SELECT, read and found harmless to compile."""

    sql: str
    """As SQLite gets it."""
    tables: Collection[str]
    """The tables that it may touch: those whose names occur in it."""


def read_statement(sql: str) -> Statement:
    """The statement in `sql`. Raises `StatementRefused`, whose text says what to write instead."""
    found = tokens(sql)
    guard(sql, found)
    names = {token.name for token in found}
    return Statement(sql=sql, tables=[table for table in TABLES if table in names])
