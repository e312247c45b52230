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


def tool_answers(tools: Iterable[ReadTool]) -> ServerMiddleware[Any]:
    """Middleware that answers calls of `tools` over HTTP; it must be the last.

    The other parts of a result are learned, per protocol version, from the first one, which the SDK makes. Over stdio
    the SDK makes all of them, because it checks that the session was initialized.
    """
    by_name = {tool.name: tool for tool in tools}
    templates: dict[str, dict[str, Any]] = {}

    async def answer(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        called = ctx.params.get("name") if ctx.method == "tools/call" and ctx.params else None
        tool = by_name.get(called) if isinstance(called, str) else None
        if tool is None or ctx.params is None or ctx.request is None:
            return await call_next(ctx)
        if ctx.protocol_version not in templates:
            result = await call_next(ctx)
            if isinstance(result, dict) and "structuredContent" in result:
                templates[ctx.protocol_version] = _template(result)
            return result
        validate_client_request(ctx.method, ctx.protocol_version, ctx.params)
        result, arguments = dict(templates[ctx.protocol_version]), ctx.params.get("arguments") or {}
        try:
            response = await tool.call(ctx, arguments)
        except ToolError as error:
            return result | {"content": [{"type": "text", "text": str(error)}], "isError": True}
        if meta := result.get("_meta", {}) | tool.result_meta(arguments, response):
            result["_meta"] = meta
        return result | {"content": [{"type": "text", "text": response.text}], "structuredContent": response.data}

    return answer


def _template(result: Mapping[str, Any]) -> dict[str, Any]:
    """The parts of a result that every other of this protocol version has too."""
    template = {name: part for name, part in result.items() if name not in _ANSWER}
    meta = {name: part for name, part in result.get("_meta", {}).items() if name != VIEW_KEY}
    return template | ({"_meta": meta} if meta else {})
