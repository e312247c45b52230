"""Kinds are read whole and together; what cannot be read is said, and said once."""

from collections import Counter

import httpx
import pytest

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds import KINDS
from telnyx_connections_mcp.inventory.kinds.account_changes import ACCOUNT_CHANGES
from telnyx_connections_mcp.inventory.kinds.addresses import FQDNS, IPS
from telnyx_connections_mcp.inventory.kinds.call_events import CALL_EVENTS
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.kinds.outbound_voice_profiles import OUTBOUND_VOICE_PROFILES
from telnyx_connections_mcp.inventory.kinds.phone_numbers import PHONE_NUMBERS
from telnyx_connections_mcp.inventory.kinds.sip_registrations import SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.kinds.webhook_deliveries import WEBHOOK_DELIVERIES
from telnyx_connections_mcp.inventory.snapshot import Snapshot
from telnyx_connections_mcp.surroundings.reading import read_kinds
from telnyx_connections_mcp.surroundings.unreadable import Unreadable

from .account import Answer, Network, answer, opened, refusal, silent

pytestmark = pytest.mark.anyio
LISTED = tuple(kind for kind in KINDS if kind is not SIP_REGISTRATIONS)
SETTINGS_LISTS = [source.path for source in CONNECTION_SETTINGS.sources]


def column(snapshot: Snapshot, name: str) -> list[str]:
    """The values of a column, in order."""
    kind = snapshot.database.kind
    rows = snapshot.database.query(lambda handle: handle.execute(f"SELECT {name} FROM {kind.name} ORDER BY n"))
    return [value for (value,) in rows]


async def read(network: Network, kind: Kind, **options: str) -> Snapshot:
    async with opened(network) as snapshots:
        return await snapshots.get(kind, None, silent, **options)


@pytest.mark.parametrize("size", [0, 55, 700])
async def test_every_kind_is_read_whole(size: int) -> None:
    """Of each kind everything is read, and the coverage says so; call events are read for one connection as well."""
    async with opened(Network(size=size)) as snapshots:
        found = await read_kinds(snapshots, LISTED, silent)
    assert set(found) == {kind.name for kind in LISTED}
    for name, snapshot in found.items():
        assert isinstance(snapshot, Snapshot), name
        coverage = snapshot.coverage
        assert (coverage.read, coverage.complete, coverage.why) == (coverage.of, True, None), name
    connections = found["connections"]
    assert isinstance(connections, Snapshot)
    settings = found["connection_settings"]
    assert isinstance(settings, Snapshot)
    assert set(column(settings, "connection_id")) <= set(column(connections, "id"))
    assert settings.count == len(set(column(settings, "connection_id")))


async def test_requests_of_all_kinds_share_one_limit() -> None:
    """However many kinds are read at once, at most 20 requests are under way."""
    network = Network(size=6000)
    async with opened(network) as snapshots:
        await read_kinds(snapshots, LISTED, silent)
    assert 10 < network.most_at_once <= 20


async def test_every_request_says_what_its_list_needs() -> None:
    """Pages of 250, oldest first where the API sorts, within one window of time."""
    network = Network(size=55)
    async with opened(network) as snapshots:
        await read_kinds(snapshots, LISTED, silent)
    asked = {request.url.path.removeprefix("/v2/"): request.url.params for request in network.requests}
    assert {params["page[size]"] for params in asked.values()} == {"250"}
    assert asked["audit_events"]["sort"] == "asc"
    assert asked["audit_events"]["filter[created_after]"].endswith("Z")
    assert "sort" not in asked["ips"]
    assert asked["phone_numbers/slim"]["include_connection"] == "true"
    assert asked["webhook_deliveries"]["filter[status][eq]"] == "failed"


async def test_one_window_holds_for_all_pages() -> None:
    """A window of time does not move while its pages are read."""
    rows = [{"name": "call.hangup", "metadata": {"connection_id": "1"}} for _ in range(250)]
    network = Network({"call_events": lambda _: answer({"data": rows, "meta": {"total_results": 2500}})})
    snapshot = await read(network, CALL_EVENTS)
    assert (snapshot.coverage.read, snapshot.coverage.complete, network.asked["call_events"]) == (2500, True, 10)
    assert len({request.url.params["filter[occurred_at][gte]"] for request in network.requests}) == 1


