"""`query_account` joins everything around connections, reads only what a statement touches, and says what it read."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from telnyx_connections_mcp.inventory.kinds import KINDS
from telnyx_connections_mcp.sandbox.app import create_app
from telnyx_connections_mcp.sandbox.fleet import create_fleet
from telnyx_connections_mcp.sandbox.surroundings.account import Surroundings
from telnyx_connections_mcp.sandbox.surroundings.deliveries import FAILING_HOST

from .test_query_account import ask, refused

pytestmark = pytest.mark.anyio

ACCOUNT = create_fleet()
AROUND = Surroundings(ACCOUNT, 0, datetime.now(UTC))
NAMES = {row["id"]: row["connection_name"] for row in ACCOUNT.connections}
CREDENTIAL = next(row["id"] for row in ACCOUNT.connections if row["record_type"] == "credential_connection")
EVERY_TABLE = """
SELECT count(*) AS n FROM connections c JOIN connection_settings s ON s.connection_id = c.id
LEFT JOIN outbound_voice_profiles v ON v.id = c.outbound_voice_profile_id
LEFT JOIN phone_numbers p ON p.connection_id = c.id LEFT JOIN ips i ON i.connection_id = c.id
LEFT JOIN fqdns f ON f.connection_id = c.id LEFT JOIN sip_registrations r ON r.connection_id = c.id
LEFT JOIN webhook_deliveries d ON d.connection_id = c.id LEFT JOIN call_events e ON e.connection_id = c.id
LEFT JOIN account_changes a ON a.resource_id = c.id LEFT JOIN connection_tags t ON t.connection_id = c.id
LEFT JOIN phone_number_tags pt ON pt.phone_number_id = p.id LEFT JOIN findings g ON g.connection_id = c.id
"""


class Counting(httpx.AsyncBaseTransport):
    """The sandbox, and the requests that it got."""

    def __init__(self, size: int = 55) -> None:
        self.requests: list[httpx.URL] = []
        self._sandbox = httpx.ASGITransport(create_app(size=size))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request.url)
        return await self._sandbox.handle_async_request(request)

    def paths(self) -> Counter[str]:
        """How many requests there were for each path; they are forgotten."""
        found = Counter(url.path.removeprefix("/v2/") for url in self.requests)
        self.requests.clear()
        return found


async def test_numbers_per_connection(connect: Callable[..., Any]) -> None:
    """Numbers join to connections by connection_id."""
    sql = (
        "SELECT c.id, count(p.id) FROM connections c LEFT JOIN phone_numbers p ON p.connection_id = c.id GROUP BY c.id"
    )
    async with connect() as client:
        answer = await ask(client, sql)
    counts = Counter(row.get("connection_id") for row in AROUND.numbers)
    assert dict(answer["rows"]) == {row["id"]: counts[row["id"]] for row in ACCOUNT.connections}
    of_numbers = answer["coverage"]["phone_numbers"]
    assert (of_numbers["read"], of_numbers["of"], of_numbers["complete"]) == (110, 110, True)
    assert answer["summary"].startswith("55 rows; connections 55 of 55, phone_numbers 110 of 110 as of ")


async def test_srtp_off_and_no_spend_limit(connect: Callable[..., Any]) -> None:
    """Settings join by connection_id, and profiles by outbound_voice_profile_id."""
    sql = (
        "SELECT c.id FROM connections c JOIN connection_settings s ON s.connection_id = c.id JOIN "
        "outbound_voice_profiles v ON v.id = c.outbound_voice_profile_id "
        "WHERE s.encrypted_media IS NULL AND v.daily_spend_limit_enabled = 0"
    )
    types = ("ip_connection", "fqdn_connection", "credential_connection", "call_control_application")
    srtp = {row["id"]: row.get("encrypted_media") for type_ in types for row in AROUND.settings(type_)}
    free = {row["id"] for row in AROUND.profiles if not row["daily_spend_limit_enabled"]}
    expected = {
        row["id"]
        for row in ACCOUNT.connections
        if row["id"] in srtp and not srtp[row["id"]] and row.get("outbound_voice_profile_id") in free
    }
    async with connect() as client:
        answer = await ask(client, sql)
    assert {row[0] for row in answer["rows"]} >= expected
    assert expected


async def test_who_has_an_address(connect: Callable[..., Any]) -> None:
    """An IP address finds its connection."""
    row = AROUND.ips[0]
    sql = "SELECT c.connection_name FROM connections c JOIN ips i ON i.connection_id = c.id WHERE i.ip_address = "
    async with connect() as client:
        answer = await ask(client, f"{sql}'{row['ip_address']}'")
        none = await ask(client, f"{sql}'203.0.113.250'")
    assert answer["rows"] == [[NAMES[row["connection_id"]]]]
    assert none["unknown"]["ip_address"]["values"] == ["203.0.113.250"]


async def test_failing_hosts_of_the_last_day(connect: Callable[..., Any]) -> None:
    """What lists only part of time says since when."""
    async with connect() as client:
        answer = await ask(client, "SELECT host, count(*) AS n FROM webhook_deliveries GROUP BY host")
    assert [host for host, _ in answer["rows"]] == [FAILING_HOST]
    since = datetime.fromisoformat(answer["coverage"]["since"])
    assert datetime.fromisoformat(answer["coverage"]["as_of"]) - since == timedelta(days=1)
    n = answer["rows"][0][1]
    assert f"; webhook_deliveries {n} of {n} since {answer['coverage']['since']} as of " in answer["summary"]


async def test_who_changed_what_yesterday(connect: Callable[..., Any]) -> None:
    """Changes name who, when, which resource and which fields."""
    sql = (
        "SELECT a.changed_at, a.changed_by, c.connection_name, a.fields FROM account_changes a "
        "JOIN connections c ON c.id = a.resource_id WHERE a.changed_at > datetime('now', '-2 days') ORDER BY 1"
    )
    async with connect() as client:
        answer = await ask(client, sql)
        (count,) = (await ask(client, "SELECT count(*) FROM account_changes"))["rows"]
    assert count == [len(AROUND.audit_events)]
    assert all(name in NAMES.values() for _, _, name, _ in answer["rows"])


async def test_a_join_over_every_table(connect: Callable[..., Any]) -> None:
    """One statement may touch all kinds; findings are computed for it."""
    async with connect() as client:
        answer = await ask(client, EVERY_TABLE)
    assert [*answer["coverage"]] == [kind.name for kind in KINDS]
    assert all(part["complete"] for part in answer["coverage"].values())
    assert answer["rows"][0][0] > 100
    assert answer["summary"].startswith("1 row; connections 55 of 55, outbound_voice_profiles 4 of 4, ")


async def test_only_what_a_statement_touches_is_read(connect: Callable[..., Any]) -> None:
    """An alias or a text that is called like a table is none, and what was read stays for the next statement."""
    network = Counting()
    async with connect(transport=network, snapshot_seconds=3600) as client:
        await ask(
            client, "SELECT count(*) AS connections FROM ips WHERE ip_address <> 'phone_numbers' ORDER BY connections"
        )
        assert network.paths() == {"ips": 1}
        await ask(client, "SELECT count(*) FROM fqdns f JOIN ips i USING (connection_id)")
        assert network.paths() == {"fqdns": 1}
        await ask(client, "SELECT count(*) FROM fqdns, ips", fresh=True)
        assert network.paths() == {"ips": 1, "fqdns": 1}


async def test_a_kind_that_cannot_be_read_is_said_first(connect: Callable[..., Any]) -> None:
    """Its table is empty, the others are answered; alone it is an error."""
    sql = "SELECT count(*) FROM connections c LEFT JOIN webhook_deliveries d ON d.connection_id = c.id"
    async with connect(fault="forbidden=webhook_deliveries,ips") as client:
        answer = await ask(client, sql)
        alone = await refused(client, "SELECT * FROM webhook_deliveries")
        both = await refused(client, "SELECT * FROM webhook_deliveries, ips")
    why = "this API key may not read failed webhook deliveries"
    assert answer["summary"].startswith(f"NOT READ: webhook_deliveries ({why}). 1 row; connections 55 of 55 as of ")
    assert answer["rows"] == [[55]]
    assert answer["coverage"]["webhook_deliveries"] == {"complete": False, "why": why}
    assert alone == f"Nothing could be read, because {why}: ask for other tables."
    assert (
        both
        == f"Nothing could be read, because this API key may not read IP addresses and {why}: ask for other tables."
    )


async def test_lists_that_are_left_out_are_said(connect: Callable[..., Any]) -> None:
    """Settings come from nine lists, of which an account may lack some."""
    async with connect(fault="missing=uac_connections") as client:
        answer = await ask(client, "SELECT count(*) FROM connection_settings")
    assert answer["summary"].startswith(
        "Left out of the settings of connections: uac_connections (not offered to this account). 1 row; "
    )
    assert answer["rows"][0][0] > 40


async def test_an_incomplete_kind_is_said_first(connect: Callable[..., Any]) -> None:
    """It is named, because the other kinds may be complete."""
    async with connect(size=200, fault="fail-page") as client:
        answer = await ask(client, "SELECT count(*) FROM connections c, phone_numbers p")
    assert answer["summary"].startswith("INCOMPLETE, only ")
    assert " phone numbers could be read: " in answer["summary"]
    assert answer["coverage"]["connections"]["complete"]
    assert not answer["coverage"]["phone_numbers"]["complete"]


@pytest.mark.parametrize(
    "condition",
    [
        f"r.connection_id = '{CREDENTIAL}'",
        f"('{CREDENTIAL}' = r.connection_id AND r.status <> 'x')",
        f"r.connection_id IN ('{CREDENTIAL}', '1')",
        f"c.id = '{CREDENTIAL}'",
        f"r.connection_id IN (SELECT id FROM connections WHERE id = '{CREDENTIAL}')",
        f"r.status <> 'x' AND r.connection_id IN (SELECT connection_id FROM ips UNION SELECT '{CREDENTIAL}')",
    ],
)
async def test_registrations_of_the_selected_connections_alone(connect: Callable[..., Any], condition: str) -> None:
    """Telnyx is asked of each: only those that every row has to fulfil."""
    network = Counting()
    sql = f"SELECT r.status FROM sip_registrations r JOIN connections c ON r.connection_id = c.id WHERE {condition}"
    async with connect(transport=network) as client:
        answer = await ask(client, sql)
    assert network.paths()["sip_registration_status"] == 1
    assert len(answer["rows"]) == 1
    assert answer["coverage"]["sip_registrations"]["read"] == 1


STATUS = "SELECT status FROM sip_registrations r"


@pytest.mark.parametrize(
    "sql",
    [
        f"{STATUS} WHERE connection_id = '{CREDENTIAL}' OR failures > 0",
        f"{STATUS} WHERE connection_id <> '{CREDENTIAL}'",
        f"{STATUS} WHERE NOT connection_id = '{CREDENTIAL}'",
        f"{STATUS} WHERE connection_id NOT IN ('{CREDENTIAL}')",
        f"{STATUS} WHERE connection_id IN (SELECT id FROM connections WHERE id = r.status)",
        f"{STATUS} WHERE connection_id IN (SELECT connection_id FROM sip_registrations)",
        f"{STATUS} WHERE connection_id IN (SELECT connection_id FROM sip_registrations WHERE connection_id IN ('1'))",
        f"{STATUS} WHERE connection_id IN (SELECT a.id FROM connections a, connections b, fqdns c)",
        f"{STATUS} JOIN ips j ON j.id = r.status WHERE r.connection_id IN (SELECT c.id FROM connections c JOIN ips i)",
        f"{STATUS} LEFT JOIN connections c ON r.connection_id = c.id AND c.id = '{CREDENTIAL}'",
        f"{STATUS} WHERE connection_id = '{CREDENTIAL}' UNION SELECT status FROM sip_registrations",
        f"{STATUS} JOIN connections c ON r.connection_id = c.id OR 1 WHERE c.id = '{CREDENTIAL}'",
        "SELECT count(*) FROM sip_registrations",
    ],
)
async def test_registrations_of_all_if_they_are_few(connect: Callable[..., Any], sql: str) -> None:
    """What does not limit each row limits nothing; beyond 50 connections the statement is refused."""
    network = Counting()
    async with connect(transport=network) as client:
        await ask(client, sql)
    assert network.paths()["sip_registration_status"] == 9
    async with connect(size=1000) as client:
        said = await refused(client, sql)
    assert said.startswith("Telnyx says of one connection at a time whether it is registered, and there are ")
    assert said.endswith("WHERE sip_registrations.connection_id IN (SELECT id FROM connections WHERE ...).")


async def test_registrations_need_the_settings(connect: Callable[..., Any]) -> None:
    """They hold the user names that Telnyx is asked by."""
    paths = "ip,fqdn,credential,external,uac".replace(",", "_connections,") + "_connections"
    others = "call_control_applications,texml_applications,fax_applications,v2/mobile_voice_connections"
    async with connect(fault=f"forbidden={paths},{others},mobile_voice_connections") as client:
        said = await refused(client, "SELECT * FROM sip_registrations")
    assert said.startswith("Nothing could be read, because this API key may not read settings of connections, ")


async def test_events_of_one_connection_are_read_alone(connect: Callable[..., Any]) -> None:
    """A literal id of a connection goes to Telnyx, and the answer says so."""
    network = Counting()
    connection = AROUND.call_events[0]["metadata"]["connection_id"]
    sql = "SELECT count(*) FROM call_events e"
    async with connect(transport=network) as client:
        one = await ask(client, f"{sql} WHERE connection_id = '{connection}'")
        joined = await ask(client, f"{sql} JOIN connections c ON c.id = e.connection_id WHERE c.id = '{connection}'")
        asked = [url.params.get("filter[connection_id]") for url in network.requests if "call_events" in url.path]
        whole = await ask(client, sql)
    assert asked == [connection]  # the second statement uses the same snapshot
    assert one["rows"] == joined["rows"]
    assert 0 < one["rows"][0][0] < whole["rows"][0][0]
    assert f"call_events {one['rows'][0][0]} of {one['rows'][0][0]} of connection {connection} since " in one["summary"]
    assert one["coverage"]["connection_id"] == connection
    assert "connection_id" not in whole["coverage"]


async def test_events_that_cannot_be_read(connect: Callable[..., Any]) -> None:
    """They are said, beside the others."""
    sql = f"SELECT count(*) FROM call_events e, ips WHERE e.connection_id = '{CREDENTIAL}'"
    async with connect(fault="forbidden=call_events") as client:
        answer = await ask(client, sql)
    assert answer["summary"].startswith("NOT READ: call_events (this API key may not read call events). 1 row; ")


@pytest.mark.parametrize(
    ("written", "note"),
    [
        ("= '+1 (201) 555-0108'", "'+1 (201) 555-0108' was read as +12015550108."),
        ("= 'tel:+1-201-555-0108'", "'tel:+1-201-555-0108' was read as +12015550108."),
        ("IN ('0012015550108')", "'0012015550108' was read as +12015550108."),
        ("= '201.555.0108'", "'201.555.0108' has no country code, so it was read as the end of a number."),
        ("LIKE '+1 201 555 0108'", "'+1 201 555 0108' was read as +12015550108."),
        ("= '+12015550108'", None),
        ("LIKE '%15550108'", None),
    ],
)
async def test_a_number_in_any_usual_spelling(connect: Callable[..., Any], written: str, note: str | None) -> None:
    """It is compared as it is stored, and the answer says how it was read."""
    async with connect() as client:
        answer = await ask(client, f"SELECT phone_number FROM phone_numbers WHERE phone_number {written}")
    assert answer["rows"] == [["+12015550108"]]
    assert answer.get("notes") == ([note] if note else None)


async def test_an_unknown_value_is_said_of_its_table(connect: Callable[..., Any]) -> None:
    """Each is looked for among the rows of its own table, which is named if several have such a column."""
    sql = "SELECT 1 FROM connections c JOIN connection_settings s ON s.connection_id = c.id WHERE "
    async with connect() as client:
        answer = await ask(client, f"{sql} s.record_type = 'fax' AND c.record_type = 'ip_connection'")
        settings = await ask(client, f"{sql} transport_protocol = 'tls' AND dtmf_type = 'RFC 2833'")
        country = await ask(client, "SELECT 1 FROM phone_numbers WHERE country_iso_alpha2 IN ('USA', 'GB')")
    assert [*answer["unknown"]] == ["connection_settings.record_type"]
    assert settings["unknown"]["transport_protocol"]["near"][0] == "TLS"
    assert country["unknown"]["country_iso_alpha2"] == {"values": ["USA"], "near": ["US"]}


async def test_a_comparison_with_a_list_is_explained(connect: Callable[..., Any]) -> None:
    """A list is one text, of which a single value is a part."""
    async with connect() as client:
        answer = await ask(client, "SELECT name FROM outbound_voice_profiles WHERE whitelisted_destinations = 'US'")
        like = await ask(client, "SELECT name FROM outbound_voice_profiles WHERE whitelisted_destinations LIKE '%US%'")
        whole = await ask(client, "SELECT name FROM outbound_voice_profiles WHERE whitelisted_destinations = 'US, CA'")
    assert answer["notes"][0].endswith("to find it among others, write whitelisted_destinations LIKE '%US%'.")
    assert like["rows"]
    assert whole["rows"]
    assert "notes" not in like | whole


async def test_shortened_values_look_alike(connect: Callable[..., Any]) -> None:
    """Of logins the beginning is shown, of numbers of calls the end; who groups by them is told."""
    async with connect() as client:
        names = await ask(client, "SELECT DISTINCT user_name FROM connection_settings WHERE user_name IS NOT NULL")
        calls = await ask(client, "SELECT from_number, count(*) FROM call_events GROUP BY from_number")
        ends = await ask(
            client, "SELECT count(*) FROM call_events WHERE from_number LIKE '%0147' OR from_number = '***01'"
        )
    assert all(name.endswith("***") and len(name) <= 5 for (name,) in names["rows"])
    assert names["notes"] == ["user_name is shortened, so different ones may look the same."]
    assert all(number.startswith("***") and len(number) == 7 for number, _ in calls["rows"])
    assert calls["notes"] == ["from_number is shortened, so different ones may look the same."]
    assert ends["rows"][0][0] > 0


async def test_numbers_are_numbers(connect: Callable[..., Any]) -> None:
    """They are compared, summed and averaged as such, also if Telnyx sends them as text."""
    limits = [float(row["daily_spend_limit"]) for row in AROUND.profiles if row.get("daily_spend_limit")]
    sql = "SELECT count(*), sum(daily_spend_limit), max(daily_spend_limit) FROM outbound_voice_profiles WHERE "
    async with connect() as client:
        answer = await ask(client, f"{sql} daily_spend_limit > 60")
        text = await ask(client, f"{sql} daily_spend_limit > '60'")
    above = [limit for limit in limits if limit > 60]
    assert answer["rows"] == text["rows"] == [[len(above), sum(above), max(above)]]


async def test_registrations_of_connections_with_findings(connect: Callable[..., Any]) -> None:
    """Findings are computed before the subquery that says which connections to ask for."""
    sql = (
        "SELECT count(*) FROM sip_registrations WHERE connection_id IN "
        "(SELECT connection_id FROM findings WHERE severity IN ('warning', 'info'))"
    )
    async with connect() as client:
        (count,) = (await ask(client, sql))["rows"]
    assert count[0] > 0


async def test_registrations_may_lack_what_the_settings_lack(connect: Callable[..., Any]) -> None:
    """Whose settings the key may not read is not asked for, and the answer says so."""
    async with connect(fault="forbidden=credential_connections") as client:
        answer = await ask(client, "SELECT count(*) FROM sip_registrations")
    async with connect(fault="missing=credential_connections") as client:
        whole = await ask(client, "SELECT count(*) FROM sip_registrations")
    assert answer["summary"].startswith("INCOMPLETE, only ")
    assert "credential_connections (the key may not read it)" in answer["coverage"]["why"]
    assert whole["coverage"]["complete"]


async def test_many_subqueries_limit_registrations_together(connect: Callable[..., Any]) -> None:
    """A table that is read twice is read for the connections of both."""
    network = Counting()
    one, two = sorted(row["id"] for row in ACCOUNT.connections if row["record_type"] == "credential_connection")[:2]
    sql = (
        f"SELECT status FROM sip_registrations WHERE connection_id IN (SELECT '{one}') UNION ALL "
        f"SELECT status FROM sip_registrations WHERE connection_id IN (SELECT id FROM connections WHERE id = '{two}')"
    )
    async with connect(transport=network) as client:
        answer = await ask(client, sql)
    assert network.paths()["sip_registration_status"] == 2
    assert len(answer["rows"]) == 2


async def test_registrations_of_what_is_joined(connect: Callable[..., Any]) -> None:
    """A condition on the connection that they are joined to limits them, whatever else the join says."""
    network = Counting()
    sql = f"{STATUS} JOIN connections c ON r.port > 0 AND r.connection_id = c.id WHERE c.id = '{CREDENTIAL}'"
    async with connect(transport=network) as client:
        await ask(client, sql)
    assert network.paths()["sip_registration_status"] == 1
