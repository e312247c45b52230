"""How answers present the findings of an account: order, counts, names, and one run for all callers."""

import json
from collections.abc import Callable
from typing import Any

import anyio
import httpx
import pytest

from telnyx_connections_mcp.audit.checks import CONNECTION_CHECKS

from .test_checks import FAILOVER, GOOD, URL

pytestmark = pytest.mark.anyio


def account_of(rows: list[dict[str, Any]], counts: dict[str, Any] | None = None) -> httpx.MockTransport:
    """An API that lists these rows on one page, and counts them if `counts` are given."""
    page = {"data": rows, "meta": {"page_number": 1, "page_size": 250, "total_pages": 1, "total_results": len(rows)}}

    def answer(request: httpx.Request) -> httpx.Response:
        answer = page if request.url.path.endswith("/connections") else counts and {"data": counts}
        return httpx.Response(200 if answer else 404, stream=httpx.ByteStream(json.dumps(answer or {}).encode()))

    return httpx.MockTransport(answer)


async def ask(client: Any, tool: str, **arguments: Any) -> dict[str, Any]:
    answer: dict[str, Any] = (await client.call_tool(tool, arguments)).structured_content
    return answer


async def test_the_worst_findings_come_first(connect: Callable[..., Any]) -> None:
    """Findings are sorted by severity, then by number of connections, then in the order of the checks."""
    rows = [GOOD | {"id": str(number), "connection_name": f"number {number}"} for number in range(5)]
    for number, change in enumerate(
        (
            {"webhook_api_version": "1", FAILOVER: ""},
            {FAILOVER: ""},
            {"outbound_voice_profile_id": None},
            {URL: "https://bob:pw@hooks.example.com/"},
            {URL: "http://hooks.example.com/"},
        )
    ):
        rows[number] |= change
    async with connect(transport=account_of(rows)) as client:
        answer = await ask(client, "audit_connections")
    assert [(finding["check"], finding["count"]) for finding in answer["findings"]] == [
        ("webhook_not_https", 1),
        ("webhook_credentials", 1),
        ("no_outbound_voice_profile", 1),
        ("no_failover_webhook", 2),
        ("webhook_api_version_1", 1),
    ]
    assert answer["summary"].startswith(
        "5 checks found something in 5 of all 5 connections: 1 of severity error (1 connection), "
        "2 of severity warning (2 connections), 2 of severity info (2 connections), worst first."
    )


async def test_a_finding_in_both_webhooks_counts_one_connection(connect: Callable[..., Any]) -> None:
    """A connection counts once however many of its fields fail."""
    row = GOOD | {URL: "http://hooks.example.com/a", FAILOVER: "http://backup.example.com/b"}
    async with connect(transport=account_of([row])) as client:
        answer = await ask(client, "audit_connections")
        (finding,) = answer["findings"]
        assert (finding["check"], finding["count"], len(finding["connections"])) == ("webhook_not_https", 1, 1)
        got = await ask(client, "get_connection", connection_name="good")
        assert [each["check"] for each in got["findings"]] == ["webhook_not_https"]


async def test_every_finding_can_be_listed_whole_in_one_call(connect: Callable[..., Any]) -> None:
    """The arguments that a finding offers select exactly the connections that it counted."""
    async with connect(size=800, seed=3) as client:
        answer = await ask(client, "audit_connections")
        assert answer["not_checked"].startswith(
            "registration_lost (in part): SIP registrations are asked for at most 50"
        )
        findings = [each for each in answer["findings"] if "count" in each]
        assert {each["check"] for each in findings} == set(CONNECTION_CHECKS) - {"registration_lost"}
        for finding in findings:
            listed = await ask(client, "search_connections", **finding["all_by"], sort="created_at")
            assert listed["matches"] == finding["count"]
            if finding["check"] == "duplicate_name":
                assert len(listed["groups"]) == finding["names"]
                assert sum(group["count"] for group in listed["groups"]) == finding["count"]
                continue
            assert len(listed["connections"]) == min(finding["count"], 250)
            assert [row["id"] for row in listed["connections"]][:3] == [row["id"] for row in finding["connections"]]


async def test_several_findings_are_joined_and_narrowed(connect: Callable[..., Any]) -> None:
    """A connection with any of them is found, once, if the other conditions hold too; also before any audit."""
    rows = [
        GOOD | {"id": "1", "connection_name": "a", URL: "http://u:p@h.example/"},
        GOOD | {"id": "2", "connection_name": "b", "webhook_api_version": "1"},
        GOOD | {"id": "3", "connection_name": "c", FAILOVER: None, "active": False},
        GOOD | {"id": "4", "connection_name": "d"},
    ]
    for where, ids in (
        ({"finding": ["webhook_not_https", "webhook_credentials"]}, ["1"]),
        ({"finding": "webhook_api_version_1,no_failover_webhook"}, ["2", "3"]),
        ({"finding": ["webhook_api_version_1", "no_failover_webhook"], "active": True}, ["2"]),
        ({"finding": ["suspicious_text"]}, []),
    ):
        async with connect(transport=account_of(rows)) as client:
            answer = await ask(client, "search_connections", where=where, fields=["id"], sort="created_at")
            assert [row["id"] for row in answer["connections"]] == ids
            assert answer["summary"].startswith(f"{len(ids)} connection")


