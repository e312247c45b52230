"""The description of a kind of object: each field once, with everything that is derived from it.

Conditions, groups, sorts, their schemas and words, the reference, completions, the columns of a snapshot and the
reading of a row all come from here. A description that lacks a part fails when it is imported.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from typing import Any

from telnyx_connections_mcp.inventory.elsewhere import Elsewhere, value_sql
from telnyx_connections_mcp.inventory.operators import Operator, Type, use_of
from telnyx_connections_mcp.inventory.picking import Pick, picker
from telnyx_connections_mcp.inventory.shortening import Shortening
from telnyx_connections_mcp.inventory.source import Source
from telnyx_connections_mcp.inventory.url_parts import Derived, Url


class Hints(Enum):
    """What is suggested for a value that no row has."""

    NOTHING = "nothing"
    NEAR = "near"
    NEAR_OR_ALL = "near_or_all"
    """Similar values; if there are none, and the field has few values, all of them."""
    ALL = "all"
    """All values if they are few, because similar ones mean something else, as http and https do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition of `where`."""

    name: str
    operator: Operator
    meaning: str
    """What it selects, in one sentence."""
    in_schema: bool = True
    """Whether the schema includes that sentence, besides the reference; False if the name is enough."""
    noun: str | None = None
    """The words before an unknown value, such as `the tag `; None if unknown values are not looked for."""
    hints: Hints = Hints.NEAR_OR_ALL
    value: Any = None
    """The pydantic type of its value, unless the operator determines it."""
    opposite: str | None = None
    """The command-line option for False, unless it is `no-` and the name."""
    sent: bool = False
    """Whether it is also sent to Telnyx, so that fewer rows are fetched."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """The two sort orders by a field, in words."""

    ascending: str
    descending: str
    sent: bool = False
    """Whether Telnyx sorts by it too, so that a list can be requested in this order."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # there is one of each, and caches are keyed by it
class Field:
    """A field of the API, which is also a column of the snapshot."""

    name: str
    type: Type
    meaning: str
    in_answers: str = ""
    """Where answers show it, or how; a sentence, empty if there is nothing to say."""
    left_out: str | None = None
    """The value that summaries leave out."""
    few_values: bool = False
    """Whether many rows share its values, so that each is cleaned and stored once."""
    known_values: tuple[str, ...] = ()
    """The values that Telnyx documents; there may be others."""
    snake_case: bool = False
    """Whether its values look like `ip_connection`, so that conditions accept `IP Connection`."""
    conditions: tuple[Condition, ...] = ()
    group: str | None = None
    """The `group_by` key for it: times by year, URLs by host, tags by each tag."""
    sort: Sort | None = None
    completes: tuple[str, ...] = ()
    """Arguments of prompts and resource templates that its values (for URLs, hosts) complete."""
    found_by: str | None = None
    """Another field whose text finds its values in completions."""
    url: Url | None = None
    at: tuple[str, ...] = ()
    """Where its value is in the API's object, the alternatives in order, with dots: `inbound.codecs`; else its name."""
    shortening: Shortening | None = None
    """How answers shorten it unless everything is asked for; then only its exact value finds it."""
    indexed: bool = False
    """Whether other kinds are joined by it, or single objects are looked up."""
    elsewhere: tuple[Elsewhere, ...] = ()
    """Where other kinds hold it, if it is among `Kind.around`."""

    def __post_init__(self) -> None:
        """Reject a contradictory description."""
        if (self.type is Type.URL) != (self.url is not None):
            raise ValueError(f"{self.name}: a URL, and nothing else, has columns that are derived from it")
        for condition in self.conditions:
            use = use_of(condition.operator)
            if self.type not in use.types:
                raise ValueError(f"{condition.name}: {condition.operator} does not fit {self.type}")
            if condition.noun and not use.looked_for:
                raise ValueError(f"{condition.name}: values of {condition.operator} are not looked for")
        if self.sort and self.type not in _SORTED:
            raise ValueError(f"{self.name}: rows are not sorted by {self.type}")

    @property
    def in_summary(self) -> str:
        """Its name in summaries."""
        return self.url.host if self.url else self.name

    @property
    def folded(self) -> str | None:
        """The column with its folded text; None if no condition needs it."""
        folds = any(use_of(condition.operator).folds for condition in self.conditions)
        return f"{self.name}_folded" if folds and self.url is None and not self.elsewhere else None

    @property
    def sql(self) -> str:
        """Its value in SQL: the column, or what other kinds hold."""
        return value_sql(self.elsewhere) if self.elsewhere else self.name

    @property
    def derived(self) -> tuple[Derived, ...]:
        """What is derived from it: the parts of a URL."""
        return self.url.derived(self.name) if self.url else ()

    @property
    def year(self) -> str:
        """The derived column of a time: its year, in UTC."""
        return f"{self.name.removesuffix('_at')}_year"


