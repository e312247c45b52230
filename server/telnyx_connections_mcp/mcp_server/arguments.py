"""What a model sends as arguments: read liberally where the meaning is certain, else refused in one sentence.

Both work from the tool's flat JSON schema, the same that the model was shown.
"""

import json
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from telnyx_connections_mcp.mcp_server.argument_errors import explained, path_of

# One client (Cline) adds this argument to every call for its own use; it says nothing to a tool.
_NOT_FOR_TOOLS = frozenset({"task_progress"})
_TRUTH = {"true": True, "false": False}
_NULL = ("null", "none")
_CONDITIONS = ("where.", "filter.")
_REMEMBERED = 256
_LONGEST_REMEMBERED = 2_048
"""Bytes of arguments, as JSON, that are remembered with what was read."""
_MAY_BE_EMPTY = re.compile(rb'null|\[\]|\{\}|""|" |[\\\x80-\xff]')
"""In JSON without white space: what is null, holds nothing, or is a text that could be white space alone."""
_MAX_EMPTY = 3
_MAX_ERRORS = 3

M = TypeVar("M", bound=BaseModel)


class ArgumentError(Exception):
    """Arguments that are refused; the text is one sentence that says which, and what is allowed."""


class ArgumentReader:
    """Reads the arguments of one tool, and remembers what it read lately: the same question is often asked again."""

    def __init__(self, model: type[BaseModel], schema: Mapping[str, Any]) -> None:
        self._model = model
        self._schema = schema
        self._lately: dict[bytes, tuple[BaseModel, list[str]]] = {}

    def __call__(self, given: Mapping[str, Any]) -> tuple[BaseModel, list[str]]:
        """As `read_arguments`; what is given back must not be changed."""
        try:
            key = to_json(given, inf_nan_mode="constants")
        except ValueError:  # a lone surrogate
            key = b""
        if not 0 < len(key) <= _LONGEST_REMEMBERED:
            return read_arguments(self._model, self._schema, given)
        if key not in self._lately:
            read = self._as_it_is(given, key) or read_arguments(self._model, self._schema, given)
            if len(self._lately) >= _REMEMBERED:
                del self._lately[next(iter(self._lately))]
            self._lately[key] = read
        return self._lately[key]

    def _as_it_is(self, given: Mapping[str, Any], key: bytes) -> tuple[BaseModel, list[str]] | None:
        """What was read if `given` can be taken literally: nothing in it is empty, and each value has its type."""
        if _MAY_BE_EMPTY.search(key) is None:
            with suppress(ValidationError):
                return self._model.model_validate(given), []
        return None


def read_arguments(model: type[M], schema: Mapping[str, Any], given: Mapping[str, Any]) -> tuple[M, list[str]]:
    """`given` as the `model` whose flat schema is `schema`, and the conditions left empty. Raises `ArgumentError`.

    An empty condition is none, and the answer must not pass for one to it. Clients that fill in every argument send
    many, so at most three are named and the others counted. `ELSEWHERE` of the model says, for names and values that it
    does not take and for ids that are none, what does.
    """
    wanted = {name: value for name, value in given.items() if name not in _NOT_FOR_TOOLS}
    empty: list[str] = []
    meant = _without_empty(liberal(wanted, schema), schema, (), empty)
    try:
        return model.model_validate(meant), _counted([path for path in empty if path.startswith(_CONDITIONS)])
    except ValidationError as error:
        elsewhere: Mapping[str, str] = getattr(model, "ELSEWHERE", {})
        details = error.errors(include_url=False, include_input=False)
        said = "; ".join(explained(details[:_MAX_ERRORS], meant, schema, elsewhere))
    more = len(details) - _MAX_ERRORS
    raise ArgumentError(f"Nothing was sent to Telnyx: {said}{f'; and {more} more' if more > 0 else ''}.")


def _counted(paths: list[str]) -> list[str]:
    more = len(paths) - _MAX_EMPTY
    return [*paths[:_MAX_EMPTY], f"{more} more"] if more > 0 else paths


def _without_empty(value: Any, schema: Mapping[str, Any], loc: tuple[int | str, ...], empty: list[str]) -> Any:
    """`value` without its empty parts, whose paths are added to `empty`, but for null.

    Several frameworks make every argument required, so that their models send an empty value for "not given". Names
    that `schema` does not have stay.
    """
    if isinstance(value, dict) and (nodes := schema.get("properties")) is not None:
        parts = {
            name: _part(item, nodes[name], (*loc, name), empty) if name in nodes else item
            for name, item in value.items()
        }
        return {name: item for name, item in parts.items() if item is not None or name not in nodes}
    if isinstance(value, list) and (node := schema.get("items")) is not None:
        # In a list an empty one is not in the place of nothing, but wrong.
        items = [
            item if item in ([], {}) else _part(item, node, (*loc, number), empty) for number, item in enumerate(value)
        ]
        return [item for item in items if item is not None]
    return value


def _part(item: Any, schema: Mapping[str, Any], loc: tuple[int | str, ...], empty: list[str]) -> Any:
    """The part at `loc`; None where it is empty."""
    if item is None:
        return None
    if _is_empty(item):
        empty.append(path_of(loc))
        return None
    if not isinstance(item, dict | list):
        return item
    item = _without_empty(item, schema, loc, empty)
    return item or None


def _is_empty(value: Any) -> bool:
    """Whether `value` is null, white space alone, or a list or an object without anything in it."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, dict | list) and not value)


def read_account(given: Mapping[str, Any]) -> str | None:
    """The account that a call names; None where it names none. Raises `ArgumentError`."""
    account = liberal(given.get("account"), {"type": "string"})
    if _is_empty(account):
        return None
    if isinstance(account, str):
        return account
    raise ArgumentError("Nothing was sent to Telnyx: `account` must be an account name as text.")


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
