"""Arguments are read liberally if their meaning is certain, and otherwise refused in one sentence."""

import json
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telnyx_connections_mcp.mcp_server.argument_errors import allowed
from telnyx_connections_mcp.mcp_server.arguments import ArgumentError, ArgumentReader, read_arguments
from telnyx_connections_mcp.mcp_server.tools.audit_connections import TOOL as AUDIT
from telnyx_connections_mcp.mcp_server.tools.audit_connections import AuditConnections
from telnyx_connections_mcp.mcp_server.tools.list_connections import TOOL, ListConnections


def read(given: dict[str, Any]) -> dict[str, Any]:
    return read_arguments(ListConnections, TOOL.parameters, given)[0].model_dump(exclude_unset=True)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ({}, {}),
        ({"filter": '{"fqdn": "sip.example.com"}'}, {"filter": {"fqdn": "sip.example.com"}}),
        (
            {"filter": {"connection_name": '{"contains": "acme"}'}},
            {"filter": {"connection_name": {"contains": "acme"}}},
        ),
        ({"filter": {"connection_name": "acme"}}, {"filter": {"connection_name": {"contains": "acme"}}}),
        ({"filter": {"connection_name": "{acme}"}}, {"filter": {"connection_name": {"contains": "{acme}"}}}),
        ({"filter": {"connection_name": "12345"}}, {"filter": {"connection_name": {"contains": "12345"}}}),
        ({"filter": {"connection_name": {"contains": 123}}}, {"filter": {"connection_name": {"contains": "123"}}}),
        ({"page": '{"number": "2", "size": 10.0}'}, {"page": {"number": 2, "size": 10}}),
        ({"filter": {"outbound_voice_profile_id": 42}}, {"filter": {"outbound_voice_profile_id": "42"}}),
        (
            {"filter": {"outbound": {"outbound_voice_profile_id": 42}}},
            {"filter": {"outbound": {"outbound_voice_profile_id": "42"}}},
        ),
        ({"sort": None, "filter": {"fqdn": None}}, {}),
        ({"sort": "", "filter": {}, "page": [], "detail": " "}, {}),
        ({"filter": {"connection_name": {"contains": ""}, "fqdn": "", "outbound": {}}, "page": {"number": None}}, {}),
        ({"filter": "null", "page": {"number": "None", "size": ""}}, {}),
        ({"filter": {"outbound_voice_profile_id": " 42\n"}}, {"filter": {"outbound_voice_profile_id": "42"}}),
        ({"filter": {"fqdn": " sip.example.com "}}, {"filter": {"fqdn": "sip.example.com"}}),
        ({"task_progress": "- [x] look"}, {}),
    ],
)
def test_certain_meanings_are_understood(given: dict[str, Any], meant: dict[str, Any]) -> None:
    """JSON text at any depth, a bare name, numbers as text and ids as numbers are read as meant."""
    assert read(given) == meant


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"page": {"sise": 3}}, "`page.sise` is unknown (did you mean `page.size`?); page takes number, size"),
        ({"connection_name": "acme"}, "`connection_name` is unknown (did you mean `filter.connection_name`?)"),
        ({"page[size]": 5}, "(did you mean `page.size`?)"),
        ({"name": "x"}, "(did you mean `filter.connection_name`?)"),
        ({"page_size": 5}, "`page_size` is unknown (did you mean `page.size`?)"),
        ({"page-number": 5}, "`page-number` is unknown (did you mean `page.number`?)"),
        ({"filter": {"active": True}}, "`filter.active` is unknown (search_connections has `where.active`)"),
        ({"tags_any": ["x"]}, "`tags_any` is unknown (search_connections has `where.tags_any`)"),
        ({"zzz": 1}, "`zzz` is unknown; this tool takes filter, page, sort, detail"),
        ({"page": {"sise": 3, "x": 2}}, "(did you mean `page.size`?); `page.x` is unknown; page takes number, size."),
        ({"x": 1, "page": {"y": 2}}, "`page.y` is unknown; page takes number, size; `x` is unknown; this tool takes "),
        ({"filter": {"task_progress": 1}}, "`filter.task_progress` is unknown"),
        ({"page": {"size": 251}}, "`page.size` must be a whole number from 1 to 250, not 251"),
        ({"page": {"size": True}}, "`page.size` must be a whole number from 1 to 250, not true"),
        ({"page": {"size": 2.5}}, "not 2.5"),
        ({"page": {"size": "many"}}, 'not "many"'),
        ({"page": {"number": 0}}, "`page.number` must be a whole number from 1, not 0"),
        ({"page": 2}, "`page` must be an object with number, size, not 2"),
        ({"filter": "acme"}, "`filter` must be an object with connection_name, fqdn"),
        ({"filter": ["acme"]}, "`filter` must be an object with connection_name, fqdn"),
        ({"filter": {"connection_name": {"has": 1}}}, "`filter.connection_name.contains` is missing: give text of 3"),
        (
            {"filter": {"fqdn": "sip.example.com:5060"}},
            "`filter.fqdn` must be an FQDN alone, such as sip.example.com, ",
        ),
        ({"filter": {"fqdn": "sip:bob@Pbx.example;transport=udp"}}, "an FQDN alone, such as Pbx.example, not"),
        ({"filter": {"fqdn": "https://h.example/x"}}, "an FQDN alone, such as h.example, not"),
        ({"filter": {"fqdn": "*.h.example"}}, "an FQDN alone, such as h.example, not"),
        ({"filter": {"fqdn": "a.example, b.example"}}, "an FQDN alone, such as sip.example.com, not"),
        ({"filter": {"connection_name": "ab"}}, 'must be text of 3 to 256 characters, not "ab"'),
        ({"filter": {"fqdn": ["a"]}}, "`filter.fqdn` must be text of 1 to 255 characters"),
        ({"filter": {"outbound_voice_profile_id": "x"}}, "an id as text, 1 to 19 digits"),
        ({"filter": {"outbound_voice_profile_id": 1e18}}, "an id as text, 1 to 19 digits"),
        ({"filter": {"outbound_voice_profile_id": True}}, "an id as text, 1 to 19 digits"),
        ({"sort": "name"}, "(did you mean `connection_name`?)"),
        ({"sort": "created_at desc"}, "(did you mean `-created_at`?)"),
        ({"sort": "Name: descending"}, "(did you mean `-connection_name`?)"),
        ({"sort": "connection_name,asc"}, "(did you mean `connection_name`?)"),
        ({"sort": "Created_At"}, "(did you mean `created_at`?)"),
        ({"sort": "-updated_at"}, 'not "-updated_at" (search_connections sorts by updated_at).'),
        ({"filter": {"name": "acme"}}, "(did you mean `filter.connection_name`?)"),
        ({"filter": {"profile": "1"}}, "(did you mean `filter.outbound_voice_profile_id`?)"),
        ({"sort": "-name"}, "(did you mean `-connection_name`?)"),
        ({"sort": "qq"}, 'not "qq".'),
        ({"sort": 7}, 'not "7"'),
        ({"detail": "FULL"}, "(did you mean `full`?)"),
        ({"a": 1, "b": 2, "c": 3, "d": 4}, "; and 1 more."),
        ({"sort": "x" * 500}, "…[cut]"),
        ({"s\u202eort": "x"}, "`sort` is unknown"),
    ],
)
def test_anything_else_is_refused_in_one_sentence(given: dict[str, Any], said: str) -> None:
    """The error names the argument, what is allowed, and the nearest valid spelling."""
    with pytest.raises(ArgumentError) as refused:
        read(given)
    sentence = str(refused.value)
    assert said in sentence
    assert sentence.startswith("Nothing was sent to Telnyx: ")
    assert "\n" not in sentence
    assert len(sentence) < 500


