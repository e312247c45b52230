"""Edits one member or item of a JSON text and nothing else, keeping its comments, commas, indentation and line ends."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from telnyx_connections_mcp.cli.install.jsonc import Node, Part, Scan
from telnyx_connections_mcp.cli.install.problem import BrokenFileError

Names = Sequence[str]

_SAME_LINE = re.compile(r"(?:[ \t]*(?://[^\r\n]*|/\*[^\r\n]*?\*/))*")
_BREAK = re.compile(r"[ \t]*[\r\n]")
_INDENTED = re.compile(r'^([ \t]+)"', re.MULTILINE)
_SPACED = re.compile(r"[,:] ")


def read(text: str) -> Node:
    """The object in `text`; an empty one for an empty text. Raises `BrokenFileError`."""
    node, _ = _scanned(text)
    if not isinstance(node.value, dict):
        raise BrokenFileError("the file does not contain a JSON object", text, node.start)
    return node


def beyond_json(text: str) -> int | None:
    """The position of the first comment or trailing comma; None for plain JSON."""
    return _scanned(text)[1].beyond_json


@lru_cache(maxsize=4)  # an edit parses the same text many times, and some clients keep megabytes of state in it
def _scanned(text: str) -> tuple[Node, Scan]:
    scan = Scan(text)
    scan.skip()
    if scan.at == len(text):
        return Node(len(text), len(text), {}, []), scan
    scan = Scan(text)
    return scan.document(), scan


def find(text: str, path: Names) -> Part | None:
    """The member at `path`, one name per level. Raises `BrokenFileError` if a level is not an object, or ambiguous."""
    node, found = read(text), None
    for depth, name in enumerate(path):
        if not isinstance(node.value, dict):
            raise BrokenFileError(f'"{path[depth - 1]}" is not a JSON object', text, node.start)
        members = node.named(name)
        if len(members) > 1:
            raise BrokenFileError(f'"{name}" appears twice', text, members[1].start)
        if not members:
            return None
        found, node = members[0], members[0].node
    return found


def put(text: str, path: Names, value: object) -> str:
    """`text` with `value` at `path`, creating missing objects."""
    found = find(text, path)
    if found is not None:
        style = _style(text, _holder(text, path))
        return text[: found.node.start] + _write(value, style, _indent_at(text, found.start)) + text[found.node.end :]
    if len(path) > 1 and find(text, path[:-1]) is None:
        return put(text, path[:-1], {path[-1]: value})
    root = read(text)
    if root.start == root.end:
        style = _style(text, root)
        gap = style.newline if text and not text.endswith("\n") else ""
        return text + gap + _write({path[-1]: value}, style, "") + style.newline
    return _insert(text, _holder(text, path), path[-1], value)


def append(text: str, name: str, value: object) -> str:
    """`text` with `value` appended to the array `name` of the root, creating it if missing."""
    found = find(text, [name])
    if found is None:
        return put(text, [name], [value])
    if not isinstance(found.node.value, list):
        raise BrokenFileError(f'"{name}" is not a JSON array', text, found.node.start)
    return _insert(text, found.node, None, value)


def remove(text: str, path: Names) -> str:
    """`text` without the member at `path`, if present, and its comma."""
    found = find(text, path)
    return text if found is None else _cut(text, _holder(text, path), found)


def remove_item(text: str, name: str, item: Part) -> str:
    """`text` without `item` of the array `name` of the root."""
    found = find(text, [name])
    return text if found is None else _cut(text, found.node, item)


def _cut(text: str, holder: Node, part: Part) -> str:
    parts = holder.parts or []
    start = part.start - len(_space_before(text, part.start))
    if start in _scanned(text)[1].line_comment_ends and not _BREAK.match(text, part.end):
        start += 2 if text.startswith("\r\n", start) else 1
    if len(parts) == 1:
        inside = text[holder.start + 1 : start] + text[part.end : holder.end - 1]
        return text[: holder.start + 1] + (inside if inside.strip() else "") + text[holder.end - 1 :]
    if part.comma is None:  # the last one: the comma of the one before it goes, and the comments behind that stay
        before = parts[parts.index(part) - 1].end
        return text[: before - 1] + text[before:start] + text[part.end :]
    return text[:start] + text[part.end :]


@dataclass(frozen=True, slots=True)
class _Style:
    """The style of neighboring members."""

    newline: str
    unit: str
    one_line: bool
    comma: str
    colon: str


def _style(text: str, holder: Node) -> _Style:
    ends = text.find("\n")
    indented = _INDENTED.search(text)
    around = text[holder.start : holder.end] if holder.parts else text
    one_line = "\n" not in around.strip()
    if holder.start == holder.end or (not holder.parts and not text[: holder.start].strip()):
        one_line = False  # an empty root opens up
    spaced = not one_line or _SPACED.search(around) is not None
    return _Style(
        newline="\r\n" if ends > 0 and text[ends - 1] == "\r" else "\n",
        unit=indented[1] if indented else "  ",
        one_line=one_line,
        comma=", " if spaced else ",",
        colon=": " if spaced else ":",
    )


def _write(value: object, style: _Style, indent: str) -> str:
    if style.one_line:
        return json.dumps(value, ensure_ascii=False, separators=(style.comma, style.colon))
    made = json.dumps(value, ensure_ascii=False, indent=style.unit)
    return made.replace("\n", style.newline + indent)


def _insert(text: str, holder: Node, name: str | None, value: object) -> str:
    """`text` with a new last part in `holder`, in the style of its neighbors."""
    parts, style = holder.parts or [], _style(text, holder)
    outer = _indent_at(text, holder.start)
    inner = _indent_at(text, parts[0].start) if parts else outer + style.unit
    label = "" if name is None else json.dumps(name, ensure_ascii=False) + style.colon
    made = label + _write(value, style, inner)
    if not style.one_line:
        made = style.newline + inner + made
    elif parts:
        made = style.comma[1:] + made
    if parts:
        last = parts[-1]
        same_line = _SAME_LINE.match(text, last.end)
        at = same_line.end() if same_line else last.end
        if last.comma is not None:
            return text[:at] + made + "," + text[at:]
        return text[: last.end] + "," + text[last.end : at] + made + text[at:]
    scan = Scan(text, holder.start + 1)
    scan.skip()  # the comments of an empty object stay before what is new
    at = scan.at - len(_space_before(text, scan.at))
    if style.one_line or "\n" in text[at : holder.end]:
        return text[:at] + made + text[at:]
    return text[:at] + made + style.newline + outer + text[at:].lstrip(" \t")


def _holder(text: str, path: Names) -> Node:
    """The object that contains, or would contain, the member at `path`."""
    above = find(text, path[:-1])
    return read(text) if above is None else above.node


def _space_before(text: str, at: int) -> str:
    before = text[:at]
    return before[len(before.rstrip(" \t\r\n")) :]


def _indent_at(text: str, at: int) -> str:
    """The indentation of the line at `at`."""
    line = text[text.rfind("\n", 0, at) + 1 : at]
    return line[: len(line) - len(line.lstrip(" \t"))]
