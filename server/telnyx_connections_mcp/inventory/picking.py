"""Picks the described fields out of an object of the API: an allow-list, so that nothing else enters a snapshot.

Passwords, tokens, keys, payloads and fields that Telnyx adds later are gone before a record is made.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, assert_never

from telnyx_connections_mcp.inventory.operators import Type

MAX_LISTED = 250
"""Most items of a list that becomes text."""
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:\.[0-9]{1,9})?")

_TEXTS = (Type.TEXT, Type.TIME, Type.URL)

Pick = Callable[[Mapping[str, Any]], Any]


def picker(type_: Type, at: Iterable[str]) -> Pick:
    """A function that gets a value of `type_` from an object: the first of the dotted paths that has one."""
    typed = _typed(type_)
    paths = [tuple(path.split(".")) for path in at]
    if len(paths) == 1 and len(paths[0]) == 1:  # as nearly all are: this runs for each field of each row
        return _at_once(type_, paths[0][0])

    def pick(raw: Mapping[str, Any]) -> Any:
        for path in paths:
            value: Any = raw
            for name in path:
                value = value.get(name) if isinstance(value, dict) else None
                if value is None:
                    break
            else:
                if (found := typed(value)) is not None:
                    return found
        return None

    return pick


def _at_once(type_: Type, name: str) -> Pick:
    """A function that gets the field `name` of an object, of which texts are the most frequent."""
    typed = _typed(type_)

    def text(raw: Mapping[str, Any]) -> Any:
        value = raw.get(name)
        return value if value.__class__ is str else None

    return text if type_ in _TEXTS else lambda raw: typed(raw.get(name))


def _typed(type_: Type) -> Callable[[Any], Any]:
    """A function that gives a value if it is of that type, and None for any other."""
    match type_:
        case Type.BOOLEAN:
            return lambda value: value if value.__class__ is bool else None
        case Type.NUMBER:
            return _number
        case Type.TAGS:
            return _texts
        case Type.LIST:
            return _listed
        case Type.ID:
            return _id
        case Type.TEXT | Type.TIME | Type.URL:
            return lambda value: value if value.__class__ is str else None
    assert_never(type_)


def _id(value: Any) -> str | None:
    if value.__class__ is int:
        return str(value)
    return value if isinstance(value, str) else None


def _texts(value: Any) -> list[str] | None:
    return [item for item in value if isinstance(item, str)][:MAX_LISTED] if isinstance(value, list) else None


def _number(value: Any) -> int | float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() and abs(value) < 2**53 else value
    return value if isinstance(value, int) and abs(value) < 2**63 else None


def _listed(value: Any) -> str | None:
    """`US, CA, DE`; None without items."""
    if not isinstance(value, list):
        return None
    return ", ".join(item for item in value[:MAX_LISTED] if isinstance(item, str) and item) or None
