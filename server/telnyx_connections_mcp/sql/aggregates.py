"""Statistics that other databases have and SQLite lacks, over numbers; NULL and texts that are no numbers are left out.

Each keeps the values of a group, within bounds of its own: Python's memory is not SQLite's, and only some systems
bound it.
"""

import math
import sqlite3

NAMES = frozenset({"median", "percentile", "percentile_disc", "stddev", "variance", "joined"})

MAX_NUMBERS = 1_000_000
"""Of a group."""
MAX_CHARACTERS = 32_768
"""Of the texts of a group: SQLite makes no longer one."""


def register_aggregates(handle: sqlite3.Connection) -> frozenset[str]:
    """Add them to `handle`; their names."""
    for name, number, of in (
        ("median", 1, _Percentile),
        ("percentile", 2, _Percentile),
        ("percentile_disc", 2, _PercentileDisc),
        ("stddev", 1, _StandardDeviation),
        ("variance", 1, _Variance),
        ("joined", 5, _Joined),
    ):
        handle.create_aggregate(name, number, of)  # type: ignore[arg-type]  # finalize may give NULL
    return NAMES


class _Numbers:
    """The numbers of a group."""

    def __init__(self) -> None:
        self._numbers: list[float] = []

    def step(self, value: object) -> None:
        try:
            self._numbers.append(float(value))  # type: ignore[arg-type]  # what is no number raises
        except (TypeError, ValueError):
            return
        if len(self._numbers) > MAX_NUMBERS:
            raise MemoryError


class _Percentile(_Numbers):
    """`percentile(x, 0.9)`: the value below which that share lies, between two of them if need be; `median(x)`."""

    def __init__(self) -> None:
        super().__init__()
        self._share = 0.5

    def step(self, value: object, share: object = 0.5) -> None:
        if not isinstance(share, int | float) or not 0 <= share <= 1:
            raise ValueError("percentile")
        self._share = share
        super().step(value)

    def finalize(self) -> float | None:
        return self._at(sorted(self._numbers)) if self._numbers else None

    def _at(self, numbers: list[float]) -> float:
        place = self._share * (len(numbers) - 1)
        low = math.floor(place)
        high = min(low + 1, len(numbers) - 1)
        return numbers[low] + (numbers[high] - numbers[low]) * (place - low)


class _PercentileDisc(_Percentile):
    """`percentile_disc(x, 0.9)`: the first of the values of which that share is not above it."""

    def _at(self, numbers: list[float]) -> float:
        return numbers[max(0, math.ceil(self._share * len(numbers)) - 1)]


class _Variance(_Numbers):
    """Of a sample; NULL for fewer than two numbers."""

    def finalize(self) -> float | None:
        number = len(self._numbers)
        if number < 2:
            return None
        mean = math.fsum(self._numbers) / number
        return math.fsum((each - mean) ** 2 for each in self._numbers) / (number - 1)


class _StandardDeviation(_Variance):
    """The square root of that."""

    def finalize(self) -> float | None:
        found = super().finalize()
        return None if found is None else math.sqrt(found)


class _Joined:
    """`joined(text, separator, key, descending, distinct)`: texts in the order of their keys; NULL is left out."""

    def __init__(self) -> None:
        self._texts: list[tuple[object, str]] = []
        self._how: tuple[str, object, object] = ("", 0, 0)
        self._size = 0

    def step(self, text: object, separator: object, key: object, descending: object, distinct: object) -> None:
        if text is not None:
            self._texts.append((key, str(text)))
            self._size += len(str(text)) + len(str(key))
            if self._size > MAX_CHARACTERS:
                raise OverflowError  # SQLite says "string or blob too big"
            self._how = (str(separator), descending, distinct)

    def finalize(self) -> str | None:
        separator, descending, distinct = self._how
        ordered = sorted(self._texts, key=lambda each: _rank(each[0]), reverse=bool(descending))
        texts = [text for _, text in ordered]
        return separator.join(dict.fromkeys(texts) if distinct else texts) if texts else None


def _rank(key: object) -> tuple[int, float, str]:
    """How SQLite orders values: NULL, numbers, texts."""
    if key is None:
        return 0, 0.0, ""
    return (1, float(key), "") if isinstance(key, int | float) else (2, 0.0, str(key))
