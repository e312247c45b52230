"""What a model sends as arguments: read liberally where the meaning is certain, else refused in one sentence.

Both work from the tool's flat JSON schema, the same that the model was shown.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from telnyx_connections_mcp.argument_errors import explained, path_of

# One client (Cline) adds this argument to every call for its own use; it says nothing to a tool.
_NOT_FOR_TOOLS = frozenset({"task_progress"})
_TRUTH = {"true": True, "false": False}
_NULL = ("null", "none")
_CONDITIONS = ("where.", "filter.")
_MOST_EMPTY = 3
_MOST_ERRORS = 3

M = TypeVar("M", bound=BaseModel)


class ArgumentError(Exception):
    """Arguments that are refused; the text is one sentence that says which, and what is allowed."""


def read_arguments(model: type[M], schema: Mapping[str, Any], given: Mapping[str, Any]) -> M:
    """`given` as the `model` whose flat schema is `schema`. Raises `ArgumentError`.

    `ELSEWHERE` of the model says, for names and values that it does not take and for ids that are none, what does.
    """
    meant, _ = _meant(schema, given)
    try:
        return model.model_validate(meant)
    except ValidationError as error:
        elsewhere: Mapping[str, str] = getattr(model, "ELSEWHERE", {})
        details = error.errors(include_url=False, include_input=False)
        said = "; ".join(explained(details[:_MOST_ERRORS], meant, schema, elsewhere))
    more = len(details) - _MOST_ERRORS
    raise ArgumentError(f"Nothing was asked of Telnyx: {said}{f'; and {more} more' if more > 0 else ''}.")


def empty_conditions(schema: Mapping[str, Any], given: Mapping[str, Any]) -> list[str]:
    """The conditions that `given` names and leaves empty, which are none: the answer must not pass for one to them.

    Clients that fill in every argument send many, so at most three are named and the others counted.
    """
    empty = [path for path in _meant(schema, given)[1] if path.startswith(_CONDITIONS)]
    more = len(empty) - _MOST_EMPTY
    return [*empty[:_MOST_EMPTY], *([f"{more} more"] if more > 0 else [])]


def _meant(schema: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[Any, list[str]]:
    """What `given` means by `schema`, without what is empty, and the paths of that, but for null.

    Several frameworks make every argument required, so that their models send an empty value for "not given".
    """
    empty: list[str] = []
    wanted = {name: value for name, value in given.items() if name not in _NOT_FOR_TOOLS}
    return _without_empty(liberal(wanted, schema), schema, (), empty), empty


def _without_empty(value: Any, schema: Mapping[str, Any], loc: tuple[int | str, ...], empty: list[str]) -> Any:
    """`value` without its empty parts, whose paths are added to `empty`; names that `schema` does not have stay."""

    def part(step: int | str, item: Any, node: Mapping[str, Any]) -> Any:
        """The item; None where it is empty."""
        if item in ([], {}) and isinstance(step, int):  # in a list it is not in the place of nothing, but wrong
            return item
        if _is_empty(item):
            empty.extend([] if item is None else [path_of((*loc, step))])
            return None
        item = _without_empty(item, node, (*loc, step), empty)
        return None if _is_empty(item) else item

    if isinstance(value, dict) and (nodes := schema.get("properties")) is not None:
        parts = {name: part(name, item, nodes[name]) if name in nodes else item for name, item in value.items()}
        return {name: item for name, item in parts.items() if item is not None or name not in nodes}
    if isinstance(value, list) and "items" in schema:
        items = [part(number, item, schema["items"]) for number, item in enumerate(value)]
        return [item for item in items if item is not None]
    return value


def _is_empty(value: Any) -> bool:
    """Whether `value` is null, white space alone, or a list or an object without anything in it."""
    return value is None or value in ([], {}) or (isinstance(value, str) and not value.strip())


def read_account(given: Mapping[str, Any]) -> str | None:
    """The account that a call names; None where it names none. Raises `ArgumentError`."""
    account = liberal(given.get("account"), {"type": "string"})
    if _is_empty(account):
        return None
    if isinstance(account, str):
        return account
    raise ArgumentError("Nothing was asked of Telnyx: `account` must be the name of an account as text.")


def liberal(value: Any, schema: Mapping[str, Any]) -> Any:
    """`value` in the form that `schema` asks for, where only one thing can be meant; else as it came.

    An object or a list sent as JSON text, one value for a list, words with commas between them where none holds one, a
    bare string for an object whose one property is `contains`, a whole number or a truth value sent as text, an id sent
    as a number.
    """
    if _is_empty(value):
        return value
    kind = schema.get("type")
    if kind == "object":
        return _liberal_object(value, schema)
    if kind == "array":
        return _liberal_list(_parsed(value, list), schema["items"])
    if kind in ("boolean", "integer") and isinstance(value, str) and value.strip().lower() in _NULL:
        return None
    if kind == "boolean" and isinstance(value, str):
        return _TRUTH.get(value.strip().lower(), value)
    if kind == "integer" and isinstance(value, str) and re.fullmatch(r"\s*[+-]?[0-9]{1,18}\s*", value):
        return int(value)
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and ("enum" in schema or "pattern" in schema):
        return value.strip()
    if kind == "string" and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


def _liberal_list(value: Any, items: Mapping[str, Any]) -> Any:
    """A list; as it came where a text may be one value with a comma in it, or several."""
    if isinstance(value, str) and "enum" in items:
        value = [] if value.strip().lower() in _NULL else value.split(",")
    elif isinstance(value, str) and "," in value:
        return value
    return [liberal(item, items) for item in (value if isinstance(value, list) else [value])]


def _liberal_object(value: Any, schema: Mapping[str, Any]) -> Any:
    properties = schema.get("properties", {})
    value = _parsed(value, dict)
    if isinstance(value, str) and value.strip().lower() in _NULL:
        return None
    if isinstance(value, str) and list(properties) == ["contains"]:
        return {"contains": value}
    if not isinstance(value, dict):
        return value
    return {name: liberal(item, properties[name]) if name in properties else item for name, item in value.items()}


def _parsed(value: Any, kind: type) -> Any:
    """The object or list that the JSON text `value` holds, else `value`."""
    if not isinstance(value, str):
        return value
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return parsed if isinstance(parsed, kind) else value
