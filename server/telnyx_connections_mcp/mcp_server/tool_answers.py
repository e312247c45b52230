"""Answers calls of our tools without the SDK's models, which would parse and serialize each result four times.

The SDK lets middleware answer in its place if it returns the whole result (`mcp.server.runner`, mcp 2.3).
"""

from collections.abc import Iterable, Mapping
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types.methods import validate_client_request

from telnyx_connections_mcp.mcp_server.tool import ReadTool
from telnyx_connections_mcp.mcp_server.view.conversation import VIEW_KEY

_ANSWER = frozenset({"content", "structuredContent", "_meta"})


class ToolAnswers(ServerMiddleware[Any]):
    """Middleware that answers calls of `tools` over HTTP, without calling what follows it.

    The other parts of a result are learned, per protocol version, from the first one, which the SDK makes. Over stdio
    the SDK makes all of them, because it checks that the session was initialized.
    """

    def __init__(self, tools: Iterable[ReadTool]) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._templates: dict[str, dict[str, Any]] = {}

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Answer a call, or pass the request on."""
        called = ctx.params.get("name") if ctx.method == "tools/call" and ctx.params else None
        tool = self._tools.get(called) if isinstance(called, str) else None
        if tool is None or ctx.params is None or ctx.request is None:
            return await call_next(ctx)
        template = self._templates.get(ctx.protocol_version)
        if template is None:
            result = await call_next(ctx)
            if isinstance(result, dict) and "structuredContent" in result:
                self._templates[ctx.protocol_version] = _template(result)
            return result
        validate_client_request(ctx.method, ctx.protocol_version, ctx.params)
        try:
            answer, meta = await tool.call(ctx, ctx.params.get("arguments") or {})
        except ToolError as error:
            return template | {"content": [{"type": "text", "text": str(error)}], "isError": True}
        result = template | {"content": [{"type": "text", "text": answer.text}], "structuredContent": answer.data}
        if meta:
            result["_meta"] = template.get("_meta", {}) | meta
        return result


def _template(result: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a result that every other of this protocol version has too."""
    template = {name: part for name, part in result.items() if name not in _ANSWER}
    meta = {name: part for name, part in result.get("_meta", {}).items() if name != VIEW_KEY}
    return template | ({"_meta": meta} if meta else {})
