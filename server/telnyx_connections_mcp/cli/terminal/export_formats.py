"""Writes snapshots to a file: all as a database, the connections for a spreadsheet, or as JSON lines."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

from telnyx_connections_mcp.answers.coverage import beginning, warning
from telnyx_connections_mcp.answers.token_budget import compact_json
from telnyx_connections_mcp.cli.terminal.spreadsheet import Cell, CsvWriter
from telnyx_connections_mcp.cli.terminal.table_list import meaning, sql_type
from telnyx_connections_mcp.inventory.database import records
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.inventory.views import in_full
from telnyx_connections_mcp.redaction.cleaner import Cleaner
from telnyx_connections_mcp.redaction.own_keys import OwnSecrets
from telnyx_connections_mcp.sql.reading import EVERYTHING, Parts, nothing
from telnyx_connections_mcp.sql.statement import Statement, read_statement
from telnyx_connections_mcp.sql.tables import TABLES, Table

T = TypeVar("T")
_TOGETHER = 250
_TIME = "%Y-%m-%d %H:%M:%S"
_TABLE = TABLES[CONNECTIONS.name]
_IN_ORDER = "ORDER BY n"
_TAGS = f"""
SELECT (SELECT group_concat(tag, ', ') FROM (SELECT tag FROM {CONNECTIONS.tags_table} WHERE n = own.n ORDER BY place))
FROM {CONNECTIONS.name} AS own {_IN_ORDER}
"""
_COVERAGE = """
CREATE TABLE coverage ( -- What this file holds, and as of when
  objects TEXT NOT NULL, -- Connections, phone_numbers and so on, by their table
  account TEXT, -- The account, if there are several
  read INTEGER NOT NULL, -- How many are in this file
  "of" INTEGER, -- How many there are, if Telnyx said
  complete INTEGER NOT NULL, -- 1: all of them
  since TEXT, -- From when on, if not all; in UTC
  as_of TEXT, -- In UTC
  note TEXT -- What else is to be known
)
"""


@dataclass(frozen=True, kw_only=True)
class Exported:
    """What is written."""

    parts: Parts
    """What was read, by kind."""
    account: str | None
    """The account, if there are several."""
    own: OwnSecrets
    """What must not be written."""

    @cached_property
    def snapshots(self) -> Mapping[Kind, Snapshot]:
        """What could be read."""
        return {kind: part for kind, part in self.parts.items() if isinstance(part, Snapshot)}

    def query(self, kind: Kind, work: Callable[[sqlite3.Connection], T]) -> T:
        """The result of `work`, which queries what there is of a kind."""
        found = self.snapshots.get(kind)
        return (nothing(kind) if found is None else found.database).query(work)

    def checked(self, rows: Iterable[T]) -> Iterator[T]:
        """`rows`, some hundred at a time, without our own keys."""
        source = iter(rows)
        while batch := list(islice(source, _TOGETHER)):
            yield from self.own.redacted(batch) if self.own.found_in(compact_json(batch)) else batch


def write_sqlite(exported: Exported, path: Path) -> str | None:
    """Write the tables of `TABLES` and `coverage` to the empty file `path`. Raises `sqlite3.Error`."""
    with closing(sqlite3.connect(path, isolation_level=None)) as file:
        for pragma in ("journal_mode = OFF", "synchronous = OFF"):  # half of it is thrown away, and the whole is synced
            file.execute(f"PRAGMA {pragma}")
        file.execute("BEGIN")
        for table in TABLES.values():
            exported.query(table.kind, partial(_copy, exported, table, file))
        file.execute(_COVERAGE)
        file.executemany("INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?, ?, ?)", _coverage(exported))
        file.execute("COMMIT")
    return None


def write_csv(exported: Exported, path: Path) -> str | None:
    """Write the connections with their tags to `path`; what was changed in them. Raises `OSError`."""
    with path.open("w", encoding="utf-8", newline="") as file:
        table = CsvWriter(file)
        table.write([[*(column.name for column in _TABLE.columns), "tags"]])
        exported.query(CONNECTIONS, lambda handle: table.write(exported.checked(_with_tags(handle))))
    return table.note


def write_jsonl(exported: Exported, path: Path) -> str | None:
    """Write every field of the connections to `path`; what cleaning changed in them. Raises `OSError`."""
    cleaner = Cleaner()
    with path.open("w", encoding="utf-8", newline="") as file:
        exported.query(
            CONNECTIONS,
            lambda handle: file.writelines(
                f"{compact_json(row)}\n" for row in exported.checked(_full_rows(handle, cleaner))
            ),
        )
    changes = cleaner.changes()
    return f"Changed: {changes}." if changes else None


class Format(NamedTuple):
    """A format of files."""

    reads: Statement
    """What its files hold."""
    write: Callable[[Exported, Path], str | None]
    """Writes one; what else is to be said."""


_CONNECTIONS = read_statement(f"SELECT * FROM {CONNECTIONS.name}")
FORMATS: Mapping[str, Format] = {
    ".sqlite": Format(EVERYTHING, write_sqlite),
    ".csv": Format(_CONNECTIONS, write_csv),
    ".jsonl": Format(_CONNECTIONS, write_jsonl),
}
"""By the end of a file's name."""


def _copy(exported: Exported, table: Table, file: sqlite3.Connection, handle: sqlite3.Connection) -> None:
    """Create `table` in `file`, with its rows and indexes of what others refer to and what refers to connections."""
    file.execute(_create(table))
    rows = exported.checked(handle.execute(f"{table.select} {_IN_ORDER}"))
    file.executemany(f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(table.columns))})", rows)
    for key in dict.fromkeys((table.columns[0].name, *(name for name in table.by_name if name == "connection_id"))):
        file.execute(f"CREATE INDEX {table.name}_{key} ON {table.name} ({key})")


def _create(table: Table) -> str:
    """The statement that creates `table`, with its meaning in comments, which the file keeps."""
    columns = [
        f"  {column.name} {sql_type(column)}{',' if column is not table.columns[-1] else ''} -- {meaning(column)}"
        for column in table.columns
    ]
    return "\n".join([f"CREATE TABLE {table.name} ( -- {table.meaning}", *columns, ")"])


def _coverage(exported: Exported) -> Iterator[Sequence[Cell]]:
    """Of each kind, what the file holds of it."""
    for kind, part in exported.parts.items():
        if not isinstance(part, Snapshot):
            yield kind.name, exported.account, 0, None, 0, None, None, f"Not read: {part.why}."
            continue
        of = part.coverage
        since, note = beginning(kind, of), warning(of, kind).strip() or None
        times = (since.strftime(_TIME) if since else None, of.as_of.strftime(_TIME))
        yield kind.name, exported.account, of.read, of.of, int(of.complete), *times, note


def _with_tags(handle: sqlite3.Connection) -> Iterator[Sequence[Cell]]:
    rows = handle.execute(f"{_TABLE.select} {_IN_ORDER}")
    for row, (tags,) in zip(rows, handle.execute(_TAGS), strict=True):
        yield [*row, tags]


def _full_rows(handle: sqlite3.Connection, cleaner: Cleaner) -> Iterator[dict[str, Any]]:
    numbers = [number for (number,) in handle.execute(f"SELECT n FROM {CONNECTIONS.name} ORDER BY n")]
    for start in range(0, len(numbers), _TOGETHER):
        for record in records(handle, CONNECTIONS, numbers[start : start + _TOGETHER]):
            yield in_full(CONNECTIONS, record, cleaner) | {"tags": list(record.tags)}
