"""Prompt files as MCP prompts: the server's own and a team's."""

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.prompts import Prompt
from mcp.server.mcpserver.prompts.base import Message, PromptArgument, UserMessage
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS

from telnyx_connections_mcp.mcp_server.prompts.files import PromptFile, read_folder
from telnyx_connections_mcp.text.cleaning import clean, cut

_PACKAGE = Path(__file__).resolve().parents[2]
_log = logging.getLogger(__name__)


def prompts_directory() -> Path:
    """Where our prompts are: inside an installed wheel, or the checkout's `prompts/` of an editable install."""
    installed = _PACKAGE / "_prompts"
    return installed if installed.is_dir() else _PACKAGE.parents[1] / "prompts"


def load_prompts(team: Path | None) -> list["FilePrompt"]:
    """Our prompts and those of the team's folder, by name; a name that both have is the team's.

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
    """A prompt whose faults reach the client as "invalid params", in both protocol eras."""

    async def render(
        self,
        arguments: dict[str, Any] | None,
        context: Context[Any, Any],  # noqa: ARG002  # the SDK's signature
    ) -> list[Message]:
        """The messages. Raises `MCPError` for a missing or unknown argument, and for half of one."""
        given = {name: str(value) for name, value in (arguments or {}).items()}
        takes = [argument.name for argument in self.arguments or ()]
        missing = [a.name for a in self.arguments or () if a.required and not clean(given.get(a.name, "")).strip()]
        if missing:
            raise MCPError(INVALID_PARAMS, f"The prompt {self.name} needs {', '.join(missing)}.")
        if not given.keys() <= set(takes):
            raise MCPError(INVALID_PARAMS, f"The prompt {self.name} takes {', '.join(takes) or 'no arguments'}.")
        if cut_off := [name for name, value in given.items() if value.startswith('"') and value.count('"') == 1]:
            raise MCPError(
                INVALID_PARAMS,
                f"{cut_off[0]} is {cut(clean(given[cut_off[0]]), 64)}: your client cut it at a space, as Claude Code "
                "does even within quotation marks. Give one word of it, or ask without the prompt.",
            )
        return [UserMessage(str(self.fn(given)))]


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


def unknown_prompts_refused(prompts: Iterable[Prompt]) -> ServerMiddleware[Any]:
    """Middleware that refuses a prompt that there is not as "invalid params", with the names that there are.

    The SDK (mcp 2.3) answers it with the code 0 in the 2025 era and as an internal error in the 2026 era; the
    protocol asks for -32602: https://modelcontextprotocol.io/specification/2025-11-25/server/prompts#error-handling
    """
    names = sorted(prompt.name for prompt in prompts)

    async def refuse(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        asked = (ctx.params or {}).get("name") if ctx.method == "prompts/get" else None
        if isinstance(asked, str) and asked not in names:
            said = f"There is no prompt {cut(clean(asked), 64)!r}; there are {', '.join(names) or 'none'}."
            raise MCPError(INVALID_PARAMS, said)
        return await call_next(ctx)

    return refuse