async def test_a_shared_name_is_one_of_the_whole_account(connect: Callable[..., Any]) -> None:
    """The other connection of a duplicate name need not meet the conditions of the search."""
    rows = [
        GOOD | {"id": "1", "connection_name": "Twin", "outbound_voice_profile_id": "5"},
        GOOD | {"id": "2", "connection_name": "twin", "outbound_voice_profile_id": "6"},
        GOOD | {"id": "3", "connection_name": "other", "outbound_voice_profile_id": "5"},
    ]
    where = {"finding": ["duplicate_name"], "outbound_voice_profile_id": "5"}
    async with connect(transport=account_of(rows)) as client:
        answer = await ask(client, "search_connections", where=where, fields=["id"])
        assert answer["connections"] == [{"id": "1"}]
        assert "api_filter" not in answer["coverage"]
        result = await client.call_tool("search_connections", {"where": {**where, "fqdn": "sip.example.com"}})
        assert result.content[0].text == (
            "Nothing was sent to Telnyx: `where.finding` duplicate_name compares all connections, but only Telnyx "
            "knows which match `where.fqdn`: leave one out."
        )


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("near_connection_limit", "(audit_connections reports it: it concerns the account)"),
        ("not_https", "(did you mean `webhook_not_https`?)"),
        ("webhook_private", "(did you mean `webhook_private_host`?)"),
    ],
)
async def test_an_unknown_finding_is_refused(connect: Callable[..., Any], asked: str, hint: str) -> None:
    """The error names the nearest finding, or says what to ask instead."""
    async with connect() as client:
        result = await client.call_tool("search_connections", {"where": {"finding": [asked]}})
    assert result.is_error
    assert "`where.finding[0]` must be one of application_without_webhook, " in result.content[0].text
    assert hint in result.content[0].text


async def test_a_finding_of_several_fields_says_which(connect: Callable[..., Any]) -> None:
    """It counts the connections of each field, for the whole account and for one connection."""
    rows = [
        GOOD | {"id": "1", "connection_name": "a", URL: "http://u:p@localhost/", FAILOVER: "http://10.0.0.1/"},
        GOOD | {"id": "2", "connection_name": "b", FAILOVER: "http://u:p@backup.example.com/"},
        GOOD | {"id": "3", "connection_name": "<system>"},
    ]
    async with connect(transport=account_of(rows)) as client:
        answer = await ask(client, "audit_connections")
        fields = {each["check"]: each.get("fields") for each in answer["findings"]}
        assert fields == {
            "webhook_not_https": {FAILOVER: 2, URL: 1},
            "webhook_private_host": {FAILOVER: 1, URL: 1},
            "webhook_credentials": {FAILOVER: 1, URL: 1},
            "suspicious_text": {"connection_name": 1},
        }
        assert [each["count"] for each in answer["findings"]] == [2, 1, 2, 1]
        one = await ask(client, "get_connection", connection_name="b")
        assert {each["check"]: each.get("fields") for each in one["findings"]} == {
            "webhook_not_https": [FAILOVER],
            "webhook_credentials": [FAILOVER],
        }


async def test_counts_of_active_connections(connect: Callable[..., Any]) -> None:
    """A finding also counts the connections that are known to be active, if those are fewer."""
    rows = [
        GOOD | {"id": str(number), "connection_name": f"number {number}", "active": active, URL: "http://h.example/"}
        for number, active in enumerate((True, False, None, True))
    ]
    rows.append(GOOD | {"id": "9", "webhook_api_version": "1"})
    async with connect(transport=account_of(rows)) as client:
        first, second = (await ask(client, "audit_connections"))["findings"]
    assert (first["check"], first["count"], first["active"]) == ("webhook_not_https", 4, 2)
    assert (second["check"], second["count"], "active" in second) == ("webhook_api_version_1", 1, False)


async def test_affected_connections_are_all_counted(connect: Callable[..., Any]) -> None:
    """Connections with the same findings are each counted as affected."""
    bad = GOOD | {URL: "http://h.example/"}
    rows = [
        bad | {"id": str(number), "connection_name": f"n{number}", "active": number % 2 == 0} for number in range(5)
    ]
    rows += [bad | {"id": "5", "connection_name": "n5", "webhook_api_version": "1"}, GOOD | {"id": "9"}]
    async with connect(transport=account_of(rows)) as client:
        every = await ask(client, "audit_connections")
        errors = await ask(client, "audit_connections", min_severity="error")
    assert every["summary"].startswith(
        "2 checks found something in 6 of all 7 connections: 1 of severity error (6 connections), "
        "1 of severity info (1 connection)"
    )
    assert errors["summary"].startswith("1 of the requested checks found something in 6 of all 7 connections: 1 of")


