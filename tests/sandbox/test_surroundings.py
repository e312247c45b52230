"""What the sandbox has around its connections is consistent, repeatable, and as strict as the API."""

from collections import Counter
from datetime import timedelta
from typing import Any

import httpx
import pytest

from telnyx_connections_mcp.sandbox.fleet import create_fleet
from telnyx_connections_mcp.sandbox.listings import LISTINGS
from telnyx_connections_mcp.sandbox.surroundings.deliveries import FAILING_HOST

from .account import NOW, Http

pytestmark = pytest.mark.anyio
SETTINGS = {
    "ip_connections": "ip_connection",
    "fqdn_connections": "fqdn_connection",
    "credential_connections": "credential_connection",
    "call_control_applications": "call_control_application",
    "texml_applications": "texml_application",
    "fax_applications": "fax_application",
    "external_connections": "external_connection",
    "v2/mobile_voice_connections": "mobile_voice_connection",
    "uac_connections": "uac_connection",
}
Row = dict[str, Any]


HTTP = Http()
CONNECTIONS = {row["id"]: row for row in create_fleet().connections}


@pytest.mark.parametrize("size", [0, 1, 55, 412])
async def test_everything_points_to_connections_that_exist(size: int) -> None:
    """Numbers, addresses, deliveries and call events name connections of the account; the totals fit its size."""
    http = Http(size)
    ids = {row["id"] for row in await http.all("connections")}
    numbers = await http.all("phone_numbers/slim")
    assert len(numbers) == 2 * size == len({row["phone_number"] for row in numbers}) == len({r["id"] for r in numbers})
    for path in ("ips", "fqdns", "phone_numbers/slim", "phone_numbers"):
        assert {row.get("connection_id") for row in await http.all(path)} <= ids | {None}
    for path in SETTINGS:
        assert {row["id"] for row in await http.all(path)} <= ids
    assert {row["webhook"]["payload"]["connection_id"] for row in await http.all("webhook_deliveries")} <= ids
    assert {row["metadata"]["connection_id"] for row in await http.all("call_events")} <= ids
    counts = Counter(row.get("connection_id") for row in numbers)
    counts.pop(None, None)
    assert (
        not counts
        or size < 20
        or max(counts.values()) == 14 == counts.most_common(2)[0][1] > counts.most_common(2)[1][1]
    )


async def test_each_settings_list_holds_the_connections_of_its_type() -> None:
    """With the same id, name, state, tags and times; each object also stands at its id."""
    for path, record_type in SETTINGS.items():
        rows = {row["id"]: row for row in await HTTP.all(path)}
        assert rows.keys() == {id_ for id_, row in CONNECTIONS.items() if row["record_type"] == record_type}
        for id_, row in rows.items():
            plain = CONNECTIONS[id_]
            names = {row.get(name) for name in ("connection_name", "application_name", "friendly_name")} - {None}
            assert names <= {plain["connection_name"]}
            assert [row[name] for name in ("record_type", "active", "created_at", "updated_at")] == [
                plain[name] for name in ("record_type", "active", "created_at", "updated_at")
            ]
            assert (row.get("tags"), row.get("voice_url") or row.get("webhook_event_url")) == (
                plain.get("tags"),
                plain["webhook_event_url"],
            )
            assert row["outbound"].get("outbound_voice_profile_id") == plain.get("outbound_voice_profile_id")
            assert (await HTTP.get(f"{path}/{id_}")).json()["data"] == row
        assert (await HTTP.get(f"{path}/1")).status_code == 404


async def test_profiles_are_sound_disabled_unlimited_missing_and_unused() -> None:
    """Of the profiles that connections name one is missing, one is disabled and one has no spend limit."""
    rows = {row["id"]: row for row in await HTTP.all("outbound_voice_profiles")}
    named = {row["outbound_voice_profile_id"] for row in CONNECTIONS.values() if "outbound_voice_profile_id" in row}
    (missing,) = named - rows.keys()
    (unused,) = rows.keys() - named
    assert (await HTTP.get(f"outbound_voice_profiles/{missing}")).status_code == 404
    assert (rows[unused]["connections_count"], len(rows[unused]["whitelisted_destinations"])) == (0, 245)
    assert Counter(row["enabled"] for row in rows.values()) == {True: 3, False: 1}
    assert Counter(row["daily_spend_limit_enabled"] for row in rows.values()) == {True: 3, False: 1}
    sound = next(row for row in rows.values() if row["name"] == "EU out")
    assert (sound["whitelisted_destinations"], sound["daily_spend_limit"]) == (["US", "CA", "DE"], "200.00")


async def test_one_trunk_is_everything_that_people_ask_about() -> None:
    """The busiest trunk has TLS without SRTP, two addresses, 14 numbers and a sound profile; one trunk has no IP."""
    (busiest, count), *_ = Counter(
        row["connection_id"] for row in await HTTP.all("phone_numbers") if row["connection_id"]
    ).most_common()
    trunk = (await HTTP.get(f"ip_connections/{busiest}")).json()["data"]
    assert (trunk["connection_name"], trunk["active"], count) == ("acme-prod-eu-01", True, 14)
    assert (trunk["transport_protocol"], trunk["encrypted_media"]) == ("TLS", None)
    ips = Counter(row["connection_id"] for row in await HTTP.all("ips"))
    trunks = {id_ for id_, row in CONNECTIONS.items() if row["record_type"] == "ip_connection"}
    (without,) = trunks - ips.keys()
    assert (CONNECTIONS[without]["active"], ips[busiest]) == (True, 2)


