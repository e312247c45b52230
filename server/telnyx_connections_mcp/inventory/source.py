"""Where the API lists the objects of a kind: the path, and what every request for a list says."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from telnyx_connections_mcp.inventory.times import in_words


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """The time that a list is limited to, because the whole of it is too long."""

    key: str
    """The parameter for its beginning."""
    field: str
    """The time of an object that it is about."""
    length: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One list of the API. Source of the parameters: Telnyx API reference 2.0.0."""

    path: str
    """Below the base URL."""
    otherwise: str | None = None
    """Another path, to be tried if the first does not exist: documentation and SDK disagree."""
    query: tuple[tuple[str, str], ...] = ()
    """Parameters of every request."""
    of_connection: str | None = None
    """The parameter that limits it to one connection; None if there is none."""
    window: Window | None = None
    fetch_sort: str | None = None
    """The `sort` that a fetch sends: by time, so that new objects are appended at the end.

    None if there is none. Then several pages count as complete only if their counts and their ids agree.
    """
    max_pages: int | None = None
    """Most pages of a fetch, if the list can be very long."""
    record_types: tuple[str, ...] = ()
    """The types of connections whose settings it lists."""
    one: bool = False
    """Whether an object of it can be requested by id: `path/ID`."""

    def parameters(self, now: datetime, connection_id: str | None = None) -> Sequence[tuple[str, str]]:
        """What every request of one reading says, apart from its page and order. The window ends `now`."""
        return [*self.query, *self._window(now), *self._connection(connection_id)]

    def _window(self, now: datetime) -> Iterable[tuple[str, str]]:
        if self.window is not None:
            yield self.window.key, in_words(now - self.window.length)

    def _connection(self, connection_id: str | None) -> Iterable[tuple[str, str]]:
        if connection_id is not None:
            if self.of_connection is None:
                raise ValueError(f"{self.path} cannot be limited to one connection")
            yield self.of_connection, connection_id
