"""What the SDK (mcp 2.3) cannot express: cache hints per resource, and the size of the reference.

Its cache hints are per method, but here the account's resources are private, and the reference and the page are public;
and its resources have no size. Middleware adds both to results.
"""

import json
from collections.abc import Mapping
from typing import Any

from mcp.server.caching import CacheHint
from mcp.server.context import CallNext, HandlerResult, ServerMiddleware, ServerRequestContext

from telnyx_connections_mcp.mcp_server.uris import JSON, REFERENCE
from telnyx_connections_mcp.mcp_server.view.uri import is_view


def resource_hints(public: CacheHint) -> ServerMiddleware[Any]:
    """Middleware that adds the hint `public` to the reference and the page, and the reference's size to the list.

    A partial answer about the account must not be cached.
    """

    async def add(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        result = await call_next(ctx)
        if not isinstance(result, dict):  # a notification has none
            return result
        if ctx.method == "resources/list":
            result["resources"] = [_sized(resource) for resource in result["resources"]]
        elif ctx.method == "resources/read" and "ttlMs" in result:
            if _is_public(ctx.params):
                result |= {"ttlMs": public.ttl_ms, "cacheScope": public.scope}
            elif not all(map(_is_whole, result["contents"])):
                result["ttlMs"] = 0
        return result

    return add


def _is_public(params: Mapping[str, Any] | None) -> bool:
    uri = (params or {}).get("uri")
    return uri == REFERENCE or is_view(uri)


def _is_whole(content: Mapping[str, Any]) -> bool:
    """Whether an answer is based on every connection: partial ones are not cached, just like partial snapshots."""
    answer: Mapping[str, Any] = json.loads(content["text"]) if content["mimeType"] == JSON else {}
    return answer.get("coverage", {}).get("complete") is not False


def _sized(resource: dict[str, Any]) -> dict[str, Any]:
    if resource["uri"] != REFERENCE:
        return resource
    from telnyx_connections_mcp.mcp_server.resources.reference import reference

    return resource | {"size": len(reference().encode())}
