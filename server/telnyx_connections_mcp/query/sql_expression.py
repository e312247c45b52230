"""An SQL expression with the values of its placeholders, and how expressions combine."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple
from unicodedata import normalize

from telnyx_connections_mcp.redaction.texts import mask_text
from telnyx_connections_mcp.text.cleaning import clean

if TYPE_CHECKING:  # imported with the first snapshot, to start fast
    import sqlite3


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


def exactly(column: str, text: str) -> Sql:
    """An expression for whether `column` is `text` as it would be shown, in whichever way its accents are encoded."""
    shown = mask_text(clean(text))
    forms = dict.fromkeys((shown, normalize("NFC", shown), normalize("NFD", shown)))
    return Sql(" OR ".join([f"{column} IS ?"] * len(forms)), tuple(forms))


def found(handle: "sqlite3.Connection", test: Sql) -> bool:
    """Whether `test`, which is about no single row, holds."""
    return bool(handle.execute(f"SELECT {test.text}", test.values).fetchone()[0])
