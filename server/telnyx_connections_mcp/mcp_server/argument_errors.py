"""Explains why arguments are rejected: which one, what is allowed, and what was probably meant."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from telnyx_connections_mcp.text.cleaning import clean, cut

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

_SHOWN = 40
_LONGEST_NAME = 200  # anything longer is not a misspelling, and comparing it would take seconds
_MAX_HINTS = 2
_LACKING = frozenset({"no", "not", "none", "without", "missing", "lacks", "lacking"})
_ORDER = re.compile(r"(?P<field>\w+)[\s:,]+(?:asc|(?P<down>desc))(?:ending)?")


def explain(
    problems: Sequence["ErrorDetails"], arguments: Any, schema: Mapping[str, Any], elsewhere: Mapping[str, str]
) -> Iterator[str]:
    """Each problem in words; the properties of an object are listed once, after its last unknown name."""
    told: set[str] = set()
    parents = [problem["loc"][:-1] if problem["type"] == "extra_forbidden" else None for problem in problems]
    for number, (problem, parent) in enumerate(zip(problems, parents, strict=True)):
        sentence = _explain_one(problem, arguments, schema, elsewhere, told)
        if parent is not None and parent not in parents[number + 1 :]:
            sentence += f"; {path_of(parent) or 'this tool'} takes {_names(_node(schema, parent))}"
        yield sentence


def _explain_one(
    problem: "ErrorDetails", arguments: Any, schema: Mapping[str, Any], elsewhere: Mapping[str, str], told: set[str]
) -> str:
    """One problem of `arguments` in words. What is allowed is added to `told`, and of lists each is told once."""
    error, loc = problem["type"], problem["loc"]
    path = path_of(loc)
    if error == "extra_forbidden":
        name = cut(clean(str(loc[-1])[:_LONGEST_NAME]), _SHOWN)
        hint = f" ({elsewhere[name]})" if name in elsewhere else _nearest_path(loc, schema)
        return f"`{'.'.join([*map(str, loc[:-1]), name])}` is unknown{hint}"
    node = _node(schema, loc)
    if error == "missing":
        return f"`{path}` is missing: give {allowed(node)}"
    value = _value(arguments, loc)
    hint = ""
    if "enum" in node and isinstance(value, str):
        known = elsewhere.get(value.strip().lower().lstrip("-"))
        hint = f" ({known})" if known else _nearest(value, node["enum"])
    elif path in elsewhere:
        hint = f" ({elsewhere[path]})"
    if node.get("type") == "array" and isinstance(value, str):
        hint = f" (as in {json.dumps([part.strip() for part in value[:_SHOWN].split(',')][:2], ensure_ascii=False)})"
    shown = cut(clean(json.dumps(value, ensure_ascii=False)), _SHOWN)
    wanted = str(problem["ctx"]["error"]) if error == "value_error" else f"must be {_told_once(node, told)}"
    return f"`{path}` {wanted}, not {shown}{hint}"


def _told_once(node: Mapping[str, Any], told: set[str]) -> str:
    """What is allowed; of a list that has been told, that it is the same."""
    text = allowed(node)
    if "enum" in node and text in told:
        return "one of the same"
    told.add(text)
    return text


def path_of(loc: Sequence[int | str]) -> str:
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
        return 'an id as text, 1 to 19 digits, such as "1293384261075731499"'
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


def _value(value: Any, loc: Sequence[int | str]) -> Any:
    for step in loc:
        value = value[step]
    return value


def _nearest_path(loc: Sequence[int | str], schema: Mapping[str, Any]) -> str:
    """` (did you mean …?)` for an unknown name: a sibling first, then the same name elsewhere, then a similar one."""
    name, parent = str(loc[-1])[:_LONGEST_NAME], [str(step) for step in loc[:-1]]
    siblings = list(_node(schema, loc[:-1]).get("properties", {}))
    if near := [".".join([*parent, sibling]) for sibling in _similar(name, siblings, 0.75)]:
        return _hint(near)
    paths = list(_paths(schema))
    words = re.findall("[a-z0-9]+", name)
    if near := [path for path in paths if re.findall("[a-z0-9]+", path) == words]:  # `page_size`, `page[size]`
        return _hint(near)
    last = re.sub(r"[\[\].]+", ".", name).strip(".").rpartition(".")[2]
    near = [path for path in paths if path.rpartition(".")[2] in (name, last)]
    ends = {path.rpartition(".")[2]: path for path in reversed(paths)}
    return _hint(near or [ends[end] for end in _similar(last, list(ends), 0.75)])


def _paths(schema: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, child in schema.get("properties", {}).items():
        yield prefix + name
        yield from _paths(child, f"{prefix}{name}.")


def _nearest(value: str, names: Sequence[str]) -> str:
    if order := _ORDER.fullmatch(value[:_LONGEST_NAME].strip().lower()):
        value = ("-" if order["down"] else "") + order["field"]
    return _hint(_similar(value[:_LONGEST_NAME], names, 0.8))


def _hint(near: Sequence[str]) -> str:
    return f" (did you mean {' or '.join(f'`{name}`' for name in near[:_MAX_HINTS])}?)" if near else ""


def _similar(text: str, names: Sequence[str], cutoff: float) -> list[str]:
    """The `names` that `text` probably means, in their order.

    Those that contain its words consecutively, else the one that it misspells, else those with a word for each of its
    words. `no_webhook` is `texml_without_webhook` but not `no_failover_webhook`; `http_webhook` is `webhook_not_https`
    but not a sort. A wrong hint would be followed, so in doubt there is none.
    """
    text = text.strip().lower()
    words = _words(text)
    if not words:
        return []
    alike = [name for name in names if name.startswith("-") is text.startswith("-") and _has_each(words, _words(name))]
    in_a_row = [name for name in alike if f" {' '.join(words)}" in f" {' '.join(_words(name))}"]
    return in_a_row or get_close_matches(text, names, 1, cutoff) or alike


def _words(text: str) -> list[str]:
    """The words of a name, with any word for "missing" as a leading "no": `webhook missing` is `no webhook`."""
    words = ["no" if word in _LACKING else word for word in re.findall("[a-z0-9]{2,}", text)]
    return words[-1:] + words[:-1] if words[-1:] == ["no"] else words


def _has_each(words: Sequence[str], own: Sequence[str]) -> bool:
    """Whether each of `words` is a prefix of one of `own`."""
    return all(any(other.startswith(word) for other in own) for word in words)
