"""Caches values that many rows share."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

_MOST = 4096


class Memo(dict[K, V]):
    """Caches the result of `make` for the first keys that are `small`."""

    def __init__(self, make: Callable[[Any], V], small: Callable[[Any], bool]) -> None:
        super().__init__()
        self._make = make
        self._small = small

    def __missing__(self, key: K) -> V:
        made = self._make(key)
        if made is not None and len(self) < _MOST and self._small(key):
            self[key] = made
        return made
