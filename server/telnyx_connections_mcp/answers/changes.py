"""What cleaning changed in the texts of an answer, and in which rows that cannot be seen."""

from collections.abc import Sequence

from telnyx_connections_mcp.redaction.cleaner import Cleaner
from telnyx_connections_mcp.text.cleaning import cut

_MAX_PLACES = 5
_LONGEST_PLACE = 48


class Changes:
    """A cleaner for each place in an answer, such as `id 1293384261075731499` or `group 2`."""

    def __init__(self) -> None:
        self._places: list[tuple[str, Cleaner]] = []

    def at(self, place: str) -> Cleaner:
        """The cleaner for the texts at `place`; empty if that is the only one."""
        cleaner = Cleaner()
        self._places.append((place, cleaner))
        return cleaner

    def row(self, id_: object, number: int) -> Cleaner:
        """The cleaner for a row: its place is its id, or where it stands, from 1, if it has none."""
        return self.at(f"id {id_}" if id_ else f"row {number}")

    def words(self) -> str | None:
        """What was changed, if anything; and where invisible characters were, because nothing else shows it."""
        changed = [(place, of) for place, of in self._places if of.cleaned or of.replaced or of.cut or of.masked]
        every = Cleaner()
        for _, cleaner in changed:
            every.add(cleaner)
        return every.changes(
            _listed(list(dict.fromkeys(place for place, cleaner in changed if place and cleaner.cleaned)))
        )


def _listed(places: Sequence[str]) -> str:
    named = ", ".join(cut(place, _LONGEST_PLACE) for place in places[:_MAX_PLACES])
    more = len(places) - _MAX_PLACES
    return f" ({named}{f' and {more} more' if more > 0 else ''})" if named else ""
