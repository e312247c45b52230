"""Joins by ids of different things, which SQLite answers with no rows."""

from collections.abc import Iterator

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds import KINDS
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.sql.operands import columns_of
from telnyx_connections_mcp.sql.tables import TABLES, Column
from telnyx_connections_mcp.sql.written import Range, Written

_REFERENCES = {f"{kind.noun}_id": kind for kind in KINDS}
"""By the name of a column, whose id it holds."""
_HOW = "connection_id is connections.id, and connections.outbound_voice_profile_id is outbound_voice_profiles.id"


def different_ids(written: Written) -> Iterator[str]:
    """`p.id = c.id`, of a number and a connection."""
    for left, right in _equal(written):
        one, other = _whose(written, left), _whose(written, right)
        if one and other and one is not other:
            yield (
                f"{written.text(left)} is the id of one {one.label}, and {written.text(right)} that of one "
                f"{other.label}, so they are never equal: {_HOW}."
            )


def _equal(written: Written) -> Iterator[tuple[Range, Range]]:
    """What is compared with =, or with what a subquery selects."""
    for comparison in written.comparisons:
        if comparison.operator in ("=", "==", "IS"):
            yield comparison.left, comparison.values[0]
    for place, token in enumerate(written.tokens):
        if token.is_word("IN") and written.at(place + 2).is_word("SELECT"):
            compared = written.operand_before(place - written.at(place - 1).is_word("NOT"))
            yield from ((compared, written.named(item)[0]) for item in written.items(place + 2)[:1] if compared)


def _whose(written: Written, operand: Range) -> Kind | None:
    """The kind of what has the id in that column; None if that is not certain."""
    kinds = {_kind(column) for column in columns_of(written, operand)}
    return kinds.pop() if len(kinds) == 1 else None


def _kind(column: Column) -> Kind | None:
    if column.type is not Type.ID:
        return None
    kind = TABLES[column.table].kind
    return _REFERENCES.get(column.name, kind if column.name == "id" else None)


def natural_joins(written: Written) -> Iterator[str]:
    """`connections NATURAL JOIN phone_numbers`, which are joined by id, and USING (id)."""
    natural = [place for place, token in enumerate(written.tokens) if token.is_word("NATURAL")]
    for place in natural:
        select = written.sources.select_around(place)
        tables = [TABLES[each.table] for each in written.sources.all if each.select == select]
        shared = set.intersection(*(set(table.by_name) for table in tables)) if len(tables) > 1 else {"connection_id"}
        if shared != {"connection_id"}:
            yield f"NATURAL JOIN joins by every name that both tables have: write JOIN ... ON; {_HOW}."
    for place, token in enumerate(written.tokens):
        if token.is_word("USING") and [written.at(each).name for each in range(*written.inside(place + 1))] == ["id"]:
            select = written.sources.select_around(place)
            kinds = {TABLES[each.table].kind for each in written.sources.all if each.select == select}
            if len(kinds) > 1:
                yield f"USING (id) compares the ids of different things: write ON; {_HOW}."
