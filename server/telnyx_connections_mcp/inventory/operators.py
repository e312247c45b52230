"""The types of fields, and the operators with which conditions compare them."""

from enum import Enum
from functools import cache
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
    NUMBER = "number"
    """An integer or a decimal number, also one that the API sends as text."""
    LIST = "list"
    """A list of short texts, stored and shown as one: `US, CA, DE`."""
    TAGS = "tags"
    """A list of texts, stored in a separate table."""


class Operator(Enum):
    """How a condition compares a field. Texts are compared folded (`text.fold`), except by EQUALS, EXACT_TAG, API."""

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
    SAME = "same"
    """The whole text."""
    NUMBER = "number"
    """The same telephone number, in whichever way it is written."""
    ADDRESS = "address"
    """The same IP address or FQDN, in whichever way it is written."""
    PLACE = "place"
    """The whole place, or the part before the comma: `Chicago` for `Chicago, IL`."""
    HOST = "host"
    """The host of a URL, or a parent domain of it."""
    SCHEME = "scheme"
    """The scheme of a URL."""
    URL_CONTAINS = "url_contains"
    """Any part of a URL, as it is shown: without secrets."""
    EXACT_TAG = "exact_tag"
    """One of the tags is exactly equal."""
    ANY_TAG = "any_tag"
    EVERY_TAG = "every_tag"
    NO_TAG = "no_tag"
    FROM = "from"
    """At or after an instant."""
    BEFORE = "before"
    API = "api"
    """Evaluated by Telnyx alone: no field contains it."""
    FINDING = "finding"
    """A row in the table `findings`, which the caller has filled."""


class Operand(Enum):
    """The value of a condition, as a client writes it."""

    TEXT = "text"
    TEXTS = "texts"
    BOOLEAN = "boolean"
    INSTANT = "instant"
    """A date, a date-time or an age, resolved when the question is asked."""


class Unknown(Enum):
    """Which operands no row has, so that they are probably misspelled and similar ones are suggested."""

    NEVER = "never"
    FIELD = "field"
    """None can be misspelled, but the field itself may be missing from every row."""
    MATCHES_NONE = "matches_none"
    """One with which the condition holds for no row."""
    MATCHES_ALL = "matches_all"
    """One with which the condition holds for every row."""
    EACH = "each"
    """Each of several texts that is on no row."""


class Use(NamedTuple):
    """What an operator applies to, and what it is used with."""

    types: frozenset[Type]
    """Types of fields."""
    operand: Operand
    unknown: Unknown = Unknown.NEVER
    folds: bool = False
    """Whether it compares the folded column."""

    @property
    def looked_for(self) -> bool:
        """Whether its operand is looked for, as a text or a list of texts that rows may have."""
        return self.unknown not in (Unknown.NEVER, Unknown.FIELD)


_TEXTS = frozenset({Type.ID, Type.TEXT, Type.LIST})


@cache  # asked for each condition of a question
def use_of(operator: Operator) -> Use:  # noqa: C901  # a case an operator
    """All there is to say of `operator` but its SQL, which is in `query/operator_sql.py`."""
    match operator:
        case Operator.CONTAINS | Operator.GLOB | Operator.PLACE | Operator.SAME:
            return Use(_TEXTS, Operand.TEXT, Unknown.MATCHES_NONE, folds=True)
        case Operator.NOT_CONTAINS:
            return Use(_TEXTS, Operand.TEXT, Unknown.MATCHES_ALL, folds=True)
        case Operator.ONE_OF | Operator.NONE_OF:
            return Use(_TEXTS, Operand.TEXTS, Unknown.EACH, folds=True)
        case Operator.EQUALS | Operator.NUMBER | Operator.ADDRESS:
            return Use(_TEXTS, Operand.TEXT, Unknown.MATCHES_NONE)
        case Operator.EXACT_TAG:
            return Use(frozenset({Type.TAGS}), Operand.TEXT, Unknown.MATCHES_NONE)
        case Operator.HOST | Operator.SCHEME | Operator.URL_CONTAINS:
            return Use(frozenset({Type.URL}), Operand.TEXT, Unknown.MATCHES_NONE)
        case Operator.ANY_TAG | Operator.EVERY_TAG | Operator.NO_TAG:
            return Use(frozenset({Type.TAGS}), Operand.TEXTS, Unknown.EACH)
        case Operator.IS:
            return Use(frozenset({Type.BOOLEAN}), Operand.BOOLEAN, Unknown.FIELD)
        case Operator.IS_SET | Operator.IS_NOT_SET:
            return Use(frozenset(Type), Operand.BOOLEAN)
        case Operator.FROM | Operator.BEFORE:
            return Use(frozenset({Type.TIME}), Operand.INSTANT, Unknown.FIELD)
        case Operator.API:
            return Use(frozenset(), Operand.TEXT)
        case Operator.FINDING:
            return Use(frozenset(), Operand.TEXTS)
    assert_never(operator)
