"""Prompt files: TOML front matter between `+++` lines, then the text.

The front matter gives `name`, `title`, `description` and a list of `arguments`, each with `name`,
`description`, `required` and, where it is not required, a `default` that stands in for it. `{{name}}` in the
text is replaced by the argument's value; `"{{name}}"` becomes a JSON string, so that a value with quotation marks
neither breaks the JSON of a call nor ends the quotation that it stands in.
"""

import json
import re
import tomllib
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from telnyx_connections_mcp.text.cleaning import clean, cut

LARGEST_FILE = 64 * 1024
LONGEST_VALUE = 500
_FRONT = re.compile(r"\+\+\+[ \t]*\n(.*?)^\+\+\+[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_TABLE = re.compile(r"^[ \t]*\[\[[ \t]*arguments[ \t]*\]\]", re.MULTILINE)
_PLACE = re.compile(r"\{\{[ \t]*([^{}\n]*?)[ \t]*\}\}")
_FILLED = re.compile(r'"\{\{[ \t]*(?P<quoted>[a-z0-9_]+)[ \t]*\}\}"|\{\{[ \t]*(?P<bare>[a-z0-9_]+)[ \t]*\}\}')


class PromptFileError(Exception):
    """A prompt file that cannot be used: in which line, counted from 1, and what is wrong there."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(line, what)
        self.line = line
        self.what = what

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


Rule = tuple[Callable[[Any], bool], str]
"""Whether a value may stand there, and in words what may."""


def _text(most: int) -> Rule:
    return lambda value: isinstance(value, str) and 0 < len(value.strip()) <= most, f"text of 1 to {most} characters"


def _like(pattern: str, words: str) -> Rule:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None, words


def _tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


# Checked by hand: pydantic's two models would make every start 3 ms slower.
_PROMPT: Mapping[str, Rule] = {
    "name": _like(r"[A-Za-z0-9_.-]{1,64}", "1 to 64 letters without accents, digits, -, _ and ."),
    "title": _text(100),
    "description": _text(500),
    "arguments": (_tables, "a list of [[arguments]] tables"),
}
_ARGUMENT: Mapping[str, Rule] = {
    "name": _like(r"[a-z][a-z0-9_]{0,63}", "lower-case letters, digits and _, a letter first"),
    "description": _text(500),
    "required": (lambda value: isinstance(value, bool), "true or false"),
    "default": (lambda value: isinstance(value, str), "text in quotation marks"),
}


@dataclass(frozen=True, slots=True)
class PromptFile:
    """What a prompt file says; `arguments` are tables with the keys that the module's docstring names."""

    name: str
    title: str
    description: str
    arguments: Sequence[Mapping[str, Any]]
    text: str

    def filled_in(self, given: Mapping[str, str]) -> str:
        """The text with these arguments, cleaned and of at most 500 characters each; an empty one is its default."""
        values = {argument["name"]: argument.get("default", "") for argument in self.arguments}
        values |= {name: value for name, value in given.items() if clean(value).strip()}
        shown = {name: cut(clean(value), LONGEST_VALUE) for name, value in values.items()}

        def fill(place: re.Match[str]) -> str:
            quoted = place["quoted"]
            return json.dumps(shown[quoted], ensure_ascii=False) if quoted else shown[place["bare"]]

        return _FILLED.sub(fill, self.text)


def read_folder(directory: Path) -> tuple[dict[str, PromptFile], list[str]]:
    """The prompts of the folder's `*.md` files by name, and in a sentence each what could not be used."""
    found: dict[str, PromptFile] = {}
    problems: list[str] = []
    try:
        # Not glob, to which a folder that may not be read is an empty one.
        paths = sorted(path for path in directory.iterdir() if path.suffix.lower() == ".md")
    except OSError as error:
        reason = error.strerror or "no reason given"
        return found, [
            f"The prompts folder {clean(str(directory))} cannot be read ({reason}): its prompts are left out."
        ]
    for path in paths:
        try:
            prompt = read_prompt(path, found)
        except PromptFileError as error:
            problems.append(f"{clean(str(path))}, {clean(str(error))}; this prompt is left out.")
        else:
            found[prompt.name] = prompt
    return found, problems


def read_prompt(path: Path, taken: Collection[str] = ()) -> PromptFile:
    """The prompt file at `path`, with or without byte-order mark and CR.

    Raises `PromptFileError`, also where its name is one of those `taken`.
    """
    whole = _read_text(path)
    parts = _FRONT.match(whole)
    if parts is None:
        raise PromptFileError(1, "it does not begin with front matter between two lines of +++")
    front, text = parts[1], whole[parts.end() :]
    try:
        # The line break stands for the +++ before, so that the lines tomllib counts are those of the file.
        said = tomllib.loads("\n" + front)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        line = re.search(r"at line ([0-9]+)", str(error))
        last = front.count("\n") + 2
        raise PromptFileError(int(line[1]) if line else last, f"the front matter is not TOML: {error}") from None
    _check(said, _PROMPT, front, ())
    arguments = said.get("arguments", [])
    _check_arguments(arguments, front)
    _check_text(text, {argument["name"] for argument in arguments}, before=whole.count("\n", 0, parts.end()))
    if said["name"] in taken:
        raise _at(front, ("name",), f"another file of this folder has the name {said['name']} too")
    return PromptFile(said["name"], said["title"], said["description"], arguments, text.strip())


def _read_text(path: Path) -> str:
    try:
        if not path.is_file():  # reading a pipe would wait for ever
            raise PromptFileError(1, "it is not a file")
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise PromptFileError(1, f"it cannot be read ({error.strerror or 'no reason given'})") from None
    if len(data) > LARGEST_FILE:
        raise PromptFileError(1, f"it is larger than {LARGEST_FILE // 1024} KiB")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise PromptFileError(data.count(b"\n", 0, error.start) + 1, "it is not UTF-8") from None


def _check(table: Mapping[str, Any], rules: Mapping[str, Rule], front: str, loc: tuple[str | int, ...]) -> None:
    """Raise unless every key of the table at `loc` is known, holds what it may, and none that is needed is missing."""
    where = f"argument {int(loc[1]) + 1}" if loc else "the front matter"
    for key, value in table.items():
        holds, words = rules.get(key, (None, ""))
        if holds is None:
            raise _at(front, (*loc, key), f"`{_shown(key)}` is unknown; {where} may hold {', '.join(rules)}")
        if not holds(value):
            raise _at(front, (*loc, key), f"`{key}` must be {words}")
    for key in ("name", "title", "description"):
        if key in rules and key not in table:
            raise _at(front, loc, f"{where} lacks `{key}`")


def _check_arguments(arguments: Sequence[Mapping[str, Any]], front: str) -> None:
    seen: set[str] = set()
    for number, argument in enumerate(arguments):
        _check(argument, _ARGUMENT, front, ("arguments", number))
        name, loc = argument["name"], ("arguments", number, "name")
        if name in seen:
            raise _at(front, loc, f"the argument `{name}` is there twice")
        if not argument.get("required") and "default" not in argument:
            raise _at(front, loc, f"the optional argument `{name}` lacks a `default`")
        seen.add(name)


def _check_text(text: str, declared: Collection[str], before: int) -> None:
    """Raise for an empty text, or a place in it that no argument fills; `before` lines stand before it."""
    if not text.strip():
        raise PromptFileError(before + 1, "there is no text after the front matter")
    for place in _PLACE.finditer(text):
        if place[1] not in declared:
            line = before + text.count("\n", 0, place.start()) + 1
            raise PromptFileError(line, f"the text uses `{_shown(place[1])}`, which is no argument of the prompt")


def _at(front: str, loc: Sequence[str | int], what: str) -> PromptFileError:
    """The error in the line that `loc` of the front matter is about: its key's, else its table's, else the first."""
    tables = [table.start() for table in _TABLE.finditer(front)]
    begin, end = 0, tables[0] if tables else len(front)
    if len(loc) > 1 and tables:
        begin, end = [*tables, len(front)][int(loc[1]) : int(loc[1]) + 2]
    elif len(loc) > 1:  # written as arguments = [...]
        loc = loc[:1]
    key = re.escape(str(loc[-1])) if loc else "(?!)"
    pattern = re.compile(rf"""^[ \t]*(?:["']?{key}["']?[ \t]*[.=]|\[[ \t]*{key}[ \t]*[.\]])""", re.MULTILINE)
    found = pattern.search(front, begin, end)
    if found is None and not begin and loc[:1] != ("arguments",):
        return PromptFileError(1, what)
    return PromptFileError(front.count("\n", 0, found.start() if found else begin) + 2, what)


def _shown(name: str) -> str:
    return cut(clean(name), 40)
