"""Serves the page to hosts of MCP Apps (SEP-1865, https://github.com/modelcontextprotocol/ext-apps).

Nothing here depends on what a client declares: some hosts show the page without declaring that they can.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mcp.server.apps import APP_MIME_TYPE, EXTENSION_ID, Apps
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver.resources import FunctionResource
from mcp_types import Annotations

from telnyx_connections_mcp.mcp_server.view.page import page
from telnyx_connections_mcp.mcp_server.view.uri import is_view, view_uri

_CSP: Mapping[str, list[str]] = {"connectDomains": [], "resourceDomains": [], "frameDomains": [], "baseUriDomains": []}
"""The page loads nothing and connects to nothing."""


def view_extension() -> Apps:
    """The page as a resource, and the capability."""
    apps = Apps()
    apps.add_resource(
        FunctionResource(
            uri=view_uri(),
            name="view",
            title="Answers as a page",
            description="The page that hosts of MCP Apps show beside an answer.",
            mime_type=APP_MIME_TYPE,
            annotations=Annotations(audience=["user"], priority=0.2),
            meta={"ui": {"csp": dict(_CSP), "prefersBorder": True}},
            fn=page,
        )
    )
    return apps


def view_meta() -> dict[str, Any]:
    """The `_meta` of a tool whose answers the page shows; the flat key is for hosts that read no other."""
    return {"ui": {"resourceUri": view_uri()}, "ui/resourceUri": view_uri()}


async def serve_view(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Middleware that names the capability in handshakes and answers old URIs with the current page.

    The SDK (mcp 2.3) leaves extensions out of `initialize`, and hosts ask for the URI in their copy of `tools/list`.
    """
    asked = ctx.params.get("uri") if ctx.method == "resources/read" and ctx.params else None
    stale = is_view(asked) and asked != view_uri()
    result = await call_next(replace(ctx, params={**(ctx.params or {}), "uri": view_uri()}) if stale else ctx)
    if not isinstance(result, dict):  # a notification has none
        return result
    if stale:
        result["contents"] = [content | {"uri": asked} for content in result["contents"]]
    elif ctx.method == "initialize":
        result["capabilities"] = result["capabilities"] | {"extensions": {EXTENSION_ID: {}}}
    return result
