"""Reads all lists that together hold the objects of a kind, at once.

A list that the key may not read, or that is not there, is left out by name while the others are read.
"""

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING

import anyio

from telnyx_connections_mcp.inventory.list_source import ListSource
from telnyx_connections_mcp.inventory.loading import Loader, distinct
from telnyx_connections_mcp.inventory.page_reader import PageFailedError, PageReader
from telnyx_connections_mcp.inventory.paging import MAX_PAGES, InconsistentPagesError
from telnyx_connections_mcp.telnyx.errors import Forbidden, NotFound, TelnyxError

if TYPE_CHECKING:  # see page_reader.py
    from telnyx_connections_mcp.telnyx.models import Page

Refusal = Forbidden | NotFound
"""An error that the same request would get again: the key may not read a list, or there is none."""
NOT_ALLOWED = "the key may not read it"
_OFFSET = MAX_PAGES + 200
"""Between the page numbers of two lists in one database."""


def in_short(refusal: Refusal) -> str:
    """Why a list cannot be read, in a few words."""
    return NOT_ALLOWED if isinstance(refusal, Forbidden) else "not offered to this account"


class SourcesReader:
    """Reads the pages of each of `lists`, which are of one kind, and passes them to `loader`."""

    def __init__(self, lists: Sequence[ListSource], loader: Loader) -> None:
        self._readers = {
            listed.source.path: PageReader(listed, loader, place * _OFFSET) for place, listed in enumerate(lists)
        }
        self._why: dict[str, str] = {}
        self._failed: dict[str, Exception] = {}

    async def read(self) -> None:
        """Read every page. Raises what `PageReader.read` raises if it is the only list, or nothing of any was read.

        Of several reasons it raises the one that may pass.
        """
        async with anyio.create_task_group() as tasks:
            for path, reader in self._readers.items():
                tasks.start_soon(self._read, path, reader)
        if len(self._failed) == len(self._readers) and (len(self._readers) == 1 or not self.loaded):
            raise min(
                self._failed.values(), key=lambda error: (isinstance(error, Refusal), isinstance(error, NotFound))
            )

    async def _read(self, path: str, reader: PageReader) -> None:
        try:
            if why := await reader.read():
                self._why[path] = why
        except (TelnyxError, PageFailedError, InconsistentPagesError) as error:
            self._failed[path] = error

    def expect_room(self) -> None:
        """Raise `NoRoom` if what was read takes more memory than it may."""
        for reader in self._readers.values():
            reader.expect_room()

    def forget(self) -> None:
        """Count nothing as read."""
        for reader in self._readers.values():
            reader.pages.clear()

    @property
    def loaded(self) -> "Mapping[int, Page[str | None]]":
        """The pages of all lists, by the numbers under which they are loaded."""
        return dict(chain.from_iterable(reader.loaded.items() for reader in self._readers.values()))

    @property
    def expected(self) -> int | None:
        """How many pages are read; None while that is unknown."""
        readers = [reader for path, reader in self._readers.items() if path not in self._failed]
        return None if any(reader.total is None for reader in readers) else sum(each.expected for each in readers)

    @property
    def total(self) -> int | None:
        """How many different objects Telnyx counts in the lists that can be read, if it says so of each."""
        readers = [reader for path, reader in self._readers.items() if path not in self.left_out]
        if len(readers) == 1:
            return readers[0].total
        totals = [reader.total for reader in readers]
        if None in totals or not totals:
            return None
        twice = sum(distinct(each.pages.values()) for each in readers) - distinct(self.loaded.values())
        return sum(filter(None, totals)) - twice

    @property
    def left_out(self) -> Mapping[str, Refusal]:
        """Why each list that cannot be read at all is left out, by path; empty if there is only one list."""
        if len(self._readers) == 1:
            return {}
        return {
            path: error
            for path, error in self._failed.items()
            if isinstance(error, Refusal) and not self._readers[path].pages
        }

    @property
    def why(self) -> str | None:
        """Why something may be missing of the lists that can be read; None if nothing is."""
        said: dict[str, list[str]] = {}
        for path in self._readers:
            error = self._failed.get(path)
            if error is not None and path not in self.left_out:
                said.setdefault(f"could not be read: {error}".rstrip("."), []).append(path)
        whole = [f"{', '.join(paths)} {why}" for why, paths in said.items()]
        return " and ".join(dict.fromkeys([*self._why.values(), *whole])) or None

    @property
    def truncated(self) -> bool:
        """Whether what is missing are only pages beyond those that are read of any list."""
        return not set(self._failed).difference(self.left_out) and all(
            self._readers[path].truncated for path in self._why
        )
