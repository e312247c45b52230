"""Everything that a kind describes works, so that a new kind needs no tests of its own here."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from itertools import product
from typing import Any

import pytest

from telnyx_connections_mcp.answers.wording import order as order_said
from telnyx_connections_mcp.answers.wording import type_counts, unknown_words
from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.joined import with_attached
from telnyx_connections_mcp.inventory.kind import Condition, Field, Kind, Sort
from telnyx_connections_mcp.inventory.kinds import KINDS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.operators import Operator, Type
from telnyx_connections_mcp.inventory.record import record
from telnyx_connections_mcp.mcp_server.schema import flat
from telnyx_connections_mcp.query.choices import where_model
from telnyx_connections_mcp.query.completing import complete, completed_fields
from telnyx_connections_mcp.query.search import Question, search
from telnyx_connections_mcp.query.sql_expression import Sql
from telnyx_connections_mcp.query.where_sql import read_where
from telnyx_connections_mcp.telnyx.parameters import ConnectionFilter

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SAMPLES: Mapping[Type, Any] = {
    Type.ID: "7",
    Type.TEXT: "Some Text",
    Type.BOOLEAN: True,
    Type.TIME: "2024-02-29T00:00:00Z",
    Type.URL: "https://hooks.acme.example/x",
    Type.TAGS: ["prod", "EU"],
    Type.NUMBER: 7,
    Type.LIST: "US, CA",
}
ID = CONNECTIONS.by_name["id"]
TAGS = CONNECTIONS.by_name["tags"]
SEARCHED = [kind for kind in KINDS if kind.where]
every_kind = pytest.mark.parametrize("kind", SEARCHED, ids=lambda kind: kind.name)


def snapshot(kind: Kind) -> Database:
    """A snapshot of one object with every field and one with none."""
    database = Database(kind)
    database.load(1, [record(kind, {field.name: SAMPLES[field.type] for field in kind.fields}), record(kind, {})])
    database.finish()
    return database


@cache
def others(kind: Kind) -> dict[Kind, Database]:
    """Snapshots of the kinds that its conditions and groups are about."""
    return {other: snapshot(other) for other in kind.reads(kind.where, kind.group_by)}


def ask(database: Database, where: Any = None, sort: str | None = None, group_by: list[str] | None = None) -> Any:
    kind = database.kind
    conditions = read_where(kind, where, NOW)
    question = Question(
        conditions=conditions, where=where, group_by=group_by, sort=sort or kind.usual_sort, limit=25, offset=0
    )
    return search(database, question, others(kind))


def values(schema: Mapping[str, Any]) -> list[Any]:
    """Values that the schema of a condition allows."""
    if schema["type"] == "boolean":
        return [True, False]
    if schema["type"] == "array":
        return [["prod"], ["prod", "eu"], ["nobody has this"]]
    if "pattern" in schema:
        return ["7", "12345"]
    return [*schema.get("examples", ()), "1d", "acme.example", "some text", "nobody-has-this.example", "+13125550123"]


@every_kind
def test_a_condition_and_its_opposite_cover_everything(kind: Kind) -> None:
    """A condition is true or false of each object, and one on a field that no object has is reported."""
    database, model = snapshot(kind), where_model(kind)
    for name, schema in flat(model.model_json_schema())["properties"].items():
        tried = 0
        for value in values(schema):
            try:
                where = model(**{name: value})
                found = ask(database, where)
            except ValueError:  # no value of this condition
                continue
            tried += 1
            test = read_where(kind, where, NOW).tests.get(name, Sql("1"))
            attached = {other.name: each for other, each in others(kind).items()}
            counted = with_attached(
                database,
                attached,
                lambda handle, test=test: handle.execute(
                    f"SELECT total(({test.text}) IS 1), total(({test.text}) IS 0) FROM {kind.name}", test.values * 2
                ).fetchone(),
            )
            assert counted[0] == found.matching.count
            assert sum(counted) == 2
            assert bool(found.unknown) == bool(unknown_words(kind, found.unknown))
        assert tried


@every_kind
def test_every_group_and_every_pair_of_groups_can_be_counted(kind: Kind) -> None:
    """Each object is in one group for each key, or in one for each of its tags."""
    database = snapshot(kind)
    for keys in {tuple(dict.fromkeys(pair)) for pair in product(kind.group_by, repeat=2)}:
        found = ask(database, group_by=list(keys))
        assert found.groups.counted == (3 if any(kind.groups[key].type is Type.TAGS for key in keys) else 2)


@every_kind
def test_every_order_sorts_and_has_words(kind: Kind) -> None:
    """Every order can be described, and objects without the field come last either way."""
    database = snapshot(kind)
    for sort in (each for name in kind.sort for each in (name, f"-{name}")):
        first, second = ask(database, sort=sort).records
        assert first.values[0] == "7"
        assert second.values[0] is None
        assert order_said(kind, sort)
    assert order_said(kind, None) == order_said(kind, kind.usual_sort)


@every_kind
def test_completions_are_found(kind: Kind) -> None:
    """Every field that offers completions does."""
    database = snapshot(kind)
    for name in {name for field in kind.fields for name in field.completes}:
        assert completed_fields(kind, name)
        assert database.query(lambda handle, of=name: complete(handle, [kind], of, "", 100))[1]


def test_a_kind_without_a_state_has_no_active_count() -> None:
    """No answer says "0 active, 0 inactive" about a kind that cannot be active."""
    database = snapshot(replace(CONNECTIONS, state=None))
    for tally in (ask(database).matching, ask(database, group_by=["record_type"]).matching):
        assert (tally.count, tally.states) == (2, None)
        assert type_counts(tally.states, {"Some Text": 1, None: 1}) == "1 Some Text, 1 unknown type"


def test_a_kind_is_called_by_its_label() -> None:
    """Sentences use the label of a kind, because its noun names a table and has no spaces."""
    kind = replace(CONNECTIONS, name="phone_numbers", noun="phone_number", label="phone number")
    database = snapshot(kind)
    found = ask(database, where_model(kind)(record_type=["nobody has this"]))
    assert unknown_words(kind, found.unknown).startswith("No phone number read has the record_type ")
    assert (kind.labels, kind.tags_table) == ("phone numbers", "phone_number_tags")


@pytest.mark.parametrize(("field", "operator"), [("connection_name", Operator.NUMBER), ("transport", Operator.GLOB)])
def test_an_operator_is_for_own_fields_or_for_those_of_other_kinds(field: str, operator: Operator) -> None:
    """A number is looked for among those of another kind, and a pattern among the names of the kind itself."""
    condition = Condition(name="x", operator=operator, meaning="X.", noun="x ")
    named = {each.name: each for each in (*CONNECTIONS.fields, *CONNECTIONS.around)}
    changed = replace(named[field], conditions=(condition,))
    own, around = (
        tuple(changed if each.name == field else replace(each, conditions=()) for each in fields)
        for fields in (CONNECTIONS.fields, CONNECTIONS.around)
    )
    kind = replace(CONNECTIONS, fields=own, around=around, api_conditions=(), finding=None, where=("x",))
    with pytest.raises(ValueError, match="asked of other kinds"):
        read_where(kind, where_model(kind)(x="1"), NOW)


def test_only_filters_of_the_api_are_sent() -> None:
    """Telnyx ignores any other filter, and would return more than was asked for."""
    sent = {name for name, (condition, _) in CONNECTIONS.conditions.items() if condition.sent}
    assert sent <= ConnectionFilter.model_fields.keys()


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"usual_sort": "updated_at_all"}, "usual_sort"),
        ({"name": "phone numbers"}, "parts of SQL names"),
        ({"noun": "phone number"}, "parts of SQL names"),
        ({"type": "active"}, "is no text"),
        ({"state": "connection_name"}, "is no boolean"),
        (
            {"fields": (*CONNECTIONS.fields, replace(TAGS, name="labels", conditions=(), group=None))},
            "one field of tags",
        ),
        (
            {"fields": (replace(ID, found_by="nick_name"), *CONNECTIONS.fields[1:])},
            "found by a field that there is not",
        ),
        (
            {"api_conditions": tuple(replace(each, sent=False) for each in CONNECTIONS.api_conditions)},
            "must be sent, or nobody tests it",
        ),
    ],
)
def test_a_kind_with_a_missing_part_is_refused_at_import(changed: dict[str, Any], words: str) -> None:
    """An incomplete kind fails at import, not at a user's question."""
    with pytest.raises(ValueError, match=words):
        replace(CONNECTIONS, **changed)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ({"type": Type.TAGS, "sort": Sort(ascending="a", descending="b")}, "not sorted by"),
        (
            {"type": Type.BOOLEAN, "conditions": (Condition(name="x", operator=Operator.IS, meaning="X.", noun="x "),)},
            "not looked for",
        ),
    ],
)
def test_a_field_with_a_meaningless_part_is_refused_at_import(field: dict[str, Any], words: str) -> None:
    """A part that does not suit its field fails at import, not at a user's question."""
    with pytest.raises(ValueError, match=words):
        Field(name="x", meaning="X.", **field)


@pytest.mark.parametrize("left_out", ["name", "noun", "label", "sources", "fields"])
def test_no_part_of_a_kind_may_be_left_out(left_out: str) -> None:
    """The type checker rejects a kind that lacks a part."""
    parts = {name: getattr(CONNECTIONS, name) for name in Kind.__dataclass_fields__ if name != left_out}
    with pytest.raises(TypeError, match=left_out):
        Kind(**parts)
