"""Bounds on each object of a response: its depth, the number of its values and their length."""

from collections.abc import Mapping
from math import isfinite, isnan
from typing import Any, NamedTuple, Protocol

from telnyx_connections_mcp.redaction.values import distinct
from telnyx_connections_mcp.text.cleaning import CUT_MARK, cut

LONGEST_TEXT = 8192
"""Longest text kept, in characters; less is shown."""
LONGEST_NAME = 128
"""Longest field name kept, in characters."""
MAX_ITEMS = 250
"""Most items of an object or list."""
DEEPEST = 8
"""Deepest nesting within a field."""
HEAVIEST = 64 * 1024
"""Most memory for the values of one object, in bytes, roughly."""
HIGHEST = 2**64
"""Integers from here on are not portable in JSON (RFC 8259, 6)."""

_PLAIN_FIELDS = 24
_PLAIN_ITEMS = 20
_PLAIN_TEXT = 2048
_CONTAINER = 160
_VALUE = 64
_WIDEST = 4
"""Bytes per character of a text that is not ASCII."""
# A URL is only cut between parts: half of a secret may not look like a secret.
_URL_PARTS = "/?&;#@:,="


class Resource(Protocol):
    """A kind of object that the API lists and gets."""

    @property
    def label(self) -> str:
        """One object in words."""
        ...

    @property
    def names(self) -> frozenset[str]:
        """The fields that are kept first."""
        ...

    @property
    def key(self) -> str:
        """The field that identifies an object; empty if none does."""
        ...

    def pick(self, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is kept of an object."""
        ...


class Row(NamedTuple):
    """An object of a response, within the bounds. Any field may be missing, null, new or of an unexpected type."""

    fields: Mapping[str, Any]
    lost: tuple[str, ...]
    """Names of fields that were shortened."""
    key: str = "id"
    """The field that identifies it; empty if none does."""

    @property
    def id(self) -> str | None:
        """Its id as text; None without a usable one."""
        return id_of(self.fields, self.key)


def id_of(fields: Mapping[str, Any], key: str = "id") -> str | None:
    """The id among `fields`, which may be a number."""
    value = fields.get(key)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) else None


def row_of(kind: Resource, raw: Mapping[str, Any]) -> Row:
    """What is kept of an object of that kind, within the bounds."""
    return bounded(kind.pick(raw), kind.names, kind.key)


def bounded(raw: Mapping[str, Any], known: frozenset[str], key: str = "id") -> Row:
    """`raw` itself if it is plain, as nearly all are; otherwise what fits of it, the `known` fields first."""
    if _is_plain(raw, known):
        return Row(raw, (), key)
    keeper = _Limiter()
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
    return Row(fields, tuple(shortened), key)


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
        elif not (value is None or kind is bool or _is_plain_number(value)):
            return False
    try:
        return len("".join(texts)) <= _PLAIN_TEXT
    except TypeError:  # a list of something else
        return False


def _is_plain_number(value: object) -> bool:
    return (isinstance(value, int) and -HIGHEST < value < HIGHEST) or (isinstance(value, float) and isfinite(value))


class _Limiter:
    """Keeps values while there is room, and counts those that it shortened."""

    def __init__(self) -> None:
        self.room = HEAVIEST
        self.cuts = 0

    def keep(self, value: Any, depth: int) -> Any:
        """`value`, or a placeholder."""
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
            value = value[:MAX_ITEMS]  # the first of many texts, such as tags, are still useful
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
    """The beginning of `text` and a visible mark, `limit` characters in all; a URL is cut between parts."""
    kept = text[: max(0, limit - len(CUT_MARK))]
    if "://" in kept:
        kept = kept[: max(map(kept.rfind, _URL_PARTS)) + 1]
    return kept + CUT_MARK
