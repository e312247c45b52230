"""What is around each connection of a sandbox account, as a naive reader of the API's rows sees it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

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