@dataclass(frozen=True, kw_only=True, eq=False)  # there is one of each, and caches are keyed by it
class Kind:
    """A kind of object. `where`, `group_by` and `sort` list its conditions, keys and orders in schema order."""

    name: str
    """The plural: the name of its table, and of its rows in answers."""
    noun: str
    """The singular, as in the names of its other tables and columns: `phone_number`."""
    label: str
    """One object in words: `phone number`."""
    plural: str = ""
    """Several of them in words, if that is not `label` and an s."""
    sources: tuple[Source, ...]
    """The lists of the API that hold its objects, together."""
    fields: tuple[Field, ...]
    """In the order of full rows; the first is its id, if it has one."""
    keeps_unknown: bool = False
    """Whether rows keep what no field describes. Else the fields are an allow-list: see `pick`."""
    prepare: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None
    """What is done to an object of the API before its fields are picked, if they are not simply in it."""
    around: tuple[Field, ...] = ()
    """What other kinds hold of its objects, for conditions and groups; rows do not show it."""
    api_conditions: tuple[Condition, ...] = ()
    """Conditions on what no field contains."""
    finding: Condition | None = None
    """The condition on the findings of its audit, if it has one."""
    where: tuple[str, ...] = ()
    group_by: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    type: str = ""
    """The text field whose values answers count; empty for a kind that is not searched by itself."""
    state: str | None = None
    """The boolean field whose values answers count as active and inactive; None if it has none."""
    usual_sort: str = ""
    """The default order, in the API too; `-` before a field means descending. Empty as `type` is."""

    def __post_init__(self) -> None:
        """Reject lists that lack a name, or have one that no field has."""
        if wrong := [name for name in (self.name, self.noun) if not name.isidentifier()]:
            raise ValueError(f"{wrong}: name and noun are parts of SQL names; `label` is the words")
        conditions = [
            *self._without_field,
            *(condition for field in self._asked for condition in field.conditions),
        ]
        _expect_each("where", self.where, (condition.name for condition in conditions))
        _expect_each("group_by", self.group_by, (field.group for field in self._asked if field.group))
        _expect_each("sort", self.sort, (field.name for field in self.fields if field.sort))
        if self.usual_sort.removeprefix("-") not in (self.sort or ("",)):
            raise ValueError(f"usual_sort: {self.usual_sort} is not by one of {self.sort}")
        if self.type and self.by_name[self.type].type is not Type.TEXT:
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
    def _without_field(self) -> tuple[Condition, ...]:
        return (*self.api_conditions, *([self.finding] if self.finding else []))

    @property
    def _asked(self) -> tuple[Field, ...]:
        return (*self.fields, *self.around)

    def reads(self, conditions: Iterable[str], groups: Iterable[str]) -> tuple["Kind", ...]:
        """The other kinds that these conditions and groups need, each once."""
        fields = (*(self.conditions[name][1] for name in conditions), *(self.groups[name] for name in groups))
        return tuple(dict.fromkeys(place.kind for field in fields if field for place in field.elsewhere))

    @property
    def key(self) -> str:
        """The field that identifies an object; empty if the API has none: then each object counts by its place."""
        first = self.fields[0]
        return first.name if first.type is Type.ID else ""

    @cached_property
    def _pickers(self) -> tuple[tuple[str, Pick], ...]:
        return tuple((field.name, picker(field.type, field.at or (field.name,))) for field in self.fields)

    def pick(self, raw: Mapping[str, Any]) -> Mapping[str, Any]:
        """What is kept of an object of the API: its described fields alone, unless it `keeps_unknown` ones."""
        if self.keeps_unknown:
            return raw
        of = raw if self.prepare is None else self.prepare(raw)
        return {name: value for name, pick in self._pickers if (value := pick(of)) is not None}

    @property
    def labels(self) -> str:
        """Several objects in words."""
        return self.plural or f"{self.label}s"

    @property
    def tag_sets_table(self) -> str:
        """The name of the table with each set of tags once."""
        return f"{self.noun}_tag_sets"

    @property
    def tags_table(self) -> str:
        """The table of the tags of its objects."""
        return f"{self.noun}_tags"

    @cached_property
    def by_name(self) -> Mapping[str, Field]:
        """Its fields by name."""
        return {field.name: field for field in self.fields}

    @cached_property
    def names(self) -> frozenset[str]:
        """The names of its fields."""
        return frozenset(self.by_name)

    @cached_property
    def shown(self) -> "Mapping[str, Field | Derived]":
        """What rows can show, in order: its fields, each followed by what is derived from it."""
        shown: dict[str, Field | Derived] = {}
        for field in self.fields:
            shown |= {field.name: field} | {each.name: each for each in field.derived}
        return shown

    @cached_property
    def conditions(self) -> Mapping[str, tuple[Condition, Field | None]]:
        """Every condition by name, with its field; None if only Telnyx evaluates it."""
        found: dict[str, tuple[Condition, Field | None]] = {each.name: (each, None) for each in self._without_field}
        found |= {each.name: (each, field) for field in self._asked for each in field.conditions}
        return {name: found[name] for name in self.where}

    @cached_property
    def groups(self) -> Mapping[str, Field]:
        """The field of each `group_by` key."""
        found = {field.group: field for field in self._asked if field.group}
        return {name: found[name] for name in self.group_by}

    @property
    def sent_sort(self) -> tuple[str, ...]:
        """The fields of `sort` that Telnyx sorts by too."""
        return tuple(name for name, words in self.sorts.items() if words.sent)

    @cached_property
    def sorts(self) -> Mapping[str, Sort]:
        """The sort orders in words, by field."""
        found = {field.name: field.sort for field in self.fields if field.sort}
        return {name: found[name] for name in self.sort}


def _expect_each(what: str, order: Iterable[str], named: Iterable[str]) -> None:
    ordered, known = sorted(order), sorted(named)
    if ordered != known:
        raise ValueError(f"{what} must name each of {known} once, not {ordered}")


_SORTED = frozenset({Type.ID, Type.TEXT, Type.BOOLEAN, Type.TIME, Type.NUMBER})
