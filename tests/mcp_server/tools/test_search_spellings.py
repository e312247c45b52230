"""`search_connections` by a number or an address in any spelling, and by values that nothing has."""

from collections.abc import Callable
from typing import Any

import pytest

from .around import (
    ACCOUNT,
    CONNECTIONS_OF_TWO,
    FQDN,
    LOGIN,
    NUMBER,
    SEED,
    SIZE,
    SOME,
    ask,
    numbers,
    refusal,
    served,
)

pytestmark = pytest.mark.anyio


async def test_a_number_is_found_in_any_spelling(connect: Callable[..., Any]) -> None:
    """Separators, a URI and a missing country code do not matter, and the answer says what was understood."""
    national = NUMBER.removeprefix("+1")
    spellings = [f"tel:{NUMBER}", f"001 {national}", f"({national[:3]}) {national[3:6]}-{national[6:]}", NUMBER[1:]]
    async with connect(size=SIZE, seed=SEED) as client:
        for spelling in (NUMBER, *spellings):
            found = await ask(client, where={"number": spelling}, fields=["id"])
            assert [row["id"] for row in found["connections"]] == [SOME.row["id"]], spelling
            assert found.get("resolved") == (None if spelling == NUMBER else {"number": NUMBER}), spelling


async def test_an_address_is_found_in_any_spelling(connect: Callable[..., Any]) -> None:
    """Ports, schemes, brackets and the spelling of IPv6 do not matter, whichever way Telnyx spells it."""
    rows = [{"id": str(n), "record_type": "ip_connection", "connection_name": f"c{n}"} for n in range(4)]
    ips = [
        {"id": "a", "connection_id": "0", "ip_address": "2001:0DB8:0:0::7"},
        {"id": "b", "connection_id": "1", "ip_address": "203.0.113.7"},
        {"id": "c", "connection_id": "2", "ip_address": "203.0.113.7"},
    ]
    fqdns = [{"id": "d", "connection_id": "3", "fqdn": "SIP.Example.com."}]
    async with connect(transport=served(connections=rows, ips=ips, fqdns=fqdns)) as client:
        for spelling, ids in (
            ("[2001:db8::7]:5060", {"0"}),
            ("sip:203.0.113.7:5061", {"1", "2"}),
            ("sip.EXAMPLE.com:5060", {"3"}),
        ):
            found = await ask(client, where={"address": spelling}, fields=["id"])
            assert {row["id"] for row in found["connections"]} == ids, spelling


async def test_a_number_that_may_be_several_is_refused(connect: Callable[..., Any]) -> None:
    """Digits without a country code that end several numbers of the account are not guessed: all of them are named."""
    listed = numbers(**{"+13125550123": "1", "+443125550123": "2", "+13125550199": "2"})
    async with connect(transport=served(connections=CONNECTIONS_OF_TWO, phone_numbers=listed)) as client:
        said = await refusal(client, where={"number": "(312) 555-0123"})
        assert said == (
            '`where.number` "(312) 555-0123" may be +13125550123 or +443125550123: give it with its country code.'
        )
        sure = await ask(client, where={"number": "312 555 0199"})
        assert (sure["matches"], sure["resolved"]) == (1, {"number": "+13125550199"})


@pytest.mark.parametrize("number", ["FLOWERS", "0123", "203.0.113.7", "+1 312 555 0123 x5"])
async def test_what_is_no_number_is_refused(connect: Callable[..., Any], number: str) -> None:
    """The refusal shows what a number looks like."""
    async with connect() as client:
        said = await refusal(client, where={"number": number})
    assert said.startswith("Nothing was sent to Telnyx: `where.number` must be one telephone number, ")
    assert "such as +13125550123" in said


@pytest.mark.parametrize("address", ["203.0.113.0/24", "*.example.com", "203.0.113", "two words"])
async def test_what_is_no_address_is_refused(connect: Callable[..., Any], address: str) -> None:
    """The refusal shows what an address looks like."""
    async with connect() as client:
        said = await refusal(client, where={"address": address})
    assert "`where.address` must be one IP address or FQDN, such as 203.0.113.7 or sip.example.com" in said


async def test_a_value_that_nothing_has_is_said_with_similar_ones(connect: Callable[..., Any]) -> None:
    """A misspelled number, address, profile or setting is not a fact about the account: what is similar is offered."""
    missing = "+1999" + NUMBER[-7:]
    same_ending = sorted(row["phone_number"] for row in ACCOUNT.numbers if row["phone_number"].endswith(NUMBER[-7:]))[
        :5
    ]
    async with connect(size=SIZE, seed=SEED) as client:
        number = await ask(client, where={"number": missing})
        assert number["unknown"]["number"] == {"values": [missing], "near": same_ending}
        assert number["summary"].startswith(f'No connection read has the number "{missing}". 0 connections ')
        fqdn = await ask(client, where={"address": FQDN.replace("sip-", "sip_")})
        assert FQDN in fqdn["unknown"]["address"]["near"]
        profile = await ask(client, where={"profile_name": "EU owt"})
        assert "EU out" in profile["unknown"]["profile_name"]["near"]
        transport = await ask(client, where={"transport": "SCTP"})
        assert transport["unknown"]["transport"]["there_are"] == ["TCP", "TLS", "UDP"]
        region = await ask(client, where={"sip_region": "Mars"})
        assert "US" in region["unknown"]["sip_region"]["there_are"]
        login = await ask(client, where={"user_name": f"{LOGIN}x"})
        assert login["unknown"]["user_name"] == {"values": [f"{LOGIN}x"]}


async def test_no_similar_number_is_offered_if_there_is_none(connect: Callable[..., Any]) -> None:
    """Four digits at the end are the least that makes numbers similar."""
    listed = numbers(**{"+13125550123": "1"})
    async with connect(transport=served(connections=CONNECTIONS_OF_TWO, phone_numbers=listed)) as client:
        near = await ask(client, where={"number": "+499990123"})
        far = await ask(client, where={"number": "+13125550124"})
    assert near["unknown"]["number"]["near"] == ["+13125550123"]
    assert far["unknown"]["number"] == {"values": ["+13125550124"]}


async def test_a_number_that_rings_nowhere_is_said(connect: Callable[..., Any]) -> None:
    """A number may be in the account without a connection, or with one that is gone; that is not "no such number"."""
    listed = numbers(**{"+13125550123": None, "+13125550124": "9"})
    async with connect(transport=served(connections=CONNECTIONS_OF_TWO, phone_numbers=listed)) as client:
        for number in ("+13125550123", "+13125550124"):
            found = await ask(client, where={"number": number})
            assert found["unknown"]["number"] == {"values": [number], "in_account": True}
            said = f'The number "{number}" is in the account, but on no connection read. 0 connections of all 2 match.'
            assert found["summary"].startswith(said)


async def test_a_setting_that_no_connection_has_is_said(connect: Callable[..., Any]) -> None:
    """With no connection whose media could be encrypted, none is encrypted and none is not."""
    rows = [{"id": "1", "record_type": "third_party_provider_connection"}]
    listed = {path: [] for path in ("ip_connections", "fqdn_connections", "credential_connections", "uac_connections")}
    others = ("call_control_applications", "texml_applications", "fax_applications", "external_connections")
    listed |= {path: [] for path in (*others, "v2", "mobile_voice_connections")}
    async with connect(transport=served(connections=rows, **listed)) as client:
        found = await ask(client, where={"srtp": False})
    assert found["matches"] == 0
    assert found["summary"].startswith("No connection read has a known srtp, so where.srtp matches none.")