def test_at_most_three_problems_are_named() -> None:
    """Further problems are counted."""
    with pytest.raises(ArgumentError) as refused:
        read({"a": 1, "b": 2, "c": 3})
    assert str(refused.value).count("is unknown") == 3
    assert " more." not in str(refused.value)


@pytest.mark.parametrize(
    ("check", "said"),
    [
        ("http_webhook", "(did you mean `webhook_not_https`?)"),
        ("failover", "(did you mean `failover_same_host` or `no_failover_webhook`?)"),
        ("stale", 'not "stale".'),
        ("no_webhook", "(did you mean `application_without_webhook` or `texml_without_webhook`?)"),
        ("Missing webhook", "(did you mean `application_without_webhook` or `texml_without_webhook`?)"),
        ("webhook missing", "(did you mean `application_without_webhook` or `texml_without_webhook`?)"),
        ("without_webhook", "(did you mean `application_without_webhook` or `texml_without_webhook`?)"),
        ("texml_no_webhook", "(did you mean `texml_without_webhook`?)"),
        ("missing_failover", "(did you mean `no_failover_webhook`?)"),
        ("without voice profile", "(did you mean `no_outbound_voice_profile`?)"),
        ("no_https", "(did you mean `webhook_not_https`?)"),
        ("lacks_name", 'not "lacks_name".'),
    ],
)
def test_a_hint_matches_every_word(check: str, said: str) -> None:
    """A name that matches only in part is not suggested, because a model would use it."""
    with pytest.raises(ArgumentError) as refused:
        read_arguments(AuditConnections, AUDIT.parameters, {"checks": [check]})
    assert said in str(refused.value)