async def test_three_different_connections_are_named(connect: Callable[..., Any]) -> None:
    """A finding names three connections, each once even if both its webhooks fail."""
    bad = GOOD | {URL: "http://h.example/", FAILOVER: "http://b.example/"}
    rows = [bad | {"id": str(number), "connection_name": f"n{number}"} for number in range(4)]
    async with connect(transport=account_of(rows)) as client:
        (finding,) = (await ask(client, "audit_connections"))["findings"]
    assert [row["id"] for row in finding["connections"]] == ["0", "1", "2"]


async def test_duplicate_names_are_listed(connect: Callable[..., Any]) -> None:
    """Duplicate names come most frequent first, in the commonest spelling, with secrets of any spelling masked."""
    names = [*("Beta", "beta", "beta"), *("Alpha", "alpha"), *("x y", "x\u00a0y", "x  y"), "only one"]
    rows = [GOOD | {"id": str(number), "connection_name": name} for number, name in enumerate(names)]
    async with connect(transport=account_of(rows)) as client:
        (finding,) = (await ask(client, "audit_connections"))["findings"]
    assert finding["names"] == 3
    assert finding["groups"] == [
        {"connection_name": "beta", "count": 3, "spellings": {"beta": 2, "Beta": 1}},
        {
            "connection_name": "x  y",
            "count": 3,
            "spellings": {"x\\u0020\\u0020y": 1, "x y": 1, "x\\u00a0y": 1},
        },
        {"connection_name": "Alpha", "count": 2, "spellings": {"Alpha": 1, "alpha": 1}},
    ]
    assert finding["exact"] == {"names": 1, "count": 2}


async def test_at_most_nine_names_are_shown(connect: Callable[..., Any]) -> None:
    """At most nine names are shown, with how to get them all."""
    rows = [GOOD | {"id": str(number), "connection_name": f"name {number // 2:02}"} for number in range(20)]
    async with connect(transport=account_of(rows)) as client:
        (finding,) = (await ask(client, "audit_connections"))["findings"]
    assert (finding["names"], len(finding["groups"]), finding["groups"][0]["connection_name"]) == (10, 9, "name 00")
    assert finding["exact"] == {"names": 10, "count": 20}
    assert finding["all_by"] == {
        "where": {"finding": ["duplicate_name"]},
        "group_by": ["connection_name"],
        "limit": 10,
    }


async def test_changes_to_shown_names_are_counted(connect: Callable[..., Any]) -> None:
    """Changes are counted in the names that a finding shows, of connections or of groups."""
    hidden = GOOD | {"id": "7", "connection_name": "hid\u200bden", "webhook_api_version": "1"}
    async with connect(transport=account_of([hidden])) as client:
        answer = await ask(client, "audit_connections", checks=["webhook_api_version_1"])
        assert answer["findings"][0]["connections"] == [{"id": "7", "connection_name": "hidden"}]
        assert answer["changed"] == "1 text lost invisible or control characters (id 7)"
    async with connect(transport=account_of([hidden, hidden | {"id": "8"}])) as client:
        answer = await ask(client, "audit_connections", checks=["duplicate_name"])
        assert answer["findings"][0]["groups"] == [{"connection_name": "hidden", "count": 2}]
        assert answer["changed"] == "1 text lost invisible or control characters (name 1)"


async def test_a_limit_that_is_near_is_a_finding_of_the_account(connect: Callable[..., Any]) -> None:
    """A limit that is nearly reached is a finding, listed after findings of connections of the same severity."""
    counts = {"counts": {"ip_connections": 9}, "limits": {"global_limit": 10}}
    rows = [GOOD, GOOD | {"id": "2", "connection_name": "two", "outbound_voice_profile_id": None}]
    async with connect(transport=account_of(rows, counts)) as client:
        answer = await ask(client, "audit_connections")
    assert [finding["check"] for finding in answer["findings"]] == [
        "no_outbound_voice_profile",
        "near_connection_limit",
    ]
    assert answer["findings"][1]["note"] == "9 of 10 (global_limit)"
    assert "2 of severity warning (1 connection)" in answer["summary"]


async def test_concurrent_callers_share_one_run(connect: Callable[..., Any]) -> None:
    """Concurrent callers share one run of the audit and get the same answer."""
    async with connect(size=800, seed=3) as client:
        answers: list[dict[str, Any]] = []

        async def ask_once(number: int) -> None:
            severity = ("error", "warning", "info")[number % 3]
            answers.append(await ask(client, "audit_connections", min_severity=severity))

        async with anyio.create_task_group() as tasks:
            for number in range(12):
                tasks.start_soon(ask_once, number)
    assert len({answer["summary"] for answer in answers}) == 3
    assert len({json.dumps(answer) for answer in answers}) == 3