async def test_what_is_no_part_of_an_allow_list_is_not_kept() -> None:
    """Secrets and fields that nobody described are in no byte of a snapshot."""
    secret = {"password": "hunter2", "new_field": "hunter2", "inbound": {"codecs": ["G722"], "token": "hunter2"}}
    rows = {"data": [{"id": "1", **secret}], "meta": {"total_results": 1}}
    snapshot = await read(Network({path: lambda _: answer(rows) for path in SETTINGS_LISTS}), CONNECTION_SETTINGS)
    assert column(snapshot, "codecs") == ["G722"]
    assert b"hunter2" not in snapshot.database.image()


@pytest.mark.parametrize(("status", "why"), [(403, "the key may not read it"), (404, "not offered to this account")])
async def test_a_list_that_is_refused_is_left_out_by_name(status: int, why: str) -> None:
    """The other lists of the kind are read, and that is remembered as long as a complete snapshot."""
    network = Network({"fax_applications": status, "uac_connections": status})
    async with opened(network) as snapshots:
        coverage = (await snapshots.get(CONNECTION_SETTINGS, None, silent)).coverage
        assert coverage.left_out == ("fax_applications", "uac_connections")
        assert coverage.why == f"left out: fax_applications ({why}), uac_connections ({why})"
        assert (coverage.complete, coverage.rest_complete, coverage.read) == (False, True, coverage.of)
        await snapshots.get(CONNECTION_SETTINGS, None, silent)
    assert network.asked["fax_applications"] == network.asked["ip_connections"] == 1


async def test_a_list_that_fails_is_said_and_asked_again() -> None:
    """It is no refusal: the answer names the list and the error, and the next question tries again."""
    network = Network({"fax_applications": lambda _: answer({"data": "no"}), "uac_connections": 403})
    async with opened(network) as snapshots:
        coverage = (await snapshots.get(CONNECTION_SETTINGS, None, silent)).coverage
        assert coverage.why is not None
        assert coverage.why.startswith("fax_applications could not be read: The response is JSON, but not in the form")
        assert coverage.why.endswith("; left out: uac_connections (the key may not read it)")
        assert (coverage.of, coverage.complete, coverage.rest_complete) == (None, False, False)
        await snapshots.get(CONNECTION_SETTINGS, None, silent)
    assert network.asked["fax_applications"] == 2


async def test_if_every_list_is_refused_the_kind_is() -> None:
    """Then nothing is read of it."""
    network = Network({path: 403 if path == "ip_connections" else 404 for path in SETTINGS_LISTS})
    async with opened(network) as snapshots:
        found = await read_kinds(snapshots, [CONNECTION_SETTINGS], silent)
    assert found["connection_settings"] == Unreadable("this API key may not read settings of connections", refused=True)


@pytest.mark.parametrize(
    ("status", "why", "requests"),
    [
        (403, "this API key may not read phone numbers", 1),
        (404, "Telnyx does not offer phone numbers to this account", 1),
        (500, "Telnyx could not answer (HTTP 500, code 10007: Refused), tried 3 times", 6),
    ],
)
async def test_a_kind_that_is_refused_is_asked_for_once(status: int, why: str, requests: int) -> None:
    """The refusal is remembered for a snapshot's time, until `fresh`; another error is not. Other kinds are read."""
    network = Network({"phone_numbers/slim": status})
    async with opened(network) as snapshots:
        for _ in range(2):
            found = await read_kinds(snapshots, [PHONE_NUMBERS, IPS], silent)
            assert found["phone_numbers"] == Unreadable(why, refused=status != 500)
            assert isinstance(found["ips"], Snapshot)
        assert network.asked["phone_numbers/slim"] == requests
        await read_kinds(snapshots, [PHONE_NUMBERS], silent, fresh=True)
        assert network.asked["phone_numbers/slim"] > requests


async def test_a_path_that_documentation_and_sdk_dispute_is_tried_both_ways() -> None:
    """If the documented path is not there, the other one is read, page by page."""
    network = Network(
        {
            "v2/mobile_voice_connections": 404,
            "mobile_voice_connections": lambda request: answer(
                {
                    "data": [
                        {"id": f"{request.url.params['page[number]']}-{row}", "record_type": "mobile_voice_connection"}
                        for row in range(250)
                    ],
                    "meta": {"total_results": 500},
                }
            ),
        }
    )
    snapshot = await read(network, CONNECTION_SETTINGS)
    assert (snapshot.coverage.complete, snapshot.coverage.left_out) == (True, ())
    assert Counter(column(snapshot, "record_type"))["mobile_voice_connection"] == 500
    assert (network.asked["v2/mobile_voice_connections"], network.asked["mobile_voice_connections"]) == (1, 3)