async def test_one_credential_connection_is_registered_from_nowhere() -> None:
    """All other active ones are registered; the API is asked by user name and answers without `data`."""
    lost = []
    for row in await HTTP.all("credential_connections"):
        answer = await HTTP.get(
            "sip_registration_status", credential_type="sip_credential_connection", username=row["user_name"]
        )
        status = answer.json()
        assert status["connection_id"] == row["id"]
        if row["active"] and not status["registered"]:
            lost.append(status["sip_registration_status"])
    assert lost == ["failed"]
    for row in await HTTP.all("uac_connections"):
        answer = await HTTP.get(
            "sip_registration_status", credential_type="uac_external_credential", connection_id=row["id"]
        )
        assert answer.json()["registered"]


@pytest.mark.parametrize(
    ("query", "status", "pointer"),
    [
        ({}, 400, "/credential_type"),
        ({"credential_type": "sip"}, 400, "/credential_type"),
        ({"credential_type": "sip_credential_connection", "connection_id": "1"}, 400, "/username"),
        ({"credential_type": "uac_external_credential", "username": "a"}, 400, "/connection_id"),
        ({"credential_type": "telephony_credential", "username": "a"}, 404, None),
    ],
)
async def test_a_registration_is_asked_for_by_the_right_key(query: Any, status: int, pointer: str | None) -> None:
    """Credentials of connections by user name, those of UAC by connection; one that is unknown gets a 404."""
    answer = await HTTP.get("sip_registration_status", **query)
    assert (answer.status_code, answer.json()["errors"][0].get("source", {}).get("pointer")) == (status, pointer)


async def test_deliveries_fail_to_one_host_within_the_last_day() -> None:
    """Failed deliveries name one host and an HTTP status; others were delivered; all started in the last day."""
    failed = await HTTP.all("webhook_deliveries", **{"filter[status][eq]": "failed"})
    rows = await HTTP.all("webhook_deliveries")
    urls = {attempt["http"]["request"]["url"] for row in failed for attempt in row["attempts"][:1]}
    assert {httpx.URL(url).host for url in urls} == {FAILING_HOST}
    assert 0 < len(failed) < len(rows)
    day_ago = (NOW - timedelta(days=1)).isoformat()
    assert rows == await HTTP.all("webhook_deliveries", **{"filter[started_at][gte]": day_ago})
    assert [row["started_at"] for row in rows] == sorted((row["started_at"] for row in rows), reverse=True)


async def test_call_events_are_of_the_last_day_unless_asked_for_by_leg() -> None:
    """Older events are found by the id of their leg alone."""
    rows = await HTTP.all("call_events")
    assert all(row["event_timestamp"] >= (NOW - timedelta(days=1)).isoformat()[:19] for row in rows)
    assert [row["event_timestamp"] for row in rows] == sorted(row["event_timestamp"] for row in rows)
    one = rows[0]["metadata"]["connection_id"]
    assert {
        row["metadata"]["connection_id"] for row in await HTTP.all("call_events", **{"filter[connection_id]": one})
    } == {one}
    causes = {row["metadata"].get("hangup_cause") for row in rows}
    assert {"normal_clearing", None} < causes


async def test_changes_are_of_the_last_30_days() -> None:
    """In either order; some changed secrets, and some deletions tell no changes."""
    rows = await HTTP.all("audit_events", sort="asc")
    assert rows == sorted(rows, key=lambda row: (row["created_at"], row["id"]))
    assert {row["id"] for row in rows} == {row["id"] for row in await HTTP.all("audit_events")}
    assert rows[0]["created_at"] > (NOW - timedelta(days=30)).isoformat()
    assert any("SECRET-" in str(row["changes"]) for row in rows)
    assert {row["change_type"] for row in rows if row["changes"] is None} == {"delete"}


@pytest.mark.parametrize("listing", LISTINGS, ids=lambda listing: listing.path)
async def test_every_list_is_repeatable_and_read_only(listing: Any) -> None:
    """The same size, seed and time give the same rows; other methods get a 405, unknown parameters a refusal."""
    path = listing.path.removeprefix("/")
    assert await HTTP.all(path) == await Http().all(path)
    assert (await HTTP.get(path, method="POST")).status_code == 405
    assert (await HTTP.get(path, **{"page[sise]": 1})).status_code == listing.refusal
    assert (await HTTP.get(path, **{"page[size]": 251})).status_code == listing.refusal
    assert (await HTTP.get(path)).json()["meta"]["page_size"] == listing.default_size


async def test_a_fault_can_meet_some_paths_alone() -> None:
    """`forbidden` and `missing` take paths, and leave the others as they are."""
    root = "/fault/forbidden=ips,phone_numbers/v2"
    statuses = [
        (await HTTP.get(path, root)).status_code for path in ("ips", "phone_numbers/slim", "fqdns", "ip_connections")
    ]
    assert statuses == [403, 403, 200, 200]
    statuses = [
        (await HTTP.get(path, "/fault/missing=ip_connections/v2")).status_code for path in ("ip_connections/1", "ips")
    ]
    assert statuses == [404, 200]


async def test_the_list_of_mobile_connections_can_be_in_either_place() -> None:
    """It is below /v2 of the base, or, with the fault, directly below the base."""
    here, there = "v2/mobile_voice_connections", "mobile_voice_connections"
    (row,) = await HTTP.all(here)
    for root, paths in (("/v2", (here, there)), ("/fault/moved-mobile/v2", (there, here))):
        for path, status in zip(paths, (200, 404), strict=True):
            assert [(await HTTP.get(f"{path}{end}", root)).status_code for end in ("", f"/{row['id']}")] == [status] * 2
    assert (await HTTP.get("ips", "/fault/moved-mobile/v2")).status_code == 200
