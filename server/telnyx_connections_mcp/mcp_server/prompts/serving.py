"""Prompt files as MCP prompts: the server's own and a team's."""

import logging
from pathlib import Path
from typing import Any

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.prompts.base import Message, PromptArgument, UserMessage
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, GetPromptResult, InputRequiredResult
from mcp_types import Prompt as ListedPrompt

from telnyx_connections_mcp.mcp_server.context import AccountContexts
from telnyx_connections_mcp.mcp_server.prompts.prompt_file import PromptFile, read_folder
from telnyx_connections_mcp.text.cleaning import clean, cut

_PACKAGE = Path(__file__).resolve().parents[2]
_log = logging.getLogger(__name__)


def prompts_directory() -> Path:
    """Where our prompts are: in the installed package, or in `prompts/` of the checkout."""
    installed = _PACKAGE / "_prompts"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "prompts"


def load_prompts(team: Path | None) -> list["FilePrompt"]:
    """Our prompts and those in the team's folder, by name; the team's replace ours of the same name.

    Never raises: what cannot be used is named on the log and left out.
    """
    found = _read_directory(prompts_directory())
    if team is not None:
        found |= _read_directory(team)
    return [_as_prompt(found[name]) for name in sorted(found)]


def _read_directory(directory: Path) -> dict[str, PromptFile]:
    found, problems = read_folder(directory)
    for problem in problems:
        _log.error("%s", problem)
    return found


class FilePrompt(Prompt):
    """A prompt whose errors reach the client as "invalid params" in both protocol eras."""

    async def render(
        self,
        arguments: dict[str, Any] | None,
        context: Context[Any, Any],  # noqa: ARG002  # the SDK's signature
    ) -> list[Message]:
        """The messages. Raises `MCPError` for a missing, unknown or truncated argument."""
        values = {name: str(value) for name, value in (arguments or {}).items()}
        takes = [argument.name for argument in self.arguments or ()]
        missing = [a.name for a in self.arguments or () if a.required and not clean(values.get(a.name, "")).strip()]
        if missing:
            raise MCPError(INVALID_PARAMS, f"The prompt {self.name} requires {', '.join(missing)}.")
        if not values.keys() <= set(takes):
            raise MCPError(INVALID_PARAMS, f"The prompt {self.name} takes {', '.join(takes) or 'no arguments'}.")
        if cut_off := [name for name, value in values.items() if value.startswith('"') and value.count('"') == 1]:
            raise MCPError(
                INVALID_PARAMS,
                f"{cut_off[0]} is {cut(clean(values[cut_off[0]]), 64)}: your client cut it at a space, as Claude Code "
                "does even inside quotation marks. Give a single word of it, or ask without the prompt.",
            )
        return [UserMessage(str(self.fn(values)))]


def _as_prompt(file: PromptFile) -> FilePrompt:
    return FilePrompt(
        name=file.name,
        title=clean(file.title),
        description=clean(file.description),
        arguments=[
            PromptArgument(
                name=argument["name"],
                description=clean(argument["description"]),
                required=argument.get("required", False),
            )
            for argument in file.arguments
        ],
        fn=file.filled_in,
    )


class PromptServer(MCPServer[AccountContexts]):
    """A server whose prompts are ours and those in a `team`'s folder.

    They are read on first use: few chats use prompts, and parsing YAML takes longer than everything else.
    """

    _read = False

    def __init__(self, *how: Any, team: Path | None, **more: Any) -> None:
        super().__init__(*how, **more)
        self._team = team

    def read_prompts(self) -> None:
        """Read them unless that is done; unusable ones are logged."""
        if not self._read:
            self._read = True
            for prompt in load_prompts(self._team):
                self.add_prompt(prompt)

    async def list_prompts(self) -> list[ListedPrompt]:
        """As in the SDK."""
        self.read_prompts()
        return await super().list_prompts()

    async def get_prompt(
        self, name: str, arguments: dict[str, Any] | None = None, context: Context[AccountContexts, Any] | None = None
    ) -> GetPromptResult | InputRequiredResult:
        """As in the SDK, but an unknown prompt is refused as "invalid params", with the names of the known ones.

        The SDK (mcp 2.3) responds with code 0 in the 2025 era and an internal error in the 2026 era; the protocol
        requires -32602: https://modelcontextprotocol.io/specification/2025-11-25/server/prompts#error-handling
        """
        names = [prompt.name for prompt in await self.list_prompts()]
        if name not in names:
            problem = f"There is no prompt {cut(clean(name), 64)!r}; the prompts are {', '.join(names) or 'none'}."
            raise MCPError(INVALID_PARAMS, problem)
        return await super().get_prompt(name, arguments, context)
