"""Completions of the arguments of prompts and of the resource template, from the fleet as it is.

What is offered can be used: it is cleaned like everything else that is shown, and the tools compare cleaned texts. What
holds a secret is not offered.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from heapq import nsmallest

from mcp.server import MCPServer
from mcp_types import Completion, CompletionArgument

from telnyx_connections_mcp.audit.checks import SEVERITIES
from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.inventory.fetch import Fleet
from telnyx_connections_mcp.mcp_server.context import AccountContexts
from telnyx_connections_mcp.mcp_server.request import current_account
from telnyx_connections_mcp.mcp_server.uris import is_id
from telnyx_connections_mcp.redaction.texts import mask_text
from telnyx_connections_mcp.redaction.urls import url_host
from telnyx_connections_mcp.telnyx.errors import TelnyxError
from telnyx_connections_mcp.telnyx.models import Connection
from telnyx_connections_mcp.text.cleaning import clean, fold

PATIENCE = 2.0
"""Seconds that a completion waits for the fleet: a person is typing."""
MOST = 100
"""The protocol's own limit of values."""
LONGEST = 256
"""What is longer is no argument that a tool takes."""
_log = logging.getLogger(__name__)

Offer = tuple[str | None, str | None]
"""A value, and another text by which it is found too."""


def add_completions(server: MCPServer[AccountContexts]) -> None:
    """Complete arguments by their names, whatever prompt they are of: a team's own prompts profit too."""

    @server.completion()  # type: ignore[no-untyped-call, untyped-decorator]  # the SDK leaves it untyped
    async def complete(_ref: object, argument: CompletionArgument, _context: object) -> Completion:
        try:
            return await _complete(argument.name, argument.value)
        except (SettingsError, TelnyxError) as error:
            _log.info("Nothing to complete %s with: %s", argument.name, error)
        except Exception:  # noqa: BLE001  # a client that completes while a person types has no place for an error
            _log.exception("Completing %s failed", argument.name)
        return _nothing()


async def _complete(name: str, typed: str) -> Completion:
    if name in _WORDS:
        return choose([(word, None) for word in _WORDS[name]], typed)
    offers = _OFFERS.get(name)
    fleet = await current_account().snapshots.soon(PATIENCE) if offers else None
    if offers is None or fleet is None:
        return _nothing()
    connections = fleet.connections
    found = await fleet.apart(lambda: choose((offer for each in connections for offer in offers(each)), typed))
    return found if fleet.coverage.complete else _of_part(found, fleet)


def choose(offers: Iterable[Offer], typed: str) -> Completion:
    """The values that `typed` may become: those that begin with it, then those that hold it, each from A to Z.

    Last come those that are found by their other text. Case and accents do not count.
    """
    wanted = fold(typed)
    ranks: dict[str, tuple[int, str]] = {}
    for value, other in set(offers):
        shown = clean(value or "")
        if not shown.strip() or len(shown) > LONGEST or mask_text(shown) != shown:
            continue
        folded = fold(shown)
        at = folded.find(wanted)
        rank = min(at, 1) if at >= 0 else 2 if other and wanted in fold(other) else None
        if rank is not None:
            ranks[shown] = (rank, folded)
    first = nsmallest(MOST, ranks, key=lambda value: (ranks[value], value))
    return Completion(values=first, total=len(ranks), has_more=len(ranks) > MOST)


def _nothing() -> Completion:
    return Completion(values=[], total=0, has_more=False)


def _of_part(found: Completion, fleet: Fleet) -> Completion:
    """What was found when only a part of the fleet could be read: how many there are in all is not known."""
    _log.info("Completed from a part of the account: %s", fleet.coverage.why)
    return Completion(values=found.values, has_more=True)


def _names(connection: Connection) -> list[Offer]:
    return [(connection.connection_name, None)]


def _ids(connection: Connection) -> list[Offer]:
    """Nobody knows an id of 19 digits by heart: the name finds it too."""
    return [(connection.id, connection.connection_name)] if is_id(connection.id or "") else []


def _tags(connection: Connection) -> list[Offer]:
    return [(tag, None) for tag in connection.tags or ()]


def _profiles(connection: Connection) -> list[Offer]:
    profile = connection.outbound_voice_profile_id or ""
    return [(profile, None)] if profile.isascii() and profile.isdigit() and len(profile) <= 19 else []


def _types(connection: Connection) -> list[Offer]:
    return [(connection.record_type, None)]


def _hosts(connection: Connection) -> list[Offer]:
    return [(url_host(connection.webhook_event_url or ""), None)]


def _sites(connection: Connection) -> list[Offer]:
    return [(connection.anchorsite_override, None)]


def _hints(connection: Connection) -> list[Offer]:
    """Whatever find-connection can look for and a person may know by heart."""
    return [*_names(connection), *_tags(connection), *_hosts(connection), *_profiles(connection)]


_WORDS: dict[str, Sequence[str]] = {
    "severity": SEVERITIES,
    "min_severity": SEVERITIES,
    "untouched_for": ("90d", "6m", "1y", "2y"),
}
"""What is the same for every account."""

_OFFERS: dict[str, Callable[[Connection], list[Offer]]] = {
    "connection_name": _names,
    "hint": _hints,
    "id": _ids,
    "connection_id": _ids,
    "tag": _tags,
    "outbound_voice_profile_id": _profiles,
    "record_type": _types,
    "webhook_host": _hosts,
    "anchorsite_override": _sites,
}
