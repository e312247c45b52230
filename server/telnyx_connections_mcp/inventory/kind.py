"""How a kind of object is described: each field once, with everything that is derived from it.

Conditions, groups, sorts, their schemas and words, the reference, completions, the columns of a snapshot and the
reading of a row all come from here. A description that lacks a part fails when it is imported.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any


class Type(Enum):
    """What the API sends in a field, and so how it is read, kept and shown."""

    ID = "id"
    """Digits or a UUID; a whole number is read as its digits."""
    TEXT = "text"
    BOOLEAN = "boolean"
    TIME = "time"
    """ISO 8601, kept as `YYYY-MM-DD HH:MM:SS[.mmm]` in UTC. A summary shows its day."""
    URL = "url"
    """Kept and shown without its secrets. A summary shows its host."""
    TAGS = "tags"
    """A list of texts, kept in a table of its own."""


class Operator(Enum):
    """How a condition compares a field. Except for EQUALS and API, texts are compared folded (`text.fold`)."""

    CONTAINS = "contains"
    NOT_CONTAINS = "not_contains"
    GLOB = "glob"
    """The whole text, where `*` stands for any text."""
    ONE_OF = "one_of"
    NONE_OF = "none_of"
    IS = "is"
    """A boolean's own value; one that is not known is neither."""
    IS_SET = "is_set"
    IS_NOT_SET = "is_not_set"
    EQUALS = "equals"
    """Character by character."""
    PLACE = "place"
    """The whole place, or what stands before its comma: `Chicago` for `Chicago, IL`."""
    HOST = "host"
    """The host of a URL, or a host above it."""
    ANY_TAG = "any_tag"
    EVERY_TAG = "every_tag"
    NO_TAG = "no_tag"
    FROM = "from"
    """At or after a point in time."""
    BEFORE = "before"
    API = "api"
    """Only Telnyx can tell: no field holds it."""


class Hints(Enum):
    """What is suggested in place of a value that nothing has."""

    NOTHING = "nothing"
    NEAR = "near"
    NEAR_OR_ALL = "near_or_all"
    """Values like it; where there are none, and the field has few values, all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of `where`."""

    name: str
    operator: Operator
    meaning: str
    """What it asks for, in one sentence."""
    in_schema: bool = True
    """Whether its schema says so as well as the reference; left out where the name says enough."""
    examples: tuple[Any, ...] = ()
    noun: str | None = None
    """What comes before a value that nothing has, as in `the tag `; None where such values are not looked for."""
    hints: Hints = Hints.NEAR_OR_ALL
    value: Any = None
    """The pydantic type of its value, where its operator alone does not settle it."""
    opposite: str | None = None
    """What a command line calls its false; left out where that is `no-` and its name."""
    sent: bool = False
    """Whether Telnyx is asked to filter by it too, so that fewer rows are read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """The two orders by a field, in words."""

    ascending: str
    descending: str
    by_api: bool = True
    """Whether the API offers it for its own lists."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """What is derived from a URL."""

    prefix: str
    """Its columns are `{prefix}_host`, `{prefix}_scheme` and `{prefix}_secret_part`."""
    host_meaning: str

    @property
    def host(self) -> str:
        """The host in lower case, without port; NULL where there is none to read."""
        return f"{self.prefix}_host"

    @property
    def host_folded(self) -> str:
        """The host as conditions compare it."""
        return f"{self.prefix}_host_folded"

    @property
    def scheme(self) -> str:
        """What stands before `://`, in lower case."""
        return f"{self.prefix}_scheme"

    @property
    def secret_part(self) -> str:
        """The part that holds a secret: userinfo, path, query or fragment; NULL where none does."""
        return f"{self.prefix}_secret_part"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the API, which is also a column of the snapshot."""

    name: str
    type: Type
    meaning: str
    left_out: str | None = None
    """The value that a summary does not show."""
    few_values: bool = False
    """Whether many rows share its values, so that each is cleaned and kept in memory once."""
    known_values: tuple[str, ...] = ()
    """Those that Telnyx documents; others may come without notice."""
    snake_case: bool = False
    """Whether its values are words such as `ip_connection`, for which a condition may say `IP Connection`."""
    conditions: tuple[Condition, ...] = ()
    group: str | None = None
    """The key that counts by it: of a time by its year, of a URL by its host, of tags by each tag."""
    sort: Sort | None = None
    completes: tuple[str, ...] = ()
    """Arguments of prompts and resource templates that its values complete; of a URL its hosts do."""
    found_by: str | None = None
    """Another field whose text leads to its values when they are completed."""
    url: Url | None = None

    def __post_init__(self) -> None:
        """Refuse a description that contradicts itself."""
        if (self.type is Type.URL) != (self.url is not None):
            raise ValueError(f"{self.name}: a URL, and nothing else, has columns that are derived from it")
        for condition in self.conditions:
            if self.type not in _TYPES[condition.operator]:
                raise ValueError(f"{condition.name}: {condition.operator} does not fit {self.type}")
            if condition.noun and condition.operator not in _OF_TEXTS:
                raise ValueError(f"{condition.name}: values of {condition.operator} are not looked for")
        if self.sort and self.type not in _SORTED:
            raise ValueError(f"{self.name}: rows are not sorted by {self.type}")

    @property
    def in_summary(self) -> str:
        """The name under which a summary shows it."""
        return self.url.host if self.url else self.name

    @property
    def folded(self) -> str | None:
        """The column that holds its text as conditions compare it; None where none compares it so."""
        folds = any(condition.operator in _FOLDS for condition in self.conditions)
        return f"{self.name}_folded" if folds and self.url is None else None

    @property
    def year(self) -> str:
        """The derived column of a time: its year in UTC."""
        return f"{self.name.removesuffix('_at')}_year"


