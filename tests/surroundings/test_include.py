"""`get_connection` with `include`: one sentence, then the parts, each with what part of what total it is."""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import bpe_openai
import httpx
import pytest

from telnyx_connections_mcp.answers.token_budget import compact_json
from telnyx_connections_mcp.sandbox.fleet import create_fleet

from .account import Network, answer

pytestmark = pytest.mark.anyio
Connect = Callable[..., Any]

TRUNK = "1293384261206800888"
CREDENTIAL = "1293384261079076256"
UAC = "1293384261137396267"
FAILING = "1293384261443264062"
FQDN = "1293384261106097764"
TEXML = "1293384261260316325"
MOBILE = "1293384261145364059"
ALL = ("settings", "numbers", "profile", "addresses", "registration", "failures", "changes")
DIRECTORY = create_fleet(size=55, seed=0).connections


async def get(connect: Connect, transport: httpx.AsyncBaseTransport | None = None, **arguments: Any) -> dict[str, Any]:
    """The answer of `get_connection`."""
    settings = {name: arguments.pop(name) for name in ("mode", "max_answer_tokens", "fault") if name in arguments}
    async with connect(transport=transport, **settings) as client:
        result = await client.call_tool("get_connection", arguments)
        assert not result.is_error, result.content[0].text
        assert json.loads(result.content[0].text) == result.structured_content
        said: dict[str, Any] = result.structured_content
        return said


def listing(*rows: dict[str, Any], total: int | None = None) -> Callable[[httpx.Request], httpx.Response]:
    """A list of one page with these rows."""
    meta = {"total_results": len(rows) if total is None else total, "page_number": 1, "page_size": 250}
    return lambda _: answer({"data": rows, "meta": meta})


async def test_a_sentence_says_what_surrounds_a_connection(connect: Connect, era: str) -> None:
    """In both eras: how it is set up, what leads to it, where it may call, and what failed and changed lately."""
    said = await get(connect, id=TRUNK, include=["all"], mode=era)
    assert said["summary"] == (
        '"acme-prod-eu-01": active ip_connection, TLS, SRTP off, 2 addresses, 14 numbers, profile "EU out" enabled for '
        "US, CA, DE with 200 USD a day, no registration, no failures in the last 24 hours, no change in the last "
        "30 days, 1 audit finding."
    )
    assert said["connection"] == {"id": TRUNK}
    assert said["parts"] == {
        "settings": {"sip_region": "US"},
        "numbers": {"of": 14, "rows": ["+12005550113", "+12005550112"], "more": 12},
        "addresses": {"ips": {"of": 2, "rows": ["192.0.2.4:5061", "192.0.2.3:5060"]}},
    }
    assert said["findings"] == [{"check": "webhook_not_https", "severity": "error"}]
    assert said["as_of"].endswith("Z")


@pytest.mark.parametrize("id_", [TRUNK, CREDENTIAL, UAC, FQDN, TEXML, MOBILE])
async def test_everything_costs_few_tokens(connect: Connect, id_: str) -> None:
    """All parts of a connection cost at most 275 o200k tokens, of a quiet one 200."""
    said = await get(connect, id=id_, include=["all"])
    tokens = len(bpe_openai.get_encoding("o200k_base").encode(compact_json(said)))
    assert tokens <= (200 if id_ == TRUNK else 275)


async def test_without_include_nothing_more_is_asked(connect: Connect) -> None:
    """One request, and the whole connection with all that the audit says, as ever."""
    network = Network()
    said = await get(connect, network, id=TRUNK)
    assert network.asked == {f"connections/{TRUNK}": 1}
    assert said["connection"]["connection_name"] == "acme-prod-eu-01"
    assert said["findings"][0]["do"]
    assert "parts" not in said
    short = await get(connect, Network(), id=TRUNK, detail="summary")
    assert short["connection"]["webhook_host"] == "hooks.acme.example"
    assert "shortened" not in short


@pytest.mark.parametrize(
    ("part", "paths"),
    [
        ("settings", {f"ip_connections/{TRUNK}": 1}),
        ("numbers", {"phone_numbers/slim": 1}),
        ("profile", {"outbound_voice_profiles/1293385161888847339": 1}),
        ("addresses", {"ips": 1, "fqdns": 1}),
        ("registration", {}),
        ("failures", {"webhook_deliveries": 1, "call_events": 1}),
        ("changes", {"audit_events": 1}),
    ],
)
async def test_only_what_is_asked_for_is_read(connect: Connect, part: str, paths: dict[str, int]) -> None:
    """Each part takes its own requests and no others."""
    network = Network()
    said = await get(connect, network, id=TRUNK, include=[part])
    assert network.asked == {f"connections/{TRUNK}": 1, **paths}
    assert set(said["parts"]) == {part}


