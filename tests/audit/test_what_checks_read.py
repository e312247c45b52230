"""Checks read what they need and no more; what cannot be read is said, and never counted as clean."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest
from tests.surroundings.account import Network, answer

from telnyx_connections_mcp.audit.findings import audit
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.kinds.outbound_voice_profiles import OUTBOUND_VOICE_PROFILES

from .around import around, audited, snapshot_of

pytestmark = pytest.mark.anyio
SETTINGS_CHECKS = ("anyone_may_call_in", "registration_lost", "settings_differ", "texml_without_webhook")


async def ask(client: Any, tool: str, **arguments: Any) -> Any:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, result.content[0].text
    return result.structured_content


def checks_of(answered: Any) -> dict[str, Any]:
    return {finding["check"]: finding for finding in answered["findings"]}


async def test_the_audit_reads_what_surrounds_connections(connect: Callable[..., Any]) -> None:
    """In one call: who is affected, what was found, and what was read for that."""
    async with connect(size=55) as client:
        answered = await ask(client, "audit_connections")
    assert "not_checked" not in answered
    assert answered["also_read"] == {
        "outbound_voice_profiles": 4,
        "ips": 15,
        "fqdns": 5,
        "connection_settings": 51,
        "sip_registrations": 7,
        "webhook_deliveries": 6,
        "phone_numbers": 110,
    }
    found = checks_of(answered)
    assert found["no_address"]["reads"] == ["ips", "fqdns"]
    assert found["profile_disabled"]["connections"][0]["detail"] == '"Legacy US"'
    assert "reads" not in found["duplicate_name"]
    assert found["webhook_deliveries_failing"]["connections"][0]["detail"] == (
        "hooks.umbrella.example: 2 failed (HTTP 503)"
    )
    assert found["registration_lost"]["connections"][0]["detail"].startswith("failed, 408 Request Timeout, since 20")


@pytest.mark.parametrize(
    ("checks", "read"),
    [
        (["duplicate_name"], set()),
        (["no_address"], {"ips", "fqdns"}),
        (["profile_disabled", "profile_missing"], {"outbound_voice_profiles"}),
        (["dead_weight"], {"phone_numbers/slim"}),
        (["webhook_deliveries_failing"], {"webhook_deliveries"}),
        (["settings_differ"], {source.path for source in CONNECTION_SETTINGS.sources}),
    ],
)
async def test_selected_checks_read_less(connect: Callable[..., Any], checks: list[str], read: set[str]) -> None:
    """Only what they need, whether the audit, a search or a statement asks."""
    named = ", ".join(f"'{name}'" for name in checks)
    for tool, arguments in (
        ("audit_connections", {"checks": checks}),
        ("search_connections", {"where": {"finding": checks}}),
        ("query_account", {"sql": f"SELECT count(*) FROM findings WHERE finding IN ({named})"}),
        ("query_account", {"sql": f"SELECT f.detail FROM findings f WHERE f.finding IN ({named}) AND severity = 'x'"}),
    ):
        network = Network(size=55)
        async with connect(transport=network) as client:
            await ask(client, tool, **arguments)
        assert set(network.asked) == read | {"connections"}, tool


async def test_a_severity_reads_less(connect: Callable[..., Any]) -> None:
    """What only less severe checks need is not read."""
    network = Network(size=55)
    async with connect(transport=network) as client:
        await ask(client, "audit_connections", min_severity="error")
    assert "phone_numbers/slim" not in network.asked


async def test_statements_over_all_findings_do_all_checks(connect: Callable[..., Any]) -> None:
    """A statement that may see any finding sees those of every check, and what was found."""
    async with connect(size=55) as client:
        answered = await ask(client, "audit_connections")
        sql = "SELECT finding, count(DISTINCT connection_id) FROM findings WHERE finding <> 'x' GROUP BY 1"
        counted = dict((await ask(client, "query_account", sql=sql))["rows"])
        assert counted == {name: found["count"] for name, found in checks_of(answered).items()}
        sql = (
            "SELECT connection_name, field, detail FROM findings JOIN connections ON id = connection_id "
            "WHERE finding = 'no_address' OR finding = 'registration_lost' ORDER BY 2"
        )
        (address, registration) = (await ask(client, "query_account", sql=sql))["rows"]
        assert (address[1:], registration[1]) == (["ips", None], "registration_status")


@pytest.mark.parametrize(
    ("refused", "status", "checks", "why"),
    [
        ("ips", 403, ["no_address"], "this API key may not read IP addresses"),
        ("fqdns", 404, ["no_address"], "Telnyx does not offer FQDNs to this account"),
        ("phone_numbers/slim", 403, ["dead_weight"], "this API key may not read phone numbers"),
        (
            "webhook_deliveries",
            404,
            ["webhook_deliveries_failing"],
            "Telnyx does not offer failed webhook deliveries to this account",
        ),
        (
            "outbound_voice_profiles",
            403,
            ["profile_disabled", "profile_missing", "profile_without_spend_limit", "profile_every_destination"],
            "this API key may not read outbound voice profiles",
        ),
    ],
)
async def test_a_check_that_lacks_something_is_left_out_with_a_word(
    connect: Callable[..., Any], refused: str, status: int, checks: list[str], why: str
) -> None:
    """The audit does the others; a search for it says what to do; a statement says what findings it lacks."""
    async with connect(transport=Network({refused: status}, size=55)) as client:
        answered = await ask(client, "audit_connections")
        assert answered["not_checked"] == f"{', '.join(checks)}: {why}."
        assert f" Not checked: {', '.join(checks)}." in answered["summary"]
        assert not checks_of(answered).keys() & set(checks)
        assert len(answered["findings"]) > 10
        result = await client.call_tool("search_connections", {"where": {"finding": checks}})
        assert result.content[0].text == f"`where.finding` {checks[0]} cannot be answered, because {why}: leave it out."
        rows = await ask(client, "query_account", sql=f"SELECT * FROM findings WHERE finding = '{checks[0]}'")
        assert rows["rows"] == []
        assert rows["notes"] == [f"Not in findings: {checks[0]}: {why}."]


async def test_nothing_found_is_not_said_of_what_was_not_checked(connect: Callable[..., Any]) -> None:
    """If the only check could not be done, the summary says so."""
    async with connect(transport=Network({"ips": 403}, size=55)) as client:
        answered = await ask(client, "audit_connections", checks=["no_address"])
    assert answered["summary"] == (
        "Nothing found in 55 of 55 connections by the requested checks. Not checked: no_address."
    )


async def test_settings_that_no_list_has_are_no_loss(connect: Callable[..., Any]) -> None:
    """A list of settings that is refused only matters if there are connections of its type."""
    rows = [{"id": "1", "record_type": "ip_connection", "active": True}]

    def mine(_: httpx.Request) -> httpx.Response:
        return answer({"data": rows, "meta": {"total_results": 1}})

    refusals = {source.path: 404 for source in CONNECTION_SETTINGS.sources if source.path != "ip_connections"}
    network = Network({**refusals, "connections": mine, "ip_connections": mine}, size=55)
    async with connect(transport=network) as client:
        assert "not_checked" not in await ask(client, "audit_connections", checks=SETTINGS_CHECKS)


async def test_settings_that_are_left_out_leave_checks_in_part(connect: Callable[..., Any]) -> None:
    """Those that can be done without them are done in part; the others are left out."""
    async with connect(transport=Network({"texml_applications": 403, "fax_applications": 403}, size=55)) as client:
        answered = await ask(client, "audit_connections", checks=SETTINGS_CHECKS)
        why = (
            "settings of connections, left out: texml_applications (the key may not read it), "
            "fax_applications (the key may not read it)."
        )
        assert answered["not_checked"] == (
            f"settings_differ, anyone_may_call_in (in part), registration_lost (in part), "
            f"texml_without_webhook (in part): {why}"
        )
        assert "texml_without_webhook" not in checks_of(answered)
        assert checks_of(answered)["anyone_may_call_in"]["count"] == 5
        found = await ask(client, "search_connections", where={"finding": ["anyone_may_call_in"]})
        assert found["matches"] == 5
        assert found["summary"].startswith(f"Only checked in part: anyone_may_call_in ({why.removesuffix('.')}). ")


async def test_findings_follow_what_they_were_found_in(connect: Callable[..., Any]) -> None:
    """If the surroundings are read again, the findings of the same connections change, in every tool."""
    profiles: list[dict[str, Any]] = []
    rows = [{"id": "1", "connection_name": "a", "active": True, "outbound_voice_profile_id": "5"}]

    def listed(of: list[dict[str, Any]]) -> Any:
        return lambda _: answer({"data": of, "meta": {"total_results": len(of)}})

    network = Network({"connections": listed(rows), "outbound_voice_profiles": listed(profiles)})
    checks = ["profile_missing", "profile_disabled"]
    sql = "SELECT finding FROM findings WHERE finding IN ('profile_missing', 'profile_disabled')"
    async with connect(transport=network) as client:
        for found in (["profile_missing"], ["profile_disabled"], []):
            answered = await ask(client, "audit_connections", checks=checks, fresh=True)
            assert [each["check"] for each in answered["findings"]] == found
            assert [row for (row,) in (await ask(client, "query_account", sql=sql))["rows"]] == found
            assert (await ask(client, "search_connections", where={"finding": checks}))["matches"] == len(found)
            profiles[:] = [{"id": "5", "name": "EU out", "enabled": bool(profiles)}]


async def test_a_key_that_is_refused_is_an_error_of_the_audit(connect: Callable[..., Any]) -> None:
    """If the connections cannot be read, there is nothing to audit."""
    async with connect(transport=Network({"connections": 403}, size=55)) as client:
        result = await client.call_tool("audit_connections", {})
        assert result.is_error
        assert result.content[0].text.startswith("This API key is not allowed to read that (HTTP 403")


async def test_part_of_a_list_proves_nothing_about_what_is_missing_from_it() -> None:
    """A check for what there is not needs the whole list; one for what there is says that it saw a part."""
    connections = [{"id": "1", "active": True, "outbound_voice_profile_id": "5"}]
    part = snapshot_of(
        OUTBOUND_VOICE_PROFILES, [{"id": "5", "enabled": False}], of=300, complete=False, why="it took too long"
    )
    done = await audited(connections, ["profile_missing", "profile_disabled"], outbound_voice_profiles=part)
    why = "only 1 of 300 outbound voice profiles were read (it took too long)"
    assert (done.plan.not_done, done.plan.in_part) == ({"profile_missing": why}, {"profile_disabled": why})
    assert [finding.name for finding in done.findings] == ["profile_disabled"]


async def test_findings_of_a_check_that_can_no_longer_be_done_are_removed() -> None:
    """Otherwise a statement would show what was true before."""
    connections = snapshot_of(CONNECTIONS, [{"id": "1", "active": True, "record_type": "ip_connection"}])
    count = "SELECT count(*) FROM findings"
    for read, found in ((around(), 1), (None, 0), (around(), 1)):
        await audit(connections, read, ["no_address"])
        assert await connections.query(lambda handle: handle.execute(count).fetchone()) == (found,)


async def test_registrations_that_cannot_be_read_leave_the_rest_of_the_check(connect: Callable[..., Any]) -> None:
    """UAC connections are checked by their settings all the same; the next audit asks again."""
    network = Network({"sip_registration_status": 403}, size=55)
    async with connect(transport=network) as client:
        for _ in range(2):
            answered = await ask(client, "audit_connections", checks=["registration_lost"])
            assert answered["not_checked"] == (
                "registration_lost (in part): this API key may not read SIP registrations."
            )
        assert "sip_registrations" not in answered["also_read"]
        assert network.asked["sip_registration_status"] > 7
    network = Network(size=55)
    async with connect(transport=network) as client:
        for _ in range(2):
            await ask(client, "audit_connections", checks=["registration_lost"])
    assert network.asked["sip_registration_status"] == 7
