"""Prompt files: YAML front matter between `---` lines, then the text.

The front matter gives `name`, `title`, `description` and a list of `arguments`, each with `name`,
`description`, `required` and, where it is not required, a `default` that stands in for it. `{{name}}` in the
text is replaced by the argument's value; `"{{name}}"` becomes a JSON string, so that a value with quotation marks
neither breaks the JSON of a call nor ends the quotation that it stands in.
"""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from telnyx_connections_mcp.text.cleaning import clean, cut

LARGEST_FILE = 64 * 1024
LARGEST_FRONT = 8 * 1024
"""Longest front matter, in characters: parsing YAML is slow."""
LONGEST_VALUE = 500
_FRONT = re.compile(r"---[ \t]*\n(.*?)^---[ \t]*(?:\n|\Z)", re.DOTALL | re.MULTILINE)
_OTHERWISE = """\
its front matter is TOML between +++ lines, as before release 0.2: write YAML between --- lines, with `name: x` \
for `name = "x"`, and under `arguments:` an item `- name: x` for each [[arguments]]"""
_PLACE = re.compile(r"\{\{[ \t]*([^{}\n]*?)[ \t]*\}\}")
_FILLED = re.compile(r'"\{\{[ \t]*(?P<quoted>[a-z0-9_]+)[ \t]*\}\}"|\{\{[ \t]*(?P<bare>[a-z0-9_]+)[ \t]*\}\}')


class PromptFileError(Exception):
    """An unusable prompt file: the line, from 1, and what is wrong there."""

    def __init__(self, line: int, what: str) -> None:
        super().__init__(line, what)
        self.line = line
        self.what = what

    def __str__(self) -> str:
        return f"line {self.line}: {self.what}"


_Loc = tuple[str | int, ...]
_Lines = dict[_Loc, int]
"""The line of each key of the front matter: `("arguments", 0, "name")` in line 6."""
Rule = tuple[Callable[[Any], bool], str]
"""Whether a value is allowed, and in words what is."""


def _text(most: int) -> Rule:
    return lambda value: isinstance(value, str) and 0 < len(value.strip()) <= most, f"text of 1 to {most} characters"


def _like(pattern: str, words: str) -> Rule:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None, words


