"""Reads what surrounds one connection, everything at once: at most three requests wait for each other."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from math import inf
from typing import TYPE_CHECKING

import anyio
from anyio.abc import TaskGroup

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.account_changes import ACCOUNT_CHANGES
from telnyx_connections_mcp.inventory.kinds.addresses import FQDNS, IPS
from telnyx_connections_mcp.inventory.kinds.call_events import CALL_EVENTS
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.inventory.kinds.outbound_voice_profiles import OUTBOUND_VOICE_PROFILES
from telnyx_connections_mcp.inventory.kinds.phone_numbers import PHONE_NUMBERS
from telnyx_connections_mcp.inventory.kinds.sip_registrations import SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.kinds.webhook_deliveries import WEBHOOK_DELIVERIES
from telnyx_connections_mcp.inventory.record import Record, named, record
from telnyx_connections_mcp.inventory.snapshot_tables import Value
from telnyx_connections_mcp.surroundings.found import Found, one
from telnyx_connections_mcp.surroundings.recent_changes import recent_changes
from telnyx_connections_mcp.surroundings.refusals import Refusals
from telnyx_connections_mcp.surroundings.registrations import Registrable
from telnyx_connections_mcp.surroundings.requests import (
    BY_USER_NAME,
    SETTINGS_OF,
    listed,
    profile,
    registration,
    settings,
)
from telnyx_connections_mcp.surroundings.unreadable import Unreadable
from telnyx_connections_mcp.surroundings.usable_ids import is_usable
from telnyx_connections_mcp.telnyx.errors import TelnyxError

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from telnyx_connections_mcp.telnyx.client import TelnyxClient

_UNUSABLE = "is not one that can be asked for"
_LISTED = (PHONE_NUMBERS, IPS, FQDNS, WEBHOOK_DELIVERIES, CALL_EVENTS)


@dataclass(frozen=True, slots=True)
class Surrounded:
    """A connection and what surrounds it."""

    connection: Record
    read: Mapping[Kind, Found | Unreadable]
    """What was read of each kind that was asked for."""
    as_of: datetime


class SurroundingsReader:
    """Reads what surrounds a connection of one account.

    What the account refuses is remembered for `keep` seconds. What has not come after `max_seconds` is left out.
    """

    def __init__(self, client: "TelnyxClient", *, keep: float, max_seconds: float) -> None:
        self._client = client
        self._refusals = Refusals(keep)
        self._max_seconds = max_seconds

    async def read(self, connection_id: str, kinds: Collection[Kind], known: Record | None = None) -> Surrounded:
        """A connection, which is requested unless it is `known`, and what surrounds it, of these kinds.

        Raises a `TelnyxError` if there is no connection, and `TimeoutError` if it did not come in time.
        """
        now = datetime.now(UTC)
        if known is not None and not is_usable(connection_id):
            return Surrounded(known, dict.fromkeys(kinds, Unreadable(f"the id of the connection {_UNUSABLE}")), now)
        reading = _Reading(self._client, self._refusals, connection_id, kinds, now)
        with anyio.move_on_after(self._max_seconds if kinds else inf):
            await reading.run(known)
        if reading.error is not None:
            try:
                raise reading.error
            finally:
                reading.error = None  # its traceback holds the body that was refused, and would hold itself
        if reading.connection is None:
            raise TimeoutError
        late = Unreadable(f"there was no answer within {self._max_seconds:g} s")
        return Surrounded(reading.connection, {kind: reading.read.get(kind, late) for kind in kinds}, now)


class _Reading:
    """What was read so far."""

    def __init__(
        self, client: "TelnyxClient", refusals: Refusals, connection_id: str, kinds: Collection[Kind], now: datetime
    ) -> None:
        self.connection: Record | None = None
        self.error: TelnyxError | None = None
        self.read: dict[Kind, Found | Unreadable] = {}
        self._client = client
        self._refusals = refusals
        self._id = connection_id
        self._kinds = kinds
        self._now = now

    async def run(self, known: Record | None) -> None:
        """Read everything; what needs more than the id follows the connection."""
        async with anyio.create_task_group() as tasks:
            for kind in _LISTED:
                self._start(tasks, kind, partial(listed, self._client, kind, self._id, self._now))
            self._start(tasks, ACCOUNT_CHANGES, partial(recent_changes, self._client, self._id, self._now))
            try:
                self.connection = known or await self._get_connection()
            except TelnyxError as error:
                self.error = error
                tasks.cancel_scope.cancel()
                return
            self._follow(tasks, named(CONNECTIONS, self.connection))

    async def _get_connection(self) -> Record:
        row = await self._client.get_object(CONNECTIONS, CONNECTIONS.sources[0].path, self._id)
        return record(CONNECTIONS, row.fields, row.lost)

    def _start(self, tasks: TaskGroup, kind: Kind, read: Callable[[], Awaitable[Found]]) -> None:
        if kind in self._kinds:
            tasks.start_soon(self._put, kind, read)

    async def _put(self, kind: Kind, read: Callable[[], Awaitable[Found]]) -> None:
        self.read[kind] = await self._refusals.unless_refused(kind, kind.sources[0].path, read)

    def _follow(self, tasks: TaskGroup, known: Mapping[str, Value]) -> None:
        """Start what the connection says: its voice profile, and by its type its settings and registration."""
        profile_id = str(known["outbound_voice_profile_id"] or "")
        if is_usable(profile_id):
            self._start(tasks, OUTBOUND_VOICE_PROFILES, partial(profile, self._client, profile_id))
        else:
            self.read[OUTBOUND_VOICE_PROFILES] = Unreadable(f"its id {_UNUSABLE}") if profile_id else Found()
        record_type = str(known["record_type"] or "")
        by_user_name = record_type in BY_USER_NAME
        if record_type not in SETTINGS_OF:
            self.read[CONNECTION_SETTINGS] = Unreadable("this server knows no settings of this type of connection")
        elif CONNECTION_SETTINGS in self._kinds or (by_user_name and SIP_REGISTRATIONS in self._kinds):
            tasks.start_soon(self._read_settings, tasks, record_type)
        if not by_user_name:
            self._start_registration(tasks, Registrable(self._id, record_type))

    async def _read_settings(self, tasks: TaskGroup, record_type: str) -> None:
        """Read the settings, and then the registration that they are needed for."""
        user_name: str | None = None

        async def read() -> Found:
            nonlocal user_name
            row = await settings(self._client, record_type, self._id)
            user_name = row.fields.get("user_name")
            return one(CONNECTION_SETTINGS, row)

        path = SETTINGS_OF[record_type].path
        self.read[CONNECTION_SETTINGS] = found = await self._refusals.unless_refused(CONNECTION_SETTINGS, path, read)
        if record_type not in BY_USER_NAME:
            return
        if isinstance(found, Unreadable):
            self.read[SIP_REGISTRATIONS] = Unreadable("its user name, which Telnyx asks for, could not be read")
        else:
            self._start_registration(tasks, Registrable(self._id, record_type, user_name))

    def _start_registration(self, tasks: TaskGroup, connection: Registrable) -> None:
        self._start(tasks, SIP_REGISTRATIONS, partial(registration, self._client, connection))
