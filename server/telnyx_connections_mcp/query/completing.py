"""Values of a snapshot that complete what was typed so far."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from telnyx_connections_mcp.inventory.kind import Field, Kind
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.snapshot_tables import CHANGED, REST, folding
from telnyx_connections_mcp.redaction import MASK
from telnyx_connections_mcp.text.cleaning import fold

if TYPE_CHECKING:  # imported when it is first asked: every chat starts a server
    import sqlite3

LONGEST = 256
"""Longest value, in characters: no tool accepts a longer argument."""
_USABLE = {
    "id": "value NOT GLOB '*[^0-9A-Za-z-]*' AND length(value) <= 64",
    "outbound_voice_profile_id": "value NOT GLOB '*[^0-9]*' AND length(value) <= 19",
}
"""The values that the tools accept, by argument."""
_CHOSEN = """
WITH typed(text) AS (SELECT ?), offers(value, folded, other) AS ({offers}), ranked AS (
    SELECT value, folded, CASE instr(folded, text) WHEN 1 THEN 0 WHEN 0 THEN iif(instr(other, text), 2, NULL) ELSE 1 END
        AS rank
    FROM offers, typed WHERE rank IS NOT NULL AND folded != '' AND length(value) <= ?
)
SELECT value, count(*) OVER () FROM ranked GROUP BY value ORDER BY min(rank), folded, value LIMIT ?
"""


class Completions(NamedTuple):
    """The first values, and the total."""

    values: list[str]
    total: int


def completed_fields(kind: Kind, argument: str) -> list[Field]:
    """The fields whose values complete `argument`."""
    return [field for field in kind.fields if argument in field.completes]


def complete(
    database: "sqlite3.Connection", kinds: Iterable[Kind], argument: str, typed: str, most: int
) -> Completions:
    """The first `most` values for `argument` that begin with `typed`, then those that contain it, each from A to Z.

    They are of the fields that complete it, of all `kinds`, whose databases are attached.

    Last come those that are found by another field, as an id is by the name. Case and accents do not count. What holds
    a secret is not offered, nor what no tool takes.
    """
    offers = [_offers(kind, field) for kind in kinds for field in completed_fields(kind, argument)]
    return _chosen(database, " UNION ALL ".join(offers), (), typed, most)


def complete_words(words: Sequence[str], typed: str, most: int) -> Completions:
    """The same for `words` in lower case."""
    import sqlite3

    database = sqlite3.connect(":memory:")
    try:
        values = ", ".join(["(?)"] * len(words))
        return _chosen(database, f"SELECT column1, column1, NULL FROM (VALUES {values})", words, typed, most)
    finally:
        database.close()


def _chosen(database: "sqlite3.Connection", offers: str, given: Sequence[str], typed: str, most: int) -> Completions:
    rows = database.execute(_CHOSEN.format(offers=offers), (fold(typed), *given, LONGEST, most)).fetchall()
    return Completions([value for value, _ in rows], rows[0][1] if rows else 0)


def _offers(kind: Kind, field: Field) -> str:
    """The values of a field, folded, and the folded text that also finds them."""
    table, value = kind.name, field.url.host if field.url else field.name
    folded = field.folded if folding(field) is fold else None
    other = kind.by_name[field.found_by].folded or f"fold({field.found_by})" if field.found_by else None
    if field.type is Type.TAGS:
        table, value, folded = kind.tags_table, "tag", "tag_folded"
    rows = f"SELECT {value} AS value, {folded or value} AS folded, {other or 'NULL'} AS other FROM {table}"
    masked = f"SELECT n FROM {kind.name} WHERE {CHANGED} AND json_extract({REST}, '$.changed.{field.name}[3]') > 0"
    rows += f" WHERE {value} IS NOT NULL AND (NOT instr({value}, '{MASK}') OR n NOT IN ({masked}))"
    if usable := _USABLE.get(field.completes[0]):
        rows += f" AND {usable}"
    if folded:
        return rows
    return f"SELECT value, fold(value), other FROM ({rows} GROUP BY value)"  # few: each is folded once