def test_the_audit_suggests_its_own_filter() -> None:
    """The older spelling of the voice profile filter is only for list_connections."""
    with pytest.raises(ArgumentError, match=r"did you mean `filter\.outbound_voice_profile_id`"):
        read_arguments(AuditConnections, AUDIT.parameters, {"filter": {"outbound": {"x": "1"}}})


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(["filter", "page", "sort", "detail", "connection_name", "fqdn", "size", "number"])


def is_empty(value: Any) -> bool:
    """Whether there is nothing in `value`, at any depth."""
    if isinstance(value, str):
        return value.strip().lower() in ("", "null", "none", "[]", "{}")
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else [value]
    return all(part is None or (part is not value and is_empty(part)) for part in parts)


@given(st.dictionaries(NAMES | st.text(max_size=5), JSON | st.dictionaries(NAMES, JSON, max_size=3), max_size=4))
def test_any_json_is_read_or_refused(given: dict[str, Any]) -> None:
    """Any argument is either understood or refused, and none is dropped."""
    try:
        meant = read(given)
    except ArgumentError as refused:
        assert len(str(refused)) < 2000
    else:
        assert set(meant) <= {name for name, value in given.items() if value is not None}
        assert all(is_empty(given[name]) for name in set(given) - set(meant))


@given(st.sampled_from(["{", "[", '"', "[" * 100_000]))
def test_broken_json_text_is_refused(text: str) -> None:
    """Text that is almost JSON counts as text."""
    with pytest.raises(ArgumentError):
        read({"filter": text})


def test_every_schema_can_be_described() -> None:
    """Text without bounds and tools without arguments can be described too."""
    assert allowed({"type": "string"}) == "text"
    assert allowed({"type": "object"}) == "an object with no arguments"


def test_every_argument_has_a_description_a_model_can_use() -> None:
    """Every property of a schema has a description."""

    def bare(schema: dict[str, Any], path: str = "") -> list[str]:
        return [
            found
            for name, child in schema.get("properties", {}).items()
            for found in ([] if child.get("description") else [f"{path}{name}"]) + bare(child, f"{path}{name}.")
        ]

    assert bare(TOOL.parameters) == []
    assert "$" not in json.dumps(TOOL.parameters).replace("19}$", "")


LEAVES = ["", " ", "\u3000", "acme", " acme", "null", "12", "-created_at", "sip.example.com", "\ud800", "a\n"]
ODD = st.recursive(
    st.sampled_from([*LEAVES, None, True, 1, 1.0, -3, 25, 1e999, 10**30]),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.sampled_from(["contains", "number", "size", "connection_name", "fqdn"]), inner, max_size=2)
    ),
    max_leaves=4,
)
FIRST = st.sampled_from(["filter", "page", "sort", "detail", "task_progress", "odd"])


@given(st.lists(st.dictionaries(FIRST, ODD, max_size=3), max_size=8))
def test_cached_arguments_are_not_mixed_up(questions: list[dict[str, Any]]) -> None:
    """Similar arguments are kept apart: 1 is neither 1.0 nor true."""
    reader = ArgumentReader(ListConnections, lambda: TOOL.parameters)

    def read_by(how: Any, arguments: dict[str, Any]) -> Any:
        try:
            return how(arguments)
        except ArgumentError as error:
            return str(error)

    for question in [*questions, *questions]:
        expected = read_by(partial(read_arguments, ListConnections, TOOL.parameters), question)
        assert read_by(reader, question) == expected


def test_the_cache_of_arguments_is_bounded() -> None:
    """The last 256 arguments of at most 2 KiB are cached."""
    reader = ArgumentReader(ListConnections, lambda: TOOL.parameters)

    def named(name: object) -> dict[str, Any]:
        return {"filter": {"connection_name": {"contains": f"acme {name}"}}}

    first = reader(named(0))
    assert reader(named(0)) is first
    for number in range(1, 257):
        reader(named(number))
    assert reader(named(256)) is reader(named(256))
    assert reader(named(0)) is not first
    text = {"filter": {"connection_name": {"contains": "x" * 200}}, "page": {"number": 1}, "odd": "x" * 2048}
    for _ in range(2):
        with pytest.raises(ArgumentError):
            reader(text)
