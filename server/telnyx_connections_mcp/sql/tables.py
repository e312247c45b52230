"""The tables that a statement sees, with their columns: derived from the kinds, like the tables of a snapshot.

The views of the query process, the description of `query_account`, hints about names, `query --schema` and exports all
come from here. Columns of a snapshot that are not named here (row numbers, folded texts, `rest`) cannot be reached.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from telnyx_connections_mcp.audit.checks import CHECKS, SEVERITIES, Check
from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.kinds import KINDS
from telnyx_connections_mcp.inventory.operators import Type

FINDINGS = "findings"
"""The table of what the audit found; it is filled when it is first asked for."""
_FEW = 10
"""Most values that the description of a column lists."""
# A tag that a connection has twice counts once; `repeated` also marks those that differ in case.
_EACH_TAG_ONCE = (
    " WHERE repeated IS NULL OR NOT EXISTS (SELECT 1 FROM main.{table} AS earlier "
    "WHERE earlier.n = own.n AND earlier.place < own.place AND earlier.tag = own.tag)"
)


class Column(NamedTuple):
    """A column that statements may read."""

    name: str
    type: Type
    expression: str
    """SQL over the stored table."""
    meaning: str
    values: tuple[str, ...] = ()
    """Its documented values."""
    closed: bool = False
    """Whether it can have no other values."""
    may_be_null: bool = False
    """Whether rows without it are usual."""


class Table:
    """A table that statements may read: a view of a table of the snapshot."""

    def __init__(self, kind: Kind, name: str, meaning: str, columns: tuple[Column, ...], rows: str = "") -> None:
        self.kind = kind
        """The kind whose snapshot holds it."""
        self.name = name
        self.meaning = meaning
        self.columns = columns
        self._rows = rows.format(table=name)

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """Its columns by name."""
        return {column.name: column for column in self.columns}

    @property
    def select(self) -> str:
        """The SELECT over the stored table that makes it."""
        columns = ", ".join(
            column.name if column.name == column.expression else f"{column.expression} AS {column.name}"
            for column in self.columns
        )
        return f"SELECT {columns} FROM main.{self.name} AS own{self._rows}"

    @property
    def view(self) -> str:
        """The statement that creates its view, which hides the stored table of the same name."""
        return f"CREATE TEMP VIEW {self.name} AS {self.select}"


def _of_kind(kind: Kind) -> Iterator[Table]:
    reference = Column(f"{kind.noun}_id", Type.ID, f"{kind.noun}_id", f"The id of the {kind.label}.")
    columns = tuple(column for field in kind.fields for column in _of_field(kind, field))
    yield Table(kind, kind.name, f"A row for each {kind.label}.", columns)
    for field in kind.fields:
        if field.type is Type.TAGS:
            tag = Column("tag", Type.TEXT, "tag", "The tag, as somebody wrote it.")
            yield Table(
                kind,
                kind.tags_table,
                f"A row for each tag of a {kind.label}.",
                (reference, tag),
                _EACH_TAG_ONCE,
            )
    checks = tuple(name for name, check in CHECKS.items() if isinstance(check, Check))
    yield Table(
        kind,
        FINDINGS,
        f"A row for each field of a {kind.label} that fails a check of the audit.",
        (
            reference,
            Column("finding", Type.TEXT, "finding", "The name of the check.", checks, closed=True),
            Column("severity", Type.TEXT, "severity", "How bad it is.", SEVERITIES, closed=True),
            Column("field", Type.TEXT, "field", "The field that fails it.", tuple(kind.by_name), closed=True),
        ),
    )


def _of_field(kind: Kind, field: Field) -> Iterator[Column]:
    if field.type is Type.TAGS:
        return
    always = field.name in ("id", kind.type) or field.type in (Type.BOOLEAN, Type.TIME)
    yield Column(field.name, field.type, field.name, field.meaning, field.known_values, may_be_null=not always)
    if url := field.url:
        of = f"of {field.name}"
        yield Column(url.host, Type.TEXT, url.host, f"The host {of}: lower case, no port.", may_be_null=True)
        yield Column(url.scheme, Type.TEXT, url.scheme, f"The scheme {of}: lower case.", may_be_null=True)
        secret = f"CASE WHEN {field.name} IS NOT NULL THEN {url.secret_part} IS NOT NULL END"
        meaning = f"Whether something {of} looks like a secret."
        yield Column(url.has_credentials, Type.BOOLEAN, secret, meaning, may_be_null=True)


TABLES: Mapping[str, Table] = {table.name: table for kind in KINDS for table in _of_kind(kind)}
"""The tables by name."""
VIEWS: Mapping[str, str] = {table.name: table.view for table in TABLES.values()}
"""The statements that create their views."""


def described() -> str:
    """The tables in few words, as a model is shown them."""
    return "\n".join(f"{table.name}({', '.join(map(_described, table.columns))})" for table in TABLES.values())


def _described(column: Column) -> str:
    """Its name, with what the name does not say of its values."""
    if column.type is Type.BOOLEAN:
        return f"{column.name} 0/1"
    few = "" if column.closed or len(column.values) > _FEW else ", ".join(f"'{value}'" for value in column.values)
    return f"{column.name} ({few}, ...)" if few else column.name
