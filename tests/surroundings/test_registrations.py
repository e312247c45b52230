"""Registrations are asked for one connection at a time, and bounded."""

import httpx
import pytest

from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.sandbox import SANDBOX_KEY
from telnyx_connections_mcp.surroundings.registrations import Registrable, read_registrations
from telnyx_connections_mcp.surroundings.unreadable import Unreadable
from telnyx_connections_mcp.telnyx.client import TelnyxClient

from .account import Answer, Network, answer, refusal

pytestmark = pytest.mark.anyio
PATH = "sip_registration_status"


def credential(number: int) -> Registrable:
    return Registrable(str(number), "credential_connection", f"user{number}")


async def read(answers: Answer | int, *connections: Registrable) -> tuple[Snapshot | Unreadable, Network]:
    network = Network({PATH: answers})
    async with httpx.AsyncClient(transport=network, base_url="http://localhost/v2") as http:
        return await read_registrations(TelnyxClient(http, SANDBOX_KEY), connections), network


def rows(snapshot: Snapshot | Unreadable, columns: str) -> list[tuple[object, ...]]:
    assert isinstance(snapshot, Snapshot)
    return snapshot.database.query(
        lambda handle: handle.execute(f"SELECT {columns} FROM sip_registrations ORDER BY connection_id").fetchall()
    )


async def test_each_type_is_asked_for_in_its_own_way() -> None:
    """A credential connection by its user name, a UAC connection by its id; others have no registration."""
    found, network = await read(
        lambda _: answer({"registered": True, "sip_registration_status": "registered", "password": "hunter2"}),
        credential(1),
        Registrable("2", "uac_connection"),
        Registrable("3", "ip_connection"),
        Registrable("4", "credential_connection"),
    )
    assert rows(found, "connection_id, registered, status") == [("1", 1, "registered"), ("2", 1, "registered")]
    assert isinstance(found, Snapshot)
    assert (found.coverage.read, found.coverage.of, found.coverage.complete) == (2, 2, True)
    assert b"hunter2" not in found.database.image()
    assert [dict(request.url.params) for request in network.requests] == [
        {"credential_type": "sip_credential_connection", "username": "user1"},
        {"credential_type": "uac_external_credential", "connection_id": "2"},
    ]


async def test_at_most_fifty_are_asked_for() -> None:
    """The coverage says of how many, and not more than 10 requests are under way at once."""
    found, network = await read(lambda _: answer({"registered": False}), *map(credential, range(73)))
    assert isinstance(found, Snapshot)
    assert (found.coverage.read, found.coverage.of, found.coverage.complete) == (50, 73, False)
    assert found.coverage.why == "at most 50 connections are asked for"
    assert (network.asked[PATH], network.most_at_once) == (50, 10)


async def test_a_connection_that_telnyx_does_not_know_has_no_row() -> None:
    """Neither has one for which the registration of another came, and the coverage counts both as missing."""

    def of(request: httpx.Request) -> httpx.Response:
        name = request.url.params["username"]
        return refusal(404) if name == "user1" else answer({"connection_id": "2", "registered": True})

    found, _ = await read(of, *map(credential, (1, 2, 3)))
    assert rows(found, "connection_id") == [("2",)]
    assert isinstance(found, Snapshot)
    assert (found.coverage.complete, found.coverage.why) == (False, "Telnyx has no registration of 2")


async def test_one_that_fails_is_said() -> None:
    """The others are read."""
    found, _ = await read(
        lambda request: refusal(500) if request.url.params["username"] == "user1" else answer({"registered": True}),
        *map(credential, (1, 2)),
    )
    assert isinstance(found, Snapshot)
    assert found.coverage.why is not None
    assert found.coverage.why.startswith("1 could not be read: Telnyx could not answer (HTTP 500, code 10007")


async def test_a_key_that_may_not_is_not_tried_fifty_times() -> None:
    """The first refusal ends the reading, but for what is under way."""
    found, network = await read(403, *map(credential, range(50)))
    assert found == Unreadable("this API key may not read SIP registrations", refused=True)
    assert network.asked[PATH] <= 10


async def test_nothing_known_of_any_is_no_answer() -> None:
    """That may mean that the endpoint is not there."""
    found, _ = await read(404, *map(credential, range(3)))
    why = "Telnyx has no registration of these connections, or does not offer it to this account"
    assert found == Unreadable(why, refused=True)


async def test_nobody_to_ask_for_is_complete() -> None:
    """An account without such connections has no registrations, which costs no request."""
    found, network = await read(500, Registrable("1", "ip_connection"))
    assert isinstance(found, Snapshot)
    assert (found.coverage.read, found.coverage.of, found.coverage.complete) == (0, 0, True)
    assert not network.asked
