"""Several databases in one SELECT: they are in memory under names, so that a handle of one can attach the others.

See https://sqlite.org/lang_attach.html and, for the names, https://sqlite.org/inmemorydb.html.
"""

from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, TypeVar

from telnyx_connections_mcp.inventory.database import Database, attaching

if TYPE_CHECKING:  # imported where it is used, to start fast
    from sqlite3 import Connection

T = TypeVar("T")


def with_attached(main: Database, others: Mapping[str, Database], work: "Callable[[Connection], T]") -> T:
    """The result of `work`, which queries `main` and, as schemas of these names, the `others`; none changes meanwhile.

    At most 10 others: SQLite attaches no more. Names are those of kinds.
    """
    with ExitStack() as stack:
        for database in (main, *others.values()):
            stack.enter_context(database.reading())
        handle = stack.enter_context(closing(main.new_handle()))
        stack.enter_context(attaching(handle, _uris(others)))
        return work(handle)


def write_with_attached(main: Database, others: Mapping[str, Database], work: "Callable[[Connection], T]") -> T:
    """The same for a `work` that changes `main`."""
    with ExitStack() as stack:
        for database in others.values():
            stack.enter_context(database.reading())
        return main.write(work, _uris(others))


def _uris(databases: Mapping[str, Database]) -> dict[str, str]:
    return {name: database.read_only_uri for name, database in databases.items()}
