"""The tables of a snapshot: the columns of a kind, its tags, its findings; and how its texts are compared."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from re import sub
from typing import NamedTuple, assert_never

from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.operators import Operator, Type
from telnyx_connections_mcp.text.cleaning import fold

REST = "rest"
"""The column for what the others lack (`record.Rest`), as JSON."""
CHANGED = f"instr({REST}, '\"changed\":') > 0"
"""True for the few rows in which cleaning changed something; indexed."""

NO_TAGS = 0
"""The number of the empty set of tags, which has no rows."""

Value = str | int | None


class Layout(NamedTuple):
    """The columns of a table, in order."""

    stored: tuple[tuple[str, str], ...]
    """Name and SQL type of stored columns."""
    computed: tuple[tuple[str, str], ...]
    """Name and expression of generated columns."""
    first: Mapping[str, int]
    """The position of each field's first column, by name."""
    tags: str | None
    """The field that has a separate table."""


@lru_cache
def layout_of(kind: Kind) -> Layout:
    """The columns of `kind`: the fields in order, each followed by its derived columns."""
    stored: list[tuple[str, str]] = []
    computed: list[tuple[str, str]] = []
    first: dict[str, int] = {}
    tags: str | None = None
    for field in kind.fields:
        first[field.name] = len(stored)
        if field.type is Type.TAGS:
            tags = field.name
            continue
        stored += columns_of(field)
        if field.type is Type.TIME:
            computed.append((field.year, f"CAST(substr({field.name}, 1, 4) AS INTEGER)"))
    stored.append((REST, "TEXT"))
    return Layout(tuple(stored), tuple(computed), first, tags)


def indexes(kind: Kind) -> list[str]:
    """The statements that create its indexes, once all rows are loaded."""
    return [
        f"CREATE INDEX {kind.name}_counted ON {kind.name} ({', '.join(filter(None, (kind.type, kind.state)))})",
        f"CREATE INDEX {kind.name}_changed ON {kind.name} (n) WHERE {CHANGED}",
    ]


def schema(kind: Kind) -> list[str]:
    """The statements that create the tables of a snapshot of `kind`."""
    layout = layout_of(kind)
    columns = [f"{name} {type_}" for name, type_ in layout.stored]
    columns += [f"{name} INTEGER AS ({expression}) VIRTUAL" for name, expression in layout.computed]
    of, sets = f"{kind.noun}_id", kind.tag_sets_table
    tags = "tag_set INTEGER, place INTEGER, tag TEXT, tag_folded TEXT, repeated INTEGER, PRIMARY KEY (tag_set, place)"
    findings = f"n INTEGER, {of} TEXT, finding TEXT, severity TEXT, field TEXT, PRIMARY KEY (finding, n, field)"
    tagged = f"SELECT n, place, id AS {of}, tag, tag_folded, repeated FROM {kind.name} JOIN {sets} USING (tag_set)"
    return [
        f"CREATE TABLE {kind.name} (n INTEGER PRIMARY KEY, tag_set INTEGER NOT NULL, {', '.join(columns)})",
        f"CREATE TABLE {sets} ({tags}) WITHOUT ROWID",
        f"CREATE VIEW {kind.tags_table} AS {tagged}",
        f"CREATE TABLE findings ({findings}) WITHOUT ROWID",
    ]


@lru_cache
def columns_of(field: Field) -> list[tuple[str, str]]:
    """The stored columns of one field, its own first."""
    match field.type:
        case Type.BOOLEAN:
            return [(field.name, "INTEGER")]
        case Type.ID | Type.TEXT | Type.TIME | Type.URL:
            names = [field.name, *([field.folded] if field.folded else []), *_of_url(field)]
            return [(name, "TEXT") for name in names]
        case Type.TAGS:
            return []
    assert_never(field.type)


def _of_url(field: Field) -> list[str]:
    if field.url is None:
        return []
    compared = any(condition.operator is Operator.HOST for condition in field.conditions)
    url = field.url
    return [url.host, url.scheme, url.secret_part, *([url.host_folded] if compared else [])]


@lru_cache
def folding(field: Field) -> Callable[[str], str]:
    """The function that folds texts of `field` for comparison, in its folded column and in conditions."""
    places = any(condition.operator is Operator.PLACE for condition in field.conditions)
    return fold_place if places else fold


def fold_place(text: str) -> str:
    """`chicago,il`: folded, ignoring a space after the comma."""
    return sub(" ?, ?", ",", fold(text))
