"""A record shows the row from which it was made, whatever that holds."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given

from telnyx_connections_mcp.inventory.kind import Field
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.operators import Type
from telnyx_connections_mcp.inventory.record import Record, record
from telnyx_connections_mcp.inventory.unusual import unusual_record
from telnyx_connections_mcp.inventory.value_cache import Memo
from telnyx_connections_mcp.inventory.views import in_full, rest_of, summary
from telnyx_connections_mcp.redaction.cleaner import Cleaner, fields_in_full
from telnyx_connections_mcp.telnyx.rows import bounded
from telnyx_connections_mcp.text.hosts import comparable_host

from .rows import ROWS, TYPED


def shown(made: Record) -> list[Any]:
    short, every = Cleaner(), Cleaner()
    return [summary(CONNECTIONS, made, short), short, in_full(CONNECTIONS, made, every), every]


@given(ROWS | TYPED)
def test_a_record_is_shown_as_its_row(row: dict[str, Any]) -> None:
    """In full it shows the kind's fields in order, then all others, cleaned with the same counts."""
    kept = bounded(row, CONNECTIONS.names)
    _, _, full, changes = shown(record(CONNECTIONS, kept.fields, kept.lost))
    known = {
        field.name: str(value) if field.type is Type.ID else value
        for field in CONNECTIONS.fields
        if is_typed(field, value := kept.fields.get(field.name))
    }
    cleaner = Cleaner()
    expected = fields_in_full(
        known | {name: value for name, value in kept.fields.items() if name not in known}, cleaner
    )
    assert json.dumps(full) == json.dumps(expected)
    lost = {name: kept.fields[name] for name in kept.lost if name in kept.fields}
    cleaner.cut += len(kept.lost) - sum(isinstance(value, str) and len(value) > 4096 for value in lost.values())
    assert changes == cleaner


@given(ROWS | TYPED)
def test_the_fast_path_equals_the_slow_one(row: dict[str, Any]) -> None:
    """Plain rows take a fast path to the same columns and the same view."""
    kept = bounded(row, CONNECTIONS.names)
    short = record(CONNECTIONS, kept.fields, kept.lost)
    long = unusual_record(CONNECTIONS, kept.fields, kept.lost)
    assert (short.values, short.tags) == (long.values, long.tags)
    assert json.dumps(shown(short)[0::2]) == json.dumps(shown(long)[0::2])
    assert shown(short)[1::2] == shown(long)[1::2]


def is_typed(field: Field, value: Any) -> bool:
    if field.type is Type.ID:
        return isinstance(value, str | int) and not isinstance(value, bool)
    if field.type is Type.TAGS:
        return isinstance(value, list) and all(isinstance(tag, str) for tag in value)
    return isinstance(value, bool if field.type is Type.BOOLEAN else str)


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, {}),
        ({"id": 7, "connection_name": "", "active": "yes", "tags": []}, {"id": "7"}),
        ({"active": False, "anchorsite_override": "Latency"}, {"active": False}),
        (
            {"anchorsite_override": "latency", "tags": ["b", "a", "b"]},
            {"anchorsite_override": "latency", "tags": ["b", "a", "b"]},
        ),
        ({"created_at": "2024-05-06T07:08:09.123Z"}, {"created_at": "2024-05-06"}),
        ({"created_at": "2024-05-06T23:30:00-05:00"}, {"created_at": "2024-05-06T23:30:00-05:00"}),
        ({"created_at": "2024-05-06"}, {"created_at": "2024-05-06"}),
        ({"created_at": "soon"}, {"created_at": "soon"}),
        ({"webhook_event_url": "HTTPS://u:p@Hooks.Example:1/x"}, {"webhook_host": "hooks.example"}),
        ({"webhook_event_failover_url": "hooks.example"}, {"webhook_failover_host": "(unreadable)"}),
        ({"connection_name": "a\u200bb password=hunter2", "new": 1}, {"connection_name": "ab password=***"}),
        ({"connection_name": "\u200b"}, {"connection_name": ""}),
        ({"connection_name": "x" * 300}, {"connection_name": "x" * 250 + "…[cut]"}),
        ({"tags": ["t" * 300, "u"]}, {"tags": ["t" * 250 + "…[cut]", "u"]}),
        ({"tags": "prod"}, {}),
        ({"tags": {"a": 1}}, {}),
    ],
)
def test_a_summary_leaves_out_unset_fields(row: dict[str, Any], expected: dict[str, Any]) -> None:
    """It shows days, hosts and the beginnings of long texts, cleaned and without secrets."""
    assert shown(record(CONNECTIONS, row))[0] == expected