async def test_a_page_of_something_else_is_no_refusal() -> None:
    """If the other path is not there, nobody knows about the first: it is said and asked again."""
    path = "v2/mobile_voice_connections"
    network = Network({path: lambda _: page_of_a_proxy(), "mobile_voice_connections": 404})
    async with opened(network) as snapshots:
        coverage = (await snapshots.get(CONNECTION_SETTINGS, None, silent)).coverage
        assert coverage.left_out == ()
        assert coverage.why is not None
        assert coverage.why.startswith(f"{path} could not be read: ")
        await snapshots.get(CONNECTION_SETTINGS, None, silent)
    assert network.asked[path] == network.asked["mobile_voice_connections"] == 2


async def test_a_list_on_neither_path_is_not_offered() -> None:
    """If Telnyx knows neither path, it is left out."""
    path = "v2/mobile_voice_connections"
    coverage = (await read(Network({path: 404, "mobile_voice_connections": 404}), CONNECTION_SETTINGS)).coverage
    assert coverage.why == f"left out: {path} (not offered to this account)"


def page_of_a_proxy() -> httpx.Response:
    """What a proxy says instead of Telnyx."""
    html = httpx.ByteStream(b"<html><body>Blocked</body></html>")
    return httpx.Response(200, headers={"content-type": "text/html"}, stream=html)


async def test_an_object_on_two_lists_counts_once() -> None:
    """What Telnyx counts twice is one object, and the fetch is complete."""
    same = answer_of({"id": "7", "connection_name": "both"})
    network = Network({path: same if path.startswith("f") else answer_of() for path in SETTINGS_LISTS})
    coverage = (await read(network, CONNECTION_SETTINGS)).coverage
    assert (coverage.read, coverage.of, coverage.complete) == (1, 1, True)


def answer_of(*rows: dict[str, str]) -> Answer:
    """A list of these rows."""
    return lambda _: answer({"data": list(rows), "meta": {"total_results": len(rows)}})


def numbered(total: int, *, say: int | None = None) -> Answer:
    """A list of `total` objects with numbers as ids, of which it says that there are `say`."""

    def page(request: httpx.Request) -> httpx.Response:
        first = (int(request.url.params["page[number]"]) - 1) * 250
        rows = [{"id": str(number), "alternate_resource_id": str(number)} for number in range(first, total)[:250]]
        return answer({"data": rows, "meta": {"total_results": total if say is None else say}})

    return page


@pytest.mark.parametrize(("total", "first", "pages"), [(9999, 0, 42), (10_000, 0, 41), (10_001, 250, 41)])
async def test_of_many_changes_the_newest_are_read(total: int, first: int, pages: int) -> None:
    """Of more than 40 pages the last 40 are read, in which what happened lately is, and the answer says so."""
    network = Network({"audit_events": numbered(total)})
    async with opened(network) as snapshots:
        snapshot = await snapshots.get(ACCOUNT_CHANGES, None, silent)
        names = column(snapshot, "resource_name")
        assert (names[0], names[-1], len(names)) == (str(first), str(total - 1), total - first)
        coverage = snapshot.coverage
        assert (coverage.read, coverage.of, coverage.complete) == (total - first, total, first == 0)
        assert coverage.why == (
            None if coverage.complete else "only the newest 40 pages of 250 account changes are read from one list"
        )
        asked = network.asked["audit_events"]
        await snapshots.get(ACCOUNT_CHANGES, None, silent)
        assert network.asked["audit_events"] == asked <= pages


async def test_changes_that_outgrow_the_limit_meanwhile_are_still_the_newest() -> None:
    """If the list becomes too long while it is read, its new last page is read too."""
    totals = iter([10_000] * 30 + [10_020] * 30)

    def grown(request: httpx.Request) -> httpx.Response | None:
        return numbered(next(totals))(request)

    snapshot = await read(Network({"audit_events": grown}), ACCOUNT_CHANGES)
    names = column(snapshot, "resource_name")
    assert (names[0], names[-1]) == ("250", "10019")


async def test_of_other_long_lists_the_first_pages_are_read() -> None:
    """Of a list without an order nobody knows which page is the newest."""
    coverage = (await read(Network({"webhook_deliveries": numbered(20_000)}), WEBHOOK_DELIVERIES)).coverage
    assert (coverage.read, coverage.of, coverage.complete) == (10_000, 20_000, False)
    assert coverage.why == "at most 40 pages of 250 failed webhook deliveries are read from one list"


