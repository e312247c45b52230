"""The yardstick of http_load.py: the SDK's own HTTP server, whose one tool returns the bytes of `BARE_ANSWER`."""

import json
import os
import socket
import sys
from typing import Annotated, Any

import uvicorn
from mcp.server import MCPServer
from mcp_types import CallToolResult, TextContent

TEXT = os.environ["BARE_ANSWER"]
ANSWER = json.loads(TEXT)
server = MCPServer("bare", log_level="WARNING")


@server.tool()
async def search_connections(where: dict[str, Any], limit: int) -> Annotated[CallToolResult, dict[str, Any]]:  # noqa: ARG001
    """Say what is to be said."""
    return CallToolResult(content=[TextContent(type="text", text=TEXT)], structured_content=ANSWER)


if __name__ == "__main__":
    listener = socket.create_server(("127.0.0.1", 0), backlog=2048)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/mcp", file=sys.stderr, flush=True)
    app = server.streamable_http_app(stateless_http=True, json_response=False)
    uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False)).run(sockets=[listener])
