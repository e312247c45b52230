"""A click on a group lists its connections: as many as the group says, of every group that has a condition."""

import json
from collections.abc import Callable
from itertools import combinations, pairwise
from typing import Any

import httpx
import pytest

from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS

pytestmark = pytest.mark.anyio
VIEW = "telnyx-connections-mcp/view"
SEARCH = "search_connections"
Row = dict[str, Any]


async def groups_of(client: Any, **arguments: Any) -> list[tuple[Row, Any]]:
    """The groups, each with the `where` beside it."""
    result = await client.call_tool(SEARCH, arguments)
    assert not result.is_error, result.content[0].text
    return list(zip(result.structured_content["groups"], result.meta[VIEW]["drill"], strict=True))


async def count(client: Any, where: Row) -> int:
    result = await client.call_tool(SEARCH, {"where": where, "limit": 0})
    assert not result.is_error, result.content[0].text
    matches: int = result.structured_content["matches"]
    return matches


async def checked(client: Any, **arguments: Any) -> tuple[int, list[Row]]:
    """How many groups have a `where` that selects as many as they count, and the groups without one."""
    found = await groups_of(client, **arguments)
    for group, where in found:
        assert where is None or await count(client, where) == group["count"], (group, where)
    return sum(where is not None for _, where in found), [group for group, where in found if where is None]


@pytest.mark.parametrize("key", CONNECTIONS.group_by)
async def test_every_key_over_a_large_account(connect: Callable[..., Any], key: str) -> None:
    """Only what is not set has no condition, for the few keys without one that says so."""
    async with connect(size=5000, snapshot_seconds=3600) as client:
        found, without = await checked(client, group_by=[key])
        assert found
        assert [group for group in without if group[key] is not None] == []


async def test_every_pair_of_keys_over_a_large_account(connect: Callable[..., Any]) -> None:
    """Two keys are two conditions."""
    async with connect(size=5000, snapshot_seconds=3600) as client:
        for pair in combinations(CONNECTIONS.group_by, 2):
            _, without = await checked(client, group_by=list(pair), limit=6)
            assert all(None in group.values() for group in without), pair


def account(connections: list[Row], **lists: list[Row]) -> httpx.MockTransport:
    """An account with these connections, and what else is listed under other paths."""

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.path.removeprefix("/v2/")
        rows = connections if path == "connections" else lists.get(path, [])
        first = (int(request.url.params["page[number]"]) - 1) * 250
        body = {"data": rows[first : first + 250], "meta": {"total_results": len(rows)}}
        return httpx.Response(200, stream=httpx.ByteStream(json.dumps(body).encode()))

    return httpx.MockTransport(answer)


