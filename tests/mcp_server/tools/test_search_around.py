"""`search_connections` by what surrounds a connection: numbers, addresses, voice profile and settings."""

from collections import Counter
from collections.abc import Callable
from itertools import combinations
from typing import Any

import pytest

from .around import ACCOUNT, ALL, FQDN, IP, LOGIN, NUMBER, SEED, SIZE, Around, ask

pytestmark = pytest.mark.anyio
CONDITIONS: list[tuple[dict[str, Any], Callable[[Around], Any]]] = [
    ({"has_numbers": True}, lambda c: c.numbers),
    ({"has_numbers": False}, lambda c: not c.numbers),
    ({"has_address": True}, lambda c: c.addresses),
    ({"has_address": False}, lambda c: not c.addresses),
    ({"number": NUMBER}, lambda c: NUMBER in c.numbers),
    ({"address": IP}, lambda c: IP in c.addresses),
    ({"address": FQDN.upper()}, lambda c: FQDN in c.addresses),
    ({"user_name": LOGIN}, lambda c: LOGIN in c.user_names),
    ({"user_name": LOGIN.upper()}, lambda _: False),
    ({"profile_name": "OUT"}, lambda c: "out" in (c.profile_name or "").lower()),
    ({"profile_name_exact": "EU out"}, lambda c: c.profile_name == "EU out"),
    ({"profile_name_exact": "eu out"}, lambda _: False),
    ({"profile_enabled": True}, lambda c: c.profile_enabled is True),
    ({"profile_enabled": False}, lambda c: c.profile_enabled is False),
    ({"srtp": True}, lambda c: c.srtp is True),
    ({"srtp": False}, lambda c: c.srtp is False),
    ({"transport": "tls"}, lambda c: c.transport == "TLS"),
    ({"transport": "UDP"}, lambda c: c.transport == "UDP"),
    ({"sip_region": "europe"}, lambda c: c.sip_region == "Europe"),
    ({"sip_region": "US"}, lambda c: c.sip_region == "US"),
    (
        {"srtp": False, "has_numbers": True, "active": True, "transport": "TLS"},
        lambda c: c.srtp is False and c.numbers and c.row["active"] and c.transport == "TLS",
    ),
    (
        {"profile_enabled": False, "tags_any": ["prod"]},
        lambda c: c.profile_enabled is False and "prod" in c.row["tags"],
    ),
]
KEYS: dict[str, Callable[[Around], Any]] = {
    "has_numbers": lambda c: bool(c.numbers),
    "has_address": lambda c: bool(c.addresses),
    "profile_name": lambda c: c.profile_name,
    "profile_enabled": lambda c: c.profile_enabled,
    "srtp": lambda c: c.srtp,
    "transport": lambda c: c.transport,
    "sip_region": lambda c: c.sip_region,
}
OTHER_KEYS: dict[str, Callable[[Around], Any]] = {
    "record_type": lambda c: c.row["record_type"],
    "active": lambda c: c.row["active"],
}


async def test_each_condition_selects_what_a_naive_reader_finds(connect: Callable[..., Any]) -> None:
    """A condition on numbers, addresses, profile or settings selects what a join by hand over the API's rows does."""
    async with connect(size=SIZE, seed=SEED) as client:
        for where, holds in CONDITIONS:
            expected = {each.row["id"] for each in ALL if holds(each)}
            found = await ask(client, where=where, fields=["id"], limit=250)
            assert {row["id"] for row in found["connections"]} == expected, where
            assert (found["matches"], found["coverage"]["complete"]) == (len(expected), True)


async def test_each_group_and_pair_of_groups_counts_what_a_naive_reader_does(connect: Callable[..., Any]) -> None:
    """Groups by what surrounds a connection, alone, in pairs and beside its own fields, count as by hand."""
    every = KEYS | OTHER_KEYS
    pairs = [*combinations(every, 2)]
    async with connect(size=SIZE, seed=SEED) as client:
        for keys in [*((key,) for key in KEYS), *(pair for pair in pairs if KEYS.keys() & set(pair))]:
            expected = Counter(tuple(every[key](each) for key in keys) for each in ALL)
            found = await ask(client, group_by=list(keys), limit=250)
            assert {tuple(group[key] for key in keys): group["count"] for group in found["groups"]} == expected, keys
            assert found["matches"] == SIZE


async def test_only_what_is_asked_for_is_read(connect: Callable[..., Any]) -> None:
    """The answer names the kinds that it read, their totals and times, and no others."""
    async with connect(size=SIZE, seed=SEED) as client:
        plain = await ask(client, where={"active": True}, limit=0)
        numbers = await ask(client, where={"has_numbers": True}, limit=0)
        several = await ask(client, where={"has_address": True}, group_by=["srtp"])
    assert "also" not in plain["coverage"]
    assert "Also read" not in plain["summary"]
    also = numbers["coverage"]["also"]["phone_numbers"]
    assert (also["read"], also["of"], also["complete"]) == (len(ACCOUNT.numbers), len(ACCOUNT.numbers), True)
    assert numbers["summary"].endswith(f" Also read: phone_numbers {also['read']} of {also['read']}.")
    assert set(several["coverage"]["also"]) == {"ips", "fqdns", "connection_settings"}


@pytest.mark.parametrize(
    ("tool", "arguments", "hint"),
    [
        ("search_connections", {"where": {"phone_number": "+13125550123"}}, "did you mean `where.number`?"),
        ("search_connections", {"where": {"ip": "203.0.113.7"}}, "did you mean `where.address`?"),
        ("search_connections", {"where": {"sip_username": "acme"}}, "did you mean `where.user_name`?"),
        ("search_connections", {"where": {"encrypted_media": "SRTP"}}, "did you mean `where.srtp`?"),
        ("get_connection", {"number": "+13125550123"}, "search_connections finds it by `where.number`"),
        ("get_connection", {"ip": "203.0.113.7"}, "search_connections finds it by `where.address`"),
    ],
)
async def test_other_names_for_look_ups(
    connect: Callable[..., Any], tool: str, arguments: dict[str, Any], hint: str
) -> None:
    """Whoever calls a condition by the name that the API has for the field is told which one to use."""
    async with connect() as client:
        result = await client.call_tool(tool, arguments)
    assert result.is_error
    assert hint in result.content[0].text
