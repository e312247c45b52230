"""The requests for what surrounds one connection: each raises a `TelnyxError`, or answers with what it found."""

from datetime import datetime
from typing import TYPE_CHECKING

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds.call_events import CALL_EVENTS
from telnyx_connections_mcp.inventory.kinds.connection_settings import CONNECTION_SETTINGS
from telnyx_connections_mcp.inventory.kinds.outbound_voice_profiles import OUTBOUND_VOICE_PROFILES
from telnyx_connections_mcp.inventory.kinds.sip_registrations import SIP_REGISTRATIONS
from telnyx_connections_mcp.inventory.kinds.webhook_deliveries import WEBHOOK_DELIVERIES
from telnyx_connections_mcp.inventory.paging import PAGE_SIZE
from telnyx_connections_mcp.surroundings.found import Found, equal, found_on, one, recent, same_id
from telnyx_connections_mcp.surroundings.registrations import Registrable
from telnyx_connections_mcp.telnyx.errors import NO_SUCH_RESOURCE, NoSuchObject, NotFound, NotTelnyx
from telnyx_connections_mcp.telnyx.parameters import PageRequest, connections_query

if TYPE_CHECKING:  # httpx is not imported before the first call: every chat starts a server
    from telnyx_connections_mcp.telnyx.client import TelnyxClient
    from telnyx_connections_mcp.telnyx.rows import Row

SETTINGS_OF = {type_: source for source in CONNECTION_SETTINGS.sources for type_ in source.record_types}
"""The list with the settings of each type of connection."""
_FAILED = {WEBHOOK_DELIVERIES: [equal("status", wanted="failed")], CALL_EVENTS: [equal("failed", wanted=True)]}
"""What is tested besides, in case that the filter of failures is ignored."""
BY_USER_NAME = frozenset({"credential_connection"})
"""The types of connections whose registration Telnyx finds by their SIP user name."""


async def listed(client: "TelnyxClient", kind: Kind, connection_id: str, now: datetime) -> Found:
    """The first page of objects of `kind` that belong to the connection; of call events, those that failed."""
    source = kind.sources[0]
    tests = [same_id("connection_id", connection_id), *recent(source.window, now), *_FAILED.get(kind, ())]
    query = [
        *connections_query(None, PageRequest(number=1, size=PAGE_SIZE), source.fetch_sort),
        *source.parameters(now, connection_id),
        *([("filter[failed]", "true")] if kind is CALL_EVENTS else []),
    ]
    page = await client.list_objects(kind, source.path, query, lambda row: row)
    return found_on(kind, page, tests, source.window)


async def profile(client: "TelnyxClient", profile_id: str) -> Found:
    """The outbound voice profile with that id; none, and a note, if the account lacks it."""
    path = OUTBOUND_VOICE_PROFILES.sources[0].path
    try:
        return one(OUTBOUND_VOICE_PROFILES, await client.get_object(OUTBOUND_VOICE_PROFILES, path, profile_id))
    except NoSuchObject as error:
        return Found(notes=(error.what,))


async def settings(client: "TelnyxClient", record_type: str, connection_id: str) -> "Row":
    """The settings of a connection of a type in `SETTINGS_OF`, from either path where sources disagree about it.

    Raises `NoSuchObject` if the list of its type does not have them.
    """
    source = SETTINGS_OF[record_type]
    try:
        return await client.get_object(CONNECTION_SETTINGS, source.path, connection_id)
    except (NotFound, NotTelnyx) as error:  # also of a gateway that knows only the other path
        if source.otherwise is None:
            raise
        try:
            return await client.get_object(CONNECTION_SETTINGS, source.otherwise, connection_id)
        except NotFound:
            if isinstance(error, NotFound):
                raise
            raise error from None  # Telnyx itself did not say that the first path is not there


async def registration(client: "TelnyxClient", connection: Registrable) -> Found:
    """The registration of a connection, if it can have one."""
    if connection.query is None:
        if connection.record_type in BY_USER_NAME:
            return Found(of=None, notes=("its settings have no user name to ask Telnyx by",))
        return Found()
    try:
        row = await client.get_status(SIP_REGISTRATIONS, SIP_REGISTRATIONS.sources[0].path, connection.query)
    except NotFound as error:
        if error.api_error is not None and error.api_error.code == NO_SUCH_RESOURCE:
            return Found(notes=("Telnyx knows of no registration",))
        return Found(of=None, notes=("Telnyx knows of no registration, or does not offer it to this account",))
    if not connection.may_own(row.fields):
        return Found(of=None, notes=("the registration that came is another connection's, so it is not shown",))
    return one(SIP_REGISTRATIONS, row)
