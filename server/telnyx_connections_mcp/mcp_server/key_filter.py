"""The last door of the protocol: no answer and no error leaves with a key of this server in it.

An answer is looked at as it goes out, after all cleaning and whatever it was made of: of which account, whether it
quotes Telnyx, a gateway or a caller. What a terminal prints and a log writes has doors of its own
(`cli/terminal/ask.py`, `observability/logs.py`), with the same rule: docs/decisions/0035-the-last-door.md.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR

from telnyx_connections_mcp.answers.token_budget import compact_json
from telnyx_connections_mcp.redaction.own_keys import SHORTEST, OwnSecrets

_REPEATED = "structuredContent"
"""What the text of a tool's answer says over again: one look is enough to know whether there is anything to blot."""
_STATIC = frozenset({"initialize", "server/discover", "tools/list"})
"""Methods whose answers are this program's own words."""


async def key_filter(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware that blots this server's keys in whatever answers a request."""
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
    if isinstance(result, dict) and ctx.method not in _STATIC and any(map(own.held_in_again, _texts(result))):
        clear: dict[str, Any] = _redacted(result, own)
        return clear
    return result


def _texts(part: Any) -> Iterator[str]:
    """Every text in `part` that may hold a key, but what is repeated, which holds names that are data too."""
    if isinstance(part, str):
        if len(part) >= SHORTEST or not part.isascii():  # letters in one, such as a ligature, are several
            yield part
    elif isinstance(part, dict):
        for name, value in part.items():
            if name != _REPEATED:
                yield from _texts(value)
    elif isinstance(part, list):
        for item in part:
            yield from _texts(item)


def _redacted(part: Any, own: OwnSecrets) -> Any:
    """`part` without keys; a text that is JSON stays JSON, and says the same as the structured content."""
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