def test_changes_are_known_for_each_field() -> None:
    """Changes are counted for each field and in total, in both views."""
    row = {
        "connection_name": "a\u200bb",
        "tags": ["x" * 300, "password=x"],
        "webhook_event_url": "https://u:p@h.example",
    }
    made = record(CONNECTIONS, row, ("tags",))
    rest = rest_of(made)
    assert rest["changed"] == {"connection_name": [1, 0, 0, 0], "tags": [0, 0, 1, 1]}
    assert rest["full_changes_by_field"] == rest["changed"] | {"webhook_event_url": [0, 0, 0, 1]}
    assert rest["lost"] == ["tags"]
    assert shown(made)[1] == Cleaner(cleaned=1, cut=2, masked=1)
    assert shown(made)[3] == Cleaner(cleaned=1, cut=1, masked=2)


def test_what_the_client_cut_is_counted_once() -> None:
    """A field that the client shortened counts as cut, unless it is cut again; its elements are counted besides."""
    for row, cut in (
        ({"connection_name": "x" * 4096}, 1),
        ({"connection_name": "x" * 4097}, 1),
        ({"tags": ["a"]}, 1),
        ({"tags": ["a", "x" * 5000]}, 2),
    ):
        made = record(CONNECTIONS, row, tuple(row))
        assert rest_of(made)["full_changes_by_field"] == {name: [0, 0, cut, 0] for name in row}
        assert shown(made)[3] == Cleaner(cut=cut)


@pytest.mark.parametrize("host", ["h.example", "h.example.", "xn--bcher-kva.example"])
def test_hosts_are_comparable_on_the_fast_path(host: str) -> None:
    """A host is stored as it is compared, whichever path its row takes."""
    row = {"webhook_event_url": f"https://{host}/voice"}
    fast, slow = record(CONNECTIONS, row), unusual_record(CONNECTIONS, row, ())
    assert fast.values == slow.values
    assert comparable_host(host) in fast.values


def test_a_kind_without_tags() -> None:
    """A record of a kind without tags has none, and a field of that name is like any unknown one."""
    names = ("id", "connection_name", "record_type", "created_at")
    fields = tuple(field for field in CONNECTIONS.fields if field.name in names)
    kind = replace(
        CONNECTIONS,
        fields=fields,
        api_conditions=(),
        around=(),
        where=tuple(condition.name for field in fields for condition in field.conditions),
        group_by=("record_type", "connection_name", "created_year"),
        sort=("created_at", "connection_name"),
        state=None,
        finding=None,
    )
    made = record(kind, {"id": "7", "tags": ["a"]})
    assert made.tags == ()
    assert in_full(kind, made, Cleaner()) == {"id": "7", "tags": ["a"]}


def test_repeated_values_are_cached() -> None:
    """The cache is bounded and holds no long values."""
    made: list[str] = []
    remembered = Memo(lambda text: made.append(text) or text.upper(), lambda text: len(text) < 3)
    assert [remembered[text] for text in ("a", "a", "long", "long")] == ["A", "A", "LONG", "LONG"]
    assert made == ["a", "long", "long"]
    for number in range(5000):
        assert remembered[f"{number:x}"[-2:]]
    assert len(remembered) <= 4096
