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

Value = str | int | float | None


class Layout(NamedTuple):
    """The columns of a table, in order."""

    stored: tuple[tuple[str, str], ...]
    """Name and SQL type of stored columns."""
    computed: tuple[tuple[str, str], ...]
    """Name and expression of the generated columns that are public."""
    folded: tuple[tuple[str, str], ...]
    """The same of those that conditions compare."""
    first: Mapping[str, int]
    """The position of each field's first column, by name."""
    tags: str | None
    """The field that has a separate table."""


@lru_cache
def layout_of(kind: Kind) -> Layout:
    """The columns of `kind`: the fields in order, each followed by its derived columns."""
    stored: list[tuple[str, str]] = []
    computed: list[tuple[str, str]] = []
    folded: list[tuple[str, str]] = []
    first: dict[str, int] = {}
    tags: str | None = None
    for field in kind.fields:
        first[field.name] = len(stored)
        if field.type is Type.TAGS:
            tags = field.name
            continue
        stored += columns_of(field)
        if names := folded_of(field):
            other = names.stored
            folded.append(
                (names.folded, f"CASE WHEN {other} IS NULL THEN {names.text} WHEN {other} != '' THEN {other} END")
            )
        if field.type is Type.TIME:
            computed.append((field.year, f"CAST(substr({field.name}, 1, 4) AS INTEGER)"))
    stored.append((REST, "TEXT"))
    return Layout(tuple(stored), tuple(computed), tuple(folded), first, tags)


def indexes(kind: Kind) -> list[str]:
    """The statements that create its indexes, once all rows are loaded."""
    counted = ", ".join(filter(None, (kind.type, kind.state)))
    return [
        *([f"CREATE INDEX {kind.name}_counted ON {kind.name} ({counted})"] if counted else []),
        f"CREATE INDEX {kind.name}_changed ON {kind.name} (n) WHERE {CHANGED}",
        *(f"CREATE INDEX {kind.name}_{each.name} ON {kind.name} ({each.name})" for each in kind.fields if each.indexed),
    ]


def schema(kind: Kind) -> list[str]:
    """The statements that create the tables of a snapshot of `kind`."""
    layout = layout_of(kind)
    columns = [f"{name} {type_}" for name, type_ in layout.stored]
    columns += [f"{name} INTEGER AS ({expression}) VIRTUAL" for name, expression in layout.computed]
    columns += [f"{name} TEXT AS ({expression}) VIRTUAL" for name, expression in layout.folded]
    of, sets = f"{kind.noun}_id", kind.tag_sets_table
    tags = "tag_set INTEGER, place INTEGER, tag TEXT, tag_folded TEXT, repeated INTEGER, PRIMARY KEY (tag_set, place)"
    columns_of_findings = f"n INTEGER, {of} TEXT, finding TEXT, severity TEXT, field TEXT, detail TEXT"
    findings = f"{columns_of_findings}, PRIMARY KEY (finding, n, field)"
    tagged = f"SELECT n, place, id AS {of}, tag, tag_folded, repeated FROM {kind.name} JOIN {sets} USING (tag_set)"
    return [
        f"CREATE TABLE {kind.name} (n INTEGER PRIMARY KEY, tag_set INTEGER NOT NULL, {', '.join(columns)})",
        f"CREATE TABLE {sets} ({tags}) WITHOUT ROWID",
        f"CREATE VIEW {kind.tags_table} AS {tagged}",
        *([f"CREATE TABLE findings ({findings}) WITHOUT ROWID"] if kind.finding else []),
    ]


@lru_cache
def columns_of(field: Field) -> list[tuple[str, str]]:
    """The stored columns of one field, its own first."""
    match field.type:
        case Type.BOOLEAN:
            return [(field.name, "INTEGER")]
        case Type.NUMBER:
            return [(field.name, "NUMERIC")]
        case Type.ID | Type.TEXT | Type.LIST | Type.TIME | Type.URL:
            url = [field.url.host, field.url.scheme, field.url.secret_part] if field.url else []
            folded = folded_of(field)
            return [(name, "TEXT") for name in (field.name, *url, *([folded.stored] if folded else []))]
        case Type.TAGS:
            return []
    assert_never(field.type)


class Folded(NamedTuple):
    """The columns of a text that is compared."""

    text: str
    """As it is spelled."""
    folded: str
    """As it is compared; generated."""
    stored: str
    """The same, unless it is equal to the text, as most are; empty if nothing is left."""


def folded_of(field: Field) -> Folded | None:
    """The columns for what conditions compare of `field`, if they do."""
    if field.url is None:
        text, folded = field.name, field.folded
    else:
        compared = any(condition.operator is Operator.HOST for condition in field.conditions)
        text, folded = field.url.host, field.url.host_folded if compared else None
    return Folded(text, folded, f"{folded}_unless_same") if folded else None


def unless_same(text: str | None, folded: str | None) -> str | None:
    """The value of `Folded.stored`."""
    return None if folded == text else folded or ""


@lru_cache
def folding(field: Field) -> Callable[[str], str]:
    """The function that folds texts of `field` for comparison, in its folded column and in conditions."""
    places = any(condition.operator is Operator.PLACE for condition in field.conditions)
    return fold_place if places else fold


def fold_place(text: str) -> str:
    """`chicago,il`: folded, ignoring a space after the comma."""
    return sub(" ?, ?", ",", fold(text))
