"""Lists, conditions and accounts in arguments are read as they are meant."""

from typing import Any

import pytest

from telnyx_connections_mcp.mcp_server.arguments import ArgumentError, coerce, read_account, read_arguments
from telnyx_connections_mcp.mcp_server.tools.search_connections import TOOL as SEARCH
from telnyx_connections_mcp.mcp_server.tools.search_connections import SearchConnections


@pytest.mark.parametrize(
    ("given", "meant", "empty"),
    [
        ({"group_by": "tag"}, {"group_by": ["tag"]}, []),
        ({"group_by": "record_type, tag"}, {"group_by": ["record_type", "tag"]}, []),
        ({"group_by": '["record_type", " tag "]'}, {"group_by": ["record_type", "tag"]}, []),
        ({"group_by": "None"}, {}, []),
        ({"group_by": None, "where": {"ids": None, "active": None}}, {}, []),
        ({"where": {"tags_any": "prod"}}, {"where": {"tags_any": ["prod"]}}, []),
        ({"where": {"tags_any": 75}}, {"where": {"tags_any": ["75"]}}, []),
        ({"where": {"tags_any": '["a, b", 7]'}}, {"where": {"tags_any": ["a, b", "7"]}}, []),
        ({"where": {"tags_any": ["a", " ", None]}}, {"where": {"tags_any": ["a"]}}, ["where.tags_any[1]"]),
        ({"where": {"tags_any": [""]}, "sort": ""}, {}, ["where.tags_any[0]"]),
        ({"where": {"active": " TRUE "}}, {"where": {"active": True}}, []),
        ({"where": {"active": "None", "untagged": "false"}}, {"where": {"untagged": False}}, []),
        ({"limit": " +7 ", "offset": "3", "sort": " created_at "}, {"limit": 7, "offset": 3, "sort": "created_at"}, []),
        (
            {"where": {"tags_any": "", "tags_all": [], "tags_none": {}}},
            {},
            ["where.tags_any", "where.tags_all", "where.tags_none"],
        ),
        (
            {"where": {"tags_any": "", "tags_all": [], "ids": [], "record_type": ""}},
            {},
            ["where.tags_any", "where.tags_all", "where.ids", "1 more"],
        ),
        (
            {"where": {"tags_any": "", "tags_all": [], "ids": [], "record_type": "", "name_glob": " "}},
            {},
            ["where.tags_any", "where.tags_all", "where.ids", "2 more"],
        ),
    ],
)
def test_lists_and_conditions_are_understood(given: dict[str, Any], meant: dict[str, Any], empty: list[str]) -> None:
    """A list may be a single value, JSON text, or words with commas if no word contains one."""
    read, without = read_arguments(SearchConnections, SEARCH.parameters, given)
    assert read.model_dump(exclude_unset=True) == meant
    assert without == empty


@pytest.mark.parametrize(
    "where",
    [
        {"tags_any": "a, b"},
        {"tags_any": ["a", {}]},
        {"tags_any": [[]]},
        {"active": "yes"},
        {"active": 1.5},
    ],
)
def test_a_condition_of_doubtful_meaning_is_refused(where: dict[str, Any]) -> None:
    """A tag may contain a comma, and a nested object or list is not text."""
    with pytest.raises(ArgumentError, match=rf"^Nothing was sent to Telnyx: `where\.{next(iter(where))}"):
        read_arguments(SearchConnections, SEARCH.parameters, {"where": where})


@pytest.mark.parametrize(
    ("given", "account"), [({}, None), ({"account": None}, None), ({"account": " "}, None), ({"account": 7}, "7")]
)
def test_an_account_is_named_as_text(given: dict[str, Any], account: str | None) -> None:
    """An empty account counts as none, and a number as its digits."""
    assert read_account(given) == account
    assert read_account({"account": "emea"}) == "emea"


@pytest.mark.parametrize("account", [True, ["emea"], {"name": "emea"}])
def test_an_account_of_another_type_is_refused(account: object) -> None:
    """An account that is neither text nor a number is refused."""
    with pytest.raises(ArgumentError, match=r"^Nothing was sent to Telnyx: `account` must be an account name"):
        read_account({"account": account})


def test_an_object_of_unknown_properties_is_kept() -> None:
    """It may be an object or its JSON text."""
    assert coerce({"a": "1"}, {"type": "object"}) == coerce('{"a": "1"}', {"type": "object"}) == {"a": "1"}