@pytest.mark.parametrize(
    ("id_", "asked"),
    [(CREDENTIAL, {f"credential_connections/{CREDENTIAL}": 1}), (UAC, {})],
)
async def test_a_registration_is_found_by_user_name_or_id(connect: Connect, id_: str, asked: dict[str, int]) -> None:
    """The settings are read for it only where Telnyx asks for the user name that they hold."""
    network = Network()
    said = await get(connect, network, id=id_, include=["registration"])
    assert network.asked == {f"connections/{id_}": 1, "sip_registration_status": 1, **asked}
    assert "registered from 198.51.100." in said["summary"]
    assert " min ago" in said["summary"]
    assert said["parts"]["registration"]["registered"] is True


async def test_few_parts_are_shown_at_length(connect: Connect) -> None:
    """Of one or two parts there are up to 25 rows, and every setting that is set."""
    said = await get(connect, id=TRUNK, include="numbers,settings")
    assert len(said["parts"]["numbers"]["rows"]) == said["parts"]["numbers"]["of"] == 14
    assert "+442079460000 (port-pending)" in said["parts"]["numbers"]["rows"]
    assert said["parts"]["settings"]["codecs"].startswith("G722, G711U")
    assert said["parts"]["settings"]["shaken_stir_enabled"] is True


async def test_full_rows_have_every_field(connect: Connect) -> None:
    """With detail full: the connection, its findings and every row, as Telnyx has them but for secrets."""
    said = await get(connect, id=CREDENTIAL, include=["all"], detail="full")
    assert said["connection"]["webhook_event_url"] == "https://hooks.initech.example/voice"
    assert {row["phone_number"] for row in said["parts"]["numbers"]["rows"]} >= {"+12005550188", "+493023125007"}
    assert said["parts"]["numbers"]["rows"][0]["customer_reference"] == "order 12"
    assert said["parts"]["profile"]["max_destination_rate"] == 0.05
    assert said["parts"]["changes"]["within"] == "the last 30 days"
    assert "more" not in said["parts"]["numbers"]


async def test_logins_and_callers_are_whole_in_full_alone(connect: Connect) -> None:
    """A user name is half of a login, and the numbers of calls are other people's."""
    full = await get(connect, id=CREDENTIAL, include=["all"], detail="full")
    assert full["parts"]["settings"]["user_name"] == "hooliivrline076256"
    assert full["parts"]["registration"]["sip_username"] == "hooliivrline076256"
    event = full["parts"]["failures"]["call_events"]["rows"][0]
    assert event["from_number"].startswith("+1202555")
    for include in (["all"], ["settings", "registration"], ["failures"]):
        said = compact_json(await get(connect, id=CREDENTIAL, include=include))
        assert "hooliivrline" not in said
        assert event["from_number"] not in said
        assert event["to_number"] not in said
    some = await get(connect, id=CREDENTIAL, include=["settings", "registration"])
    assert some["parts"]["settings"]["user_name"] == some["parts"]["registration"]["sip_username"] == "ho***"


