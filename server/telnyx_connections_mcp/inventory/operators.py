"""The types of fields, and the operators with which conditions compare them."""

from enum import Enum
from typing import NamedTuple, assert_never


class Type(Enum):
    """The type of a field, which decides how it is read, stored and shown."""

    ID = "id"
    """Digits or a UUID; an integer is read as its digits."""
    TEXT = "text"
    BOOLEAN = "boolean"
    TIME = "time"
    """ISO 8601, stored as `YYYY-MM-DD HH:MM:SS[.mmm]` in UTC. Summaries show the day."""
    URL = "url"
    """Stored and shown without secrets. Summaries show the host."""
    TAGS = "tags"
    """A list of texts, stored in a separate table."""


class Operator(Enum):
    """How a condition compares a field. Texts are compared folded (`text.fold`), except by EQUALS and API."""

    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    GLOB = "glob"
    """The whole text, with `*` for any text."""
    ONE_OF = "one_of"
    NONE_OF = "none_of"
    IS = "is"
    """The value of a boolean; an unknown one is neither."""
    IS_SET = "is_set"
    IS_NOT_SET = "is_not_set"
    EQUALS = "equals"
    """Exactly equal."""
    PLACE = "place"
    """The whole place, or the part before the comma: `Chicago` for `Chicago, IL`."""
    HOST = "host"
    """The host of a URL, or a parent domain of it."""
    ANY_TAG = "any_tag"
    EVERY_TAG = "every_tag"
    NO_TAG = "no_tag"
    FROM = "from"
    """At or after an instant."""
    BEFORE = "before"
    API = "api"
    """Evaluated by Telnyx alone: no field contains it."""


class Use(NamedTuple):
    """What an operator applies to."""

    types: frozenset[Type]
    """Types of fields."""
    folds: bool = False
    """Whether it compares the folded column."""
    looked_for: bool = True
    """Whether its value is a text, or a list of texts, that rows may have."""


_TEXTS = frozenset({Type.ID, Type.TEXT})


def use_of(operator: Operator) -> Use:
    """What `operator` applies to."""
    match operator:
        case Operator.CONTAINS | Operator.NOT_CONTAINS | Operator.GLOB | Operator.PLACE:
            return Use(_TEXTS, folds=True)
        case Operator.ONE_OF | Operator.NONE_OF:
            return Use(_TEXTS, folds=True)
        case Operator.EQUALS:
            return Use(_TEXTS)
        case Operator.HOST:
            return Use(frozenset({Type.URL}))
        case Operator.ANY_TAG | Operator.EVERY_TAG | Operator.NO_TAG:
            return Use(frozenset({Type.TAGS}))
        case Operator.IS:
            return Use(frozenset({Type.BOOLEAN}), looked_for=False)
        case Operator.IS_SET | Operator.IS_NOT_SET:
            return Use(frozenset(Type), looked_for=False)
        case Operator.FROM | Operator.BEFORE:
            return Use(frozenset({Type.TIME}), looked_for=False)
        case Operator.API:
            return Use(frozenset(), looked_for=False)
    assert_never(operator)
