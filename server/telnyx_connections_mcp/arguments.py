"""What a model sends as arguments: read liberally where the meaning is certain, else refused in one sentence.

Both work from the tool's flat JSON schema, the same that the model was shown.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from telnyx_connections_mcp.text import clean, cut

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

# One client (Cline) adds this argument to every call for its own use; it says nothing to a tool.
_NOT_FOR_TOOLS = frozenset({"task_progress"})
_TRUTH = {"true": True, "false": False}
_NULL = ("null", "none")
_CONDITIONS = ("where.", "filter.")
_MOST_EMPTY = 3
_SHOWN = 40
_LONGEST_NAME = 200  # what is longer is no misspelling of ours, and comparing it would take seconds
_MOST_ERRORS = 3
_MOST_HINTS = 2

M = TypeVar("M", bound=BaseModel)


class ArgumentError(Exception):
    """Arguments that are refused; the text is one sentence that says which, and what is allowed."""


def read_arguments(model: type[M], schema: Mapping[str, Any], given: Mapping[str, Any]) -> M:
    """`given` as the `model` whose flat schema is `schema`. Raises `ArgumentError`.

    `ELSEWHERE` of the model says, for values that it does not take, which tool does.
    """
    meant, _ = _meant(schema, given)
    try:
        return model.model_validate(meant)
    except ValidationError as error:
        elsewhere: Mapping[str, str] = getattr(model, "ELSEWHERE", {})
        details = error.errors(include_url=False, include_input=False)
        said = "; ".join(_explained(details[:_MOST_ERRORS], meant, schema, elsewhere))
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
            empty.extend([] if item is None else [_path((*loc, step))])
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


def _explained(
    problems: Sequence["ErrorDetails"], given: Any, schema: Mapping[str, Any], elsewhere: Mapping[str, str]
) -> Iterator[str]:
    """Each problem of `given` in words; what an object takes is said once, behind the last of its unknown names."""
    parents = [problem["loc"][:-1] if problem["type"] == "extra_forbidden" else None for problem in problems]
    for number, (problem, parent) in enumerate(zip(problems, parents, strict=True)):
        said = _explain(problem, given, schema, elsewhere)
        if parent is not None and parent not in parents[number + 1 :]:
            said += f"; {_path(parent) or 'this tool'} takes {_names(_node(schema, parent))}"
        yield said


def _explain(problem: "ErrorDetails", given: Any, schema: Mapping[str, Any], elsewhere: Mapping[str, str]) -> str:
    """One problem of `given` in words."""
    error, loc = problem["type"], problem["loc"]
    path = _path(loc)
    if error == "extra_forbidden":
        name = cut(clean(str(loc[-1])[:_LONGEST_NAME]), _SHOWN)
        return f"`{'.'.join([*map(str, loc[:-1]), name])}` is unknown{_nearest_path(loc, schema)}"
    node = _node(schema, loc)
    if error == "missing":
        return f"`{path}` is missing, give {allowed(node)}"
    value = _value(given, loc)
    hint = ""
    if "enum" in node and isinstance(value, str):
        known = elsewhere.get(value.strip().lower().lstrip("-"))
        hint = f" ({known})" if known else _nearest(value, node["enum"])
    if node.get("type") == "array" and isinstance(value, str):
        hint = f" (as in {json.dumps([part.strip() for part in value[:_SHOWN].split(',')][:2], ensure_ascii=False)})"
    shown = cut(clean(json.dumps(value, ensure_ascii=False)), _SHOWN)
    wanted = str(problem["ctx"]["error"]) if error == "value_error" else f"must be {allowed(node)}"
    return f"`{path}` {wanted}, not {shown}{hint}"


def _path(loc: Sequence[int | str]) -> str:
    """`where.ids[0]`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in loc).lstrip(".")


def allowed(node: Mapping[str, Any]) -> str:
    """What a schema allows, in words."""
    kind = node.get("type")
    if "enum" in node:
        return "one of " + ", ".join(node["enum"])
    if kind == "integer":
        low, high = node.get("minimum"), node.get("maximum")
        return f"a whole number from {low} to {high}" if high is not None else f"a whole number from {low}"
    if kind == "string":
        return _allowed_text(node)
    if kind == "boolean":
        return "true or false"
    if kind == "array":
        return f"a list of {node.get('minItems', 0)} to {node.get('maxItems', 'any')}, each {allowed(node['items'])}"
    return f"an object with {_names(node)}"


def _allowed_text(node: Mapping[str, Any]) -> str:
    if node.get("pattern", "").startswith("^[0-9]"):
        return 'an id as text of 1 to 19 digits, such as "1293384261075731499"'
    if node.get("pattern", "").startswith("^[0-9A-Za-z-]"):
        return "an id of 1 to 64 letters, digits and hyphens"
    low, high = node.get("minLength", 0), node.get("maxLength")
    return f"text of {low} to {high} characters" if high else "text"


def _names(node: Mapping[str, Any]) -> str:
    return ", ".join(node.get("properties", {})) or "no arguments"


def _node(schema: Mapping[str, Any], loc: Sequence[int | str]) -> Mapping[str, Any]:
    node: Mapping[str, Any] = schema
    for step in loc:
        node = node["items"] if isinstance(step, int) else node["properties"][step]
    return node


def _value(given: Any, loc: Sequence[int | str]) -> Any:
    for step in loc:
        given = given[step]
    return given


def _nearest_path(loc: Sequence[int | str], schema: Mapping[str, Any]) -> str:
    """` (did you mean …?)` for an unknown name: a sibling first, then the same name anywhere, then a similar one."""
    name, parent = str(loc[-1])[:_LONGEST_NAME], [str(step) for step in loc[:-1]]
    siblings = list(_node(schema, loc[:-1]).get("properties", {}))
    near = [".".join([*parent, sibling]) for sibling in _similar(name, siblings, 0.75)]
    if not near:
        paths = list(_paths(schema))
        last = re.sub(r"[\[\].]+", ".", name).strip(".").rpartition(".")[2]
        near = [path for path in paths if path.rpartition(".")[2] in (name, last)]
        ends = {path.rpartition(".")[2]: path for path in reversed(paths)}
        near = near or [ends[end] for end in _similar(last, list(ends), 0.75)]
    return _hint(near)


def _paths(schema: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, child in schema.get("properties", {}).items():
        yield prefix + name
        yield from _paths(child, f"{prefix}{name}.")


def _nearest(value: str, names: Sequence[str]) -> str:
    return _hint(_similar(value[:_LONGEST_NAME], names, 0.8))


def _hint(near: Sequence[str]) -> str:
    return f" (did you mean {' or '.join(f'`{name}`' for name in near[:_MOST_HINTS])}?)" if near else ""


def _similar(text: str, names: Sequence[str], cutoff: float) -> list[str]:
    """Of `names` the one that `text` misspells, or those that have a word for each of its words, in their order.

    `http_webhook` is `webhook_not_https`, and no sort: a wrong hint is followed, so where in doubt there is none.
    """
    text = text.strip().lower()
    if misspelled := get_close_matches(text, names, 1, cutoff):
        return misspelled
    words = re.findall("[a-z0-9]{2,}", text)
    alike = [name for name in names if words and all(re.search(rf"(?:^|[_-]){word}", name) for word in words)]
    return [name for name in alike if name.startswith("-") is text.startswith("-")]
