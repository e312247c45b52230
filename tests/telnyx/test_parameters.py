"""Parameters become the deepObject query strings that Telnyx documents."""

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_connections_mcp.telnyx.parameters import ListFilter, PageRequest, connections_query, deep_object

NAMES = st.text("abcdefghijklmnopqrstuvwxyz_.", min_size=1, max_size=12)
TREES = st.recursive(
    st.text(max_size=20), lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=3), max_leaves=6
)


def unfold(pairs: list[tuple[str, str]]) -> dict[str, Any]:
    """Parse a deepObject query string, naively."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        steps = re.findall(r"[^\[\]]+", key)
        node = tree
        for step in steps[:-1]:
            node = node.setdefault(step, {})
        node[steps[-1]] = value
    return tree


@given(st.dictionaries(NAMES, TREES, max_size=4))
def test_parameters_survive_a_round_trip(values: dict[str, Any]) -> None:
    """Parameters parsed from the URL equal those that were sent."""
    assert unfold(parse_qsl(urlencode(list(deep_object(values))), keep_blank_values=True)) == values


@pytest.mark.parametrize(
    ("asked", "sent"),
    [
        ({}, []),
        ({"connection_name": {"contains": "a&b=c"}}, [("filter[connection_name][contains]", "a&b=c")]),
        ({"fqdn": "Sip.example.com"}, [("filter[fqdn]", "Sip.example.com")]),
        ({"outbound_voice_profile_id": "12"}, [("filter[outbound_voice_profile_id]", "12")]),
        (
            {"outbound": {"outbound_voice_profile_id": "12"}},
            [("filter[outbound.outbound_voice_profile_id]", "12")],
        ),
    ],
)
def test_each_filter_has_its_wire_name(asked: dict[str, Any], sent: list[tuple[str, str]]) -> None:
    """Every filter has the name that the API documents; the older voice profile filter keeps the dot inside its key."""
    query = connections_query(ListFilter.model_validate(asked), PageRequest(), None)
    assert query == [*sent, ("page[number]", "1"), ("page[size]", "25")]


def test_sort_is_sent_only_when_given() -> None:
    """No sort order is added by default, because Telnyx's default differs from `created_at`."""
    assert ("sort", "created_at") in connections_query(None, PageRequest(), "created_at")
    assert "sort" not in dict(connections_query(None, PageRequest(), None))
