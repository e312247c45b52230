"""The tables that a statement sees, with their columns: derived from the kinds, like the tables of a snapshot.

The views of the query process, the description of `query_account`, hints about names, `query --schema` and exports all
come from here. Columns of a snapshot that are not named here (row numbers, folded texts, `rest`) cannot be reached.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import NamedTuple

from telnyx_connections_mcp.audit.check import SEVERITIES, Check
from telnyx_connections_mcp.audit.checks import CHECKS, FIELDS
from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.kinds import KINDS
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.shortening import Shortening, shortened_sql
from telnyx_connections_mcp.inventory.snapshot_tables import folded_of, folding
from telnyx_connections_mcp.inventory.url_parts import Url
from telnyx_connections_mcp.text.cleaning import fold

FINDINGS = "findings"
"""The table of what the audit found; it is filled when it is first asked for."""
# A tag that a connection has twice counts once; `repeated` marks those that come again, also in another case.
_EACH_TAG_ONCE = """{{schema}}.{kind} JOIN {{schema}}.{sets} AS own USING (tag_set)
    WHERE repeated IS NULL OR NOT EXISTS (SELECT 1 FROM {{schema}}.{sets} AS later
    WHERE later.tag_set = own.tag_set AND later.place > own.place AND later.tag = own.tag)"""


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
    folded: str | None = None
    """The stored column of its texts without case and accents."""
    computed_of: tuple[str, ...] = ()
    """The stored columns of which `expression` computes it, if that takes long."""
    shortening: Shortening | None = None
    """How it is shortened: statements see nothing else of it."""
    table: str = ""
    """The table that has it."""

    @property
    def shown(self) -> str:
        """SQL over the stored table for what is shown of it."""
        return shortened_sql(self.shortening, self.expression) if self.shortening else self.expression


@dataclass(frozen=True, kw_only=True)
class Table:
    """A table that statements may read: a view of what a snapshot stores."""

    kind: Kind
    """The kind whose snapshot holds it."""
    name: str
    meaning: str
    columns: tuple[Column, ...]
    values: str
    """The stored table that has each value of its columns at least once."""
    rows: str
    """What it selects from, in `{schema}`."""

    @cached_property
    def by_name(self) -> Mapping[str, Column]:
        """Its columns by name."""
        return {column.name: column for column in self.columns}

    @property
    def select(self) -> str:
        """The SELECT over a snapshot that makes it."""
        return self._select("main", {each.name: each.shown for each in self.columns})

    @property
    def view(self) -> str:
        """The statement that creates its view in the query process, where each kind has a schema of its name."""
        expressions = {each.name: each.expression for each in self.columns}
        return f"CREATE TEMP VIEW {self.name} AS {self._select(self.kind.name, expressions)}"

    def _select(self, schema: str, expressions: Mapping[str, str]) -> str:
        columns = (name if name == each else f"{each} AS {name}" for name, each in expressions.items())
        return f"SELECT {', '.join(columns)} FROM {self.rows.format(schema=schema)}"


def tables_of(kind: Kind) -> Iterator[Table]:
    """The tables of the objects of a kind."""
    reference = Column(f"{kind.noun}_id", Type.ID, f"{kind.noun}_id", f"The id of the {kind.label}.")
    columns = tuple(column for field in kind.fields for column in _of_field(kind, field))
    yield _table(kind, kind.name, f"{_capital(kind.labels)}{span(kind)}, one a row.", columns)
    if any(field.type is Type.TAGS for field in kind.fields):
        tag = Column("tag", Type.TEXT, "tag", "The tag, as somebody wrote it.", folded="tag_folded")
        yield _table(
            kind,
            kind.tags_table,
            f"The tags of {kind.labels}, one a row.",
            (reference._replace(expression="id"), tag),
            _Stored(kind.tag_sets_table, _EACH_TAG_ONCE.format(kind=kind.name, sets=kind.tag_sets_table)),
        )
    if kind.finding is None:
        return
    checks = tuple(name for name, check in CHECKS.items() if isinstance(check, Check))
    yield _table(
        kind,
        FINDINGS,
        f"A row for each field of a {kind.label} that fails a check of the audit.",
        (
            reference,
            Column("finding", Type.TEXT, "finding", "The name of the check.", checks, closed=True),
            Column("severity", Type.TEXT, "severity", "How bad it is.", SEVERITIES, closed=True),
            Column("field", Type.TEXT, "field", "The field that fails it.", FIELDS, closed=True),
            Column("detail", Type.TEXT, "detail", "What was found, such as the host that fails.", may_be_null=True),
        ),
    )


class _Stored(NamedTuple):
    """Where a table is stored, if not in one of its own."""

    values: str
    rows: str


def _table(kind: Kind, name: str, meaning: str, columns: Iterable[Column], stored: _Stored | None = None) -> Table:
    values, rows = stored or (name, f"{{schema}}.{name}")
    own = tuple(column._replace(table=name) for column in columns)
    return Table(kind=kind, name=name, meaning=meaning, columns=own, values=values, rows=rows)


def _capital(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}"


def span(kind: Kind) -> str:
    """Of which time its objects are, in words; empty if of any."""
    windows = [source.window for source in kind.sources if source.window]
    hours = windows[0].length // timedelta(hours=1) if windows else 0
    return f" of the last {f'{hours} hours' if hours <= 24 else f'{hours // 24} days'}" if windows else ""


def _of_field(kind: Kind, field: Field) -> Iterator[Column]:
    if field.type is Type.TAGS:
        return
    always = field.name in (kind.key, kind.type) or field.type in (Type.BOOLEAN, Type.TIME)
    folded = folded_of(field)
    yield Column(
        field.name,
        field.type,
        field.name,
        field.meaning,
        field.known_values,
        may_be_null=not always,
        folded=folded.folded if folded and folded.text == field.name and folding(field) is fold else None,
        shortening=field.shortening,
    )
    for each in field.derived:
        yield Column(each.name, each.type, each.expression, each.meaning, may_be_null=True)
    if field.url:
        meaning = f"The path of {field.name}, / if it has none; without query and fragment."
        path, of = _path(field.name, field.url), (field.name, field.url.host)
        yield Column(field.url.path, Type.TEXT, path, meaning, may_be_null=True, computed_of=of)


def _path(column: str, url: Url) -> str:
    """SQL for the path of the URL in `column`; NULL if its host cannot be read."""
    text = f"substr({column}, instr({column}, '://') + 3)"
    before_query = f"substr({text}, 1, min(instr({text} || '?', '?'), instr({text} || '#', '#')) - 1)"
    path = f"substr({before_query}, instr({before_query} || '/', '/'))"
    return f"CASE WHEN {url.host} IS NOT NULL THEN coalesce(nullif({path}, ''), '/') END"


TABLES: Mapping[str, Table] = {table.name: table for kind in KINDS for table in tables_of(kind)}
"""The tables by name."""