async def test_failures_that_are_alike_are_counted(connect: Connect) -> None:
    """They say which event, which host and which status, how often, and when last."""
    said = await get(connect, id=FAILING, include=["failures"])
    assert re.search("2 failed webhook deliveries and [0-9]+ failed call events in the last 24 hours", said["summary"])
    failed = said["parts"]["failures"]["webhook_deliveries"]
    assert failed["of"] == 2
    pattern = r"1 call\.[a-z]+ to hooks\.umbrella\.example: HTTP 503, last [0-9-]+T[0-9:]{5}Z"
    assert all(re.fullmatch(pattern, row) for row in failed["rows"])
    assert said["parts"]["failures"]["call_events"]["within"] == "the last 24 hours"
    attempts = [{"http": {"request": {"url": "https://h.example/x"}, "response": {"status": 500}}}]
    times = [f"{datetime.now(UTC) - timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (3, 1, 2)]
    rows = [
        {
            "id": at,
            "webhook": {"event_type": "call.hangup", "payload": {"connection_id": FAILING}},
            "attempts": attempts,
            "started_at": at,
        }
        for at in times
    ]
    several = await get(connect, Network({"webhook_deliveries": listing(*rows)}), id=FAILING, include=["all"])
    row = f"3 call.hangup to h.example: HTTP 500, last {times[1][:16]}Z"
    assert several["parts"]["failures"]["webhook_deliveries"] == {"of": 3, "rows": [row]}
    some = await get(connect, Network({"webhook_deliveries": listing(*rows, total=900)}), id=FAILING, include=["all"])
    assert "note" in some["parts"]["failures"]["webhook_deliveries"]
    assert some["parts"]["failures"]["webhook_deliveries"]["rows"] == ["3 call.hangup to h.example: HTTP 500"]


async def test_a_name_finds_it_in_the_account_and_needs_no_more_requests(connect: Connect) -> None:
    """By name the connection itself comes from the snapshot."""
    network = Network()
    said = await get(connect, network, connection_name="hooliivrline", include=["numbers"])
    assert network.asked == {"connections": 1, "phone_numbers/slim": 1}
    assert said["connection"] == {"id": CREDENTIAL}
    assert said["parts"]["numbers"]["of"] == 4
    assert said["coverage"]["complete"]
    assert said["as_of"]


@pytest.mark.parametrize("name", ["main line", "nobody has this"])
async def test_nothing_is_read_of_several_or_none(connect: Connect, name: str) -> None:
    """Where the name does not lead to one connection, nothing around one is asked for."""
    network = Network()
    said = await get(connect, network, connection_name=name, include=["all"])
    assert network.asked == {"connections": 1}
    assert "candidates" in said or "nearest_names" in said


async def test_a_connection_around_which_there_is_nothing(connect: Connect) -> None:
    """Every part says that there is none, which is another thing than not having read it."""
    bare = {"id": "77", "connection_name": "bare", "record_type": "ip_connection", "active": True}
    nothing = dict.fromkeys(
        ("phone_numbers/slim", "ips", "fqdns", "webhook_deliveries", "call_events", "audit_events"), listing()
    )
    network = Network(
        {
            "connections/77": lambda _: answer({"data": bare}),
            "ip_connections/77": lambda _: answer({"data": {"id": "77"}}),
            **nothing,
        }
    )
    said = await get(connect, network, id="77", include=["all"])
    assert said["summary"] == (
        '"bare": active ip_connection, SRTP off, no address, no number, no outbound voice profile, no registration, '
        "no failures in the last 24 hours, no change in the last 30 days, 1 audit finding."
    )
    assert said["parts"] == {}
    alone = await get(connect, network, id="77", include=["profile", "addresses"])
    assert alone["parts"] == {"profile": {"of": 0}, "addresses": {"ips": {"of": 0}, "fqdns": {"of": 0}}}


async def test_all_is_each_once(connect: Connect) -> None:
    """A part that is asked for twice is read once, in the order of answers."""
    network = Network()
    said = await get(connect, network, id=TRUNK, include=["changes", "numbers", "all", "numbers"], detail="full")
    assert list(said["parts"]) == list(ALL)
    assert network.asked["phone_numbers/slim"] == 1


async def test_an_unknown_part_is_refused(connect: Connect) -> None:
    """Before anything is sent, in one sentence that has the parts."""
    network = Network()
    async with connect(transport=network) as client:
        result = await client.call_tool("get_connection", {"id": TRUNK, "include": ["numbrs"]})
    assert result.is_error
    assert "`include[0]` must be one of settings, numbers, profile" in result.content[0].text
    assert "did you mean `numbers`?" in result.content[0].text
    assert not network.asked


async def test_no_secret_of_any_connection_is_shown(connect: Connect) -> None:
    """Whatever the sandbox marks as secret stays out of every answer, in full too."""
    async with connect() as client:
        for row in DIRECTORY:
            for detail in ("summary", "full"):
                arguments = {"id": row["id"], "include": ["all"], "detail": detail}
                result = await client.call_tool("get_connection", arguments)
                assert not result.is_error, result.content[0].text
                assert "SECRET-" not in result.content[0].text


async def test_an_answer_keeps_to_its_budget(connect: Connect) -> None:
    """Full rows that would be too many become texts, and fewer, and the answer says so."""
    number = {"connection_id": TRUNK, "status": "emergency-only"}
    numbers = [{"id": str(n), "phone_number": f"+1312555{n:04}", **number} for n in range(250)]
    network = Network({"phone_numbers/slim": listing(*numbers, total=400)})
    said = await get(connect, network, id=TRUNK, include=["numbers"], detail="full", max_answer_tokens=2000)
    part = said["parts"]["numbers"]
    assert part["of"] == 400
    assert 50 < len(part["rows"]) < 250
    assert part["more"] == 400 - len(part["rows"])
    assert said["shortened"].startswith("Less of each part than was asked for")
    assert len(bpe_openai.get_encoding("o200k_base").encode(compact_json(said))) <= 2000
