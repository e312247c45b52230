"""Answers of our tools on their way to a client, past the SDK's models: they take each apart and together four times.

The SDK lets a middleware answer in its place if it gives the whole result (`mcp.server.runner`, mcp 2.3).
"""

from collections.abc import Iterable
from typing import Any

from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types.methods import validate_client_request

from telnyx_connections_mcp.mcp_server.tool import ReadTool

_ANSWER = ("content", "structuredContent")


def tool_answers(tools: Iterable[ReadTool]) -> ServerMiddleware[Any]:
    """The middleware that answers calls of `tools` over HTTP; no other can come after it.

    What else a result holds in a protocol version is learned from the first, which the SDK makes. A session over stdio
    has to be opened before it may call, which the SDK sees to, so there it makes them all.
    """
    by_name = {tool.name: tool for tool in tools}
    around: dict[str, dict[str, Any]] = {}

    async def answer(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        called = ctx.params.get("name") if ctx.method == "tools/call" and ctx.params else None
        tool = by_name.get(called) if isinstance(called, str) else None
        if tool is None or ctx.params is None or ctx.request is None:
            return await call_next(ctx)
        if ctx.protocol_version not in around:
            result = await call_next(ctx)
            if isinstance(result, dict) and "structuredContent" in result:
                around[ctx.protocol_version] = {name: part for name, part in result.items() if name not in _ANSWER}
            return result
        validate_client_request(ctx.method, ctx.protocol_version, ctx.params)
        result = dict(around[ctx.protocol_version])
        try:
            said = await tool.call(ctx, ctx.params.get("arguments") or {})
        except ToolError as error:
            return result | {"content": [{"type": "text", "text": str(error)}], "isError": True}
        return result | {"content": [{"type": "text", "text": said.text}], "structuredContent": said.data}

    return answer
