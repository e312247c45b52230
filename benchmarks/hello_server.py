"""The yardstick of cold_start.py: the smallest useful server of the SDK."""

from mcp.server import MCPServer

server = MCPServer("hello")


@server.tool()
def hello(name: str) -> str:
    """Say hello."""
    return f"Hello {name}"


if __name__ == "__main__":
    server.run()