@dataclass(frozen=True, kw_only=True, eq=False)  # one of each, and what is made of it is kept by it
class Kind:
    """A kind of object. `where`, `group_by` and `sort` name each of its own once, in the order of schemas."""

    name: str
    """Its plural: the name of the table, and of its rows in answers."""
    noun: str
    path: str
    """Below the base URL of the API."""
    fields: tuple[Field, ...]
    """In the order in which a full row shows them."""
    api_conditions: tuple[Condition, ...] = ()
    """Conditions on what no field holds."""
    where: tuple[str, ...]
    group_by: tuple[str, ...]
    sort: tuple[str, ...]
    type: str
    """The text of which answers say how many rows have which value."""
    state: str | None = None
    """The boolean of which they say the same."""
    usual_sort: str
    """The order of its rows where none is asked for, in the API as well; `-` before a field is descending."""

    def __post_init__(self) -> None:
        """Refuse an order that lacks a name, or knows one that no field has."""
        conditions = [
            *self.api_conditions,
            *(condition for field in self.fields for condition in field.conditions),
        ]
        _expect_each("where", self.where, (condition.name for condition in conditions))
        _expect_each("group_by", self.group_by, (field.group for field in self.fields if field.group))
        _expect_each("sort", self.sort, (field.name for field in self.fields if field.sort))
        if self.usual_sort.removeprefix("-") not in self.sort:
            raise ValueError(f"usual_sort: {self.usual_sort} is not by one of {self.sort}")
        if self.by_name[self.type].type is not Type.TEXT:
            raise ValueError(f"type: {self.type} is no text")
        if self.state and self.by_name[self.state].type is not Type.BOOLEAN:
            raise ValueError(f"state: {self.state} is no boolean")
        if sum(field.type is Type.TAGS for field in self.fields) > 1:
            raise ValueError("a kind has one field of tags at most")
        if lost := [each.name for each in self.api_conditions if not each.sent]:
            raise ValueError(f"{lost}: what no field holds must be sent, or nobody tests it")
        if unknown := [field.name for field in self.fields if field.found_by and field.found_by not in self.names]:
            raise ValueError(f"{unknown}: found by a field that there is not")

    @property
    def tags_table(self) -> str:
        """The table of the tags of its objects."""
        return f"{self.noun}_tags"

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Its fields by the API's names."""
        return {field.name: field for field in self.fields}

    @cached_property
    def names(self) -> frozenset[str]:
        """The API's names of its fields."""
        return frozenset(self.by_name)

    @cached_property
    def conditions(self) -> Mapping[str, tuple[Condition, Field | None]]:
        """Every condition by name, with its field; None where Telnyx alone can tell."""
        found: dict[str, tuple[Condition, Field | None]] = {each.name: (each, None) for each in self.api_conditions}
        found |= {each.name: (each, field) for field in self.fields for each in field.conditions}
        return {name: found[name] for name in self.where}

    @cached_property
    def groups(self) -> Mapping[str, Field]:
        """The field of each key that groups are counted by."""
        found = {field.group: field for field in self.fields if field.group}
        return {name: found[name] for name in self.group_by}

    @cached_property
    def sorts(self) -> Mapping[str, Sort]:
        """The orders in words, by the field that they are by."""
        found = {field.name: field.sort for field in self.fields if field.sort}
        return {name: found[name] for name in self.sort}


def _expect_each(what: str, order: Iterable[str], named: Iterable[str]) -> None:
    ordered, known = sorted(order), sorted(named)
    if ordered != known:
        raise ValueError(f"{what} must name each of {known} once, not {ordered}")


_TEXTS = frozenset({Type.ID, Type.TEXT})
_TYPES: Mapping[Operator, frozenset[Type]] = {
    Operator.CONTAINS: _TEXTS,
    Operator.NOT_CONTAINS: _TEXTS,
    Operator.GLOB: _TEXTS,
    Operator.ONE_OF: _TEXTS,
    Operator.NONE_OF: _TEXTS,
    Operator.IS: frozenset({Type.BOOLEAN}),
    Operator.IS_SET: frozenset(Type),
    Operator.IS_NOT_SET: frozenset(Type),
    Operator.EQUALS: _TEXTS,
    Operator.PLACE: _TEXTS,
    Operator.HOST: frozenset({Type.URL}),
    Operator.ANY_TAG: frozenset({Type.TAGS}),
    Operator.EVERY_TAG: frozenset({Type.TAGS}),
    Operator.NO_TAG: frozenset({Type.TAGS}),
    Operator.FROM: frozenset({Type.TIME}),
    Operator.BEFORE: frozenset({Type.TIME}),
    Operator.API: frozenset(),
}
"""Which types of field each operator compares."""
_FOLDS = frozenset(
    {
        Operator.CONTAINS,
        Operator.NOT_CONTAINS,
        Operator.GLOB,
        Operator.ONE_OF,
        Operator.NONE_OF,
        Operator.PLACE,
    }
)
_OF_TEXTS = frozenset(Operator) - {
    Operator.IS,
    Operator.IS_SET,
    Operator.IS_NOT_SET,
    Operator.FROM,
    Operator.BEFORE,
    Operator.API,
}
"""Those whose value is a text, or a list of texts, that rows may have."""
_SORTED = frozenset({Type.ID, Type.TEXT, Type.BOOLEAN, Type.TIME})
