"""An incomplete or contradictory kind is refused when it is defined."""

from dataclasses import replace
from typing import Any

import pytest

from telnyx_connections_mcp.inventory.kind import Condition, Field, Hints
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.operators import Operator, Type
from telnyx_connections_mcp.inventory.plain import reader_of
from telnyx_connections_mcp.inventory.url_parts import Url

ID, NAME, *_ = CONNECTIONS.fields
URL = Url(prefix="hook")


@pytest.mark.parametrize(
    "changed",
    [
        {"where": CONNECTIONS.where[1:]},
        {"where": (*CONNECTIONS.where, "where_it_lies")},
        {"group_by": (*CONNECTIONS.group_by, "tag")},
        {"sort": ("created_at", "-connection_name", "active", "updated_at")},
        {"fields": CONNECTIONS.fields[1:]},
        {"api_conditions": ()},
    ],
)
def test_an_order_names_everything_once(changed: dict[str, Any]) -> None:
    """An order lists every name exactly once, because a missing one would be missing in a schema."""
    with pytest.raises(ValueError, match=r"each of .* once"):
        replace(CONNECTIONS, **changed)


@pytest.mark.parametrize(
    "field",
    [
        {"type": Type.URL},
        {"type": Type.TEXT, "url": URL},
        {"type": Type.TEXT, "conditions": (Condition(name="x", operator=Operator.IS, meaning="X."),)},
        {"type": Type.TIME, "conditions": (Condition(name="x", operator=Operator.CONTAINS, meaning="X."),)},
        {"type": Type.TAGS, "conditions": (Condition(name="x", operator=Operator.API, meaning="X."),)},
    ],
)
def test_a_field_fits_its_type(field: dict[str, Any]) -> None:
    """A field has only parts that make sense for its type."""
    with pytest.raises(ValueError, match=r"and nothing else|does not fit"):
        Field(name="x", meaning="X.", **field)


def test_everything_is_found_by_its_name() -> None:
    """Conditions, groups and orders are found by name, in the order of schemas and reference."""
    assert list(CONNECTIONS.conditions) == list(CONNECTIONS.where)
    assert CONNECTIONS.conditions["ids"][1] is CONNECTIONS.by_name["id"] is ID
    assert CONNECTIONS.conditions["fqdn"][1] is None
    assert list(CONNECTIONS.groups) == list(CONNECTIONS.group_by)
    assert CONNECTIONS.groups["created_year"].year == "created_year"
    assert list(CONNECTIONS.sorts) == ["created_at", "connection_name", "active", "updated_at"]
    assert "tags" in CONNECTIONS.names
    assert CONNECTIONS.tags_table == "connection_tags"


def test_texts_have_a_folded_column_where_conditions_fold_them() -> None:
    """URLs are compared by host, tags in their own table, and exact values as they are."""
    assert {field.name: field.folded for field in CONNECTIONS.fields if field.folded} == {
        "id": "id_folded",
        "connection_name": "connection_name_folded",
        "record_type": "record_type_folded",
        "anchorsite_override": "anchorsite_override_folded",
    }
    webhook = CONNECTIONS.by_name["webhook_event_url"].url
    assert webhook is not None
    assert (webhook.host, webhook.host_folded) == ("webhook_host", "webhook_host_folded")
    assert (webhook.scheme, webhook.secret_part) == ("webhook_scheme", "webhook_secret_part")


def test_which_values_are_suggested() -> None:
    """Nothing is suggested for ids, which all look alike, near values for names, and all values for the rest."""
    hints = {name: each.hints for name, (each, _) in CONNECTIONS.conditions.items() if each.noun}
    assert hints.pop("ids") is Hints.NOTHING
    assert {name for name, hint in hints.items() if hint is Hints.NEAR} == {
        "name_contains",
        "name_not_contains",
        "name_glob",
        "name_exact",
        "number",
        "address",
    }
    assert {name for name, hint in hints.items() if hint is Hints.NOTHING} == {
        "webhook_url_contains",
        "webhook_failover_url_contains",
        "user_name",
    }
    assert len(hints) == 25


@pytest.mark.parametrize("wrong", [{"state": "record_type"}, {"type": "active"}, {"usual_sort": "-tags"}])
def test_a_kind_counts_and_sorts_by_fields_it_has(wrong: dict[str, Any]) -> None:
    """The state of a kind is a boolean, its type a text, and its usual sort one of its orders."""
    with pytest.raises(ValueError, match=r"^(?:usual_sort|state|type): "):
        replace(CONNECTIONS, **wrong)


def test_tags_have_no_columns() -> None:
    """Tags are in a table of their own."""
    with pytest.raises(ValueError, match="tags: tags have a table of their own"):
        reader_of(CONNECTIONS.by_name["tags"])
