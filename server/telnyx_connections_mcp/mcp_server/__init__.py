"""The MCP server, whatever carries its messages. It holds nothing: the greeter below it starts cold."""
