"""What surrounds a connection when a part fails: it is said, and the others are answered."""

import json
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest

from telnyx_connections_mcp.answers.token_budget import compact_json

from .account import Network, answer
from .test_include import ALL, CREDENTIAL, MOBILE, TRUNK, UAC, get, listing

pytestmark = pytest.mark.anyio
Connect = Callable[..., Any]

PATHS = {
    "settings": (f"credential_connections/{CREDENTIAL}", "settings of connections"),
    "numbers": ("phone_numbers/slim", "phone numbers"),
    "profile": ("outbound_voice_profiles/1293385161888847339", "outbound voice profiles"),
    "registration": ("sip_registration_status", "SIP registrations"),
    "changes": ("audit_events", "account changes"),
}


def page(text: str, status: int = 200) -> Callable[[httpx.Request], httpx.Response]:
    """That body, whatever is requested."""
    return lambda _: httpx.Response(status, stream=httpx.ByteStream(text.encode()))


def unreadable(part: dict[str, Any]) -> str:
    """Why a part could not be read; it says nothing else."""
    assert part.keys() == {"unreadable"}
    return str(part["unreadable"])


@pytest.mark.parametrize("part", PATHS)
async def test_a_part_that_the_key_may_not_read_is_said(connect: Connect, era: str, part: str) -> None:
    """The others are answered, and the sentence names what is missing."""
    path, labels = PATHS[part]
    said = await get(connect, id=CREDENTIAL, include=["all"], fault=f"forbidden={path}", mode=era)
    assert unreadable(said["parts"][part]) == f"this API key may not read {labels}"
    assert f"NOT READ: {labels}" in said["summary"]
    assert set(ALL) - {"addresses"} >= set(said["parts"]) >= {"failures"}
    if part != "numbers":
        assert said["parts"]["numbers"]["of"] == 4


@pytest.mark.parametrize(
    ("path", "within", "labels"),
    [
        ("ips", "addresses", "IP addresses"),
        ("fqdns", "addresses", "FQDNs"),
        ("webhook_deliveries", "failures", "failed webhook deliveries"),
        ("call_events", "failures", "call events"),
    ],
)
async def test_one_of_two_kinds_may_be_missing(connect: Connect, path: str, within: str, labels: str) -> None:
    """A part of two kinds says which of them it lacks, and the sentence does not count the other for both."""
    said = await get(connect, id=TRUNK, include=[within], fault=f"missing={path}")
    assert unreadable(said["parts"][within][path]) == f"Telnyx does not offer {labels} to this account"
    (other,) = said["parts"][within].keys() - {path}
    assert "of" in said["parts"][within][other]
    assert f"NOT READ: {labels}" in said["summary"]
    assert "addresses, " not in said["summary"].replace("IP addresses", "")
    assert "no failures" not in said["summary"]


@pytest.mark.parametrize("part", PATHS)
async def test_an_api_without_a_list_is_said(connect: Connect, part: str) -> None:
    """A list that is not there is another thing than an object that is not."""
    path, labels = PATHS[part]
    said = await get(connect, id=CREDENTIAL, include=[part], fault=f"missing={path.partition('/' + CREDENTIAL)[0]}")
    if part == "settings":
        assert unreadable(said["parts"][part]) == (
            f"This Telnyx account has no settings of a connection with id {CREDENTIAL}"
        )
    elif part == "profile":
        note = "This Telnyx account has no outbound voice profile with id 1293385161888847339"
        assert said["parts"][part] == {"of": 0, "note": note}
        assert "its outbound voice profile does NOT EXIST" in said["summary"]
    elif part == "registration":
        assert said["parts"][part] == {"of": 0, "note": "Telnyx knows of no registration"}
        assert "no registration" in said["summary"]
    else:
        assert unreadable(said["parts"][part]) == f"Telnyx does not offer {labels} to this account"


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (500, "tried 3 times"),
        (page("<html><title>Bad gateway</title>", 502), "Bad gateway"),
        (page("<html>Log in</html>"), "is not the Telnyx API"),
        (page('{"data": 7}'), "not in the form that Telnyx documents"),
        (page('{"errors": [{"code": "10009"}]}', 401), "Telnyx refused the API key"),
        (page("", 302), "redirect"),
    ],
)
async def test_any_other_error_is_said_too(connect: Connect, fault: Any, what: str) -> None:
    """Errors, gateways, nonsense: one part fails, and the answer stands."""
    said = await get(connect, Network({"phone_numbers/slim": fault}), id=TRUNK, include=["all"])
    assert what in unreadable(said["parts"]["numbers"])
    assert said["parts"]["addresses"]["ips"]["of"] == 2


