"""Which values of a row are secret: by their own name, or by the name that stands beside them."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from telnyx_connections_mcp.secrecy import MASK
from telnyx_connections_mcp.secrecy.names import is_secret_name, words

_LABELS = frozenset(
    write(label)
    for label in ("name", "key", "header", "field", "parameter", "label", "property")
    for write in (str, str.title, str.upper)
)
_VALUES = frozenset(
    {"value", "values", "val", "from", "to", "old", "new", "before", "after", "default", "content", "data"}
)
_NOTHING: tuple[object, ...] = (None, "", [], {})


def is_set(value: object) -> bool:
    """Whether there is anything to hide: that a password is not set may be seen."""
    return value not in _NOTHING


def secret_names(row: Mapping[str, Any]) -> Collection[str]:
    """The names in `row` whose values are secret, whatever these are and hold.

    In `{"name": "Authorization", "value": "..."}` and `{"field": "password", "from": "...", "to": "..."}` one value
    says of the others that they are secret; beside those, `key` is such a label and no secret.
    """
    secret = [name for name in row if is_secret_name(name)]
    if _LABELS.isdisjoint(row):
        return secret
    labels = [name for name in row if name in _LABELS and isinstance(row[name], str)]
    values = [name for name in row if not _VALUES.isdisjoint(words(name)[-1:])]
    if not labels or not values:
        return secret
    labelled = values if any(is_secret_name(row[label]) for label in labels) else []
    return [*(name for name in secret if name not in labels), *labelled]


def without_secrets(data: Any) -> Any:
    """`data` with `***` for every value that is secret by its name or by the one beside it, at any depth."""
    if isinstance(data, Mapping):
        secret = secret_names(data)
        return {
            name: MASK if name in secret and is_set(value) else without_secrets(value) for name, value in data.items()
        }
    return list(map(without_secrets, data)) if isinstance(data, list) else data


def distinct(names: Iterable[str]) -> list[str]:
    """`names` with a number at those that came before, so that a row keeps both: cleaned names may be equal."""
    found: dict[str, None] = {}
    numbers: dict[str, int] = {}
    for name in names:
        unique = name
        while unique in found:
            numbers[name] = numbers.get(name, 1) + 1
            unique = f"{name} ({numbers[name]})"
        found[unique] = None
    return list(found)
