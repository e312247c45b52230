"""Parses JSON with comments and trailing commas, keeping the position of every part.

The grammar is RFC 8259 plus what Microsoft's JSONC adds (https://code.visualstudio.com/docs/languages/json#_json-with-comments,
https://jsonc.org): `//` and `/* */` comments, and a comma after the last member or item.
"""

import json
import re
from dataclasses import dataclass, field

from telnyx_connections_mcp.cli.install.problem import BrokenFileError

_DEEPEST = 100
_SPACE = re.compile(r"[ \t\r\n]*")
_COMMENT = re.compile(r"//[^\r\n]*|/\*.*?\*/", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"')
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null")


@dataclass(slots=True)
class Node:
    """A value and its position: `text[start:end]`."""

    start: int
    end: int = 0
    value: object = None
    """The value, as from `json.loads`."""
    parts: list["Part"] | None = None
    """The members of an object or the items of an array; None for other values."""

    def named(self, name: str) -> list["Part"]:
        """The members with that name, in order."""
        return [part for part in self.parts or () if part.name == name]


@dataclass(slots=True)
class Part:
    """A member of an object, or an item of an array, which has no name."""

    name: str | None
    start: int
    node: Node
    comma: int | None = None
    """The position of the comma after it; usually None for the last one."""

    @property
    def end(self) -> int:
        """The end of the part, including its comma."""
        return self.node.end if self.comma is None else self.comma + 1


@dataclass(slots=True)
class Scan:
    """A parser of one text."""

    text: str
    at: int = 0
    beyond_json: int | None = field(default=None, init=False)
    """The position of the first comment or trailing comma, which strict parsers reject."""
    line_comment_ends: set[int] = field(default_factory=set, init=False)
    """The positions of line breaks that end comments."""

    def document(self) -> Node:
        """The only value of the text. Raises `BrokenFileError` with line and column."""
        self.skip()
        node = self._value(0)
        self.skip()
        if self.at < len(self.text):
            raise self._wrong("there is extra text after the JSON value")
        return node

    def skip(self) -> None:
        """Skip white space and comments."""
        while True:
            self.at = _end(_SPACE, self.text, self.at)
            end = _end(_COMMENT, self.text, self.at)
            if end == self.at:
                return
            self._note(self.at)
            if self.text.startswith("//", self.at):
                self.line_comment_ends.add(end)
            self.at = end

    def _note(self, position: int) -> None:
        if self.beyond_json is None:
            self.beyond_json = position

    def _wrong(self, why: str) -> BrokenFileError:
        return BrokenFileError(why, self.text, self.at)

    def _value(self, depth: int) -> Node:
        if depth > _DEEPEST:
            raise self._wrong(f"it is nested more than {_DEEPEST} levels deep")
        opening = self.text[self.at : self.at + 1]
        if opening in ("{", "["):
            return self._inside(opening, depth)
        end = _end(_STRING if opening == '"' else _PLAIN, self.text, self.at)
        if end == self.at:
            raise self._wrong("a string does not end" if opening == '"' else "expected a JSON value here")
        try:
            node = Node(self.at, end, json.loads(self.text[self.at : end]))
        except ValueError:  # Python reads no integer of more than 4,300 digits
            raise self._wrong("a number is too long") from None
        self.at = end
        return node

    def _inside(self, opening: str, depth: int) -> Node:
        closing, node = ("}" if opening == "{" else "]"), Node(self.at)
        parts: list[Part] = []
        self.at += 1
        self.skip()
        while not self.text.startswith(closing, self.at):
            if parts and parts[-1].comma is None:
                raise self._wrong(f"expected a comma or {closing} here")
            parts.append(self._part(depth, named=opening == "{"))
        if parts and parts[-1].comma is not None:
            self._note(parts[-1].comma)
        self.at += 1
        node.end, node.parts = self.at, parts
        items = [part.node.value for part in parts]
        node.value = items if opening == "[" else dict(zip((part.name for part in parts), items, strict=True))
        return node

    def _part(self, depth: int, *, named: bool) -> Part:
        start, name = self.at, None
        if named:
            end = _end(_STRING, self.text, start)
            if end == start:
                raise self._wrong("expected a name in double quotes here")
            name, self.at = json.loads(self.text[start:end]), end
            self.skip()
            if not self.text.startswith(":", self.at):
                raise self._wrong("expected a colon here")
            self.at += 1
            self.skip()
        part = Part(name, start, self._value(depth + 1))
        self.skip()
        if self.text.startswith(",", self.at):
            part.comma = self.at
            self.at += 1
            self.skip()
        return part


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    """The end of the match of `pattern` at `start`; `start` if there is none."""
    found = pattern.match(text, start)
    return start if found is None else found.end()