async def test_a_part_that_never_comes_is_left_out(connect: Connect) -> None:
    """When most of the time of a call is over, what has come is answered."""

    class Silent(Network):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("phone_numbers/slim"):
                await anyio.sleep_forever()
            return await super().handle_async_request(request)

    async with connect(transport=Silent(), tool_timeout=1.0, request_timeout=60.0) as client:
        said = (await client.call_tool("get_connection", {"id": TRUNK, "include": ["all"]})).structured_content
    assert unreadable(said["parts"]["numbers"]) == "there was no answer within 0.9 s"
    assert said["parts"]["addresses"]["ips"]["of"] == 2


async def test_without_the_connection_there_is_no_answer(connect: Connect) -> None:
    """An id that is none is the error that it always was, and what is around it is no longer waited for."""

    class Waiting(Network):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if "connections/" not in request.url.path:
                await anyio.sleep_forever()
            return await super().handle_async_request(request)

    async with connect(transport=Waiting()) as client:
        result = await client.call_tool("get_connection", {"id": "1", "include": ["all"]})
    assert result.is_error
    assert "has no connection with id 1" in result.content[0].text


async def test_a_connection_that_never_comes_is_too_late(connect: Connect) -> None:
    """Without the connection there is nothing to answer with."""

    class Silent(httpx.AsyncBaseTransport):
        async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
            await anyio.sleep_forever()
            raise AssertionError

    async with connect(transport=Silent(), tool_timeout=2.0, request_timeout=60.0) as client:
        result = await client.call_tool("get_connection", {"id": "1", "include": ["all"]})
    assert result.is_error
    assert "The request took longer than 2 s" in result.content[0].text


async def test_rows_of_other_connections_are_left_out(connect: Connect) -> None:
    """Where a filter was ignored, only what certainly belongs to the connection counts, and the answer says so."""
    said = await get(connect, id=TRUNK, include=["all"], fault="ignores-filter")
    numbers = said["parts"]["numbers"]
    assert numbers["of"] == 14
    assert numbers["note"] == "96 of the phone numbers listed did not match the request and were left out"
    assert "2 addresses, 14 numbers" in said["summary"]
    assert "did not match the request" in said["parts"]["failures"]["call_events"]["note"]
    assert "no failures in the last 24 hours" in said["summary"]


async def test_a_part_of_a_list_of_others_proves_no_count(connect: Connect) -> None:
    """If the filter was ignored and there are more pages, nobody knows how many are the connection's."""
    mine = [{"id": str(n), "phone_number": f"+1312555{n:04}", "connection_id": TRUNK} for n in range(7)]
    rows = [*mine, *({"id": f"x{n}", "phone_number": "+1", "connection_id": "9"} for n in range(243))]
    said = await get(connect, Network({"phone_numbers/slim": listing(*rows, total=900)}), id=TRUNK, include=["numbers"])
    assert "7 or more numbers" in said["summary"]
    assert len(said["parts"]["numbers"]["rows"]) == 7
    assert "of" not in said["parts"]["numbers"]


async def test_rows_that_name_no_connection_may_count_unless_others_do(connect: Connect) -> None:
    """A delivery that names no connection may be the connection's, unless one beside it is another's."""
    silent = {"id": "1", "webhook": {"event_type": "call.hangup"}, "attempts": []}
    other = {"id": "2", "webhook": {"event_type": "call.hangup", "payload": {"connection_id": "9"}}, "attempts": []}
    both = (("webhook_deliveries", 1, (silent,)), ("webhook_deliveries", 0, (silent, other)))
    for path, count, rows in both:
        said = await get(connect, Network({path: listing(*rows)}), id=TRUNK, include=["failures"])
        assert said["parts"]["failures"][path]["of"] == count
        note = said["parts"]["failures"][path]["note"]
        assert ("do not say to which connection they belong" in note) == (count > 0)
        assert ("possibly 1 failed webhook delivery" in said["summary"]) == (count > 0)


