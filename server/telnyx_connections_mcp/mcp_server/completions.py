"""Completions for the arguments of prompts and the resource template, from what the account holds now.

Suggestions are cleaned like everything else that is shown, and can be used, because the tools compare cleaned text.
Values that contain a secret are not suggested.
"""

import logging
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import anyio
from mcp.server import MCPServer
from mcp_types import Completion, CompletionArgument

from telnyx_connections_mcp.audit.check import SEVERITIES
from telnyx_connections_mcp.config.environment import SettingsError
from telnyx_connections_mcp.inventory.joined import with_attached
from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.inventory.kinds import KINDS
from telnyx_connections_mcp.inventory.kinds.connections import CONNECTIONS
from telnyx_connections_mcp.mcp_server.context import AccountContexts
from telnyx_connections_mcp.mcp_server.current_account import current_account
from telnyx_connections_mcp.query.completing import Completions, complete, complete_words, completed_fields
from telnyx_connections_mcp.telnyx.errors import TelnyxError
from telnyx_connections_mcp.telnyx.worker_thread import in_worker_thread

if TYPE_CHECKING:  # imported with the first snapshot, to start fast
    import sqlite3

    from telnyx_connections_mcp.inventory.snapshot import Snapshot

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
_NUMBERS = frozenset({"number", "phone_number"})
_IF_THERE = frozenset({"hint"})
"""Arguments that may be anything: beside connections, only what is there already completes them."""
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
    read = await _read(name)
    if not read:
        return _nothing()
    (_, main), *others = read.items()
    attached = {kind.name: snapshot.database for kind, snapshot in others}
    typed = _plain_number(typed) if name in _NUMBERS else typed

    def work(handle: "sqlite3.Connection") -> Completions:
        return complete(handle, read, name, typed, MAX_SUGGESTIONS)

    rows = sum(snapshot.count for snapshot in read.values())
    values, total = await in_worker_thread(lambda: with_attached(main.database, attached, work), rows)
    partial = [snapshot.coverage.why for snapshot in read.values() if not snapshot.coverage.complete]
    if not partial:
        return Completion(values=values, total=total, has_more=total > MAX_SUGGESTIONS)
    _log.info("Completed from part of the account: %s", partial[0])
    return Completion(values=values, has_more=True)  # the total is unknown


async def _read(name: str) -> "dict[Kind, Snapshot]":
    """Of each kind that completes the argument, what can be read soon enough."""
    snapshots = current_account().snapshots
    kinds = [kind for kind in KINDS if completed_fields(kind, name)]
    if name in _IF_THERE:
        kinds = [kind for kind in kinds if kind is CONNECTIONS or snapshots.has(kind)]
    read: dict[Kind, Snapshot | None] = {}

    async def one(kind: Kind) -> None:
        try:
            read[kind] = await snapshots.soon(kind, MAX_WAIT_SECONDS)
        except TelnyxError as error:
            _log.info("Cannot complete %s from %s: %s", name, kind.labels, error)

    async with anyio.create_task_group() as tasks:
        for kind in kinds:
            tasks.start_soon(one, kind)
    return {kind: snapshot for kind, snapshot in read.items() if snapshot is not None}


def _plain_number(typed: str) -> str:
    """The beginning of a telephone number without what people write between digits."""
    return re.sub(r"[\s().-]", "", typed)


def _nothing() -> Completion:
    return Completion(values=[], total=0, has_more=False)
