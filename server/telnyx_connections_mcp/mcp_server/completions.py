"""Completions for the arguments of prompts and the resource template, from the account's current connections.

Suggestions are cleaned like everything else that is shown, and can be used, because the tools compare cleaned text.
Values that contain a secret are not suggested.
"""

import logging
from collections.abc import Mapping, Sequence

from mcp.server import MCPServer
from mcp_types import Completion, CompletionArgument

from telnyx_connections_mcp.audit.checks import SEVERITIES
from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.mcp_server.context import AccountContexts
from telnyx_connections_mcp.mcp_server.current_account import current_account
from telnyx_connections_mcp.query.completing import complete, complete_words, completed_fields
from telnyx_connections_mcp.telnyx.errors import TelnyxError

MAX_WAIT_SECONDS = 2.0
"""Longest that a completion waits for a snapshot, in seconds: a person is typing."""
MAX_SUGGESTIONS = 100
"""The protocol's limit of values."""
_WORDS: Mapping[str, Sequence[str]] = {
    "severity": SEVERITIES,
    "min_severity": SEVERITIES,
    "untouched_for": ("90d", "6m", "1y", "2y"),
}
"""Values that are the same for every account."""
_log = logging.getLogger(__name__)


def add_completions(server: MCPServer[AccountContexts]) -> None:
    """Complete arguments by name, in any prompt, including a team's own."""

    @server.completion()  # type: ignore[no-untyped-call, untyped-decorator]  # the SDK leaves it untyped
    async def answer(_ref: object, argument: CompletionArgument, _context: object) -> Completion:
        try:
            return await _complete(argument.name, argument.value)
        except (SettingsError, TelnyxError) as error:
            _log.info("Cannot complete %s: %s", argument.name, error)
        except Exception:  # noqa: BLE001  # clients cannot show errors while a person types
            _log.exception("Completing %s failed", argument.name)
        return _nothing()


async def _complete(name: str, typed: str) -> Completion:
    if name in _WORDS:
        values, total = complete_words(_WORDS[name], typed, MAX_SUGGESTIONS)
        return Completion(values=values, total=total, has_more=False)
    fields = completed_fields(CONNECTIONS, name)
    fleet = await current_account().snapshots.soon(CONNECTIONS, MAX_WAIT_SECONDS) if fields else None
    if fleet is None:
        return _nothing()
    values, total = await fleet.query(lambda database: complete(database, CONNECTIONS, fields, typed, MAX_SUGGESTIONS))
    if fleet.coverage.complete:
        return Completion(values=values, total=total, has_more=total > MAX_SUGGESTIONS)
    _log.info("Completed from part of the account: %s", fleet.coverage.why)
    return Completion(values=values, has_more=True)  # the total is unknown


def _nothing() -> Completion:
    return Completion(values=[], total=0, has_more=False)
