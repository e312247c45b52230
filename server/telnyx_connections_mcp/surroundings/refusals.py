"""Remembers what an account refuses, so that not every question asks for it again."""

from collections.abc import Awaitable, Callable
from time import monotonic

from telnyx_connections_mcp.inventory.kind import Kind
from telnyx_connections_mcp.surroundings.found import Found
from telnyx_connections_mcp.surroundings.unreadable import Unreadable, unreadable
from telnyx_connections_mcp.telnyx.errors import TelnyxError


class Refusals:
    """The paths of the API that the key may not read, or that are not offered, each for `keep` seconds."""

    def __init__(self, keep: float) -> None:
        self._keep = keep
        self._refused: dict[str, tuple[float, Unreadable]] = {}

    async def unless_refused(self, kind: Kind, path: str, read: Callable[[], Awaitable[Found]]) -> Found | Unreadable:
        """What `read` found, or why it did not; it is not asked if the path was refused a moment ago."""
        until, why = self._refused.get(path, (0.0, None))
        if why is not None and monotonic() < until:
            return why
        try:
            return await read()
        except TelnyxError as error:
            why = unreadable(kind, error)
        if why.refused:
            self._refused[path] = monotonic() + self._keep, why
        return why
