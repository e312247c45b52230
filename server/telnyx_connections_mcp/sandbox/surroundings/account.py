"""Everything around the connections of an account, each kind made when it is first asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from telnyx_connections_mcp.sandbox.fleet import Account, Row
from telnyx_connections_mcp.sandbox.surroundings.addresses import fqdns, ips
from telnyx_connections_mcp.sandbox.surroundings.audit_events import audit_events
from telnyx_connections_mcp.sandbox.surroundings.call_events import call_events
from telnyx_connections_mcp.sandbox.surroundings.deliveries import deliveries
from telnyx_connections_mcp.sandbox.surroundings.media import Style, style_of
from telnyx_connections_mcp.sandbox.surroundings.numbers import numbers, whole_number
from telnyx_connections_mcp.sandbox.surroundings.profiles import profile_ids, profiles
from telnyx_connections_mcp.sandbox.surroundings.registrations import registrations
from telnyx_connections_mcp.sandbox.surroundings.settings import family, settings_of, unencrypted


@dataclass(frozen=True)
class Surroundings:
    """What is around the connections of `account`; times are counted back from `now`."""

    account: Account
    seed: int
    now: datetime

    @cached_property
    def by_id(self) -> Mapping[str, Row]:
        """The connections by id."""
        return {row["id"]: row for row in self.account.connections}

    @cached_property
    def busiest(self) -> str | None:
        """The trunk that people will ask about: active, with a sound profile, 14 numbers and two addresses."""
        active = self._active("ip_connection")
        sound = profile_ids(self.account.connections)[:1]
        best = [row for row in active if row.get("outbound_voice_profile_id") in sound]
        return next((row["id"] for row in (*best, *active)), None)

    def _active(self, record_type: str) -> list[Row]:
        return [row for row in self.account.connections if row["active"] and row["record_type"] == record_type]

    def _last(self, record_type: str) -> str | None:
        """The last active connection of a type, to which something odd happens."""
        return next((row["id"] for row in reversed(self._active(record_type)) if row["id"] != self.busiest), None)

    @cached_property
    def profiles(self) -> list[Row]:
        """The outbound voice profiles."""
        return profiles(self.account.connections, self.seed)

    @cached_property
    def numbers(self) -> list[Row]:
        """The telephone numbers, in their shorter form."""
        return numbers(self.account.connections, self.busiest, self.seed)

    @cached_property
    def numbers_of(self) -> Mapping[str, list[str]]:
        """The telephone numbers by connection."""
        by_connection: dict[str, list[str]] = {}
        for row in self.numbers:
            by_connection.setdefault(row.get("connection_id", ""), []).append(row["phone_number"])
        return by_connection

    @cached_property
    def whole_numbers(self) -> list[Row]:
        """The telephone numbers, in their longer form."""
        return [whole_number(row, self.by_id.get(row.get("connection_id", ""))) for row in self.numbers]

    @cached_property
    def ips(self) -> list[Row]:
        """The IP addresses of IP connections; one of these has none."""
        return ips(self.account.connections, self.busiest, self._last("ip_connection"), self.seed)

    @cached_property
    def fqdns(self) -> list[Row]:
        """The FQDNs of FQDN connections."""
        return fqdns(self.account.connections, self.account.fqdns, self.seed)

    @cached_property
    def _settings(self) -> dict[str, list[Row]]:
        return {}

    @cached_property
    def _styles(self) -> dict[str, Style]:
        return {}

    @cached_property
    def _odd(self) -> dict[str, Style]:
        """The connections that are set up unlike their family: the busiest trunk, and one that lacks SRTP."""
        connections, odd = self.account.connections, {}
        one = unencrypted(connections)
        if one is not None:
            name = family(self.by_id[one])
            self._styles[name] = replace(style_of(name, self.seed), transport="TLS", encrypted_media="SRTP")
            odd[one] = replace(self._styles[name], encrypted_media=None)
        if self.busiest is not None:
            style = style_of(family(self.by_id[self.busiest]), self.seed)
            odd[self.busiest] = replace(style, transport="TLS", encrypted_media=None)
        return odd

    def settings(self, record_type: str) -> list[Row]:
        """The whole objects of all connections of a type."""
        if record_type not in self._settings:
            rows = [row for row in self.account.connections if row["record_type"] == record_type]
            self._settings[record_type] = settings_of(rows, self._styles, self._odd, self.seed)
        return self._settings[record_type]

    @cached_property
    def registrations(self) -> Mapping[tuple[str, str], Row]:
        """What is registered; one active credential connection is not."""
        return registrations(self.account.connections, self._last("credential_connection"), self.now)

    @cached_property
    def deliveries(self) -> list[Row]:
        """The webhook deliveries of the last day."""
        return deliveries(self.account.connections, self.now, self.seed)

    @cached_property
    def call_events(self) -> list[Row]:
        """The events of calls."""
        return call_events(self.account.connections, self.now, self.seed)

    @cached_property
    def audit_events(self) -> list[Row]:
        """The changes of the last 30 days."""
        return audit_events(self.account.connections, self.numbers, self.now, self.seed)
