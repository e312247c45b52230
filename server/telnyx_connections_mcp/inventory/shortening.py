"""How answers shorten what they should not repeat: half of a login, and the numbers of calls."""

from enum import Enum
from typing import assert_never

from telnyx_connections_mcp.redaction import MASK


class Shortening(Enum):
    """What is shown of a text unless everything is asked for. It is found by its exact value alone."""

    LOGIN = "login"
    """The first two characters of a user name, or the first one of a short one: `ac***`."""
    NUMBER = "number"
    """The last four characters of a telephone number: `***1234`."""


_SHORT = 6
_KEPT = 4


def shortened(how: Shortening, text: str) -> str:
    """What is shown of `text`."""
    match how:
        case Shortening.LOGIN:
            return f"{text[: 2 if len(text) > _SHORT else 1]}{MASK}"
        case Shortening.NUMBER:
            return f"{MASK}{text[-_KEPT:] if len(text) > _SHORT else ''}"
    assert_never(how)


def shortened_sql(how: Shortening, column: str) -> str:
    """The same in SQL; NULL if `column` is."""
    match how:
        case Shortening.LOGIN:
            return f"substr({column}, 1, CASE WHEN length({column}) > {_SHORT} THEN 2 ELSE 1 END) || '{MASK}'"
        case Shortening.NUMBER:
            return f"'{MASK}' || CASE WHEN length({column}) > {_SHORT} THEN substr({column}, -{_KEPT}) ELSE '' END"
    assert_never(how)