async def test_250_numbers_are_read_of_any_number(connect: Connect) -> None:
    """One request: the first 250, and how many there are."""
    rows = [{"id": str(n), "phone_number": f"+1312555{n:04}", "connection_id": TRUNK} for n in range(250)]
    network = Network({"phone_numbers/slim": listing(*rows, total=1234)})
    said = await get(connect, network, id=TRUNK, include=["numbers"], detail="full", max_answer_tokens=50_000)
    assert network.asked["phone_numbers/slim"] == 1
    assert dict(network.requests[1].url.params) == {
        "page[number]": "1",
        "page[size]": "250",
        "sort": "purchased_at",
        "include_connection": "true",
        "include_tags": "true",
        "filter[connection_id]": TRUNK,
    }
    assert "1234 numbers" in said["summary"]
    assert (len(said["parts"]["numbers"]["rows"]), said["parts"]["numbers"]["more"]) == (250, 984)


@pytest.mark.parametrize(
    ("meta", "note", "count"),
    [
        (None, "Telnyx did not say how many IP addresses there are", "2 or more addresses"),
        ({"total_results": "two"}, "Telnyx gave no usable count of IP addresses", "2 or more addresses"),
        ({"total_results": 1}, "Telnyx counts 1 IP addresses, but its first page holds 2", "2 or more addresses"),
        ({"total_results": 40}, "but Telnyx counts 40 IP addresses", "2 or more addresses"),
        ({"total_results": 2, "page_number": 3}, "page 1 was requested, but page 3 came", "2 or more addresses"),
        ({"total_results": 2, "page_number": 1}, None, "2 addresses"),
    ],
)
async def test_counts_that_cannot_be_are_not_believed(
    connect: Connect, meta: dict[str, Any] | None, note: str | None, count: str
) -> None:
    """What a page says of its list is compared with what it holds."""
    rows = [{"id": str(n), "ip_address": f"192.0.2.{n}", "connection_id": TRUNK} for n in range(2)]
    body = {"data": rows} | ({} if meta is None else {"meta": meta})
    said = await get(connect, Network({"ips": lambda _: answer(body)}), id=TRUNK, include=["addresses"])
    ips = said["parts"]["addresses"]["ips"]
    assert count in said["summary"]
    assert ips["rows"] == ["192.0.2.0", "192.0.2.1"]
    assert (note is None and "note" not in ips) or note in ips["note"]


async def test_elements_that_are_no_objects_are_said(connect: Connect) -> None:
    """They count as there, but nobody can show them."""
    rows = [{"id": "1", "fqdn": "sip.example.com", "connection_id": TRUNK}, None]
    body = {"data": rows, "meta": {"total_results": 2}}
    said = await get(connect, Network({"fqdns": lambda _: answer(body)}), id=TRUNK, include=["addresses"])
    fqdns = said["parts"]["addresses"]["fqdns"]
    assert fqdns == {
        "of": 2,
        "rows": ["sip.example.com"],
        "more": 1,
        "note": "1 of the FQDNs that Telnyx listed was not an object",
    }


async def test_settings_are_found_at_either_path(connect: Connect) -> None:
    """Documentation and SDK disagree where mobile connections are."""
    for fault in (None, "moved-mobile"):
        said = await get(connect, id=MOBILE, include=["settings"], fault=fault)
        assert said["parts"]["settings"]["name"] == "hooli-staging-fax"
    both = await get(connect, id=MOBILE, include=["settings"], fault="forbidden=mobile_voice_connections")
    assert unreadable(both["parts"]["settings"]) == "this API key may not read settings of connections"


async def test_a_type_without_settings_is_said(connect: Connect) -> None:
    """A type that this server does not know has settings that it does not know either."""
    new = {"id": "77", "connection_name": "new", "record_type": "quantum_connection"}
    network = Network({"connections/77": lambda _: answer({"data": new})})
    said = await get(connect, network, id="77", include=["settings", "registration"])
    assert unreadable(said["parts"]["settings"]) == "this server knows no settings of this type of connection"
    assert said["parts"]["registration"] == {"of": 0}
    assert network.asked == {"connections/77": 1}


