"""The last check of every result and error: none leaves with a key of this server in it.

Results are searched after all other cleaning, whatever they contain. Terminal output and logs have their own checks
(`cli/terminal/ask.py`, `observability/logs.py`) with the same rule: docs/decisions/0035-the-last-door.md.
"""

import json
from collections.abc import Mapping
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

from telnyx_connections_mcp.answers.token_budget import compact_json
from telnyx_connections_mcp.redaction.own_keys import SHORTEST, OwnSecrets

_REPEATED = "structuredContent"
"""Repeats the text of a tool's answer, so searching one of the two is enough."""
_STATIC = frozenset({"initialize", "server/discover", "tools/list"})
"""Methods whose results are fixed."""


async def key_filter(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware that redacts this server's keys in results and errors."""
    own: OwnSecrets = ctx.lifespan_context.own
    try:
        result = await call_next(ctx)
    except MCPError as error:
        if own.found_in(error.message) or any(map(own.found_in, _texts(error.data))):
            raise MCPError(error.code, own.redact(error.message), own.redacted(error.data)) from None
        raise
    except Exception as error:
        if own.found_in(str(error)):
            raise MCPError(INTERNAL_ERROR, own.redact(str(error))) from None
        raise
    if isinstance(result, dict) and ctx.method not in _STATIC and any(map(own.found_in_cached, _texts(result))):
        clear: dict[str, Any] = _redacted(result, own)
        return clear
    return result


def _texts(part: Any) -> list[str]:
    """Every text in `part` that may contain a key, except what is repeated, whose names are data too."""
    texts: list[str] = []
    parts = [part]
    for each in parts:  # which grows meanwhile
        if isinstance(each, str):
            if len(each) >= SHORTEST or not each.isascii():  # one character, such as a ligature, may be several letters
                texts.append(each)
        elif isinstance(each, dict):
            parts += [value for name, value in each.items() if name != _REPEATED]
        elif isinstance(each, list):
            parts += each
    return texts


def _redacted(part: Any, own: OwnSecrets) -> Any:
    """`part` without keys; text that is JSON stays JSON, equal to the structured content."""
    if isinstance(part, Mapping):
        return {
            name: own.redacted(value) if name == _REPEATED else _redacted(value, own) for name, value in part.items()
        }
    if isinstance(part, list):
        return [_redacted(item, own) for item in part]
    if isinstance(part, str) and part.startswith("{"):
        try:
            return compact_json(own.redacted(json.loads(part)))
        except ValueError:
            return own.redact(part)
    return own.redacted(part)
