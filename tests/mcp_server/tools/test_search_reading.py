"""What `search_connections` reads beside the connections, and what it says where it could not."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from telnyx_connections_mcp.sandbox.app import create_app

from .around import ACCOUNT, CONNECTIONS_OF_TWO, FQDN, IP, NUMBER, SEED, SIZE, SOME, ask, numbers, refusal, served

pytestmark = pytest.mark.anyio
FINE, BROKEN = (httpx.ASGITransport(create_app(fault=fault)) for fault in (None, "500"))


async def test_a_kind_that_the_key_may_not_read_is_an_error_that_says_so(connect: Callable[..., Any]) -> None:
    """Without the right to read numbers nobody can say which connections have some: which right is missing is said."""
    async with connect(fault="forbidden=phone_numbers/slim,outbound_voice_profiles") as client:
        said = await refusal(client, where={"has_numbers": False, "active": True})
        assert said == (
            "`where.has_numbers` cannot be answered, because this API key may not read phone numbers: leave it out, or "
            "give the key the right to read phone numbers."
        )
        said = await refusal(client, where={"number": NUMBER}, group_by=["has_numbers"])
        assert said.startswith("`where.number` and `group_by` has_numbers cannot be answered, because this API key ")
        assert "may not read outbound voice profiles" in await refusal(client, group_by=["profile_name"])
        assert (await ask(client, where={"has_address": True, "active": True}))["matches"]


async def test_a_kind_that_is_not_offered_is_an_error_that_says_so(connect: Callable[..., Any]) -> None:
    """An account without phone numbers as a product has no list of them."""
    async with connect(fault="missing=phone_numbers/slim") as client:
        said = await refusal(client, group_by=["has_numbers"])
    assert said.startswith("`group_by` has_numbers cannot be answered, because Telnyx does not offer phone numbers ")


async def test_a_kind_that_cannot_be_read_now_may_be_later(connect: Callable[..., Any]) -> None:
    """A server error is no missing right: the sentence says to try again."""

    class Failing(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            fails = request.url.path.endswith("/ips")
            return await (BROKEN if fails else FINE).handle_async_request(request)

    async with connect(transport=Failing()) as client:
        said = await refusal(client, where={"has_address": False})
    assert said.startswith("`where.has_address` cannot be answered, because ")
    assert said.endswith(": try again in a minute, or leave it out.")


async def test_a_list_that_is_left_out_matters_if_a_connection_is_of_its_types(connect: Callable[..., Any]) -> None:
    """Settings of UAC connections that the key may not read make SRTP uncertain, unless there is no such connection."""
    async with connect(size=SIZE, seed=SEED, fault="forbidden=uac_connections") as client:
        found = await ask(client, where={"srtp": True}, limit=0)
        assert found["summary"].startswith("INCOMPLETE, although ")
        assert "left out: uac_connections (the key may not read it)" in found["summary"]
        assert found["coverage"]["complete"] is False
    listed = {path: [] for path in ("fqdn_connections", "credential_connections", "call_control_applications")}
    listed |= {path: [] for path in ("texml_applications", "fax_applications", "external_connections")}
    settings = [{"id": "1", "record_type": "ip_connection", "encrypted_media": "SRTP"}]
    account = served(connections=CONNECTIONS_OF_TWO, ip_connections=settings, **listed)
    async with connect(transport=account) as client:  # neither mobile nor UAC connections are offered
        found = await ask(client, where={"srtp": True}, limit=0)
        assert found["summary"].startswith("1 connection of all 2 match: ")
        assert found["coverage"]["complete"] is True
        assert "left_out" not in found["coverage"]["also"]["connection_settings"]


async def test_a_part_of_a_kind_is_never_called_the_whole(connect: Callable[..., Any]) -> None:
    """With only some of the numbers, "has no numbers" is uncertain: the answer begins with that, and says of what."""
    async with connect(size=SIZE, seed=SEED, fault="fail-page=2") as client:
        found = await ask(client, where={"has_numbers": False}, limit=1)
    also = found["coverage"]["also"]["phone_numbers"]
    assert (also["read"], also["of"], also["complete"]) == (250, len(ACCOUNT.numbers), False)
    assert found["coverage"]["complete"] is False
    assert found["coverage"]["why"] == "not all phone numbers were read"
    assert found["summary"].startswith(f"INCOMPLETE, only 250 of {len(ACCOUNT.numbers)} phone numbers could be read: ")
    assert "A connection that seems to be without may have what was not read." in found["summary"]


async def test_connections_that_cannot_be_read_are_an_error_as_ever(connect: Callable[..., Any]) -> None:
    """What is around connections does not stand in for them."""
    async with connect(fault="forbidden=connections") as client:
        said = await refusal(client, where={"has_numbers": True})
    assert "not allowed" in said or "may not" in said


async def test_an_answer_is_not_remembered_longer_than_what_it_is_made_of(connect: Callable[..., Any]) -> None:
    """The numbers may be read again before the connections are: then the same question has another answer."""
    listed = numbers(**{"+13125550123": "1"})
    lists = {"connections": CONNECTIONS_OF_TWO, "phone_numbers": listed}
    async with connect(transport=served(**lists), snapshot_seconds=3600) as client:
        assert (await ask(client, where={"has_numbers": True}))["matches"] == 1
        listed += numbers(**{"+13125550124": "2"})
        assert (await ask(client, where={"has_numbers": True}))["matches"] == 1
        assert (await ask(client, group_by=["has_numbers"], fresh=True))["groups"] == [
            {"has_numbers": True, "count": 2}
        ]
        assert (await ask(client, where={"has_numbers": True}))["matches"] == 2


class Counting(httpx.AsyncBaseTransport):
    """Another transport, with the paths that were requested."""

    def __init__(self, of: httpx.AsyncBaseTransport) -> None:
        self._of = of
        self.paths: list[str] = []

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.paths.append(request.url.path.removeprefix("/v2/"))
        return await self._of.handle_async_request(request)

    def taken(self) -> list[str]:
        """The paths since the last time."""
        taken, self.paths = self.paths, []
        return taken


def sandbox(**how: Any) -> Counting:
    return Counting(httpx.ASGITransport(create_app(size=SIZE, seed=SEED, **how)))


async def test_one_number_takes_two_requests_and_an_address_three(connect: Callable[..., Any]) -> None:
    """Telnyx is asked for a number or IPv4 address itself, not for all of them, and then for its connection."""
    network = sandbox()
    async with connect(transport=network) as client:
        found = await ask(client, where={"number": NUMBER, "active": SOME.row["active"]}, fields=["id"])
        assert network.taken() == ["phone_numbers/slim", f"connections/{SOME.row['id']}"]
        assert [row["id"] for row in found["connections"]] == [SOME.row["id"]]
        assert found["summary"].startswith(f'1 connection of all 1 with the number "{NUMBER}" match: ')
        assert found["coverage"] | {"as_of": ""} == {
            "read": 1,
            "of": 1,
            "complete": True,
            "as_of": "",
            "api_filter": {"number": NUMBER},
        }
        by_type = await ask(client, where={"address": f"{IP}:5060"}, group_by=["record_type"])
        ids = {row["connection_id"] for row in ACCOUNT.ips if row["ip_address"] == IP}
        assert sorted(network.taken()) == sorted(["fqdns", "ips", *(f"connections/{id_}" for id_ in ids)])
        assert by_type["groups"] == [{"record_type": "ip_connection", "count": len(ids)}]
        assert by_type["summary"].startswith(f'{len(ids)} connection with the address "{IP}" in all: ')


async def test_what_is_already_there_answers_for_a_number(connect: Callable[..., Any]) -> None:
    """With recent connections and numbers, a number takes no request, and the answer says of how many."""
    network = sandbox()
    async with connect(transport=network, snapshot_seconds=3600) as client:
        await ask(client, group_by=["has_numbers"])
        network.taken()
        found = await ask(client, where={"number": NUMBER})
        assert network.taken() == []
        assert found["summary"].startswith(f"1 connection of all {SIZE} match: ")


@pytest.mark.parametrize(
    "where",
    [
        {"number": "+19995550123"},
        {"number": NUMBER.removeprefix("+1")},
        {"address": FQDN},
        {"number": NUMBER, "srtp": False},
        {"number": NUMBER, "tags_any": ["no such tag"]},
        {"number": NUMBER, "tags_none": ["no such tag"]},
        {"number": NUMBER, "finding": ["no_failover_webhook"]},
        {"number": NUMBER, "outbound_voice_profile_id": "1"},
    ],
    ids=str,
)
async def test_what_a_filter_does_not_prove_is_looked_for_everywhere(connect: Callable[..., Any], where: Any) -> None:
    """A number that no filter finds, one that may be several, names in any case and more conditions need all."""
    network = sandbox()
    async with connect(transport=network) as client:
        await ask(client, where=where)
    assert "connections" in network.taken()


async def test_one_connection_says_nothing_of_what_others_have(connect: Callable[..., Any]) -> None:
    """Where only the connection of a number is read, fields that it lacks and what excludes it are not told."""
    lists = {"connections": CONNECTIONS_OF_TWO, "phone_numbers": numbers(**{"+13125550123": "1"})}
    network = Counting(served(**lists))
    async with connect(transport=network) as client:
        found = await ask(client, where={"number": "+13125550123", "active": False, "created_after": "2020-01-01"})
    assert "connections" not in network.taken()
    assert found["summary"].startswith('0 connections of all 1 with the number "+13125550123" match.')
    assert found["matches"] == 0
    assert not {"unknown", "excluded_most"} & found.keys()


@pytest.mark.parametrize("id_", ["..", "", "1/../../balance", "1?x=y", "1" * 65, "1\n"], ids=repr)
async def test_an_id_that_cannot_be_asked_for_is_not(connect: Callable[..., Any], id_: str) -> None:
    """A number's row may name anything as its connection: only what is an id becomes part of a URL."""
    lists = {"connections": CONNECTIONS_OF_TWO, "phone_numbers": numbers(**{"+13125550123": id_})}
    network = Counting(served(**lists))
    async with connect(transport=network) as client:
        found = await ask(client, where={"number": "+13125550123"})
    assert set(network.taken()) == {"phone_numbers/slim", "connections"}
    assert found["matches"] == 0


@pytest.mark.parametrize("fault", ["ignores-filter", "wrong-id", "no-meta"])
async def test_a_filter_is_not_believed_blindly(connect: Callable[..., Any], fault: str) -> None:
    """Where Telnyx ignores a filter or answers with another object, the whole account still gives the right answer."""
    async with connect(size=SIZE, seed=SEED, fault=fault) as client:
        found = await ask(client, where={"number": NUMBER}, fields=["connection_name"])
    names = [row["connection_name"] for row in found["connections"]]
    assert names == [SOME.row["connection_name"]] or (not names and not found["coverage"]["complete"])