def odd_rows() -> list[Row]:
    """Connections whose values look alike, contain one another, or are hardly values at all."""
    values: dict[str, list[Any]] = {
        "connection_name": [
            *("Acme", "acme", "ACME ", "Ácme", "a*", "ab", "a?b", "a[b]", "[the]", "password=hunter2", "token=abc123"),
            *("x" * 300, "x" * 300 + "y", "z" * 300, "\u200bAcme", "\u00a0", " ", "", None, 7, ["a"], "\u202eabc"),
            *("\ufb01n", "fin", "<b>x</b>", "![a](b)", "null", "true", '{"a": 1}', "a,b", "ß", "ss", "İ", "i\u0307"),
            *("***", "مرحبا"),
        ],
        "record_type": ["ip_connection", "IP_connection", "ip connection", "ip-connection", "new", None, "", "  ", 5],
        "active": [True, False, None, "yes", 1],
        "created_at": [
            *("2024-01-01T00:00:00Z", "2023-12-31T23:59:59.999Z", "2024-12-31T23:59:59Z", "2025-01-01T00:00:00+14:00"),
            *("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "9998-12-31T23:59:59Z", "soon", None, 5),
        ],
        "outbound_voice_profile_id": ["1", "01", " 1", "1293384261075731499", 1, None, "", "x1", "1" * 20],
        "tags": [
            ["prod"], ["Prod", "eu"], ["prod", "PROD"], [" "], [" ", "eu"], [""], [], None, ["pröd"], ["a,b"], "prod",
            ["x" * 300], ["*"], ["secret=abc123"], [7],
        ],
        "webhook_event_url": [
            *("https://example.com/a", "https://a.example.com/", "https://EXAMPLE.com:8443", "https://bexample.com"),
            *("https://münchen.example", "https://munchen.example", "https://xn--mnchen-3ya.example", "not a url"),
            *("https://[2001:db8::1]/", "https://[2001:DB8:0::1]/", "https://10.0.0.1", "https://a_b.example", "https://"),
            *("https://a..b", "https://[::1%25eth0]/", f"https://{'a' * 300}.example"),
            *("https://user:hunter2@example.com", "https://höoks.example/\u200b", None, "", 5, "https://exa mple.com"),
        ],
        "webhook_api_version": ["1", "2", 2, "1 ", None, "", "x" * 300],
        "anchorsite_override": [
            *("Chicago, IL", "Chicago,IL", "chicago, il", "Chicago", "Latency", "Paris", None, "", ","),
        ],
    }  # fmt: skip
    most = max(map(len, values.values()))
    rows: list[Row] = []
    for step in (1, 2, 3, 5, 7):  # each value meets several others
        rows += [
            {name: of[(place * step + shift) % len(of)] for shift, (name, of) in enumerate(values.items())}
            for place in range(most)
        ]
    return [{"id": str(number), **row} for number, row in enumerate(rows, 1)]


ASKED: list[Row] = [
    {},
    {"tags_any": ["prod", "eu"]},
    {"tags_all": ["PROD"], "tags_none": ["eu"]},
    {"created_after": "2024-06-01", "created_before": "1y"},
    {"created_after": "3y"},
    {"webhook_host": "example.com"},
    {"anchorsite_override": "Chicago"},
    {"name_glob": "a*", "active": True},
    {"name_exact": "Acme"},
    {"record_type": ["ip_connection", "new"], "record_type_not": ["new"]},
    {"has_webhook": True, "untagged": False},
    {"outbound_voice_profile_id": "1"},
    {"finding": ["webhook_not_https", "duplicate_name"]},
]


@pytest.mark.parametrize("where", ASKED, ids=str)
async def test_values_that_look_alike(connect: Callable[..., Any], where: Row) -> None:
    """Spellings, accents, wildcards, parent domains, blanks, secrets and cut texts: as many as it says, or no click."""
    keys = [key for key, field in CONNECTIONS.groups.items() if not field.elsewhere]
    pairs = pairwise(keys) if where else combinations(keys, 2)
    async with connect(transport=account(odd_rows()), snapshot_seconds=3600) as client:
        found = [(await checked(client, where=where, group_by=list(by), limit=20))[0] for by in [*zip(keys), *pairs]]
    assert sum(found) > 20


async def test_conditions_hold_no_secret_and_nothing_unseen(connect: Callable[..., Any]) -> None:
    """They are made of texts as they are shown: masked, and without invisible characters."""
    async with connect(transport=account(odd_rows()), snapshot_seconds=3600) as client:
        for key in CONNECTIONS.group_by:
            told = (await client.call_tool(SEARCH, {"group_by": [key], "limit": 250})).meta[VIEW]
            said = json.dumps(told, ensure_ascii=False)
            assert not [word for word in ("hunter2", "abc123", "\u200b", "\u202e", "\u00ad") if word in said], key


async def test_as_many_tags_as_a_condition_takes(connect: Callable[..., Any]) -> None:
    """A tag that was asked for in other letters is not asked for twice, so the most tags are not too many."""
    tags = [f"tag {number}" for number in range(250)]
    async with connect(transport=account([{"id": "1", "tags": tags}, {"id": "2", "tags": tags[1:]}])) as client:
        asked = {"tags_all": [tag.upper() for tag in tags]}
        assert await checked(client, where=asked, group_by=["tag"], limit=20) == (20, [])


async def test_ages_become_the_instants_that_they_meant(connect: Callable[..., Any]) -> None:
    """So a list that is opened later is of the same connections; the narrower of two times holds."""
    rows = [{"id": str(year), "created_at": f"{year}-06-01T00:00:00Z"} for year in range(2019, 2025)]
    async with connect(transport=account(rows)) as client:
        found = await groups_of(
            client, where={"created_after": "2020-03-01", "updated_before": "1d"}, group_by=["created_year"]
        )
        assert found == []
        asked = {"created_after": "2020-03-01T00:00:00+01:00", "created_before": "2023-09-01"}
        found = await groups_of(client, where=asked, group_by=["created_year"])
    assert {group["created_year"]: where for group, where in found} == {
        2020: {"created_after": "2020-02-29T23:00:00+00:00", "created_before": "2021-01-01"},
        2021: {"created_after": "2021-01-01", "created_before": "2022-01-01"},
        2022: {"created_after": "2022-01-01", "created_before": "2023-01-01"},
        2023: {"created_after": "2023-01-01", "created_before": "2023-09-01T00:00:00+00:00"},
    }


async def test_only_what_a_page_shows_has_a_condition(connect: Callable[..., Any], era: str) -> None:
    """There are as many as groups, also if the answer was shortened or asked for none; rows have none."""
    async with connect(mode=era, size=5000, max_answer_tokens=2000) as client:
        found = await groups_of(client, group_by=["connection_name"], limit=250, offset=3)
        assert 20 < len(found) < 200
        result = await client.call_tool(SEARCH, {"group_by": ["active"], "limit": 0})
        assert result.meta[VIEW]["drill"] == []
        assert "drill" not in (await client.call_tool(SEARCH, {})).meta[VIEW]


async def test_many_conditions_are_told_in_part(connect: Callable[..., Any]) -> None:
    """Long conditions, repeated for each group, are told for the first groups alone: 64 KB at most."""
    names = [f"{number:03}{'x' * 200}" for number in range(60)]
    rows = [{"id": str(number), "connection_name": f"name {number}"} for number in range(200)]
    async with connect(transport=account(rows)) as client:
        result = await client.call_tool(
            SEARCH, {"where": {"tags_none": names}, "group_by": ["connection_name"], "limit": 250}
        )
        told = result.meta[VIEW]
        assert len(json.dumps(told)) < 70_000
        assert 2 < sum(where is not None for where in told["drill"]) < 6
        assert len(told["drill"]) == len(result.structured_content["groups"]) == 200


async def test_what_would_take_long_to_prove_has_no_condition(connect: Callable[..., Any]) -> None:
    """250 hosts are not each compared with more than 2,000, nor names with `*` in them; a few are, and plain names."""
    rows = [
        {
            "id": str(number),
            "webhook_event_url": f"https://h{number:04}.example",
            "connection_name": f"a*{number}" if number % 2 else f"name {number}",
        }
        for number in range(2001)
    ]
    async with connect(transport=account([*rows, {"id": "a", "connection_name": " "}])) as client:
        found = await groups_of(client, group_by=["webhook_host"], limit=250)
        assert [where for _, where in found] == [None] * 250
        assert await checked(client, group_by=["webhook_host"], limit=5) == (5, [])
        found = await groups_of(client, group_by=["connection_name"], limit=250)
        named = {group["connection_name"]: where for group, where in found}
        assert named[None] == {"unnamed": True}
        assert [name for name, where in named.items() if where is None] == [name for name in named if "*" in str(name)]


async def test_what_is_held_elsewhere_is_tried_on_few_rows(connect: Callable[..., Any]) -> None:
    """250 names of voice profiles are not tried on more than 2,000 connections, however few names these have."""
    profiles = [{"id": str(number), "name": f"profile {number:03}"} for number in range(250)]
    rows = [{"id": f"1{number:04}", "outbound_voice_profile_id": str(number % 250)} for number in range(2001)]
    lists = {"outbound_voice_profiles": profiles}
    async with connect(transport=account(rows, **lists), snapshot_seconds=3600) as client:
        found = await groups_of(client, group_by=["profile_name"], limit=250)
        assert [where for _, where in found] == [None] * 250
        assert await checked(client, group_by=["profile_name"], limit=5) == (5, [])


async def test_values_elsewhere_that_look_alike(connect: Callable[..., Any]) -> None:
    """Names of voice profiles that contain one another, and settings that two lists tell differently, as well."""
    names = ["EU", "eu", "EU out", "US", "a*", "[x]", "Ünï", "uni", "x" * 300, " ", "", None, "token=abc123"]
    names.append("EU\u200b")
    profiles = [{"id": str(n), "name": name, "enabled": n % 3 == 0} for n, name in enumerate(names, 1)]
    rows = [
        {"id": f"1{n:03}", "record_type": "ip_connection", "outbound_voice_profile_id": str(n % (len(names) + 2))}
        for n in range(90)
    ]
    transports = ["UDP", "udp", "TLS", "TL", None, "T*", " UDP"]
    regions = ["US", "us", "Euro", None]
    settings = [
        {"id": row["id"], "transport_protocol": transports[n % 7], "inbound": {"sip_region": regions[n % 4]}}
        for n, row in enumerate(rows)
    ]
    again = [{**each, "transport_protocol": "TCP"} for each in settings[::5]]
    lists = {"outbound_voice_profiles": profiles, "ip_connections": settings, "fqdn_connections": again}
    keys = ["profile_name", "profile_enabled", "transport", "sip_region", "srtp", "has_numbers", "has_address"]
    async with connect(transport=account(rows, **lists), snapshot_seconds=3600) as client:
        found = 0
        for by in [[key] for key in keys] + [list(pair) for pair in combinations(keys, 2)]:
            for asked in ({}, {"profile_enabled": False}, {"transport": "UDP", "profile_name": "EU"}):
                found += (await checked(client, where=asked, group_by=by, limit=40))[0]
        assert found > 100
