"""What the SDK (mcp 2.3) has no place for: cache hints by resource, and the size of the reference.

Its cache hints are for a method, and here reading is private for the account's resources and public for the
reference; its resources have no size. Middleware sees results as they go out and adds both.
"""

import json
from collections.abc import Mapping
from typing import Any

from mcp.server.caching import CacheHint
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext

from telnyx_connections_mcp.mcp_server.uris import REFERENCE


def resource_hints(public: CacheHint) -> ServerMiddleware[Any]:
    """Middleware that puts the hint `public` on a reading of the reference, and its size into the list.

    What could be read of the account in part only is not to be kept.
    """

    async def add(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        result = await call_next(ctx)
        if not isinstance(result, dict):  # a notification has none
            return result
        if ctx.method == "resources/list":
            result["resources"] = [_sized(resource) for resource in result["resources"]]
        elif ctx.method == "resources/read" and "ttlMs" in result:
            if _is_reference(ctx.params):
                result |= {"ttlMs": public.ttl_ms, "cacheScope": public.scope}
            elif not all(map(_is_whole, result["contents"])):
                result["ttlMs"] = 0
        return result

    return add


def _is_reference(params: Mapping[str, Any] | None) -> bool:
    return (params or {}).get("uri") == REFERENCE


def _is_whole(content: Mapping[str, Any]) -> bool:
    """Whether an answer rests on every connection: a part of the account is not kept, here as in our snapshots."""
    answer: Mapping[str, Any] = json.loads(content["text"])
    return answer.get("coverage", {}).get("complete") is not False


def _sized(resource: dict[str, Any]) -> dict[str, Any]:
    if resource["uri"] != REFERENCE:
        return resource
    from telnyx_connections_mcp.mcp_server.resources.reference import reference

    return resource | {"size": len(reference().encode())}
