"""An SQL expression with the values of its placeholders, and how expressions combine."""

from collections.abc import Iterable
from typing import NamedTuple


class Sql(NamedTuple):
    """An expression, and the values of its placeholders."""

    text: str
    values: tuple[str | int, ...] = ()


EVERYTHING = Sql("1")
NOTHING = Sql("0")


def all_of(tests: Iterable[Sql]) -> Sql:
    """An expression for all of `tests`."""
    held = list(tests)
    if not held:
        return EVERYTHING
    values = [value for _, values in held for value in values]
    return Sql(" AND ".join([f"({text})" for text, _ in held]), tuple(values))


def negated(test: Sql) -> Sql:
    """The negation of `test`."""
    return Sql(f"NOT ({test.text})", test.values)


def among(text: str, values: Iterable[str]) -> Sql:
    """An expression for whether `text` is one of `values`."""
    distinct = tuple(dict.fromkeys(values))
    return Sql(f"{text} IN ({', '.join('?' * len(distinct))})", distinct)
