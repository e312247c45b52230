"""A statement that may run."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.call_events import CALL_EVENTS
from telnyx_connections_mcp.inventory.kinds.sip_registrations import SIP_REGISTRATIONS
from telnyx_connections_mcp.sql.guard import guard, refuse_length, refuse_size
from telnyx_connections_mcp.sql.headings import with_headings
from telnyx_connections_mcp.sql.lint import lint
from telnyx_connections_mcp.sql.lint_times import last_days
from telnyx_connections_mcp.sql.lint_values import notes_on_values
from telnyx_connections_mcp.sql.literals import Literal, literals_in
from telnyx_connections_mcp.sql.narrowing import Narrowed, narrowed
from telnyx_connections_mcp.sql.rewriting import edited, rewrite, unfenced
from telnyx_connections_mcp.sql.rewriting_numbers import numbers_as_stored
from telnyx_connections_mcp.sql.tables import FINDINGS, TABLES
from telnyx_connections_mcp.sql.tokens import tokens
from telnyx_connections_mcp.sql.written import Range, Written

_NARROWED = {SIP_REGISTRATIONS.name: "connection_id", CALL_EVENTS.name: "connection_id", FINDINGS: "finding"}
"""Tables of which less is read if a statement limits this column."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One SELECT, read and found harmless to compile."""

    sql: str
    """As SQLite gets it, without what may stand behind it: a semicolon, comments."""
    tables: Collection[str]
    """The tables that it reads."""
    literals: Sequence[Literal]
    """The texts in it that are compared with columns."""
    narrowed: Mapping[str, Narrowed]
    """The connections, or the checks, to which it limits tables that are read for each of them."""
    notes: Sequence[str]
    """What it means, if that may not be what was meant; a sentence each."""

    @property
    def kinds(self) -> Sequence[Kind]:
        """The kinds of objects that these tables are of."""
        return list(dict.fromkeys(TABLES[table].kind for table in self.tables))

    def literals_of(self, kind: Kind) -> Sequence[Literal]:
        """The literals that are compared with columns of that kind's tables."""
        return [literal for literal in self.literals if TABLES[literal.table].kind is kind]


def read_statement(sql: str) -> Statement:
    """The statement in `sql`. Raises `StatementRefused`, whose text says what to write instead."""
    refuse_length(sql)
    refuse_size(tokens(sql))
    original = Written(unfenced(sql))
    written = rewrite(original)
    numbers, how_read = numbers_as_stored(written)
    written = edited(written, numbers)
    refuse_size(written.tokens)
    lint(written)
    guard(written.sql, written.tokens)
    last = max(place for place, token in enumerate(written.tokens) if token.text != ";")
    ended = Written(written.text(Range(0, last + 1)))  # so that it can stand in parentheses
    return Statement(
        sql=with_headings(original, ended),
        tables=written.sources.tables,
        literals=literals_in(written),
        narrowed={table: found for table, column in _NARROWED.items() if (found := narrowed(ended, table, column))},
        notes=list(dict.fromkeys([*how_read, *last_days(written), *notes_on_values(written)])),
    )