async def test_an_endless_count_costs_no_more_than_the_limit() -> None:
    """A count beyond belief is not read to its end."""
    network = Network({"audit_events": numbered(10**12)})
    coverage = (await read(network, ACCOUNT_CHANGES)).coverage
    assert (coverage.read, network.asked["audit_events"]) == (10_000, 41)


async def test_events_without_an_id_are_all_kept() -> None:
    """Equal events of one call leg are as many rows."""
    event = {"call_leg_id": "a", "name": "call.answered", "metadata": {"connection_id": "5"}}
    snapshot = await read(Network({"call_events": answer_of(event, event, event)}), CALL_EVENTS)
    assert (snapshot.count, snapshot.coverage.complete) == (3, True)


async def test_events_without_an_id_are_read_on_without_a_total() -> None:
    """Without a total pages are read until one is not full, though no row says that it is new."""

    def page(request: httpx.Request) -> httpx.Response:
        count = 250 if int(request.url.params["page[number]"]) < 3 else 7
        return answer({"data": [{"call_leg_id": "a", "name": "call.answered"}] * count})

    coverage = (await read(Network({"call_events": page}), CALL_EVENTS)).coverage
    assert (coverage.read, coverage.of, coverage.complete) == (507, None, False)


async def test_the_events_of_one_connection_are_a_snapshot_of_their_own() -> None:
    """The connection is asked for, rows of others are dropped, and the whole account is not taken for it."""
    mine, other = ({"name": name, "metadata": {"connection_id": name}} for name in ("5", "6"))
    network = Network({"call_events": answer_of(mine, other, mine, {"name": "?"})})
    async with opened(network) as snapshots:
        of_one = await snapshots.get(CALL_EVENTS, None, silent, connection_id="5")
        assert column(of_one, "name") == ["5", "5"]
        assert network.requests[-1].url.params["filter[connection_id]"] == "5"
        whole = await snapshots.get(CALL_EVENTS, None, silent)
        assert column(whole, "name") == ["5", "6", "5", "?"]
        assert await snapshots.get(CALL_EVENTS, None, silent, connection_id="5") is of_one
    assert network.asked["call_events"] == 2


async def test_progress_of_several_kinds_adds_up() -> None:
    """It only grows, and ends with the pages of all."""
    told: list[tuple[int, int | None]] = []

    async def report(pages: int, known: int | None) -> None:
        told.append((pages, known))

    async with opened(Network(size=700)) as snapshots:
        await read_kinds(snapshots, [CONNECTIONS, PHONE_NUMBERS, OUTBOUND_VOICE_PROFILES, FQDNS], report)
    assert [pages for pages, _ in told] == sorted(pages for pages, _ in told)
    assert told[-1][1] == told[-1][0] >= 3 + 6 + 1 + 1


async def test_a_key_that_is_refused_is_the_reason_of_all() -> None:
    """Every kind says so, in the words of the error."""
    unauthorized = answer({"errors": [{"code": "10009", "title": "no"}]}, 401)
    async with opened(Network({"ips": lambda _: unauthorized, "fqdns": lambda _: refusal(403)})) as snapshots:
        found = await read_kinds(snapshots, [IPS, FQDNS], silent)
    assert found["ips"] == Unreadable("Telnyx refused the API key (HTTP 401, code 10009)")
    assert found["fqdns"] == Unreadable("this API key may not read FQDNs", refused=True)


@pytest.mark.parametrize(("names", "complete"), [([None, None], False), ([None, "7"], True), ([], True)])
async def test_numbers_that_name_no_connection_are_doubted(names: list[str | None], complete: bool) -> None:  # noqa: FBT001  # both cases
    """If no number names a connection, something left that out, and nothing is said about who has none."""
    rows = [
        {"id": str(place), "phone_number": f"+1312555{place:04}", "connection_id": name}
        for place, name in enumerate(names)
    ]
    meta = {"total_results": len(rows), "total_pages": 1, "page_number": 1, "page_size": 250}
    coverage = (
        await read(
            Network(answers={"phone_numbers/slim": lambda _: answer({"data": rows, "meta": meta})}), PHONE_NUMBERS
        )
    ).coverage
    assert coverage.complete is complete
    assert complete or coverage.why == "none of the phone numbers says to which connection it belongs"
