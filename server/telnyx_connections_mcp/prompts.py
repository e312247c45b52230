"""Prompts from Markdown files: TOML front matter between `+++` lines, then the text.

The front matter gives `name`, `title`, `description` and a list of `arguments`, each with `name`,
`description`, `required` and, where it is not required, a `default` that stands in for it. `{{name}}` in the
text is replaced by the argument's value.
"""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import Context
from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.prompts.base import Message, PromptArgument, UserMessage
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from telnyx_connections_mcp.text import clean, cut

_FRONT = re.compile(r"\+\+\+\n(.*?)\n\+\+\+\n(.*)", re.DOTALL)
_PLACE = re.compile(r"\{\{\s*([a-z_]+)\s*\}\}")
_LONGEST_ARGUMENT = 500
_PACKAGE = Path(__file__).resolve().parent


class PromptFileError(Exception):
    """A prompt file that cannot be used; the text names the file and what is wrong."""


@dataclass(frozen=True, slots=True)
class PromptFile:
    """What a prompt file says."""

    name: str
    title: str
    description: str
    arguments: tuple[PromptArgument, ...]
    defaults: Mapping[str, str]
    text: str


def prompts_directory() -> Path:
    """Where the prompts are: inside an installed wheel, or the checkout's `prompts/` of an editable install."""
    installed = _PACKAGE / "_prompts"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "prompts"


def load_prompts(directory: Path) -> Iterator[Prompt]:
    """Every `*.md` of `directory` as an MCP prompt, by file name. Raises `PromptFileError`."""
    for path in sorted(directory.glob("*.md")):
        yield as_prompt(read_prompt(path))


def read_prompt(path: Path) -> PromptFile:
    """The prompt file at `path`. Raises `PromptFileError`."""
    parts = _FRONT.fullmatch(path.read_text(encoding="utf-8"))
    if parts is None:
        raise PromptFileError(f"{path.name} does not begin with front matter between two lines of +++.")
    try:
        front = tomllib.loads(parts[1])
        arguments = tuple(_argument(item) for item in front.get("arguments", ()))
        prompt = PromptFile(
            name=front["name"],
            title=front["title"],
            description=front["description"],
            arguments=arguments,
            defaults={item["name"]: item["default"] for item in front.get("arguments", ()) if "default" in item},
            text=parts[2].strip(),
        )
    except tomllib.TOMLDecodeError as error:
        raise PromptFileError(f"The front matter of {path.name} is not TOML: {error}.") from error
    except KeyError as error:
        raise PromptFileError(f"The front matter of {path.name} lacks {error.args[0]}.") from error
    unknown = set(_PLACE.findall(prompt.text)) - {argument.name for argument in arguments}
    if unknown:
        raise PromptFileError(f"{path.name} uses {', '.join(sorted(unknown))} without declaring it.")
    return prompt


def _argument(item: Mapping[str, Any]) -> PromptArgument:
    required = bool(item.get("required", False))
    if not required and "default" not in item:
        raise KeyError(f"a default for the optional argument {item['name']}")
    return PromptArgument(name=item["name"], description=item["description"], required=required)


class FilePrompt(Prompt):
    """A prompt whose faults reach the client as "invalid params", in both protocol eras."""

    async def render(
        self,
        arguments: dict[str, Any] | None,
        context: Context[Any, Any],  # noqa: ARG002  # the SDK's signature
    ) -> list[Message]:
        """The messages. Raises `MCPError` for a missing or unknown argument."""
        given = arguments or {}
        known = {argument.name for argument in self.arguments or ()}
        missing = [a.name for a in self.arguments or () if a.required and not str(given.get(a.name, "")).strip()]
        if missing:
            raise MCPError(INVALID_PARAMS, f"The prompt {self.name} needs {', '.join(missing)}.")
        if set(given) - known:
            raise MCPError(
                INVALID_PARAMS, f"The prompt {self.name} takes {', '.join(sorted(known)) or 'no arguments'}."
            )
        return [UserMessage(str(self.fn(**given)))]


def as_prompt(file: PromptFile) -> FilePrompt:
    """The MCP prompt that `file` describes."""

    def render(**given: str) -> str:
        values = dict(file.defaults) | {name: value for name, value in given.items() if str(value).strip()}
        return _PLACE.sub(lambda place: cut(clean(str(values[place[1]])), _LONGEST_ARGUMENT), file.text)

    return FilePrompt(
        name=file.name,
        title=file.title,
        description=file.description,
        arguments=list(file.arguments),
        fn=render,
    )
