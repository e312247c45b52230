"""Statistics that other databases have and SQLite lacks; NULL is left out.

Each keeps the values of a group, within bounds of its own: Python's memory is not SQLite's, and only some systems
bound it.
"""

import math
import re
import sqlite3
from collections import Counter

MAX_VALUES = 1_000_000
"""Of a group."""
MAX_KEPT = 16_000_000
"""Characters of the texts that are compared, of a group."""
MAX_CHARACTERS = 32_768
"""Of the texts of a group that are joined: SQLite makes no longer one."""
_NUMBER = re.compile(r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*")
Value = str | int | float | None


def register_aggregates(handle: sqlite3.Connection) -> frozenset[str]:
    """Add them to `handle`; their names."""
    for name, number, of in _AGGREGATES:
        handle.create_aggregate(name, number, of)  # type: ignore[arg-type]  # finalize may give NULL
    return NAMES


def rank(value: object) -> tuple[int, float, str]:
    """How SQLite orders values: NULL, numbers, texts."""
    if value is None:
        return 0, 0.0, ""
    return (1, value, "") if isinstance(value, int | float) else (2, 0.0, str(value))


class _Values:
    """The values of a group."""

    def __init__(self) -> None:
        self._values: list[Value] = []
        self._size = 0

    def step(self, value: Value) -> None:
        if value is None:
            return
        self._values.append(value)
        self._size += len(value) if isinstance(value, str) else 0
        if len(self._values) > MAX_VALUES or self._size > MAX_KEPT:
            raise MemoryError


class _Numbers:
    """The numbers of a group; what is none, such as a time, is an error."""

    def __init__(self) -> None:
        self._numbers: list[float] = []

    def step(self, value: Value) -> None:
        if value is None:
            return
        if isinstance(value, str) and not _NUMBER.fullmatch(value):
            raise ValueError("number")
        self._numbers.append(float(value))
        if len(self._numbers) > MAX_VALUES:
            raise MemoryError


class _Percentile(_Numbers):
    """`percentile(x, 0.9, descending)`: the value before which that share lies, or between two; `median(x)`."""

    def __init__(self) -> None:
        super().__init__()
        self._how: tuple[float, object] = (0.5, 0)

    def step(self, value: Value, share: object = 0.5, descending: object = 0) -> None:
        self._how = (_checked(share), descending)
        super().step(value)

    def finalize(self) -> float | None:
        share, descending = self._how
        numbers = sorted(self._numbers, reverse=bool(descending))
        if not numbers:
            return None
        place = share * (len(numbers) - 1)
        low = math.floor(place)
        high = min(low + 1, len(numbers) - 1)
        return numbers[low] + (numbers[high] - numbers[low]) * (place - low)


class _PercentileDisc(_Values):
    """`percentile_disc(x, 0.9, descending)`: the first value, of any type, of which that share is not behind it."""

    def __init__(self) -> None:
        super().__init__()
        self._how: tuple[float, object] = (0.5, 0)

    def step(self, value: Value, share: object = 0.5, descending: object = 0) -> None:
        self._how = (_checked(share), descending)
        super().step(value)

    def finalize(self) -> Value:
        share, descending = self._how
        values = sorted(self._values, key=rank, reverse=bool(descending))
        return values[max(0, math.ceil(share * len(values)) - 1)] if values else None


class _Mode(_Values):
    """`mode(x, descending)`: the value that occurs most often, and the first in order of several."""

    def __init__(self) -> None:
        super().__init__()
        self._descending: object = 0

    def step(self, value: Value, descending: object = 0) -> None:
        self._descending = descending
        super().step(value)

    def finalize(self) -> Value:
        values = sorted(self._values, key=rank, reverse=bool(self._descending))
        return Counter(values).most_common(1)[0][0] if values else None


def _checked(share: object) -> float:
    if not isinstance(share, int | float) or not 0 <= share <= 1:
        raise ValueError("share")
    return share


class _Variance(_Numbers):
    """Of a sample; NULL for fewer than two numbers."""

    fewer = 1
    """How much less than the number of values the sum is divided by."""

    def finalize(self) -> float | None:
        number = len(self._numbers)
        if number <= self.fewer:
            return None
        mean = math.fsum(self._numbers) / number
        return math.fsum((each - mean) ** 2 for each in self._numbers) / (number - self.fewer)


class _VariancePop(_Variance):
    """Of all there are."""

    fewer = 0


class _StandardDeviation(_Variance):
    """The square root of that of a sample."""

    def finalize(self) -> float | None:
        found = super().finalize()
        return None if found is None else math.sqrt(found)


class _StandardDeviationPop(_StandardDeviation):
    """The square root of that of all there are."""

    fewer = 0


class _Joined:
    """`joined(text, separator, distinct, 'ASC LAST DESC FIRST', key, key)`: texts in an order; NULL is left out.

    For each key: the direction, and where NULL stands.
    """

    def __init__(self) -> None:
        self._texts: list[tuple[str, tuple[object, ...]]] = []
        self._how: tuple[str, object, list[str]] = ("", 0, [])
        self._size = 0

    def step(self, text: object, separator: object, distinct: object, how: str, *keys: object) -> None:
        if text is not None:
            self._texts.append((str(text), keys))
            self._size += len(str(text)) + sum(len(str(key)) for key in keys)
            if self._size > MAX_CHARACTERS:
                raise OverflowError  # SQLite says "string or blob too big"
            self._how = ("" if separator is None else str(separator), distinct, how.split())

    def finalize(self) -> str | None:
        separator, distinct, how = self._how
        for place in reversed(range(len(how) // 2)):
            self._sort(place, descending=how[2 * place] == "DESC", last=how[2 * place + 1] == "LAST")
        texts = [text for text, _ in self._texts]
        return separator.join(dict.fromkeys(texts) if distinct else texts) if texts else None

    def _sort(self, place: int, *, descending: bool, last: bool) -> None:
        """By one key; among equal ones the order stays."""
        above = last != descending  # whether NULL counts as above all values

        def ranked(each: tuple[str, tuple[object, ...]]) -> tuple[bool, tuple[int, float, str]]:
            return (each[1][place] is None) == above, rank(each[1][place])

        self._texts.sort(key=ranked, reverse=descending)


_AGGREGATES = (
    ("median", 1, _Percentile),
    ("percentile", 2, _Percentile),
    ("percentile", 3, _Percentile),
    ("percentile_disc", 2, _PercentileDisc),
    ("percentile_disc", 3, _PercentileDisc),
    ("mode", 1, _Mode),
    ("mode", 2, _Mode),
    ("stddev", 1, _StandardDeviation),
    ("stddev_pop", 1, _StandardDeviationPop),
    ("variance", 1, _Variance),
    ("var_pop", 1, _VariancePop),
    ("joined", -1, _Joined),
)
NAMES = frozenset(name for name, _, _ in _AGGREGATES)
