"""Reads the arguments that models send: leniently if the meaning is certain, otherwise rejecting them in one sentence.

Both work from the tool's flat JSON schema, which is also what the model was shown.
"""

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import to_json

from telnyx_connections_mcp.mcp_server.argument_errors import explain, path_of

# One client (Cline) adds this argument to every call for its own use.
_NOT_FOR_TOOLS = frozenset({"task_progress"})
_TRUTH = {"true": True, "false": False}
_NULL = ("null", "none")
_CONDITIONS = ("where.", "filter.")
_MAX_CACHED = 64  # as many as a snapshot remembers answers
_LONGEST_CACHED = 2_048
"""Longest arguments cached, in bytes of JSON."""
_MAY_BE_EMPTY = re.compile(rb'null|\[\]|\{\}|""|" |[\\\x80-\xff]')
"""In compact JSON: null, an empty value, or a string that may be white space alone."""
_MAX_EMPTY = 3
_MAX_ERRORS = 3

M = TypeVar("M", bound=BaseModel)


class ArgumentError(Exception):
    """Rejected arguments; the text says which, and what is allowed, in one sentence."""


class ArgumentReader:
    """Reads the arguments of one tool, with a cache, because the same call is often repeated."""

    def __init__(self, model: type[BaseModel], schema: Callable[[], Mapping[str, Any]]) -> None:
        self._model = model
        self._schema = schema
        self._cache: dict[bytes, tuple[BaseModel, list[str]]] = {}

    def __call__(self, arguments: Mapping[str, Any]) -> tuple[BaseModel, list[str]]:
        """As `read_arguments`; the result must not be changed."""
        try:
            key = to_json(arguments, inf_nan_mode="constants")
        except ValueError:  # a lone surrogate
            key = b""
        if not 0 < len(key) <= _LONGEST_CACHED:
            return read_arguments(self._model, self._schema(), arguments)
        if key not in self._cache:
            read = self._read_literally(arguments, key) or read_arguments(self._model, self._schema(), arguments)
            if len(self._cache) >= _MAX_CACHED:
                del self._cache[next(iter(self._cache))]
            self._cache[key] = read
        return self._cache[key]

    def _read_literally(self, arguments: Mapping[str, Any], key: bytes) -> tuple[BaseModel, list[str]] | None:
        """The result if `arguments` can be taken literally: nothing in it is empty, and each value has its type."""
        if _MAY_BE_EMPTY.search(key) is not None:
            return None
        try:
            return self._model.model_validate(arguments), []
        except ValidationError:
            return None


def read_arguments(model: type[M], schema: Mapping[str, Any], arguments: Mapping[str, Any]) -> tuple[M, list[str]]:
    """`arguments` as a `model` whose flat schema is `schema`, and the empty conditions. Raises `ArgumentError`.

    An empty condition is ignored, and the answer says so. Clients that fill in every argument send many, so at most
    three are named and the others counted. The model's `ELSEWHERE` maps unknown names and values, and values that are
    not ids, to hints.
    """
    wanted = {name: value for name, value in arguments.items() if name not in _NOT_FOR_TOOLS}
    empty: list[str] = []
    meant = _without_empty(coerce(wanted, schema), schema, (), empty)
    try:
        return model.model_validate(meant), _counted([path for path in empty if path.startswith(_CONDITIONS)])
    except ValidationError as error:
        elsewhere: Mapping[str, str] = getattr(model, "ELSEWHERE", {})
        details = error.errors(include_url=False, include_input=False)
        problems = "; ".join(explain(details[:_MAX_ERRORS], meant, schema, elsewhere))
    more = len(details) - _MAX_ERRORS
    raise ArgumentError(f"Nothing was sent to Telnyx: {problems}{f'; and {more} more' if more > 0 else ''}.")


def _counted(paths: list[str]) -> list[str]:
    more = len(paths) - _MAX_EMPTY
    return [*paths[:_MAX_EMPTY], f"{more} more"] if more > 0 else paths


def _without_empty(value: Any, schema: Mapping[str, Any], loc: tuple[int | str, ...], empty: list[str]) -> Any:
    """`value` without its empty parts, whose paths are added to `empty` unless they are null.

    Several frameworks make every argument required, so that models send an empty value for "not given". Names that are
    not in `schema` are kept.
    """
    if isinstance(value, dict) and (nodes := schema.get("properties")) is not None:
        parts = {
            name: _part(item, nodes[name], (*loc, name), empty) if name in nodes else item
            for name, item in value.items()
        }
        return {name: item for name, item in parts.items() if item is not None or name not in nodes}
    if isinstance(value, list) and (node := schema.get("items")) is not None:
        # An empty object or list within a list does not mean "not given": it is wrong.
        items = [
            item if item in ([], {}) else _part(item, node, (*loc, number), empty) for number, item in enumerate(value)
        ]
        return [item for item in items if item is not None]
    return value


def _part(item: Any, schema: Mapping[str, Any], loc: tuple[int | str, ...], empty: list[str]) -> Any:
    """The part at `loc`; None if it is empty."""
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
    """Whether `value` is null, white space alone, or an empty list or object."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or (isinstance(value, dict | list) and not value)


def read_account(arguments: Mapping[str, Any]) -> str | None:
    """The account named in a call's arguments, if any. Raises `ArgumentError`."""
    account = coerce(arguments.get("account"), {"type": "string"})
    if _is_empty(account):
        return None
    if isinstance(account, str):
        return account
    raise ArgumentError("Nothing was sent to Telnyx: `account` must be an account name as text.")


def coerce(value: Any, schema: Mapping[str, Any]) -> Any:
    """`value` in the form that `schema` requires if the meaning is certain; otherwise unchanged.

    Accepted are: an object or list as JSON text, a single value for a list, comma-separated words if none can contain a
    comma, a bare string for an object whose only property is `contains`, integers and booleans as text, ids as numbers.
    """
    if _is_empty(value):
        return value
    kind = schema.get("type")
    if kind == "object":
        return _coerce_object(value, schema)
    if kind == "array":
        return _coerce_list(_parsed(value, list), schema["items"])
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


def _coerce_list(value: Any, items: Mapping[str, Any]) -> Any:
    """A list; unchanged if a text may be one value with a comma in it, or several."""
    if isinstance(value, str) and "enum" in items:
        value = [] if value.strip().lower() in _NULL else value.split(",")
    elif isinstance(value, str) and "," in value:
        return value
    return [coerce(item, items) for item in (value if isinstance(value, list) else [value])]


def _coerce_object(value: Any, schema: Mapping[str, Any]) -> Any:
    properties = schema.get("properties", {})
    value = _parsed(value, dict)
    if isinstance(value, str) and value.strip().lower() in _NULL:
        return None
    if isinstance(value, str) and list(properties) == ["contains"]:
        return {"contains": value}
    if not isinstance(value, dict):
        return value
    return {name: coerce(item, properties[name]) if name in properties else item for name, item in value.items()}


def _parsed(value: Any, kind: type) -> Any:
    """The object or list in the JSON text `value`, else `value`."""
    if not isinstance(value, str):
        return value
    try:
        parsed = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return parsed if isinstance(parsed, kind) else value
