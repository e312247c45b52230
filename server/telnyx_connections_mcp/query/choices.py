"""The choices for a kind: the model of `where`, the keys of `group_by` and the values of `sort`.

They are made from the description of the kind, so a type checker cannot know them. A model says `Annotated[str, ...]`
with one of the annotations made here; pydantic validates, and describes in the schema, what the kind has.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from re import sub
from typing import Annotated, Any, Literal, assert_never

from pydantic import AfterValidator, GetCoreSchemaHandler, TypeAdapter, ValidationError, WithJsonSchema, create_model
from pydantic import Field as Argument
from pydantic_core import CoreSchema

from telnyx_connections_mcp.inventory.kind import Condition, Field, Kind
from telnyx_connections_mcp.inventory.operators import Operand, use_of
from telnyx_connections_mcp.telnyx.parameters import Parameters

LONGEST_TEXT = 256
"""Longest text in a condition, in characters; Telnyx's names are shorter."""
UNLISTED = "unlisted"
"""Marks an `enum` in a schema that clients are not shown, because another tool lists the same names."""
MAX_TEXTS = 250
"""Most texts in a condition: as many as an answer has rows."""
Text = Annotated[str, Argument(max_length=LONGEST_TEXT)]
Texts = Annotated[list[Text], Argument(max_length=MAX_TEXTS)]
SnakeCase = Annotated[Texts, AfterValidator(lambda texts: [sub(r"[\s-]+", "_", each.strip()) for each in texts])]
"""Texts as Telnyx writes them: `IP Connection` is `ip_connection`."""


def where_model(kind: Kind, checks: Sequence[str] = ()) -> type[Parameters]:
    """The model of `where`: every condition of `kind`, in order, all optional. `checks` may have findings."""
    conditions = {name: _optional(condition, field) for name, (condition, field) in kind.conditions.items()}
    if kind.finding and checks:
        names = {"type": "string", "enum": list(checks), UNLISTED: True}  # the schema of the audit lists them
        of = list[Annotated[str, _one_of(checks), WithJsonSchema(names)]] | None
        conditions[kind.finding.name] = Annotated[of, Argument(description=kind.finding.meaning)], None
    model: type[Parameters] = create_model("Where", __base__=Parameters, **conditions)
    return model


class _Validated:
    """An annotation: pydantic validates the value as the type `of`."""

    def __init__(self, of: Any) -> None:
        self._of = of

    def __get_pydantic_core_schema__(self, _: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return handler.generate_schema(self._of)


def where(kind: Kind, checks: Sequence[str]) -> _Validated:
    """Annotates a `Parameters` as the model of `where`, with `checks` for its condition on findings."""
    return _Validated(where_model(kind, checks))


def group_key(kind: Kind) -> _Validated:
    """Annotates a text as a key of `group_by`."""
    return _one_of(kind.group_by)


def order(kind: Kind) -> _Validated:
    """Annotates a text as a value of `sort`: a field, with `-` in front for descending order."""
    return _one_of(_orders(kind.sort))


def sent_order(kind: Kind) -> _Validated:
    """Annotates a text as a value of `sort` that Telnyx has too."""
    return _one_of(_orders(kind.sent_sort))


def _orders(names: Iterable[str]) -> Iterable[str]:
    return (order for name in names for order in (name, f"-{name}"))


def shown_field(kind: Kind) -> _Validated:
    """Annotates a text as the name of something that rows show."""
    return _one_of(kind.shown)


def _one_of(names: Iterable[str]) -> _Validated:
    literal: Any = Literal
    return _Validated(literal[tuple(names)])


def _optional(condition: Condition, field: Field | None) -> Any:
    said = condition.meaning if condition.in_schema else None
    argument = Argument(description=said)
    return Annotated[_value(condition, field) | None, argument], None


@cache
def _operand(kind: Kind, name: str) -> TypeAdapter[Any]:
    return TypeAdapter(_value(*kind.conditions[name]), config=Parameters.model_config)


def accepts(kind: Kind, name: str, operand: object) -> bool:
    """Whether a client can send `operand` for the condition `name`, and it is taken as it is."""
    try:
        return bool(_operand(kind, name).validate_python(operand) == operand)
    except ValidationError:
        return False


def _value(condition: Condition, field: Field | None) -> Any:
    """The type of a condition's value."""
    if condition.value is not None:
        return condition.value
    operand = use_of(condition.operator).operand
    match operand:
        case Operand.TEXT:
            return Text
        case Operand.TEXTS:
            return SnakeCase if field and field.snake_case else Texts
        case Operand.BOOLEAN:
            return bool
        case Operand.INSTANT:
            return str
    assert_never(operand)