async def test_another_ones_settings_are_not_shown(connect: Connect) -> None:
    """A cache that answers with another object is noticed for settings, profile and registration alike."""
    said = await get(connect, id=CREDENTIAL, include=["settings", "profile"], fault=None)
    assert said["parts"]["settings"]["codecs"]
    other = lambda _: answer({"data": {"id": "5"}})  # noqa: E731  # one of a kind
    network = Network(
        {
            f"ip_connections/{TRUNK}": other,
            "outbound_voice_profiles/1293385161888847339": other,
        }
    )
    said = await get(connect, network, id=TRUNK, include=["settings", "profile"])
    assert "has the id 5, so it is not shown" in unreadable(said["parts"]["settings"])
    assert "has the id 5, so it is not shown" in unreadable(said["parts"]["profile"])
    status = Network({"sip_registration_status": lambda _: answer({"connection_id": "5", "registered": True})})
    registration = (await get(connect, status, id=UAC, include=["registration"]))["parts"]["registration"]
    assert registration == {"note": "the registration that came is another connection's, so it is not shown"}


@pytest.mark.parametrize("refused", [False, True])
async def test_settings_on_neither_path(connect: Connect, *, refused: bool) -> None:
    """They are not offered only if Telnyx says so of both paths; a proxy's page instead of one is no such word."""
    first = f"v2/mobile_voice_connections/{MOBILE}"

    def gone(_: httpx.Request) -> httpx.Response:
        return answer({"errors": [{"code": "10009", "title": "Gone"}]}, 404)

    def blocked(_: httpx.Request) -> httpx.Response:
        html = httpx.ByteStream(b"<html>Blocked</html>")
        return httpx.Response(200, headers={"content-type": "text/html"}, stream=html)

    network = Network({first: gone if refused else blocked, first.removeprefix("v2/"): gone})
    why = unreadable((await get(connect, network, id=MOBILE, include=["settings"]))["parts"]["settings"])
    assert ("does not offer" in why) is refused


async def test_no_registration_without_the_user_name(connect: Connect) -> None:
    """A credential connection whose settings cannot be read, or have none, cannot be asked for."""
    path = f"credential_connections/{CREDENTIAL}"
    refused = await get(connect, Network({path: 403}), id=CREDENTIAL, include=["registration"])
    assert unreadable(refused["parts"]["registration"]) == "its user name, which Telnyx asks for, could not be read"
    for name in (None, "", 7, "電" * 8000):
        network = Network({path: lambda _, name=name: answer({"data": {"id": CREDENTIAL, "user_name": name}})})
        without = await get(connect, network, id=CREDENTIAL, include=["registration"])
        assert without["parts"]["registration"] == {"note": "its settings have no user name to ask Telnyx by"}
        assert "registration unknown" in without["summary"]
        assert "sip_registration_status" not in network.asked


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (
            {"registered": False, "sip_registration_status": "failed", "last_registration_response": "408 Timeout"},
            'NOT registered (failed, "408 Timeout")',
        ),
        ({"registered": False}, "NOT registered"),
        ({"sip_registration_status": "trying"}, "in an unknown state of registration (trying)"),
        ({"registered": True, "sip_registration_details": {"last_modified": "yesterday"}}, "registered, "),
        (
            {"registered": True, "sip_registration_details": {"ua_ip": "2001:db8::7", "last_modified": "2099-01-01"}},
            "registered from 2001:db8::7 0 min ago",
        ),
    ],
)
async def test_a_registration_in_words(connect: Connect, status: dict[str, Any], words: str) -> None:
    """Whether, from where, since when, and why not; nothing of it is guessed."""
    network = Network({"sip_registration_status": lambda _: answer({"connection_id": UAC} | status)})
    said = await get(connect, network, id=UAC, include=["registration"])
    assert words in said["summary"]


