"""Filters, sorts and pages of the sandbox's lists do what the API documents, and refuse the rest."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from telnyx_connections_mcp.sandbox.listings import LISTINGS

from .account import Http

pytestmark = pytest.mark.anyio
HTTP = Http()
Row = dict[str, Any]
MATCHING: tuple[tuple[str, dict[str, str], Callable[[Row], bool]], ...] = (
    ("phone_numbers/slim", {"filter[phone_number]": "2005550"}, lambda row: "2005550" in row["phone_number"]),
    ("phone_numbers/slim", {"filter[phone_number]": "+1200"}, lambda _: False),
    ("phone_numbers/slim", {"filter[source]": "ported"}, lambda row: int(row["id"]) % 3 == 0),
    ("phone_numbers/slim", {"filter[tag]": "fax", "include_tags": "true"}, lambda row: "fax" in row["tags"]),
    (
        "phone_numbers/slim",
        {"filter[voice.connection_name][starts_with]": "acme", "include_connection": "true"},
        lambda row: (row["connection_name"] or "").startswith("acme"),
    ),
    (
        "phone_numbers/slim",
        {"filter[country_iso_alpha2]": "GB,CA"},
        lambda row: row["country_iso_alpha2"] in ("GB", "CA"),
    ),
    ("phone_numbers", {"filter[without_tags]": "true"}, lambda row: not row["tags"]),
    ("ips", {"filter[port]": "5061"}, lambda row: row["port"] == 5061),
    ("ips", {"filter[ip_address]": "192.0.2.2"}, lambda row: row["ip_address"] == "192.0.2.2"),
    ("fqdns", {"filter[dns_record_type]": "srv"}, lambda row: row["dns_record_type"] == "srv"),
    ("outbound_voice_profiles", {"filter[name][contains]": "eu"}, lambda row: "eu" in row["name"].lower()),
    ("texml_applications", {"filter[friendly_name]": "chat"}, lambda row: "chat" in row["friendly_name"].lower()),
    ("external_connections", {"filter[external_sip_connection]": "zoom"}, lambda row: int(row["id"]) % 2 == 1),
    ("external_connections", {"filter[connection_name][contains]": "nobody"}, lambda _: False),
    ("external_connections", {"filter[created_at]": "2025-03-20"}, lambda row: row["created_at"] < "2025-03-21"),
    ("external_connections", {"filter[phone_number][contains]": "+12005550100"}, lambda _: False),
    ("call_events", {"filter[name]": "call.hangup"}, lambda row: row["name"] == "call.hangup"),
    ("call_events", {"filter[failed]": "true"}, lambda row: row["metadata"]["failed"]),
    ("call_events", {"filter[product]": "texml"}, lambda row: row["metadata"]["product"] == "texml"),
    ("call_events", {"filter[occurred_at][lt]": "2026-11-01T00:00:00Z"}, lambda _: False),
    ("call_events", {"filter[occurred_at][eq]": "2026-11-01T00:00:00Z"}, lambda _: False),
    ("call_events", {"page[after]": "null"}, lambda _: True),
    (
        "webhook_deliveries",
        {"filter[event_type]": "call.hangup,x"},
        lambda row: row["webhook"]["event_type"] == "call.hangup",
    ),
    ("webhook_deliveries", {"filter[attempts][contains]": "503"}, lambda row: "503" in str(row["attempts"])),
    ("audit_events", {"filter[created_before]": "2026-11-01T00:00:00Z"}, lambda row: row["created_at"] < "2026-11-01"),
)
REFUSED: tuple[tuple[str, dict[str, str], str], ...] = (
    ("phone_numbers/slim", {"filter[phone_number]": "12"}, "filter[phone_number]"),
    ("phone_numbers/slim", {"filter[tag]": "fax", "include_tags": "false"}, "filter[tag]"),
    ("phone_numbers/slim", {"include_tags": "yes"}, "include_tags"),
    ("phone_numbers/slim", {"sort": "-purchased_at"}, "sort"),
    ("phone_numbers/slim", {"filter[status]": "lost"}, "filter[status]"),
    ("ips", {"sort": "created_at"}, "sort"),
    ("ips", {"filter[port]": "sip"}, "filter[port]"),
    ("outbound_voice_profiles", {"sort": "id"}, "sort"),
    ("call_events", {"page[after]": "c2"}, "page[after]"),
    ("call_events", {"filter[leg_id]": "1"}, "filter[leg_id]"),
    ("call_events", {"filter[occurred_at][gte]": "2026-11-24"}, "filter[occurred_at][gte]"),
    (
        "call_events",
        {"filter[occurred_at][gt]": "2026-11-24T00:00:00Z", "filter[occurred_at][lt]": "2026-11-25T00:00:00Z"},
        "filter[occurred_at][lt]",
    ),
    ("webhook_deliveries", {"filter[started_at][gte]": "today"}, "filter[started_at][gte]"),
    ("audit_events", {"sort": "created_at"}, "sort"),
    ("external_connections", {"filter[created_at]": "today"}, "filter[created_at]"),
)


@pytest.mark.parametrize(("path", "query", "holds"), MATCHING, ids=[f"{path} {query}" for path, query, _ in MATCHING])
async def test_a_filter_selects_what_it_says(path: str, query: dict[str, str], holds: Callable[[Row], bool]) -> None:
    """A filtered list holds exactly the matching rows of the whole one, and a filter does not change a row."""
    switches = {name: value for name, value in query.items() if name.startswith("include")}
    assert await HTTP.all(path, **query) == [row for row in await HTTP.all(path, **switches) if holds(row)]


@pytest.mark.parametrize(("path", "query", "parameter"), REFUSED)
async def test_what_a_list_does_not_know_is_refused(path: str, query: dict[str, str], parameter: str) -> None:
    """A malformed value gets the list's own status and a pointer to the parameter."""
    answer = await HTTP.get(path, **query)
    listing = next(one for one in LISTINGS if one.path == f"/{path}")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["source"]["pointer"]) == (listing.refusal, f"/{parameter}")


