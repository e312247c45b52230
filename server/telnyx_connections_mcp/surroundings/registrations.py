"""Reads whether connections are registered now, which Telnyx says of one connection per request.

Source of the parameters: the types of Telnyx's official Python SDK 4.189.0.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple

import anyio

from telnyx_connections_mcp.inventory.database import Database
from telnyx_connections_mcp.inventory.kinds.sip_registrations import MAX_CONNECTIONS, SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.loading import CONCURRENCY
from telnyx_connections_mcp.inventory.record import Recorder
from telnyx_connections_mcp.inventory.selection import verdict
from telnyx_connections_mcp.inventory.snapshot import Coverage, Snapshot
from telnyx_connections_mcp.surroundings.found import same_id
from telnyx_connections_mcp.surroundings.unreadable import Unreadable, unreadable
from telnyx_connections_mcp.telnyx.errors import Forbidden, KeyRefused, NotFound, NotTelnyx, RateLimited, TelnyxError

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from telnyx_connections_mcp.telnyx.client import TelnyxClient
    from telnyx_connections_mcp.telnyx.rows import Row

_PATH = SIP_REGISTRATIONS.sources[0].path
_LONGEST_USER_NAME = 256
"""In characters. Telnyx allows fewer, and a URL must not become too long to be sent."""
_FATAL = (KeyRefused, Forbidden, NotTelnyx, RateLimited)


class Registrable(NamedTuple):
    """A connection that may be registered."""

    id: str
    record_type: str
    user_name: str | None = None
    """The whole SIP user name; a credential connection is asked for by it."""

    @property
    def query(self) -> Sequence[tuple[str, str]] | None:
        """The parameters that ask for its registration; None if there is nothing to ask by."""
        if self.record_type == "credential_connection" and 0 < len(self.user_name or "") <= _LONGEST_USER_NAME:
            return [("credential_type", "sip_credential_connection"), ("username", self.user_name or "")]
        if self.record_type == "uac_connection":
            return [("credential_type", "uac_external_credential"), ("connection_id", self.id)]
        return None

    def may_own(self, registration: Mapping[str, Any]) -> bool:
        """Whether nothing in a registration says that it is another connection's, as one from a cache may be."""
        said = registration.get("sip_username")
        if self.user_name and isinstance(said, str) and said and _local(said) != _local(self.user_name):
            return False
        return verdict(registration, [same_id("connection_id", self.id)]) is not False


def _local(user_name: str) -> str:
    """A SIP user name as it is compared: without a domain, and in any case."""
    return user_name.partition("@")[0].lower()


async def read_registrations(client: "TelnyxClient", connections: Iterable[Registrable]) -> Snapshot | Unreadable:
    """The registrations of those connections that can have one, at most 50, a request for each.

    The coverage counts connections: those whose registration came, of those that can have one.
    """
    reading = _Reading(client, connections)
    await reading.run()
    return reading.result()


class _Reading:
    """The state of one reading."""

    def __init__(self, client: "TelnyxClient", connections: Iterable[Registrable]) -> None:
        self._client = client
        self._as_of = datetime.now(UTC)
        self._all = [(each, query) for each in connections if (query := each.query)]
        self._left = iter(self._all[:MAX_CONNECTIONS])
        self._rows: list[Row] = []
        self._unknown = 0
        """Of how many connections Telnyx has no registration."""
        self._error: TelnyxError | None = None

    async def run(self) -> None:
        """Ask for each, several at a time, until an error that will not go away."""
        async with anyio.create_task_group() as tasks:
            for _ in range(CONCURRENCY):
                tasks.start_soon(self._work)

    async def _work(self) -> None:
        for connection, query in self._left:
            if isinstance(self._error, _FATAL):
                return
            try:
                row = await self._client.get_status(SIP_REGISTRATIONS, _PATH, query)
            except NotFound:
                self._unknown += 1
            except TelnyxError as error:
                self._error = error
            else:
                self._keep(connection, row)

    def _keep(self, connection: Registrable, row: "Row") -> None:
        """Keep a registration, unless it is of another connection than was asked for."""
        if connection.may_own(row.fields):
            self._rows.append(row._replace(fields={**row.fields, "connection_id": connection.id}))
        else:
            self._unknown += 1

    def result(self) -> Snapshot | Unreadable:
        """The snapshot of what came; why not if nothing did."""
        if not self._rows and self._error is not None:
            return unreadable(SIP_REGISTRATIONS, self._error)
        if not self._rows and self._unknown:
            why = "Telnyx has no registration of these connections, or does not offer it to this account"
            return Unreadable(why, refused=True)
        database = Database(SIP_REGISTRATIONS)
        database.load(1, Recorder(SIP_REGISTRATIONS).records(self._rows))
        database.finish()
        return Snapshot(database, self._coverage())

    def _coverage(self) -> Coverage:
        read, of = len(self._rows), len(self._all)
        return Coverage(read=read, of=of, complete=read == of, as_of=self._as_of, why=self._why() or None)

    def _why(self) -> str:
        failed = min(len(self._all), MAX_CONNECTIONS) - len(self._rows) - self._unknown
        reasons = {
            f"at most {MAX_CONNECTIONS} connections are asked for": len(self._all) > MAX_CONNECTIONS,
            f"Telnyx has no registration of {self._unknown}": self._unknown > 0,
            f"{failed} could not be read: {self._error}".rstrip("."): failed > 0,
        }
        return " and ".join(reason for reason, holds in reasons.items() if holds)
