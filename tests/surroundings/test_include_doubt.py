"""What is not known of a connection is not said of it, even if something between here and Telnyx answers."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tests.mcp_server.tools.around import ask, served

from .account import Network, answer
from .test_include import CREDENTIAL, get, listing

pytestmark = pytest.mark.anyio
Connect = Callable[..., Any]


async def test_a_registration_of_another_user_is_not_shown(connect: Connect) -> None:
    """A cache that ignores the query answers with another user's registration, which need not name a connection."""
    other = {
        "registered": True,
        "credential_username": "somebodyelse",
        "sip_registration_details": {"ua_ip": "6.6.6.6"},
    }
    network = Network({"sip_registration_status": lambda _: answer({"data": other})})
    said = await get(connect, network, id=CREDENTIAL, include=["registration"])
    assert "registration unknown" in said["summary"]
    assert "6.6.6.6" not in str(said)


async def test_a_registration_may_name_its_user_otherwise(connect: Connect) -> None:
    """The case of a SIP user name, and a domain after it, make no other user of it."""
    same = {"registered": True, "credential_username": "HooliIVRLine076256@sip.telnyx.com"}
    network = Network({"sip_registration_status": lambda _: answer({"data": same})})
    assert "registered" in (await get(connect, network, id=CREDENTIAL, include=["registration"]))["summary"]


async def test_a_missing_endpoint_is_not_a_missing_registration(connect: Connect) -> None:
    """Only Telnyx's own word that there is no such thing means that a connection is not registered."""
    gone = Network({"sip_registration_status": lambda _: answer({"errors": [{"code": "10009", "title": "Gone"}]}, 404)})
    said = await get(connect, gone, id=CREDENTIAL, include=["registration"])
    assert "registration unknown" in said["summary"]
    assert "no registration" not in said["summary"]


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ({}, 'profile "P", '),
        ({"daily_spend_limit_enabled": False}, 'profile "P" without a spend limit, '),
        ({"daily_spend_limit_enabled": True, "daily_spend_limit": "lots"}, 'profile "P" with an unknown spend limit, '),
        ({"daily_spend_limit_enabled": True, "daily_spend_limit": "5.00"}, 'profile "P" with 5 USD a day, '),
    ],
)
async def test_a_spend_limit_in_words(connect: Connect, profile: dict[str, Any], words: str) -> None:
    """That there is none is said only if Telnyx says so."""
    said = await get(connect, _account(profile, None), id="1", include=["profile"])
    assert words in said["summary"]


@pytest.mark.parametrize(
    ("media", "words", "srtp"),
    [(None, "SRTP off", False), ("SRTP", "SRTP", True), ("srtp", "srtp", True), ("ZRTP", "ZRTP", None)],
)
async def test_srtp_is_one_thing_in_every_tool(connect: Connect, media: str | None, words: str, srtp: object) -> None:
    """get_connection and search_connections agree, for a Microsoft Teams connection as for any other."""
    async with connect(transport=_account({}, media)) as client:
        said = await client.call_tool("get_connection", {"id": "1", "include": ["settings"]})
        assert f"microsoft_teams_sbc_connection, {words}, " in said.structured_content["summary"]
        groups = (await ask(client, group_by=["srtp"]))["groups"]
    assert groups == [{"srtp": srtp, "count": 1}]


def _account(profile: dict[str, Any], media: str | None) -> httpx.MockTransport:
    type_ = "microsoft_teams_sbc_connection"
    row = {"id": "1", "record_type": type_, "connection_name": "teams", "outbound_voice_profile_id": "9"}
    return served(
        connections=[row],
        fqdn_connections=[{"id": "1", "record_type": type_, "encrypted_media": media}],
        outbound_voice_profiles=[{"id": "9", "name": "P", **profile}],
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"inbound": {"sip_subdomain_receive_settings": "from_anyone"}}, "SRTP off, 1 audit finding."),
        (
            {"inbound": {"sip_subdomain_receive_settings": "from_anyone", "sip_subdomain": "acme"}},
            "SRTP off, anyone may call its SIP subdomain, 1 audit finding.",
        ),
        ({"sip_uri_calling_preference": "unrestricted"}, "SRTP off, anyone may call its SIP URI, 1 audit finding."),
    ],
)
async def test_who_may_call_in(connect: Connect, settings: dict[str, Any], words: str) -> None:
    """As in the audit: anyone may call a SIP subdomain only if there is one, and a SIP URI that is unrestricted."""
    type_ = "credential_connection"
    network = served(
        connections=[{"id": "1", "record_type": type_, "connection_name": "one", "active": True}],
        credential_connections=[{"id": "1", "record_type": type_, **settings}],
    )
    said = await get(connect, network, id="1", include=["settings"])
    assert words in said["summary"]


async def test_what_does_not_say_whose_it_is_may_be_anybodys(connect: Connect) -> None:
    """A gateway may have ignored the filter, so rows that name no connection are not counted as this one's for sure."""
    rows = [{"id": str(number), "phone_number": f"+1312555{number:04}"} for number in range(3)]
    network = Network({"phone_numbers/slim": listing(*rows)})
    said = await get(connect, network, id=CREDENTIAL, include=["numbers"])
    assert "possibly 3 numbers" in said["summary"]
    note = "3 of the phone numbers listed do not say to which connection they belong"
    assert said["parts"]["numbers"]["note"] == note


async def test_what_comes_twice_counts_once(connect: Connect) -> None:
    """The same object twice on a page is one, and then it is not known how many others there are."""
    row = {"id": "1", "phone_number": "+13125550001", "connection_id": CREDENTIAL}
    network = Network({"phone_numbers/slim": listing(row, row, row)})
    said = await get(connect, network, id=CREDENTIAL, include=["numbers"])
    assert "1 or more numbers" in said["summary"]
    assert said["parts"]["numbers"] == {"rows": ["+13125550001"], "note": "2 of the phone numbers listed came twice"}
