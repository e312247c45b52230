"""Which values of an object are secret: by their own name, or by the name beside them."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from telnyx_connections_mcp.redaction import MASK
from telnyx_connections_mcp.redaction.names import is_secret_name, words

_LABELS = frozenset(
    {"name", "key", "k", "header", "field", "parameter", "param", "label", "property", "attribute", "setting", "option"}
    | {"variable", "title", "type", "id"}
)
_VALUES = frozenset(
    {"value", "values", "val", "v", "from", "to", "old", "new", "before", "after", "default", "content", "data", "text"}
)
_LONGEST = 64
"""Longest name of a label or its value, in characters."""
_NOTHING: tuple[object, ...] = (None, "", [], {})


def is_set(value: object) -> bool:
    """Whether there is anything to hide: an unset password may be shown."""
    return value not in _NOTHING


def secret_names(row: Mapping[str, Any]) -> Collection[str]:
    """The names in `row` whose values are secret, whatever their type.

    In `{"name": "Authorization", "value": "..."}` and `{"field": "password", "from": "...", "to": "..."}` one value
    says of the others that they are secret; beside those, `key` is such a label and no secret. `header_name` is the
    label of `header_value` alone.
    """
    secret = [name for name in row if is_secret_name(name)]
    values = {name: whose for name in row if (whose := _whose_value(name)) is not None}
    if not values:
        return secret
    labels = {
        name: whose
        for name in row
        if isinstance(row[name], str) and (whose := _whose_label(name)) in {(), *values.values()}
    }
    secret_labels = {whose for name, whose in labels.items() if is_secret_name(row[name])}
    labelled = [name for name, whose in values.items() if not secret_labels.isdisjoint({(), whose})]
    return [*(name for name in secret if name not in labels), *labelled]


@lru_cache(maxsize=4096)
def _whose_value(name: str) -> tuple[str, ...] | None:
    """What `name` is the value of: `()` for `value`, the header for `headerValue`; None if it is not a value."""
    return _before(name, _VALUES)


def _whose_label(name: str) -> tuple[str, ...] | None:
    return _before(name, _LABELS)


def _before(name: str, last: frozenset[str]) -> tuple[str, ...] | None:
    found = words(name) if len(name) <= _LONGEST else []
    return tuple(found[:-1]) if found and found[-1] in last else None


def is_secret_pair(data: Sequence[Any]) -> bool:
    """Whether `data` is a secret's name and value, as headers may be written: `["Authorization", "..."]`."""
    return len(data) == 2 and isinstance(data[0], str) and is_set(data[1]) and is_secret_name(data[0])


def without_secrets(data: Any) -> Any:
    """`data` with `***` for every value that is secret by its name or the name beside it, at any depth."""
    if isinstance(data, Mapping):
        secret = secret_names(data)
        return {
            name: MASK if name in secret and is_set(value) else without_secrets(value) for name, value in data.items()
        }
    if isinstance(data, list):
        return [data[0], MASK] if is_secret_pair(data) else list(map(without_secrets, data))
    return data


def secret_texts(data: Any) -> Iterator[str]:
    """Every secret text in `data`: by its name, the name beside it, or the option before it in a list."""
    if isinstance(data, Mapping):
        secret = secret_names(data)
        for name, value in data.items():
            yield from _texts(value) if name in secret else secret_texts(value)
    elif isinstance(data, list):
        for before, item in pairwise([None, *data]):
            option = isinstance(before, str) and before.startswith("-") and is_secret_name(before)
            value = option or (is_secret_pair(data) and item is data[1])
            yield from _texts(item) if value else secret_texts(item)


def _texts(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    for value in data.values() if isinstance(data, Mapping) else data if isinstance(data, list) else ():
        yield from _texts(value)


def distinct(names: Iterable[str]) -> list[str]:
    """`names`, with numbers added to repeated ones: cleaned names may be equal."""
    found: dict[str, None] = {}
    numbers: dict[str, int] = {}
    for name in names:
        unique = name
        while unique in found:
            numbers[name] = numbers.get(name, 1) + 1
            unique = f"{name} ({numbers[name]})"
        found[unique] = None
    return list(found)
