"""What one object of an answer may hold: bounded by depth, count and length before anything of it is kept."""

from collections.abc import Mapping
from math import isfinite, isnan
from typing import Any, NamedTuple, Protocol

from telnyx_connections_mcp.redaction.rows import distinct
from telnyx_connections_mcp.text.cleaning import CUT_MARK, cut

LONGEST_TEXT = 8192
"""Characters; what is shown of a text is shorter."""
LONGEST_NAME = 128
"""Characters of the name of a field."""
MAX_ITEMS = 250
"""In an object, or in a list in it."""
DEEPEST = 8
"""Objects and lists in one another, in a field."""
HEAVIEST = 64 * 1024
"""Bytes of memory, about, that the values of one object may take."""
HIGHEST = 2**64
"""Whole numbers from here on are not read alike by all who read JSON (RFC 8259, 6)."""

_PLAIN_FIELDS = 24
_PLAIN_ITEMS = 20
_PLAIN_TEXT = 2048
_CONTAINER = 160
_VALUE = 64
_WIDEST = 4
"""Bytes that each character of a text takes where it is not ASCII."""
# A URL is not cut within a part of it: the first half of a secret need not look like one.
_URL_PARTS = "/?&;#@:,="


class Resource(Protocol):
    """A kind of object that the API lists and gets."""

    @property
    def path(self) -> str:
        """Where it is, below the base URL."""
        ...

    @property
    def noun(self) -> str:
        """What one of them is called."""
        ...

    @property
    def names(self) -> frozenset[str]:
        """The fields that are kept before any others."""
        ...


class Row(NamedTuple):
    """An object of an answer within the bounds. Any field may be missing, null, new or of an unexpected type."""

    fields: Mapping[str, Any]
    lost: tuple[str, ...]
    """Names of the fields of which less was kept than was sent."""

    @property
    def id(self) -> str | None:
        """Its id as text; None where there is none, or nothing that can be one."""
        return id_of(self.fields)


def id_of(fields: Mapping[str, Any]) -> str | None:
    """The id among `fields`, which may be a number."""
    value = fields.get("id")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def bounded(raw: Mapping[str, Any], known: frozenset[str]) -> Row:
    """`raw` as it is where it is plain, as nearly all are; else what may be kept of it, the `known` fields first."""
    if _is_plain(raw, known):
        return Row(raw, ())
    keeper = _Keeper()
    fields: dict[str, Any] = {}
    shortened: list[str] = []
    names = sorted(raw, key=lambda name: name not in known)[:MAX_ITEMS]
    for name, kept in zip(names, distinct(cut(name, LONGEST_NAME) for name in names), strict=True):
        before = keeper.cuts
        fields[kept] = keeper.keep(raw[name], 0)
        if keeper.cuts > before or kept != name:
            shortened.append(kept)
    if len(raw) > MAX_ITEMS:
        shortened.append(f"({len(raw) - MAX_ITEMS} more fields)")
    return Row(fields, tuple(shortened))


def _is_plain(raw: Mapping[str, Any], known: frozenset[str]) -> bool:
    """Whether an object is flat, and short all over. Every row comes through here."""
    if not raw.keys() <= known and (len(raw) > _PLAIN_FIELDS or max(map(len, raw)) > LONGEST_NAME):
        return False
    texts: list[str] = []
    for value in raw.values():
        kind = value.__class__
        if kind is str:
            texts.append(value)
        elif kind is list and len(value) <= _PLAIN_ITEMS:
            texts += value
        elif not (value is None or kind is bool or (kind is int and -HIGHEST < value < HIGHEST)):
            return False
    try:
        return len("".join(texts)) <= _PLAIN_TEXT
    except TypeError:  # a list of something else
        return False


class _Keeper:
    """Keeps values while there is room for them, and counts those of which it kept less than there was."""

    def __init__(self) -> None:
        self.room = HEAVIEST
        self.cuts = 0

    def keep(self, value: Any, depth: int) -> Any:
        """`value`, or what stands in its place."""
        self.room -= _VALUE
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, list | Mapping):
            return self._items(value, depth)
        if isinstance(value, float) and not isfinite(value):
            self.cuts += 1
            return "(not a number)" if isnan(value) else "(a number too large)"
        if isinstance(value, int) and abs(value) >= HIGHEST:
            self.cuts += 1
            return f"(a number of {len(str(abs(value)))} digits)"
        return value

    def _text(self, text: str) -> str:
        width = 1 if text.isascii() else _WIDEST
        limit = min(LONGEST_TEXT, max(0, self.room) // width)
        kept = text if len(text) <= limit else _beginning(text, limit)
        self.cuts += kept is not text
        self.room -= width * len(kept)
        return kept

    def _items(self, value: list[Any] | Mapping[str, Any], depth: int) -> Any:
        self.room -= _CONTAINER
        if isinstance(value, list) and len(value) > MAX_ITEMS and all(isinstance(item, str) for item in value):
            self.cuts += 1
            value = value[:MAX_ITEMS]  # of texts, such as tags, the first ones say something
        if depth == DEEPEST or len(value) > MAX_ITEMS or self.room < 0:
            self.cuts += 1
            return f"({len(value)} item{'' if len(value) == 1 else 's'} omitted)"
        if isinstance(value, list):
            return [self.keep(item, depth + 1) for item in value]
        names = dict(zip(value, distinct(cut(name, LONGEST_NAME) for name in value), strict=True))
        self.cuts += sum(name != kept for name, kept in names.items())
        self.room -= sum(map(len, names.values()))
        return {names[name]: self.keep(item, depth + 1) for name, item in value.items()}


def _beginning(text: str, limit: int) -> str:
    """The first characters of `text` and a visible mark, `limit` characters in all; of a URL its whole parts."""
    kept = text[: max(0, limit - len(CUT_MARK))]
    if "://" in kept:
        kept = kept[: max(map(kept.rfind, _URL_PARTS)) + 1]
    return kept + CUT_MARK