@pytest.mark.parametrize(
    ("profile", "words"),
    [
        ({"name": "P", "enabled": False}, 'profile "P" DISABLED'),
        ({"name": "P", "enabled": True}, 'profile "P" enabled, '),
        ({"name": "P", "enabled": True, "daily_spend_limit_enabled": False}, "enabled without a spend limit"),
        ({"enabled": None, "daily_spend_limit": "5.50", "daily_spend_limit_enabled": True}, "with 5.5 USD a day"),
        ({"name": "P", "daily_spend_limit": "5.50", "daily_spend_limit_enabled": False}, "without a spend limit"),
        (
            {"name": "P", "enabled": True, "whitelisted_destinations": ["US", "CA", "DE", "FR", "GB", "IT", "ES"]},
            'profile "P" enabled for US, CA, DE, FR, GB and 2 more, ',
        ),
    ],
)
async def test_a_profile_in_words(connect: Connect, profile: dict[str, Any], words: str) -> None:
    """Whether it is on, where it may call, and at what cost a day."""
    of = "1293385161888847339"
    network = Network({f"outbound_voice_profiles/{of}": lambda _: answer({"data": {"id": of} | profile})})
    said = await get(connect, network, id=TRUNK, include=["profile"])
    assert words in said["summary"]


async def test_a_row_with_nothing_in_it_is_a_row(connect: Connect) -> None:
    """Rows without the fields that summaries show are counted, and said to lack them."""
    row = {"id": "1", "connection_id": TRUNK}
    network = Network(
        {
            "phone_numbers/slim": listing(row),
            "ips": listing(row),
            "webhook_deliveries": listing({"id": "1"}),
            "call_events": listing({"metadata": {"connection_id": TRUNK, "sip_hangup_cause": "486"}}),
            "audit_events": listing({"id": "1", "resource_id": TRUNK}),
        }
    )
    said = (await get(connect, network, id=TRUNK, include=["all"]))["parts"]
    assert said["numbers"]["rows"] == ["(no number)"]
    assert said["addresses"]["ips"]["rows"] == ["(no address)"]
    assert said["failures"]["webhook_deliveries"]["rows"] == ["1 unknown event to an unknown host: no HTTP status"]
    assert said["failures"]["call_events"]["rows"] == ["1 unknown event: SIP 486"]
    assert said["changes"]["rows"] == ["at an unknown time change"]
    assert json.loads(compact_json(said)) == said


async def test_an_id_that_cannot_be_asked_for(connect: Connect) -> None:
    """A connection of the account whose id is no id is shown, and nothing around it is asked for."""
    odd = {"id": "../ips", "connection_name": "odd", "record_type": "ip_connection"}
    network = Network({"connections": listing(odd)})
    said = await get(connect, network, connection_name="odd", include=["numbers"])
    assert network.asked == {"connections": 1}
    assert unreadable(said["parts"]["numbers"]) == "the id of the connection is not one that can be asked for"


async def test_a_refusal_is_remembered_for_a_snapshots_time(connect: Connect) -> None:
    """What the key may not read, or is not offered, is asked for once; other failures may pass, and are asked again."""
    network = Network({"phone_numbers/slim": 403, f"ip_connections/{TRUNK}": 403, "audit_events": 404, "ips": 500})
    async with connect(transport=network) as client:
        for _ in range(2):
            said = (await client.call_tool("get_connection", {"id": TRUNK, "include": ["all"]})).structured_content
            assert unreadable(said["parts"]["numbers"]) == "this API key may not read phone numbers"
            assert unreadable(said["parts"]["settings"]) == "this API key may not read settings of connections"
        other = {"id": CREDENTIAL, "include": ["settings"]}
        assert (
            "unreadable"
            not in (await client.call_tool("get_connection", other)).structured_content["parts"]["settings"]
        )
    asked = (network.asked[path] for path in ("phone_numbers/slim", f"ip_connections/{TRUNK}", "audit_events", "ips"))
    assert tuple(asked) == (1, 1, 1, 6)
    async with connect(transport=network, snapshot_seconds=0) as client:
        for _ in range(2):
            await client.call_tool("get_connection", {"id": TRUNK, "include": ["numbers"]})
    assert network.asked["phone_numbers/slim"] == 3


async def test_a_profile_id_that_cannot_be_asked_for(connect: Connect) -> None:
    """It is not sent, because it could be another path."""
    odd = {"id": "77", "connection_name": "odd", "outbound_voice_profile_id": ".."}
    network = Network({"connections/77": lambda _: answer({"data": odd})})
    said = await get(connect, network, id="77", include=["profile"])
    assert network.asked == {"connections/77": 1}
    assert unreadable(said["parts"]["profile"]) == "its id is not one that can be asked for"