@pytest.mark.parametrize("listing", [one for one in LISTINGS if one.sorts], ids=lambda one: one.path)
async def test_sorts_keep_every_row(listing: Any) -> None:
    """In each order the rows are the same, and pages of any size put together are the whole list."""
    path = listing.path.removeprefix("/")
    whole = await HTTP.all(path)
    for sort in listing.sorts:
        rows = await HTTP.all(path, sort=sort)
        assert Counter(row["id"] for row in rows) == Counter(row["id"] for row in whole)
        pages = [await HTTP.get(path, sort=sort, **{"page[number]": n, "page[size]": 7}) for n in (1, 2, 3)]
        assert [row for page in pages for row in page.json()["data"]] == rows[:21]


@pytest.mark.parametrize("path", ["phone_numbers/slim", "call_events", "webhook_deliveries", "ip_connections"])
async def test_every_list_can_grow_and_shrink(path: str) -> None:
    """With the faults, each request for a list finds one object more, or the oldest one gone."""
    for fault, change in (("grows=2", 1), ("shrinks=2", -1)):
        http = Http()
        totals = [(await http.get(path, f"/fault/{fault}/v2")).json()["meta"]["total_results"] for _ in range(4)]
        assert totals == [totals[0], totals[0] + change, totals[0] + 2 * change, totals[0] + 2 * change]


async def test_connections_named_alike_are_set_alike_but_for_one() -> None:
    """In the largest group of trunks whose names differ in digits alone, one has no SRTP."""
    http = Http(412)
    trunks = [
        row for path in ("ip_connections", "fqdn_connections", "credential_connections") for row in await http.all(path)
    ]
    group = [row for row in trunks if row["connection_name"].startswith("SIP_Trunk_")]
    assert Counter(row["encrypted_media"] for row in group) == {"SRTP": len(group) - 1, None: 1}
    assert len(group) > 20


async def test_no_fault_breaks_a_path_without_data() -> None:
    """A registration is an object without `data`; faults that change rows change it as one."""
    query = {
        "credential_type": "sip_credential_connection",
        "username": (await HTTP.all("credential_connections"))[0]["user_name"],
    }
    nulls = (await HTTP.get("sip_registration_status", "/fault/null-fields/v2", **query)).json()
    assert set(nulls.values()) == {None}
    large = (await HTTP.get("sip_registration_status", "/fault/big-row/v2", **query)).json()
    assert len(large["connection_name"]) == 1_000_000