def _tables(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


# Checked by hand: pydantic's two models would make every start 3 ms slower.
_PROMPT: Mapping[str, Rule] = {
    "name": _like(r"[A-Za-z0-9_.-]{1,64}", "1 to 64 unaccented letters, digits, -, _ and ."),
    "title": _text(100),
    "description": _text(500),
    "arguments": (_tables, "a list whose items have a `name` and a `description`"),
}
_ARGUMENT: Mapping[str, Rule] = {
    "name": _like(r"[a-z][a-z0-9_]{0,63}", "lower-case letters, digits and _, starting with a letter"),
    "description": _text(500),
    "required": (lambda value: isinstance(value, bool), "true or false"),
    "default": (
        lambda value: isinstance(value, str),
        "text, in quotation marks if YAML would read it as something else",
    ),
}


@dataclass(frozen=True, slots=True)
class PromptFile:
    """A parsed prompt file; `arguments` have the keys named in the module's docstring."""

    name: str
    title: str
    description: str
    arguments: Sequence[Mapping[str, Any]]
    text: str

    def filled_in(self, arguments: Mapping[str, str]) -> str:
        """The text with these arguments, cleaned and cut to 500 characters each; an empty one gets its default."""
        values = {argument["name"]: argument.get("default", "") for argument in self.arguments}
        values |= {name: value for name, value in arguments.items() if clean(value).strip()}
        shown = {name: cut(clean(value), LONGEST_VALUE) for name, value in values.items()}

        def fill(place: re.Match[str]) -> str:
            quoted = place["quoted"]
            return json.dumps(shown[quoted], ensure_ascii=False) if quoted else shown[place["bare"]]

        return _FILLED.sub(fill, self.text)


def read_folder(directory: Path) -> tuple[dict[str, PromptFile], list[str]]:
    """The prompts in the folder's `*.md` files by name, and a sentence about each unusable one."""
    found: dict[str, PromptFile] = {}
    problems: list[str] = []
    try:
        # Not glob, to which a folder that may not be read is an empty one.
        paths = sorted(path for path in directory.iterdir() if path.suffix.lower() == ".md")
    except OSError as error:
        reason = error.strerror or "no reason given"
        return found, [
            f"The prompts folder {clean(str(directory))} cannot be read ({reason}), so its prompts are left out."
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
        otherwise = re.match(r"\+\+\+[ \t]*\n", whole)
        raise PromptFileError(
            1, _OTHERWISE if otherwise else "it does not begin with front matter between two --- lines"
        )
    text = whole[parts.end() :]
    said, lines = _read_front(parts[1])
    _check(said, _PROMPT, lines, ())
    arguments = said.get("arguments", [])
    _check_arguments(arguments, lines)
    _check_text(text, {argument["name"] for argument in arguments}, before=whole.count("\n", 0, parts.end()))
    if said["name"] in taken:
        raise _at(lines, ("name",), f"another file in this folder is also named {said['name']}")
    return PromptFile(said["name"], said["title"], said["description"], arguments, text.strip())


def _read_front(front: str) -> tuple[dict[str, Any], _Lines]:
    """The contents of the front matter, and their lines. Raises `PromptFileError`, also for a duplicate key."""
    import yaml

    if len(front) > LARGEST_FRONT:
        raise PromptFileError(1, f"the front matter is longer than {LARGEST_FRONT // 1024} KiB")
    lines: _Lines = {}
    try:
        loader = yaml.SafeLoader(front)
        node = loader.get_single_node()
        _note_lines(node, (), lines)
        said = None if node is None else loader.construct_document(node)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2 if error.problem_mark else 1
        problem = clean(error.problem or "it cannot be read")
        hint = " (text with a colon needs quotation marks)" if problem.startswith("mapping values") else ""
        raise PromptFileError(line, f"the front matter is not YAML: {cut(problem, 200)}{hint}") from None
    except (yaml.YAMLError, RecursionError, ValueError, OverflowError) as error:
        raise PromptFileError(1, f"the front matter is not YAML: {cut(clean(str(error)), 200)}") from None
    if not isinstance(said, dict):
        raise PromptFileError(1, "the front matter must have `name: ...`, `title: ...` and `description: ...`")
    return said, lines


def _note_lines(node: Any, loc: _Loc, lines: _Lines) -> None:
    """Record the lines of the keys of the front matter and of its arguments."""
    if node is None or node.id == "scalar" or len(loc) > 2:  # an argument's keys are the third
        return
    for number, each in enumerate(node.value):
        key, value = each if node.id == "mapping" else (each, each)
        here = (*loc, str(key.value) if node.id == "mapping" else number)
        line = key.start_mark.line + 2  # the first line of the front matter is the second of the file
        if here in lines:
            raise PromptFileError(line, f"`{_shown(str(here[-1]))}` appears twice")
        lines[here] = line
        _note_lines(value, here, lines)


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


def _check(table: Mapping[str, Any], rules: Mapping[str, Rule], lines: _Lines, loc: _Loc) -> None:
    """Raise unless every key of the table at `loc` is known and valid, and no required one is missing."""
    where = f"argument {int(loc[1]) + 1}" if loc else "the front matter"
    for key, value in table.items():
        holds, words = rules.get(key, (None, ""))
        if holds is None:
            raise _at(lines, (*loc, str(key)), f"`{_shown(str(key))}` is unknown; {where} may have {', '.join(rules)}")
        if not holds(value):
            raise _at(lines, (*loc, key), f"`{key}` must be {words}")
    for key in ("name", "title", "description"):
        if key in rules and key not in table:
            raise _at(lines, loc, f"{where} lacks `{key}`")


def _check_arguments(arguments: Sequence[Mapping[str, Any]], lines: _Lines) -> None:
    seen: set[str] = set()
    for number, argument in enumerate(arguments):
        _check(argument, _ARGUMENT, lines, ("arguments", number))
        name, loc = argument["name"], ("arguments", number, "name")
        if name in seen:
            raise _at(lines, loc, f"the argument `{name}` appears twice")
        if not argument.get("required") and "default" not in argument:
            raise _at(lines, loc, f"the optional argument `{name}` lacks a `default`")
        seen.add(name)


def _check_text(text: str, declared: Collection[str], before: int) -> None:
    """Raise for an empty text, or a placeholder without an argument; `before` lines precede it."""
    if not text.strip():
        raise PromptFileError(before + 1, "there is no text after the front matter")
    for place in _PLACE.finditer(text):
        if place[1] not in declared:
            line = before + text.count("\n", 0, place.start()) + 1
            raise PromptFileError(line, f"the text uses `{_shown(place[1])}`, which is not an argument of the prompt")


def _at(lines: _Lines, loc: _Loc, what: str) -> PromptFileError:
    """The error at the line of `loc`, else of what contains it, else the first line."""
    found = [lines[loc[:length]] for length in range(len(loc), 0, -1) if loc[:length] in lines]
    return PromptFileError(found[0] if found else 1, what)


def _shown(name: str) -> str:
    return cut(clean(name), 40)
