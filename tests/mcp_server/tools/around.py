"""What is around each connection of a sandbox account, as a naive reader sees it, and accounts of a few rows."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from telnyx_connections_mcp.sandbox.fleet import create_fleet
from telnyx_connections_mcp.sandbox.surroundings.account import Surroundings

Row = dict[str, Any]
LISTED = (
    *("ip_connection", "fqdn_connection", "credential_connection", "call_control_application", "texml_application"),
    *("fax_application", "external_connection", "mobile_voice_connection", "uac_connection"),
)
"""The types with a list of settings."""
ENCRYPTING = ("ip_connection", "fqdn_connection", "credential_connection", "uac_connection")
IN_REGIONS = ("ip_connection", "fqdn_connection", "uac_connection")


@dataclass
class Around:
    """A connection, and what is around it."""

    row: Row
    numbers: set[str] = field(default_factory=set)
    addresses: set[str] = field(default_factory=set)
    profile: Row | None = None
    settings: Row | None = None

    @property
    def profile_name(self) -> str | None:
        return self.profile["name"] if self.profile else None

    @property
    def profile_enabled(self) -> bool | None:
        return self.profile["enabled"] if self.profile else None

    @property
    def srtp(self) -> bool | None:
        settings = self.settings or {}
        media = settings.get("encrypted_media") or (settings.get("outbound") or {}).get("encrypted_media")
        return media == "SRTP" if self.settings and self.row["record_type"] in ENCRYPTING else None

    @property
    def transport(self) -> str | None:
        settings = self.settings or {}
        found = settings.get("transport_protocol") or (settings.get("external_uac_settings") or {}).get("transport")
        return str(found) if found else None

    @property
    def sip_region(self) -> str | None:
        region = ((self.settings or {}).get("inbound") or {}).get("sip_region")
        return region or ("US" if self.settings and self.row["record_type"] in IN_REGIONS else None)

    @property
    def user_names(self) -> set[str]:
        settings = self.settings or {}
        return {settings.get("user_name"), (settings.get("external_uac_settings") or {}).get("username")} - {None}


def account_of(size: int, seed: int) -> Surroundings:
    return Surroundings(create_fleet(size=size, seed=seed), seed, datetime.now(UTC))


def around_each(account: Surroundings) -> list[Around]:
    """Every connection with what is around it, newest first."""
    profiles = {row["id"]: row for row in account.profiles}
    settings = {row["id"]: row for type_ in LISTED for row in account.settings(type_)}
    found = {row["id"]: Around(row) for row in account.account.connections}
    for row in _on(found, account.numbers):
        found[row["connection_id"]].numbers.add(row["phone_number"])
    for row in _on(found, account.ips):
        found[row["connection_id"]].addresses.add(row["ip_address"])
    for row in _on(found, account.fqdns):
        found[row["connection_id"]].addresses.add(row["fqdn"])
    for each in found.values():
        each.profile = profiles.get(each.row.get("outbound_voice_profile_id") or "")
        each.settings = settings.get(each.row["id"])
    return list(found.values())


def _on(connections: dict[str, Around], rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.get("connection_id") in connections]


SIZE, SEED = 230, 5
ACCOUNT = account_of(SIZE, SEED)
ALL = around_each(ACCOUNT)
SOME = next(each for each in ALL if each.numbers and each.row["record_type"] == "ip_connection" and each.addresses)
NUMBER = min(SOME.numbers)
IP = next(row["ip_address"] for row in ACCOUNT.ips)
FQDN = ACCOUNT.fqdns[0]["fqdn"]
LOGIN = next(name for each in ALL for name in each.user_names)


async def ask(client: Any, **arguments: Any) -> Any:
    result = await client.call_tool("search_connections", arguments)
    assert not result.is_error, result.content[0].text
    return result.structured_content


async def refusal(client: Any, **arguments: Any) -> str:
    result = await client.call_tool("search_connections", arguments)
    assert result.is_error
    return str(result.content[0].text)


_GONE = {"errors": [{"code": "10005", "title": "Resource not found"}]}


def _json(status: int, body: Any) -> httpx.Response:
    return httpx.Response(status, stream=httpx.ByteStream(json.dumps(body).encode()))


def served(**lists: list[dict[str, Any]]) -> httpx.MockTransport:
    """An API with these lists, each on one page, and single connections; filters other than for an id are ignored."""

    def answer(request: httpx.Request) -> httpx.Response:
        name, _, id_ = request.url.path.removeprefix("/v2/").partition("/")
        rows = lists.get(name)
        if rows is None:
            return _json(404, _GONE)
        if not id_ or id_ == "slim":
            return _json(200, {"data": rows, "meta": {"total_results": len(rows), "total_pages": 1}})
        found = [row for row in rows if row["id"] == id_]
        return _json(200, {"data": found[0]}) if found else _json(404, _GONE)

    return httpx.MockTransport(answer)


CONNECTIONS_OF_TWO = [
    {"id": "1", "record_type": "ip_connection", "connection_name": "one", "active": True},
    {"id": "2", "record_type": "ip_connection", "connection_name": "two", "active": True},
]


def numbers(**connection_by_number: str | None) -> list[dict[str, Any]]:
    return [
        {"id": number, "phone_number": number, "connection_id": connection}
        for number, connection in connection_by_number.items()
    ]
