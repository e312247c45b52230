"""What surrounds a connection, for a terminal: a table and a note for each kind of object in `parts` of an answer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

_OF_LISTS = frozenset({"of", "within", "rows", "more", "note", "unreadable"})


class PartTable(NamedTuple):
    """The rows of one kind of object, or the one object that there is."""

    name: str
    rows: Sequence[Mapping[str, Any]]
    is_list: bool
    note: str
    """What the rows do not say; empty if they say everything."""


def part_tables(answer: Mapping[str, Any]) -> Iterator[PartTable]:
    """The parts of `answer`; one of several kinds is several."""
    for name, part in _kinds(answer):
        is_list = part.keys() <= _OF_LISTS
        rows = part.get("rows", ()) if is_list else [part]
        named = [row if isinstance(row, Mapping) else {name: row} for row in rows]
        yield PartTable(name, named, is_list, _note(name, part, len(named)))


def is_partial(answer: Mapping[str, Any]) -> bool:
    """Whether a part could not be read."""
    return any("unreadable" in part for _, part in _kinds(answer))


def _kinds(answer: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, part in answer.get("parts", {}).items():
        if part and all(isinstance(each, Mapping) for each in part.values()):
            yield from part.items()
        else:
            yield name, part


def _note(name: str, part: Mapping[str, Any], rows: int) -> str:
    """What the rows do not say, such as `numbers: 12 more`, or why there are none."""
    within = f" in {part['within']}" if "within" in part else ""
    said = [
        *([f"could not be read: {part['unreadable']}"] if "unreadable" in part else []),
        *([f"{part['more']} more{within}; --detail full shows all that was read"] if "more" in part else []),
        *([f"none{within}"] if not rows and part.get("of") == 0 else []),
        *([str(part["note"])] if "note" in part else []),
    ]
    return f"{name}: {'; '.join(said)}." if said else ""
