"""Counts of what conditions select, by type and by state."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.record import record
from telnyx_connections_mcp.inventory.source import Source
from telnyx_connections_mcp.query.choices import where_model
from telnyx_connections_mcp.query.counting import MOST_LISTED
from telnyx_connections_mcp.query.search import Question, search
from telnyx_connections_mcp.query.where_sql import read_where

SIZE = MOST_LISTED + 50


def row(number: int, types: int) -> dict[str, Any]:
    """One of `types` types, among them none; types differ in size unless there are many."""
    type_ = number % types if types > 9 else min(number % 7, number % types)
    return {
        "id": f"{number:036}",  # as long as a UUID
        "connection_name": f"name {number}",
        "record_type": f"type'{type_}" if type_ else None,
        "active": (True, False, None)[number % 3],
        "created_at": f"2024-01-{1 + number % 28:02}T00:00:00Z",
    }


@pytest.mark.parametrize("types", [1, 2, 5, 19, 20, 60])
@pytest.mark.parametrize("part", ["name", "name 1"])
def test_many_rows_that_match_are_counted_by_type_and_state(types: int, part: str) -> None:
    """Largest type first; those of equal size in the order of their first rows, as newest first."""
    rows = [row(number, types) for number in range(SIZE)]
    database = Database(CONNECTIONS)
    database.load(1, [record(CONNECTIONS, each) for each in rows])
    database.finish()
    where = where_model(CONNECTIONS)(name_contains=part)
    conditions = read_where(CONNECTIONS, where, datetime.now(UTC))
    question = Question(conditions=conditions, where=where, group_by=None, sort="-created_at", limit=3, offset=0)
    found = search(database, question).matching

    matching = [each for each in rows if part in each["connection_name"]]
    newest_first = sorted(matching, key=lambda each: each["created_at"], reverse=True)
    states = Counter(each["active"] for each in matching)
    assert found.count == len(matching)
    assert found.states == {state: states[state] for state in (True, False, None)}
    assert list(found.types.items()) == Counter(each["record_type"] for each in newest_first).most_common()


def test_a_kind_without_tags_is_counted_too() -> None:
    """Its rows have the empty set of tags."""
    id_, type_, created = (CONNECTIONS.by_name[name] for name in ("id", "record_type", "created_at"))
    fields = (replace(id_, found_by=None), type_, created)
    bare = Kind(
        name="things",
        noun="thing",
        label="thing",
        sources=(Source(path="things"),),
        fields=fields,
        where=("ids", "record_type", "record_type_not", "created_after", "created_before"),
        group_by=("record_type", "created_year"),
        sort=("created_at",),
        type="record_type",
        usual_sort="-created_at",
    )
    database = Database(bare)
    database.load(1, [record(bare, {"id": "7", "record_type": "a", "created_at": "2024-01-01T00:00:00Z"})])
    database.finish()
    conditions = read_where(bare, None, datetime.now(UTC))
    question = Question(conditions=conditions, where=None, group_by=None, sort="-created_at", limit=3, offset=0)
    found = search(database, question)
    assert (found.matching.types, found.records[0].tags) == ({"a": 1}, ())
